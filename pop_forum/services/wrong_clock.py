"""What a clock that was ahead leaves behind: leases and dates so far off that no rule of ours can have set them.

Once somebody sets the clock right, such work would wait for as long as the clock was wrong: a day, or years. The sweep
makes it due at once. Pictures that are awaited follow with the next contact: services/peers.py, hasten.
"""

from datetime import timedelta

from sqlalchemy import or_, select, update

from pop_forum.models import Delivery, Envelope, Link, Peer
from pop_forum.services import backoff
from pop_forum.services.site import Site

SOON = timedelta(minutes=1)  # between two comparisons with a peer that answers; no pause before a first try is longer
WORK = (  # table, failures, due, claimed
    (Link, Link.push_failures, Link.push_due_at, Link.push_claimed_until),
    (Peer, Peer.sync_failures, Peer.sync_due_at, Peer.sync_claimed_until),
    (Delivery, Delivery.failures, Delivery.due_at, Delivery.claimed_until),
    (Envelope, Envelope.failures, Envelope.due_at, Envelope.claimed_until),
)


def sweep(site: Site) -> None:
    """Find work that a wrong clock has put off, and make it due now, free for everybody."""
    now = site.clock.now()
    for table, failures, due, claimed in WORK:
        far = or_(due > now + SOON, claimed > now + backoff.LEASE)
        rows = site.session.execute(select(table.id, failures, due, claimed).where(far)).all()
        for number, failed, when, until in rows:
            latest = max(now + SOON, backoff.next_try(now, max(1, failed)))
            if (when is not None and when > latest) or (until is not None and until > now + backoff.LEASE):
                row = update(table).where(table.id == number)
                site.session.execute(row.values({due.key: now, claimed.key: None}))
