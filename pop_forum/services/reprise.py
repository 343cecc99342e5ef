"""« Reprise »: a site whose database stands before what its journals had reached takes its own entries back first.

Nothing is appended meanwhile: another entry under a number that others hold would be a second history. Once every peer
has said what it holds of us, the site goes on; in a new epoch when something came back from nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, update

from pop_forum.domain.permissions import Viewer
from pop_forum.errors import ForumError, NotFound
from pop_forum.federation import authenticity, pages, proofs, registers, vectors
from pop_forum.federation import journal as chain
from pop_forum.federation.activities import KeyRegister
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Host, origin
from pop_forum.federation.keys import PublicKeys, proof_key_id
from pop_forum.federation.pages import Kept, Page
from pop_forum.models import Entry, Journal, Link, Peer
from pop_forum.services import authentication, catchup, identity, inbox, journal, key_registers, peers, sync, unapplied
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.catchup import Taken
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site
from pop_forum.services.sync import Target

Reached = Mapping[str, tuple[int, int]]  # journal: epoch, n; what the marker outside the database tells


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reprise that goes on: who has answered, and who has not yet."""

    answered: tuple[Peer, ...]
    silent: tuple[Peer, ...]


def begin_marking(site: Site) -> None:
    """Nothing; the marker is written for what our journals hold now: the version before kept none."""
    for row in _ours(site):
        journal.mark(site, row.name, journal.position_of(row))


def behind(site: Site, reached: Reached) -> list[Journal]:
    """Our journals that stand before their marker, or have none, and are not in reprise already."""
    return [
        row
        for row in _ours(site)
        if row.resuming_since is None and reached.get(row.name, _NOWHERE) > (row.epoch, row.n)
    ]


_NOWHERE = (2**31, 0)  # beyond everything: a marker that is missing tells nothing


def begin(site: Site, reached: Reached) -> None:
    """Nothing is appended from now on to what stands behind; every peer is asked what it holds of us."""
    for row in behind(site, reached):
        _stop(site, row)


def waiting(site: Site) -> Waiting | None:
    """How far the reprise is; None when there is none."""
    since = site.session.scalar(select(func.max(Journal.resuming_since)).where(Journal.host == site.settings.host))
    if since is None:
        return None
    found = list(site.session.scalars(select(Peer).where(Peer.state.in_(EXCHANGING)).order_by(Peer.name, Peer.host)))
    has_answered = {peer.id: peer.synced_at is not None for peer in found}
    return Waiting(
        tuple(peer for peer in found if has_answered[peer.id]),
        tuple(peer for peer in found if not has_answered[peer.id]),
    )


def lost(site: Site, data: bytes) -> list[str]:
    """Our journals of which this position vector tells more than we hold ourselves."""
    told = {(held.host, held.journal): held.position for held in vectors.read_vector(data)}
    names = []
    for row in _ours(site):
        theirs = told.get((Host(row.host), row.name))
        if theirs is not None and (theirs.epoch, theirs.n) > (row.epoch, row.n):
            names.append(row.name)
    return names


def request(site: Site, target: Target, name: str) -> tuple[str, dict[str, str]]:
    """The address of what a peer holds of our own journal after our end, and the headers of a signed request."""
    row = _our(site, name)
    return _signed(site, target, name, row.n, row.epoch)


def take_back(site: Site, target: Target, name: str, data: bytes) -> Taken:
    """A page of our own journal taken back. Only a head that we signed ourselves begins a reprise."""
    page = pages.parse_page(data, host=site.settings.host, journal=name)
    row = _our(site, name)
    is_known = _check_head(site, row, page)
    if row.resuming_since is None and (page.epoch.number, page.head.n) > (row.epoch, row.n):
        _stop(site, row)
    own = identity.own_fingerprint(site)
    return catchup.take(site, own, page, target.host, proved=not is_known)


def unasked(site: Site, target: Target) -> list[str]:
    """Our journals in a later epoch, for which this peer was not asked yet what it holds beyond the end of the last."""
    rows = {row.name: row for row in _ours(site) if row.epoch > 1 and row.resuming_since is None}
    links = peers.links_of(site, site.session.get_one(Peer, target.peer_id))
    return [link.journal for link in links if link.journal in rows and link.asked_epoch < rows[link.journal].epoch]


def beyond_request(site: Site, target: Target, name: str, since: int | None = None) -> tuple[str, dict[str, str]]:
    """The address of what a peer holds beyond the end of our last epoch, after that end unless it is told."""
    row = _our(site, name)
    after = journal.end_of(site, row, row.epoch - 1) if since is None else since
    return _signed(site, target, name, after, row.epoch - 1, "&whole=1")


def take_beyond(site: Site, name: str, data: bytes, since: int | None = None) -> int | None:
    """Entries of our last epoch that only this peer still held, said again in the present one; where to go on from.

    None: there is no more. The activities keep their bytes, and so their ids: whoever holds them is told nothing new.
    """
    row = _our(site, name)
    page = pages.parse_page(data, host=site.settings.host, journal=name)
    _check_head(site, row, page)
    if page.epoch.number != row.epoch - 1:
        return None
    if since is None:  # the first page joins what we hold; the next ones what this peer has just shown
        start = journal.hash_at(site, row, row.epoch - 1, journal.end_of(site, row, row.epoch - 1))
        if page.previous != start:
            return None
    ring = registers.follow(key_registers.ring_of(site, row), Host(row.host), page.epoch.number, page.entries)
    for entry in page.entries:
        if isinstance(entry, Kept):
            _say_again(site, name, entry, ring.at((page.epoch.number, int(entry.n))))
    return page.start + len(page.entries) if page.entries and page.head.n > page.start + len(page.entries) else None


def note_asked(site: Site, target: Target, name: str) -> None:
    """This peer has told everything it holds of our last epoch."""
    row = _our(site, name)
    for link in peers.links_of(site, site.session.get_one(Peer, target.peer_id)):
        if link.journal == name:
            link.asked_epoch = row.epoch


def settle(site: Site, reached: Reached) -> bool:
    """Whether a reprise has ended: every peer we exchange with has answered since it began."""
    state = waiting(site)
    if state is None or state.silent:
        return False
    for row in _resuming(site):
        known = reached.get(row.name)
        everything = not _others_may_hold(site) if known is None else known <= (row.epoch, row.n)
        _go_on(site, row, is_safe=everything)
    return True


def decide(site: Site, viewer: Viewer, reached: Reached) -> None:
    """An admin waits no longer. A peer that has not answered may hold more: then only a new epoch is safe."""
    peers.only_admins(viewer)
    if settle(site, reached):
        return
    for row in _resuming(site):
        _go_on(site, row, is_safe=row.name in reached and reached[row.name] <= (row.epoch, row.n))


def _stop(site: Site, row: Journal) -> None:
    """The journal waits for every peer; what a peer answered before counts no more, whatever a clock showed then."""
    row.resuming_since = site.clock.now()
    site.session.execute(update(Peer).values(synced_at=None))
    sync.ask_all(site)


def _others_may_hold(site: Site) -> bool:
    """Whether somebody carried our journals who is not asked now: a peer that is suspended, or has left."""
    asked_no_more = select(Link.id).join(Peer).where(Peer.state.not_in(EXCHANGING)).limit(1)
    return site.session.scalar(asked_no_more) is not None


def _go_on(site: Site, row: Journal, *, is_safe: bool) -> None:
    """The journal is written again: in the same epoch when nobody can hold more than we do."""
    row.resuming_since = None
    site.session.flush()
    if is_safe:
        journal.mark(site, row.name, journal.position_of(row))
    else:
        journal.open_epoch(site, row.name)


def _check_head(site: Site, row: Journal, page: Page) -> bool:
    """Whether the journal tells already of the key that signed this head of ours. Raises BadSignature for another's.

    A key that comes only further on is still ours, when its files are here.
    """
    is_same = page.epoch.number == row.epoch
    ring = key_registers.ring_of(site, row)
    ring = registers.follow(ring, Host(row.host), page.epoch.number, page.entries, row.n if is_same else 0)
    keys, number = registers.of_head(ring, page.head), registers.number_of(page.head_document)
    is_known = number in keys
    if not is_known and site.pairs.has(number):
        keys[number] = site.pairs.pair(number).public()
    chain.verify_head(page.head_document, keys=keys)
    return is_known


def _say_again(site: Site, name: str, entry: Kept, keys: Mapping[int, PublicKeys]) -> None:
    """The entry's activity as the next entry of the present epoch, with its effect; nothing when we have it.

    `keys` are those of its lost place. By one that signs no more, it is signed anew: nobody would take it otherwise.
    """
    host, row = Host(site.settings.host), _our(site, name)
    try:
        verified = authenticity.verify_kept(entry, host=host, keys=keys)
        activity = inbox.read(verified)
    except ForumError:
        return  # not ours, or not readable: nobody else will be told of it
    if isinstance(activity.content, KeyRegister):
        return  # the first entry of the present epoch tells the keys
    if site.session.scalar(select(Entry.id).where(Entry.activity_id == activity.id).limit(1)) is not None:
        return
    signed = entry.activity
    if registers.number_of(verified.value) not in key_registers.ring_of(site, row).open():
        method = proof_key_id(activity.actor, site.keys.number)
        signed = jcs(proofs.attach(proofs.unsigned(verified.value), site.keys.ed25519, method, site.clock.now()))
    appended = journal.append_signed(site, name, activity, signed)
    unapplied.try_own(site, _our(site, name), Stamp(appended.epoch, appended.n))


def _signed(
    site: Site, target: Target, name: str, since: int, epoch: int, more: str = ""
) -> tuple[str, dict[str, str]]:
    url = f"{origin(target.host)}/journal/{site.settings.host}/{name}?since={since}&epoch={epoch}{more}"
    return url, authentication.sign(site, "GET", url)


def _ours(site: Site) -> list[Journal]:
    rows = select(Journal).where(Journal.host == site.settings.host).order_by(Journal.name)
    return list(site.session.scalars(rows.execution_options(populate_existing=True)))


def _resuming(site: Site) -> list[Journal]:
    return [row for row in _ours(site) if row.resuming_since is not None]


def _our(site: Site, name: str) -> Journal:
    row = journal.find(site, site.settings.host, name)
    if row is None:
        raise NotFound(f"journal {name!r} was never founded")
    return row
