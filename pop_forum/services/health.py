"""What this site's rows say of its health: the worker's signs, work that nobody begins, communes not heard of."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from pop_forum.domain.health import BEAT_EVERY, WORKER_SILENT, Altered, Clock, Contact, Difference, Facts, Quarantine
from pop_forum.models import Beat, Delivery, Envelope, Journal, Link, Mail, Mirror, Peer, PictureRequest
from pop_forum.services import claims, envelopes, journal, line_tests, nightly, peers, picture_requests
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.mail import MAIL
from pop_forum.services.site import Site

Due = tuple[InstrumentedAttribute[datetime | None], InstrumentedAttribute[datetime | None]]
WORK: dict[str, Due] = {  # kind of work: when it is due, who holds it
    journal.DELIVER: (Link.push_due_at, Link.push_claimed_until),
    peers.SYNC: (Peer.sync_due_at, Peer.sync_claimed_until),
    peers.SEND: (Delivery.due_at, Delivery.claimed_until),
    envelopes.RECEIVE: (Envelope.due_at, Envelope.claimed_until),
    picture_requests.PICTURES: (PictureRequest.due_at, PictureRequest.claimed_until),
}
POST: dict[str, Due] = {MAIL: (Mail.next_at, Mail.claimed_until)}
PARTNERS = Peer.state.in_(EXCHANGING)


def beat(site: Site) -> bool:
    """Whether it was time for a sign of the worker; it is given in this transaction."""
    now, row = site.clock.now(), site.session.get(Beat, 1)
    if row is None:
        site.one_at_a_time("beat")  # several workers may begin at once
        row = site.session.get(Beat, 1)
    if row is None:
        site.session.add(Beat(id=1, at=now, since=now))
        return True
    gap = now - row.at
    if abs(gap) < BEAT_EVERY:
        return False
    if abs(gap) > WORKER_SILENT:
        row.since = now
    row.at = now
    return True


def facts(site: Site, *, mail_leaves: bool, queue_answers: bool | None = None, disk_used: float | None = None) -> Facts:
    """Everything that is known now. Where no mail server is set, letters wait for ever and that is no stall."""
    row = site.session.get(Beat, 1)
    return Facts(
        beat_at=row.at if row else None,
        up_since=row.since if row else None,
        due=dict(_due(site, {**WORK, **(POST if mail_leaves else {})})),
        contacts=tuple(_contacts(site)),
        quarantines=tuple(_quarantines(site)),
        altered=tuple(_altered(site)),
        differences=tuple(Difference(*one) for one in nightly.lasting(site)),
        clocks=tuple(_clocks(site)),
        mail_leaves=mail_leaves,
        resuming_since=site.session.scalar(select(func.min(Journal.resuming_since))),
        queue_answers=queue_answers,
        disk_used=disk_used,
    )


def _due(site: Site, kinds: dict[str, Due]) -> Iterator[tuple[str, datetime]]:
    """The oldest due work of each kind that has any; what a worker holds is not waiting."""
    now = site.clock.now()
    for kind, (due, claimed) in kinds.items():
        conditions: list[ColumnElement[Any]] = [due <= now, claims.free(claimed, now)]
        if due.class_ in (Peer, Link):
            conditions.append(PARTNERS)
        query = select(func.min(due)).where(*conditions)
        if due.class_ is Link:
            query = query.join(Peer, Peer.id == Link.peer_id).where(Peer.paused_at.is_(None))
        oldest = site.session.scalar(query)
        if oldest is not None:
            yield kind, oldest


def _contacts(site: Site) -> Iterator[Contact]:
    heard = func.coalesce(Peer.contact_at, Peer.active_at, Peer.created_at)
    rows = site.session.execute(select(Peer.host, Peer.name, heard).where(PARTNERS).order_by(Peer.host))
    for host, name, at in rows:
        yield Contact(host, name or host, at)


def _quarantines(site: Site) -> Iterator[Quarantine]:
    rows = site.session.execute(
        select(Journal.host, Journal.name).where(Journal.quarantined.is_not(None)).order_by(Journal.host, Journal.name)
    )
    for host, name in rows:
        yield Quarantine(host, name)


def _altered(site: Site) -> Iterator[Altered]:
    rows = site.session.execute(
        select(Peer.host, Mirror.host, Mirror.journal, Mirror.quarantined_at)
        .join(Mirror, Mirror.peer_id == Peer.id)
        .where(Mirror.quarantined.is_not(None), PARTNERS)
        .order_by(Peer.host, Mirror.host, Mirror.journal)
    )
    for mirror, origin, name, since in rows:
        yield Altered(mirror, f"{origin}/{name}", since)


def _clocks(site: Site) -> Iterator[Clock]:
    """What the last test message of each commune told, where it came back fast enough to tell."""
    tested = select(Peer).where(PARTNERS, Peer.test_back_at.is_not(None)).order_by(Peer.host)
    for peer in site.session.scalars(tested):
        found = line_tests.last_round(peer)
        if found is not None and found.back is not None and found.gap is not None:
            yield Clock(peer.host, found.gap, found.back)
