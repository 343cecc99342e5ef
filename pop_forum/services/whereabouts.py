"""What became of one message, discussion or activity: whether it is shown here, and where it stands elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from pop_forum.errors import NotFound
from pop_forum.models import Entry, Journal, Link, Mirror, Peer, Post, Revision, Thread
from pop_forum.services import network_pages, peers
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.site import Site

HERE, LOCAL, DELETED, HIDDEN, HIDDEN_THREAD, NO_EFFECT, PLAIN = (
    "shown",
    "local",
    "deleted",
    "commune not shown",
    "discussion of a commune not shown",
    "without effect",
    "not a page",
)
HAS, AWAITS, CUT = "has it", "not yet", "not exchanged"
UNKNOWN = "Rien ici ne porte cette adresse : ni entrée de journal, ni message, ni version."


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where an entry stands at one peer; `since` is when it last confirmed something, `why` its last error."""

    host: str
    state: str
    since: datetime | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of one thing: `shown` is one of the words above, `entry` the one that made it what it is."""

    shown: str
    deleted_by: str | None
    entry: Entry | None
    journal: Journal | None
    elsewhere: tuple[Elsewhere, ...]


def find(site: Site, wanted: str) -> Whereabouts:
    """What is known of an id, of an activity or an object, or of the address of a page. Raises NotFound."""
    post = _post(site, wanted)
    place = _entry(site, Entry.activity_id == wanted)
    if post is None and place is None:
        place = _revision(site, wanted)
    if post is not None and place is None:
        place = _entry(
            site, Entry.epoch == post.epoch, Entry.n == post.n, Journal.host == post.host, Journal.name == "forum"
        )
    if post is None and place is None:
        raise NotFound(f"nothing is {wanted[:200]}", UNKNOWN)
    shown, by = (PLAIN, None) if post is None else _shown(site, post)
    if place is None:
        return Whereabouts(shown, by, None, None, ())
    entry, row = place
    if post is None and entry.outcome not in ("applied", "own"):
        shown = NO_EFFECT
    return Whereabouts(shown, by, entry, row, tuple(_elsewhere(site, entry, row)))


def _post(site: Site, wanted: str) -> Post | None:
    """The message at this id, or on this page; the opening one of a discussion."""
    key = wanted.rstrip("/").rsplit("/", 1)[-1]
    message = site.session.scalar(select(Post).where((Post.uri == wanted) | (Post.key == key)))
    if message is not None:
        return message
    opening = select(Post).join(Thread).where(Post.opening, (Thread.uri == wanted) | (Thread.key == key))
    return site.session.scalar(opening)


def _entry(site: Site, *where: object) -> tuple[Entry, Journal] | None:
    found = site.session.execute(
        select(Entry, Journal).join(Journal).where(*where).order_by(Entry.id).limit(1)  # type: ignore[arg-type]
    ).first()
    return None if found is None else (found[0], found[1])


def _revision(site: Site, wanted: str) -> tuple[Entry, Journal] | None:
    """The entry that brought a version, by its digest or the address that ends with it."""
    row = site.session.get(Revision, wanted.rstrip("/").rsplit("/", 1)[-1])
    if row is None or not row.host:
        return None
    here = (Journal.host == row.host, Journal.name == "programme")
    return _entry(site, Entry.epoch == row.epoch, Entry.n == row.n, *here)


def _shown(site: Site, post: Post) -> tuple[str, str | None]:
    hosts = network_pages.shown_hosts(site)
    if post.deleted_at is not None:
        return DELETED, post.deleted_by
    if post.host not in hosts:
        return HIDDEN, None
    if post.thread.host not in hosts:
        return HIDDEN_THREAD, None
    return (HERE if post.thread.shared else LOCAL), None


def _elsewhere(site: Site, entry: Entry, row: Journal) -> Iterator[Elsewhere]:
    """Where an entry stands at each peer: ours as it confirmed it, another's as its position vector tells."""
    place = (entry.epoch, entry.n)
    if row.host == site.settings.host:
        links = select(Link).join(Peer).where(Link.journal == row.name).order_by(Peer.host)
        for link in site.session.scalars(links):
            has = (link.confirmed_epoch, link.confirmed_n) >= place
            yield _at(link.peer, has, link.pushed_at)
        return
    mirrors = {
        mirror.peer_id: (mirror.epoch, mirror.n)
        for mirror in site.session.scalars(select(Mirror).where(Mirror.host == row.host, Mirror.journal == row.name))
    }
    for peer in peers.all_peers(site):
        if peer.state in EXCHANGING and peer.host != row.host:
            yield _at(peer, mirrors.get(peer.id, (0, 0)) >= place, peer.synced_at)


def _at(peer: Peer, has: bool, since: datetime | None) -> Elsewhere:
    if has:
        return Elsewhere(peer.host, HAS, since, None)
    return Elsewhere(peer.host, AWAITS if peer.state in EXCHANGING else CUT, since, peer.error)
