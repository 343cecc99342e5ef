"""Pushing our journals to peers: which links are due, what to send them, what their answers mean.

Claims are rows with a lease, so that several workers share them and a killed one gives them back. A claim is for one
page: links that have more to send wait their turn again. Links that work go first, and those that fail share two
lanes: one dead or slow peer delays nobody (rule 4).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select, update

from pop_forum.errors import ForumError, InvalidInput, NotFound
from pop_forum.federation import pages
from pop_forum.federation.identifiers import origin
from pop_forum.federation.journal import Position
from pop_forum.models import Entry, Journal, Link, Peer
from pop_forum.models.base import Instant
from pop_forum.services import authentication, backoff, claims, journal, peers
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.site import Site

REWOUND = "Il a perdu une partie de notre journal : nous la lui renvoyons."
UNREADABLE = "Sa réponse n’est pas lisible : sa version de pop_forum est peut-être trop ancienne, ou trop nouvelle."
AHEAD = "Il détient plus de notre journal que nous-mêmes : nous le lui redemandons."
DIFFERENT = "Sa copie de notre journal diffère de la nôtre : à examiner avec son équipe."
BATCH = 64  # links claimed at once: their page is built once, their answers are noted in one transaction
DOUBTFUL_LANES = 2  # pushes under way at once to peers whose last one failed
CONTENT_TYPE = "application/activity+json"

_HOLD = (
    select(Link).where(Link.id == bindparam("link")).with_for_update(of=Link).execution_options(populate_existing=True)
)
_DUE = (
    select(Link.id)
    .join(Peer)
    .where(
        Link.push_due_at <= bindparam("now", type_=Instant()),
        claims.free(Link.push_claimed_until, bindparam("now", type_=Instant())),
        Peer.state.in_(EXCHANGING),
        Peer.paused_at.is_(None),
    )
    .order_by(Link.push_due_at, Link.id)
    .with_for_update(of=Link, skip_locked=True)
)
_HEALTHY = _DUE.where(Link.push_failures == 0)
_DOUBTFUL = _DUE.where(Link.push_failures > 0)
_BUSY = (
    select(func.count())
    .select_from(Link)
    .where(Link.push_claimed_until >= bindparam("now", type_=Instant()), Link.push_failures > 0)
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Push:
    """One page on its way: where to, and the bytes."""

    link_id: int
    url: str
    body: bytes
    headers: dict[str, str]
    epoch: int
    since: int  # the entry of that epoch after which it begins


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back for a push: a status and a body, or why nothing did."""

    push: Push
    status: int
    body: bytes
    failure: str | None = None


def claim(site: Site, most: int = BATCH) -> list[int]:
    """Due links, leased to the caller, those that work first; when more are due, another worker thread is woken."""
    now = site.clock.now()
    found = list(site.session.scalars(_HEALTHY.limit(most), {"now": now}))
    lanes = min(most - len(found), DOUBTFUL_LANES - (site.session.scalar(_BUSY, {"now": now}) or 0))
    if lanes > 0:
        found += site.session.scalars(_DOUBTFUL.limit(lanes), {"now": now})
    if found:
        leased = update(Link).where(Link.id.in_(found)).values(push_claimed_until=now + backoff.LEASE)
        site.session.execute(leased.execution_options(synchronize_session=False))
    if len(found) == most:
        site.wake(journal.DELIVER)
    return found


def prepare(site: Site, link_ids: Sequence[int]) -> list[Push]:
    """The next page for each claimed link, signed; none for a link whose peer has confirmed everything."""
    links = site.session.execute(
        select(Link.id, Link.journal, Link.confirmed_epoch, Link.confirmed_n, Peer.host)
        .join(Peer)
        .where(Link.id.in_(link_ids))
        .order_by(Link.push_due_at, Link.id)
    ).all()
    rows = {name: journal.find(site, site.settings.host, name) for name in {link.journal for link in links}}
    known = authentication.known_keys(site, sorted({link.host for link in links}))
    bodies: dict[tuple[str, int, int], bytes] = {}
    pushes = []
    for link in links:
        row = rows[link.journal]
        if row is None or _is_complete(row, link.confirmed_epoch, link.confirmed_n):
            continue
        epoch, since = _next_place(site, row, link.confirmed_epoch, link.confirmed_n)
        place = link.journal, epoch, since
        if place not in bodies:
            bodies[place] = journal.page(site, link.journal, since, epoch)
        body = bodies[place]
        url = f"{origin(link.host)}/journal/{link.journal}"
        headers = {"Content-Type": CONTENT_TYPE, **authentication.sign(site, "POST", url, body, known)}
        pushes.append(Push(link.id, url, body, headers, epoch, since))
    return pushes


def release(site: Site, link_id: int) -> bool:
    """Give a claim back; whether the link still owes something. Nothing is owed once all is confirmed."""
    link = _hold(site, link_id)
    row = journal.find(site, site.settings.host, link.journal)
    link.push_claimed_until = None
    complete = row is None or _is_complete(row, link.confirmed_epoch, link.confirmed_n)
    link.push_due_at = None if complete else site.clock.now()  # behind those that have waited longer
    return not complete


def record(site: Site, answers: Sequence[Answered]) -> None:
    """What each answer means, noted: the usual one, « I have everything », for all of them in one statement."""
    ids = [answer.push.link_id for answer in answers]
    healthy = _hold_healthy(site, ids)
    rows = {name: journal.find(site, site.settings.host, name) for name in sorted(set(healthy.values()))}
    usual: dict[str, list[int]] = {}
    for answer in answers:
        name = healthy.get(answer.push.link_id)
        row = None if name is None else rows[name]
        if name is not None and row is not None and _has_everything(answer, row):
            usual.setdefault(name, []).append(answer.push.link_id)
        elif answer.failure is not None:
            record_failure(site, answer.push.link_id, answer.failure)
        else:
            record_answer(site, answer.push, answer.status, answer.body)
    for name, complete in usual.items():
        _note_complete(site, name, complete)


def record_answer(site: Site, push: Push, status: int, body: bytes) -> bool:
    """Whether the peer moved on: its answer noted and the claim given back. 200 and 409 both tell where it stands.

    One that lost entries is begun again a little later, and one that takes a page without moving has failed:
    neither can keep a worker busy.
    """
    link_id = push.link_id
    link = _hold(site, link_id)
    if status not in (200, 409):
        record_failure(site, link_id, peers.explain_status(status, body))
        return False
    try:
        position = pages.read_answer(body)
    except ForumError as error:
        _log.info("%s answered a push with something else: %s", link.peer.host, error)
        record_failure(site, link_id, UNREADABLE)
        return False
    moved = confirm(site, link, position)
    place = link.confirmed_epoch, link.confirmed_n
    if position is not None and place > (push.epoch, push.since) and place <= (position.epoch, position.n):
        link.push_failures, link.pushed_at = 0, site.clock.now()
        release(site, link_id)
        peers.note_contact(site, link.peer)
        return True
    if not moved and position is not None and _is_ahead(site, link, position):
        link.peer.sync_due_at = site.clock.now()  # the comparison takes it back: see services/reprise.py
        site.wake(peers.SYNC)
        record_failure(site, link_id, AHEAD)
        return False
    record_failure(site, link_id, REWOUND if moved else DIFFERENT)
    return False


def record_failure(site: Site, link_id: int, why: str) -> None:
    """A push that failed: when to try again, and what to tell the admin."""
    link = _hold(site, link_id)
    link.push_failures += 1
    link.push_claimed_until = None
    link.push_due_at = backoff.next_try(site.clock.now(), link.push_failures)
    peers.note_error(site, link.peer, why)


def confirm(site: Site, link: Link, position: Position | None) -> bool:
    """Whether the peer's position in our journal is one of ours and differs from what we thought.

    One that holds more of a past epoch than we took back has all of it.
    """
    row = journal.find(site, site.settings.host, link.journal)
    if row is None:
        return False
    before = (link.confirmed_epoch, link.confirmed_n)
    if position is None:
        link.confirmed_epoch, link.confirmed_n = 1, 0
    elif position == journal.position_of(row) or _is_ours(site, row, position):
        link.confirmed_epoch, link.confirmed_n = position.epoch, position.n
    elif _is_beyond(site, row, position):
        link.confirmed_epoch, link.confirmed_n = position.epoch, journal.end_of(site, row, position.epoch)
    else:
        return False
    return before != (link.confirmed_epoch, link.confirmed_n)


def is_foreign(site: Site, row: Journal, position: Position) -> bool:
    """Whether a peer tells of a place in our journal that was never there: what it holds differs from what we hold."""
    if (position.epoch, position.n) > (row.epoch, row.n):
        return False  # it may be what we lost: see services/reprise.py
    return not _is_ours(site, row, position) and not _is_beyond(site, row, position)


def owe(site: Site, link: Link, now: datetime) -> None:
    """Push to this link as soon as possible, whatever failed before."""
    link.push_due_at, link.push_failures, link.push_claimed_until = now, 0, None
    site.wake(journal.DELIVER)


def sweep(site: Site) -> None:
    """Find links that owe something and that no wake-up will bring: their time has come, or it was lost."""
    now = site.clock.now()
    behind = (
        select(Link)
        .join(Peer)
        .join(Journal, (Journal.name == Link.journal) & (Journal.host == site.settings.host))
        .where(
            Peer.state.in_(EXCHANGING),
            Link.push_due_at.is_(None),
            or_(Link.confirmed_epoch != Journal.epoch, Link.confirmed_n < Journal.n),
        )
    )
    for link in site.session.scalars(behind):
        link.push_due_at = now
    site.session.flush()
    free = claims.free(Link.push_claimed_until, now)
    due = select(Link.id).join(Peer).where(Link.push_due_at <= now, free, Peer.paused_at.is_(None))
    if site.session.scalar(due.limit(1)) is not None:
        site.wake(journal.DELIVER)


def hold_all(site: Site, peer: Peer) -> list[Link]:
    """The links of a peer, kept from other writers; before the peer itself, in the order of a push (see _hold)."""
    ours = select(Link).where(Link.peer_id == peer.id).order_by(Link.id)
    return list(site.session.scalars(ours.with_for_update(of=Link).execution_options(populate_existing=True)))


def _next_place(site: Site, row: Journal, confirmed_epoch: int, confirmed_n: int) -> tuple[int, int]:
    """The epoch, and the entry in it, after which a peer that confirmed this much continues."""
    epoch = confirmed_epoch or min(row.epoch, 1)
    if epoch < row.epoch and confirmed_n >= journal.end_of(site, row, epoch):
        return epoch + 1, 0
    return epoch, confirmed_n


def _is_complete(row: Journal, confirmed_epoch: int, confirmed_n: int) -> bool:
    """Whether a peer that confirmed this much has our whole journal."""
    return confirmed_epoch == row.epoch and confirmed_n >= row.n


def _hold_healthy(site: Site, link_ids: Sequence[int]) -> dict[int, str]:
    """The journals of those links whose last push and peer were well, by link; all of them kept from other writers."""
    rows = site.session.execute(
        select(Link.id, Link.journal, Link.push_failures, Peer.error)
        .join(Peer)
        .where(Link.id.in_(link_ids))
        .order_by(Link.id)
        .with_for_update(of=Link)
    )
    return {row.id: row.journal for row in rows if row.push_failures == 0 and row.error is None}


def _has_everything(answer: Answered, row: Journal) -> bool:
    """Whether the answer says that the peer stands at the end of our journal, and had less before."""
    if answer.failure is not None or answer.status not in (200, 409):
        return False
    try:
        position = pages.read_answer(answer.body)
    except ForumError:
        return False  # record_answer says what is wrong with it
    return position == journal.position_of(row) and (answer.push.epoch, answer.push.since) < (row.epoch, row.n)


def _note_complete(site: Site, name: str, link_ids: Sequence[int]) -> None:
    """Nothing more is owed to these links, and their peers are alive."""
    row = journal.find(site, site.settings.host, name)
    if row is None:
        return
    now = site.clock.now()
    site.session.execute(
        update(Link)
        .where(Link.id.in_(link_ids))
        .values(
            confirmed_epoch=row.epoch,
            confirmed_n=row.n,
            pushed_at=now,
            push_due_at=None,
            push_claimed_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    peer_ids = select(Link.peer_id).where(Link.id.in_(link_ids))
    site.session.execute(
        update(Peer).where(Peer.id.in_(peer_ids)).values(contact_at=now).execution_options(synchronize_session=False)
    )


def _is_ours(site: Site, row: Journal, position: Position) -> bool:
    """Whether our journal has this very position: the same epoch, and the same hash after the same entry."""
    try:
        epoch = journal.epoch_of(site, row, position.epoch)
    except NotFound:
        return False
    if epoch.id != position.epoch_id:
        return False
    if position.n == 0:
        return True
    found = site.session.scalar(
        select(Entry.hash).where(Entry.journal_id == row.id, Entry.epoch == epoch.number, Entry.n == position.n)
    )
    return found is not None and bytes.fromhex(found) == position.hash


def _is_ahead(site: Site, link: Link, position: Position) -> bool:
    """Whether the peer tells of a later place in our journal than we have come to ourselves."""
    row = journal.find(site, site.settings.host, link.journal)
    return row is not None and (position.epoch, position.n) > (row.epoch, row.n)


def _is_beyond(site: Site, row: Journal, position: Position) -> bool:
    """Whether the peer holds entries of a past epoch of ours that were lost here: see services/reprise.py."""
    if position.epoch >= row.epoch:
        return False
    epoch = journal.epoch_of(site, row, position.epoch)
    return epoch.id == position.epoch_id and position.n > journal.end_of(site, row, position.epoch)


def _hold(site: Site, link_id: int) -> Link:
    """The link, kept from writers who append: see services.journal._owe_push.

    Wherever a transaction changes links and their peer, the links come first: two would else wait for each other.
    """
    link = site.session.scalar(_HOLD, {"link": link_id})
    if link is None:
        raise InvalidInput(f"link {link_id} is gone: its peer was removed meanwhile")
    return link
