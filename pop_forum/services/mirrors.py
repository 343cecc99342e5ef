"""Reading a site's journal from another one that holds it: when its origin is away, or was never linked with us.

Position vectors tell who holds what. Each comparison with a peer may bring what that peer holds of others, so whoever
first shows more is asked, for so many pages in one turn; what a source withholds, the next one brings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from pop_forum.errors import BadSignature
from pop_forum.federation import journal as chain
from pop_forum.federation import pages, registers, vectors
from pop_forum.federation.identifiers import Fingerprint, Host
from pop_forum.federation.journal import Position
from pop_forum.federation.keyring import Ring
from pop_forum.federation.mirrored import MORE, PROVED, Trail
from pop_forum.federation.pages import Page
from pop_forum.models import Journal, Link, Mirror, Peer
from pop_forum.services import authentication, backoff, catchup, journal, key_registers, members
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.catchup import Taken
from pop_forum.services.site import Site

WITHHELD, ROOT, REFUSED = "withheld", "root", "refused"  # what may be wrong with a mirror that altered nothing
LOOK_EVERY = timedelta(hours=1)  # between two looks at the signed head that a mirror shows of one journal
LOOKS = 1  # of one comparison, at journals of which the mirror has nothing for us

Places = Mapping[tuple[str, str], Position]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A journal to read from a mirror, from the place `since` of this epoch; `told` is where the mirror stands."""

    peer_id: int
    mirror: Host
    host: Host
    journal: str
    root: Fingerprint
    epoch: int
    since: int
    told: tuple[int, int]

    @property
    def key(self) -> tuple[str, str]:
        """Which journal it is."""
        return self.host, self.journal


class OtherRoot(BadSignature):
    """The journal begins with keys of which none has the fingerprint known here."""


def wanted(site: Site, peer: Peer, data: bytes) -> list[Wanted]:
    """What to ask of a peer after its vector: what it has of others and we have not, those asked longest ago first.

    Its positions are noted. Journals of the programme's home come first: they name the other communes.
    """
    known, rows = members.roots(site), _rows(site, peer)
    carried = set(site.session.scalars(select(Link.journal).where(Link.peer_id == peer.id)))
    told: dict[tuple[str, str], Position] = {
        (held.host, held.journal): held.position
        for held in vectors.read_vector(data)
        if held.host in known and held.host != peer.host and held.journal in carried
    }
    _note(site, peer, rows, told)
    ours = {(row.host, row.name): row for row in site.session.scalars(select(Journal))}
    direct = _direct(site)
    first, looks = [], []
    for key, position in sorted(told.items()):
        mirror, held = rows[key], ours.get(key)
        if mirror.quarantined or (held is not None and held.quarantined):
            continue
        is_news = _is_news(held, position)
        if (is_news and key not in direct and _is_worth_asking(site, mirror)) or _differs(held, position):
            first.append(_wanted(peer, known[key[0]], key, held, position))
        elif _is_due(site, mirror) and held is not None and held.epoch == position.epoch:
            looks.append(_wanted(peer, known[key[0]], key, held, position))

    def order(one: Wanted) -> tuple[bool, float]:
        asked = rows[one.key].asked_at
        return one.host != site.settings.programme.home, 0.0 if asked is None else asked.timestamp()

    return sorted(first, key=order) + sorted(looks, key=order)[:LOOKS]


def request(site: Site, one: Wanted, since: int) -> tuple[str, dict[str, str]]:
    """The address of a page of a mirror, and the headers of a signed request for it."""
    url = f"{pages.mirror_url(one.mirror, one.host, one.journal)}?since={since}&epoch={one.epoch}"
    return url, authentication.sign(site, "GET", url)


def read(site: Site, one: Wanted, trail: Trail, data: bytes) -> tuple[Page, str]:
    """The page that a mirror answered, its head verified, and where the trail stands after it.

    A head by a key that comes only in a later page is verified there: nothing is taken before.

    Raises InvalidInput or BadSignature for what the origin has not signed, OtherRoot when it is another origin's.
    """
    page = pages.parse_page(data, host=one.host, journal=one.journal)
    state = trail.follow(page)
    held = journal.find(site, one.host, one.journal)
    if trail.ring is None:
        trail.ring = _ring(site, one, held, page)
    same = held is not None and held.epoch == page.epoch.number
    after = held.n if held is not None and same else 0
    trail.ring = ring = registers.follow(trail.ring, one.host, page.epoch.number, page.entries, after)
    if state == PROVED and trail.head is not None and trail.head_document is not None:
        chain.verify_head(trail.head_document, registers.of_head(ring, trail.head))
    if state != MORE or registers.signs(ring, page.head, page.head_document):
        chain.verify_head(page.head_document, registers.of_head(ring, page.head))
    return page, state


def _ring(site: Site, one: Wanted, held: Journal | None, page: Page) -> Ring:
    """The keys known of the journal before this page. Raises OtherRoot when it begins with another origin's."""
    ring = key_registers.ring_of(site, held)
    try:
        return ring if ring.spans else registers.first(page, one.root)
    except BadSignature as error:
        raise OtherRoot(str(error)) from error


def take(site: Site, one: Wanted, trail: Trail, page: Page) -> Taken | None:
    """What became of the proved part of a page; None when no part is."""
    peer = site.session.get_one(Peer, one.peer_id)
    proved = trail.cut(page)
    if proved is None or trail.head is None or trail.head_document is None or peer.state not in EXCHANGING:
        return None
    proved = replace(proved, head=trail.head, head_document=trail.head_document)  # the head that was verified
    taken = catchup.take(site, one.root, proved, sender=one.mirror, proved=True)
    peer.sync_claimed_until = site.clock.now() + backoff.LEASE  # last, as a push does: see deliveries._hold
    return taken


def note_read(site: Site, one: Wanted, trail: Trail, problem: str | None = None) -> None:
    """What the mirror has shown: its signed head, and what is wrong with it, if anything."""
    mirror = _mirror(site, one)
    mirror.asked_at, mirror.asked_n, mirror.problem = site.clock.now(), mirror.n, problem
    if trail.head is None:
        return
    mirror.head_epoch, mirror.head_n, mirror.head_at = trail.head.epoch.number, trail.head.n, trail.head.time
    if problem is None and (mirror.head_epoch, mirror.head_n) < one.told and one.epoch == one.told[0]:
        mirror.problem = WITHHELD  # it says to have more than its own head
    held = site.session.scalar(select(Journal).where(Journal.host == one.host, Journal.name == one.journal))
    if held is not None and held.epoch_id == trail.head.epoch.id:
        held.highest_n = max(held.highest_n, trail.head.n)


def quarantine(site: Site, one: Wanted, why: str) -> None:
    """The mirror altered a page: nothing more of this journal is taken from it until an admin decides."""
    mirror = _mirror(site, one)
    now = site.clock.now()
    mirror.asked_at, mirror.quarantined, mirror.quarantined_at = now, why, now


def _note(site: Site, peer: Peer, rows: dict[tuple[str, str], Mirror], told: Places) -> None:
    """Remember what the peer says it holds; what it no longer names, it has no more."""
    for key, position in told.items():
        if key not in rows:
            host, name = key
            rows[key] = Mirror(peer_id=peer.id, host=host, journal=name, epoch=0, n=0, asked_n=0)
            site.session.add(rows[key])
        if (rows[key].epoch, rows[key].n) != (position.epoch, position.n):
            rows[key].epoch, rows[key].n = position.epoch, position.n
    for key in rows.keys() - told.keys():
        rows[key].epoch = rows[key].n = 0
    site.session.flush()


def _rows(site: Site, peer: Peer) -> dict[tuple[str, str], Mirror]:
    rows = site.session.scalars(select(Mirror).where(Mirror.peer_id == peer.id))
    return {(row.host, row.journal): row for row in rows}


def _mirror(site: Site, one: Wanted) -> Mirror:
    which = (Mirror.peer_id == one.peer_id, Mirror.host == one.host, Mirror.journal == one.journal)
    return site.session.scalars(select(Mirror).where(*which)).one()


def _direct(site: Site) -> set[tuple[str, str]]:
    """The journals that come from their origin itself: it is linked for them, and answered last time."""
    linked = select(Peer.host, Link.journal).join(Link, Link.peer_id == Peer.id)
    rows = site.session.execute(linked.where(Peer.state.in_(EXCHANGING), Peer.sync_failures == 0))
    return {(host, name) for host, name in rows}


def _is_news(held: Journal | None, position: Position) -> bool:
    return held is None or (held.epoch, held.n) < (position.epoch, position.n)


def _differs(held: Journal | None, position: Position) -> bool:
    """Whether the mirror tells of our very place what we do not hold there: it lies, or the origin does."""
    if held is None or (held.epoch, held.n) != (position.epoch, position.n):
        return False
    return (held.epoch_id, held.hash) != (position.epoch_id, position.hash.hex())


def _is_worth_asking(site: Site, mirror: Mirror) -> bool:
    """Whether it may give something: what cannot be read at all is not asked for at each comparison."""
    return mirror.problem in (None, WITHHELD) or mirror.n != mirror.asked_n or _is_due(site, mirror)


def _is_due(site: Site, mirror: Mirror) -> bool:
    return mirror.asked_at is None or abs(site.clock.now() - mirror.asked_at) >= LOOK_EVERY


def _wanted(peer: Peer, root: Fingerprint, key: tuple[str, str], held: Journal | None, position: Position) -> Wanted:
    host, name = key
    epoch, since = (1, 0) if held is None else (held.epoch, held.n)
    if held is not None and held.epoch == position.epoch:
        since = min(held.n, position.n)
    told = (position.epoch, position.n)
    return Wanted(peer.id, Host(peer.host), Host(host), name, root, epoch, since, told)
