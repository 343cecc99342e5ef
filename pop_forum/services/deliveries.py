"""Pushing our journals to peers: which link is due, what to send it, what its answer means.

Claims are rows with a lease, so that several workers share them and a killed one gives them back. Links that work
go first, and those that fail share two lanes: one dead or slow peer delays nobody (rule 4).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, or_, select

from pop_forum.errors import ForumError, InvalidInput, NotFound
from pop_forum.federation import pages
from pop_forum.federation.identifiers import origin
from pop_forum.federation.journal import Position
from pop_forum.models import Entry, Journal, Link, Peer
from pop_forum.services import authentication, backoff, journal, peers
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.site import Site

REWOUND = "Il a perdu une partie de notre journal : nous la lui renvoyons."
DIFFERENT = "Sa copie de notre journal diffère de la nôtre : à examiner avec son équipe."
DOUBTFUL_LANES = 2  # pushes under way at once to peers whose last one failed
CONTENT_TYPE = "application/activity+json"

_HOLD = select(Link).where(Link.id == bindparam("link")).with_for_update(of=Link).execution_options(populate_existing=True)


@dataclass(frozen=True, slots=True)
class Push:
    """One page on its way: where to, and the bytes."""

    link_id: int
    url: str
    body: bytes
    headers: dict[str, str]
    since: int  # the entry after which it begins


def claim(site: Site) -> int | None:
    """A due link, leased to the caller; when another is due too, a second worker thread is woken for it."""
    now = site.clock.now()
    free = or_(Link.push_claimed_until.is_(None), Link.push_claimed_until < now)
    busy = site.session.scalar(
        select(func.count()).select_from(Link).where(Link.push_claimed_until >= now, Link.push_failures > 0)
    )
    due = (
        select(Link)
        .join(Peer)
        .where(Link.push_due_at <= now, free, Peer.state.in_(EXCHANGING))
        .order_by(case((Link.push_failures == 0, 0), else_=1), Link.push_due_at, Link.id)
        .with_for_update(of=Link, skip_locked=True)
    )
    if (busy or 0) >= DOUBTFUL_LANES:
        due = due.where(Link.push_failures == 0)
    found = site.session.scalars(due.limit(2)).all()
    if not found:
        return None
    found[0].push_claimed_until = now + backoff.LEASE
    if len(found) > 1:
        site.wake(journal.DELIVER)
    return found[0].id


def prepare(site: Site, link_id: int) -> Push | None:
    """The next page for a claimed link, signed; None when the peer has confirmed everything."""
    link = site.session.get_one(Link, link_id)
    row = journal.find(site, site.settings.host, link.journal)
    if row is None or (link.confirmed_epoch == row.epoch and link.confirmed_n >= row.n):
        return None
    since = link.confirmed_n if link.confirmed_epoch in (0, row.epoch) else 0
    body = journal.page(site, link.journal, since)
    url = f"{origin(link.peer.host)}/journal/{link.journal}"
    headers = {"Content-Type": CONTENT_TYPE, **authentication.sign(site, "POST", url, body)}
    return Push(link_id, url, body, headers, since)


def release(site: Site, link_id: int) -> bool:
    """Give a claim back; whether the link still owes something. Nothing is owed once all is confirmed."""
    link = _hold(site, link_id)
    row = journal.find(site, site.settings.host, link.journal)
    link.push_claimed_until = None
    complete = row is None or (link.confirmed_epoch == row.epoch and link.confirmed_n >= row.n)
    link.push_due_at = None if complete else site.clock.now()  # behind those that have waited longer
    return not complete


def record_answer(site: Site, push: Push, status: int, body: bytes) -> bool:
    """Whether the peer moved on and the next page may follow. 200 and 409 both tell where it stands.

    One that lost entries is begun again a little later, and one that takes a page without moving has failed:
    neither can keep a worker busy.
    """
    link_id = push.link_id
    link = _hold(site, link_id)
    if status not in (200, 409):
        record_failure(site, link_id, peers.explain_status(status))
        return False
    try:
        position = pages.read_answer(body)
    except ForumError as error:
        record_failure(site, link_id, f"Sa réponse n’est pas lisible ({error}).")
        return False
    moved = confirm(site, link, position)
    if position is not None and link.confirmed_n == position.n > push.since:
        link.push_failures, link.pushed_at = 0, site.clock.now()
        link.push_claimed_until = site.clock.now() + backoff.LEASE
        peers.note_contact(site, link.peer)
        return True
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
    """Whether the peer's position in our journal is one of ours and differs from what we thought."""
    row = journal.find(site, site.settings.host, link.journal)
    if row is None:
        return False
    before = (link.confirmed_epoch, link.confirmed_n)
    if position is None:
        link.confirmed_epoch, link.confirmed_n = row.epoch, 0
    elif position == journal.position_of(row) or _is_ours(site, row, position):
        link.confirmed_epoch, link.confirmed_n = position.epoch, position.n
    else:
        return False
    return before != (link.confirmed_epoch, link.confirmed_n)


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
    free = or_(Link.push_claimed_until.is_(None), Link.push_claimed_until < now)
    if site.session.scalar(select(Link.id).where(Link.push_due_at <= now, free).limit(1)) is not None:
        site.wake(journal.DELIVER)


def hold_all(site: Site, peer: Peer) -> list[Link]:
    """The links of a peer, kept from other writers; before the peer itself, in the order of a push (see _hold)."""
    ours = select(Link).where(Link.peer_id == peer.id).order_by(Link.id)
    return list(site.session.scalars(ours.with_for_update(of=Link).execution_options(populate_existing=True)))


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


def _hold(site: Site, link_id: int) -> Link:
    """The link, kept from writers who append: see services.journal._owe_push.

    Wherever a transaction changes links and their peer, the links come first: two would else wait for each other.
    """
    link = site.session.scalar(_HOLD, {"link": link_id})
    if link is None:
        raise InvalidInput(f"link {link_id} is gone: its peer was removed meanwhile")
    return link
