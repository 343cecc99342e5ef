"""Comparing positions with peers and pulling what is missing: the truth behind the haste of pushes.

Each sync begins with the peer's position vector: it tells what of theirs we lack, and how much of ours they have.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from pop_forum.errors import NotFound
from pop_forum.federation import vectors
from pop_forum.federation.identifiers import Fingerprint, Host, origin
from pop_forum.federation.journal import Position
from pop_forum.federation.vectors import Held
from pop_forum.models import Journal, Link, Peer
from pop_forum.services import (
    acknowledgements,
    authentication,
    backoff,
    catchup,
    claims,
    deliveries,
    journal,
    key_registers,
    peers,
)
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.catchup import Taken
from pop_forum.services.site import Site

DIVERGED = "Son journal raconte deux histoires : nous n’en prenons plus rien."
DOUBTFUL_LANES = 2  # comparisons under way at once with peers that did not answer last time
EVERY = timedelta(seconds=60)  # between two comparisons with a peer that answers
KEY_EVERY = timedelta(minutes=5)  # between two times that a signature we cannot check makes us read a peer's journals
HEAD_EVERY = timedelta(hours=1)  # between two signed heads of a journal in which nothing new was said


@dataclass(frozen=True, slots=True)
class Target:
    """A peer to compare positions with, claimed by the caller."""

    peer_id: int
    host: Host


def claim(site: Site) -> Target | None:
    """A peer whose comparison is due, leased to the caller; peers that answer go first.

    Those that did not answer last time share two lanes, as pushes do: a start with many dead peers leaves threads free.
    """
    now = site.clock.now()
    free = claims.free(Peer.sync_claimed_until, now)
    due = (
        select(Peer)
        .where(Peer.sync_due_at <= now, free, Peer.state.in_(EXCHANGING))
        .order_by(Peer.sync_failures, Peer.sync_due_at)
        .limit(2)
        .with_for_update(skip_locked=True)
    )
    busy = select(func.count()).select_from(Peer).where(Peer.sync_claimed_until >= now, Peer.sync_failures > 0)
    if (site.session.scalar(busy) or 0) >= DOUBTFUL_LANES:
        due = due.where(Peer.sync_failures == 0)
    found = site.session.scalars(due).all()
    if not found:
        return None
    found[0].sync_claimed_until = now + backoff.LEASE
    if len(found) > 1:
        site.wake(peers.SYNC)
    return Target(found[0].id, Host(found[0].host))


def vector(site: Site, asker: str) -> bytes:
    """Where this site stands in every journal it holds, and what of the asker's it has erased, signed."""
    rows = site.session.scalars(select(Journal).order_by(Journal.host, Journal.name))
    held = [Held(Host(row.host), row.name, journal.position_of(row)) for row in rows]
    return vectors.build_vector(held, acknowledgements.told_to(site, asker))


def vector_request(site: Site, target: Target) -> tuple[str, dict[str, str]]:
    """The address of a peer's vector, and the headers of a signed request for it."""
    url = f"{origin(target.host)}/journal"
    return url, authentication.sign(site, "GET", url)


def compare(site: Site, target: Target, data: bytes) -> list[str]:
    """The journals of the peer of which it has more than we, or another history; what it lacks of ours is pushed again.

    A vector bears no signature: the page that is pulled then brings the signed head, and with it the proof.
    """
    peer = site.session.get_one(Peer, target.peer_id)
    told = {(held.host, held.journal): held.position for held in vectors.read_vector(data)}
    links = {link.journal: link for link in deliveries.hold_all(site, peer)}
    behind: list[str] = []
    acknowledgements.note(site, peer, links, data)
    for name, link in links.items():
        of_ours, theirs = told.get((Host(site.settings.host), name)), told.get((target.host, name))
        _note_confirmed(site, link, of_ours)
        ours = journal.find(site, target.host, name)
        link.agrees = _agrees(site, name, of_ours, ours, theirs)
        if theirs is None:
            continue
        if ours is not None and _is_at(ours, theirs) and peer.key_number != ours.key_number:
            key_registers.tell_peer(site, peer, is_whole=True)
        link.their_n = theirs.n
        told_more = ours is None or (ours.epoch, ours.n) < (theirs.epoch, theirs.n)
        if ours is None or told_more or _is_old(site, ours) or _is_other_history(ours, theirs):
            behind.append(name)
    peers.note_contact(site, peer)
    return behind


def _is_other_history(ours: Journal, theirs: Position) -> bool:
    """Whether an origin tells of its own journal what cannot be: another epoch of that number, another hash there."""
    if theirs.epoch != ours.epoch:
        return False
    if theirs.epoch_id != ours.epoch_id:
        return True
    return theirs.n == ours.n and theirs.hash.hex() != ours.hash


def _agrees(
    site: Site, name: str, of_ours: Position | None, held: Journal | None, theirs: Position | None
) -> bool | None:
    """Whether both sites stand at one place of both their journals with one hash; None while either is behind.

    `of_ours` is where the peer stands in our journal of that name, `held` our copy of its own, `theirs` its end of it.
    """
    own = journal.find(site, site.settings.host, name)
    there, here = _is_at(own, of_ours), _is_at(held, theirs)
    if there is None and own is not None and of_ours is not None and deliveries.is_foreign(site, own, of_ours):
        there = False
    if there is False or here is False:
        return False
    return None if there is None or here is None else True


def _is_at(row: Journal | None, position: Position | None) -> bool | None:
    """Whether a journal's row and a position tell the same of one place; None when they tell of different places."""
    if row is None or position is None or (row.epoch, row.n) != (position.epoch, position.n):
        return None
    return (row.epoch_id, row.hash) == (position.epoch_id, position.hash.hex())


def _is_old(site: Site, ours: Journal) -> bool:
    """Whether the origin signed the head that we hold so long ago that those who read it here would wonder."""
    return ours.head_seen_at is None or abs(site.clock.now() - ours.head_seen_at) >= HEAD_EVERY


def page_request(site: Site, target: Target, name: str) -> tuple[str, dict[str, str]]:
    """The address of the page we lack next, and the headers of a signed request for it."""
    row = journal.find(site, target.host, name)
    since = 0 if row is None else row.n
    url = f"{origin(target.host)}/journal/{name}?since={since}"
    if row is not None:
        url += f"&epoch={row.epoch}"
    return url, authentication.sign(site, "GET", url)


def take_page(site: Site, target: Target, name: str, data: bytes) -> Taken:
    """A pulled page taken in."""
    peer = site.session.get_one(Peer, target.peer_id)
    if peer.fingerprint is None or peer.state not in EXCHANGING:
        raise NotFound(f"{peer.host} is no longer a peer")
    taken = catchup.receive_page(site, target.host, Fingerprint(peer.fingerprint), name, data, target.host)
    peer.sync_claimed_until = site.clock.now() + backoff.LEASE  # last, as a push does: see deliveries._hold
    if taken.divergence:
        peers.note_error(site, peer, DIVERGED)
    return taken


def finish(site: Site, target: Target, *, more: bool = False) -> None:
    """The comparison is over and went well: the next one in a minute, or when it is this peer's turn if it has more."""
    peer = site.session.get_one(Peer, target.peer_id)
    now = site.clock.now()
    peer.synced_at, peer.sync_failures, peer.sync_claimed_until = now, 0, None
    peer.sync_due_at = now if more else now + EVERY


def record_failure(site: Site, target: Target, why: str) -> None:
    """The peer did not answer: tried again later and later, at least once a day."""
    peer = site.session.get_one(Peer, target.peer_id)
    peer.sync_failures += 1
    peer.sync_claimed_until = None
    peer.sync_due_at = backoff.next_try(site.clock.now(), peer.sync_failures)
    peers.note_error(site, peer, why)


def ask_all(site: Site) -> None:
    """Compare with every peer now: what a worker does when it starts."""
    now = site.clock.now()
    for peer in site.session.scalars(select(Peer).where(Peer.state.in_(EXCHANGING))):
        peer.sync_due_at, peer.sync_claimed_until = now, None
        site.wake(peers.SYNC)


def ask(site: Site, peer: Peer) -> None:
    """Compare with this peer now: a gap was seen."""
    peer.sync_due_at = site.clock.now()
    site.wake(peers.SYNC)


def is_key_due(site: Site, host: str) -> bool:
    """Whether a key of this peer that is unknown here is to be looked for in its journals (row 15)."""
    peer = peers.find(site, host)
    if peer is None or peer.state not in EXCHANGING:
        return False
    return peer.key_asked_at is None or abs(site.clock.now() - peer.key_asked_at) >= KEY_EVERY


def ask_key(site: Site, host: str) -> None:
    """Nothing; a peer's journals are read now, whatever failed before: it may have changed its keys."""
    if is_key_due(site, host):
        peer = peers.by_host(site, host)
        peer.key_asked_at, peer.sync_failures = site.clock.now(), 0
        ask(site, peer)


def sweep(site: Site) -> None:
    """Find comparisons whose time has come."""
    now = site.clock.now()
    free = claims.free(Peer.sync_claimed_until, now)
    due = select(Peer.id).where(Peer.sync_due_at <= now, free, Peer.state.in_(EXCHANGING)).limit(1)
    if site.session.scalar(due) is not None:
        site.wake(peers.SYNC)


def _note_confirmed(site: Site, link: Link, position: Position | None) -> None:
    """What the peer has of ours, as it says itself; when it has less than we thought, the rest is pushed again."""
    if deliveries.confirm(site, link, position):
        link.push_due_at = site.clock.now()
        site.wake(journal.DELIVER)
