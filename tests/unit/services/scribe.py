"""A commune that exists only on paper: its journal written entry by entry, right or wrong, and cut into pages."""

from dataclasses import replace

from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.federation import build, pages
from pop_forum.federation import journal as chain
from pop_forum.federation.activities import (
    Activity,
    Content,
    KeyRegister,
    PostDeleted,
    PostEdited,
    PostWritten,
    ThreadOpened,
)
from pop_forum.federation.identifiers import (
    EpochId,
    Fingerprint,
    Host,
    ObjectId,
    Seq,
    commune_id,
    origin,
    site_actor_id,
)
from pop_forum.federation.images import Image
from pop_forum.federation.journal import Epoch, Head, Position
from pop_forum.federation.keys import SiteKeys, fingerprint
from pop_forum.models import Entry
from pop_forum.services import catchup
from pop_forum.services.catchup import Taken
from tests.network import START
from tests.unit.federation.samples import salt, site_keys

PAPER = Host("papier.localhost:8080")
OTHER = Host("autre.localhost:8080")
FIRST = Epoch(1, EpochId("0f" * 16))


class Scribe:
    """Writes one journal of one commune. Entry 1 declares its keys."""

    def __init__(
        self, host: Host = PAPER, journal: str = "forum", keys: SiteKeys | None = None, epoch: Epoch = FIRST
    ) -> None:
        self.host, self.journal, self.epoch = host, journal, epoch
        self.keys = keys or site_keys(1 if host == PAPER else 2)
        self.keys = replace(self.keys, number=1)
        self.root = Fingerprint(fingerprint(self.keys.public()))
        self.entries: list[pages.Entry] = []
        self.positions: list[Position] = [chain.start_of(host, journal, epoch)]
        self.say(KeyRegister(epoch, (self.keys.public(),)), site_actor_id(host))

    def at(self, path: str) -> ObjectId:
        """The id of this path here."""
        return ObjectId(origin(self.host) + path)

    @property
    def commune(self) -> ObjectId:
        return commune_id(self.host)

    def person(self, name: str = "alice") -> ObjectId:
        return self.at(f"/p/{name}")

    def say(self, content: Content, actor: ObjectId | None = None, keys: SiteKeys | None = None) -> int:
        """The number of a new entry that says this."""
        number = len(self.entries) + 1
        activity = Activity(self.at(f"/a/{number:016d}"), actor or self.person(), START, content)
        return self.write(build.signed(activity, keys or self.keys, START))

    def write(self, activity: bytes) -> int:
        """The number of a new entry with these bytes."""
        n = Seq(len(self.entries) + 1)
        entry = pages.Kept(n, salt(n), activity)
        self.entries.append(entry)
        self.positions.append(chain.after(self.host, self.journal, self.positions[-1], entry.leaf()))
        return n

    def hide(self, n: int, by: int) -> None:
        """Serve entry `n` without its content from now on, as erased by entry `by`."""
        self.entries[n - 1] = pages.Erased(Seq(n), self.entries[n - 1].leaf(), Seq(by))

    def page(self, since: int = 0, until: int | None = None, *, keys: SiteKeys | None = None) -> bytes:
        """The signed page of the entries after `since` up to `until`; the head is the present one."""
        upto = len(self.entries) if until is None else until
        end = self.positions[-1]
        head = Head(self.host, self.journal, self.epoch, end.n, end.hash, START)
        return pages.build_page(
            host=self.host,
            journal=self.journal,
            start=self.positions[since],
            entries=self.entries[since:upto],
            hashes=[position.hash for position in self.positions[since + 1 : upto + 1]],
            epoch=self.epoch,
            head_document=chain.sign_head(head, keys or self.keys),
            more=upto < len(self.entries),
        )

    def brought_to(self, commune: Commune, since: int = 0, until: int | None = None) -> Taken:
        """What a commune makes of that page."""
        return take(commune, self, self.page(since, until))

    # What people of this commune do, in one call each.

    def opens(self, name: str = "fil", text: str = "Bonjour.") -> ObjectId:
        uri = self.at(f"/o/{name}")
        self.say(ThreadOpened(uri, self.person(), "La place", text, "<p>x</p>", "quotidien", None, START))
        return uri

    def replies(
        self,
        thread: str,
        name: str = "reponse",
        parent: str | None = None,
        by: str = "alice",
        images: tuple[Image, ...] = (),
    ) -> ObjectId:
        uri = self.at(f"/o/{name}")
        above = None if parent is None else ObjectId(parent)
        author = self.person(by)
        content = PostWritten(uri, ObjectId(thread), above, author, "Oui.", "<p>Oui.</p>", START, images=images)
        self.say(content, author)
        return uri

    def edits(
        self, uri: str, text: str, by: str = "alice", title: str | None = None, images: tuple[Image, ...] = ()
    ) -> int:
        author = self.person(by)
        return self.say(PostEdited(ObjectId(uri), author, title, text, "<p>x</p>", START, images), author)

    def deletes(self, uri: str, actor: str | None = None) -> int:
        who = ObjectId(actor) if actor else self.person()
        return self.say(PostDeleted(ObjectId(uri), who, START), who)


def take(commune: Commune, scribe: Scribe, page: bytes, root: Fingerprint | None = None) -> Taken:
    """What a commune makes of these bytes as a page of that journal."""
    with commune.transaction() as site:
        return catchup.receive_page(site, scribe.host, root or scribe.root, scribe.journal, page, scribe.host)


def outcomes(commune: Commune, scribe: Scribe) -> dict[int, str]:
    """What a commune made of each entry of that journal it holds."""
    with commune.reading() as site:
        held = [entry for entry in site.session.scalars(select(Entry)) if _is_of(entry, scribe)]
        return {entry.n: entry.outcome for entry in held}


def entry(commune: Commune, scribe: Scribe, n: int) -> Entry:
    """One entry of that journal as the commune holds it."""
    with commune.reading() as site:
        return next(row for row in site.session.scalars(select(Entry)) if _is_of(row, scribe) and row.n == n)


def _is_of(row: Entry, scribe: Scribe) -> bool:
    return row.received_from == scribe.host and row.hash == scribe.positions[row.n].hash.hex()
