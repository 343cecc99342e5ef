"""Single activities owed to single inboxes: claimed, sent, retried."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from pop_forum.federation import handshake, proofs
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import site_actor_id
from pop_forum.federation.keys import proof_key_id
from pop_forum.federation.strict_json import JsonObject
from pop_forum.models import Delivery
from pop_forum.services import authentication, backoff, claims, peers
from pop_forum.services.site import Site

CONTENT_TYPE = "application/activity+json"
KEPT = timedelta(days=60)  # one given up after a month can be looked at for another
MAX_FAILURES = 40  # with a try a day at the end, about a month: an admin may be on holiday


@dataclass(frozen=True, slots=True)
class Parcel:
    """One activity on its way."""

    delivery_id: int
    url: str
    body: bytes
    headers: dict[str, str]


def owe(site: Site, host: str, bare: JsonObject) -> None:
    """An activity of the site's own actor, signed, owed to a commune's inbox."""
    now = site.clock.now()
    method = proof_key_id(site_actor_id(site.settings.host), site.keys.number)
    body = jcs(proofs.attach(bare, site.keys.ed25519, method, now))
    site.session.add(Delivery(inbox=handshake.inbox_url(host), host=host, activity=body, created_at=now, due_at=now))
    site.wake(peers.SEND)


def claim(site: Site) -> Parcel | None:
    """A due delivery, signed and leased to the caller."""
    now = site.clock.now()
    free = claims.free(Delivery.claimed_until, now)
    row = site.session.scalar(
        select(Delivery)
        .where(Delivery.due_at <= now, free)
        .order_by(Delivery.failures, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.claimed_until = now + backoff.LEASE
    headers = {"Content-Type": CONTENT_TYPE, **authentication.sign(site, "POST", row.inbox, row.activity)}
    return Parcel(row.id, row.inbox, row.activity, headers)


def record_answer(site: Site, parcel: Parcel, status: int, body: bytes) -> None:
    """The receiver's answer: done, to be tried again, or refused for good."""
    row = site.session.get_one(Delivery, parcel.delivery_id)
    peer = peers.find(site, row.host)
    if 200 <= status < 300:
        row.due_at, row.claimed_until, row.outcome = None, None, f"{status}"
        if peer is not None:
            peers.note_contact(site, peer)
    else:
        record_failure(site, parcel, peers.explain_status(status, body))


def record_failure(site: Site, parcel: Parcel, why: str) -> None:
    """A delivery that failed: when to try again, and what to tell the admin."""
    row = site.session.get_one(Delivery, parcel.delivery_id)
    row.failures += 1
    row.claimed_until = None
    if row.failures >= MAX_FAILURES:
        row.due_at, row.outcome = None, "given up"
    else:
        row.due_at = backoff.next_try(site.clock.now(), row.failures)
    peer = peers.find(site, row.host)
    if peer is not None:
        peers.note_error(site, peer, why)


def sweep(site: Site) -> None:
    """Find deliveries that no wake-up will bring."""
    now = site.clock.now()
    free = claims.free(Delivery.claimed_until, now)
    if site.session.scalar(select(Delivery.id).where(Delivery.due_at <= now, free).limit(1)) is not None:
        site.wake(peers.SEND)


def purge(site: Site) -> None:
    """Deliveries that were settled and written long ago are gone."""
    old = (Delivery.due_at.is_(None), Delivery.created_at <= site.clock.now() - KEPT)
    site.session.execute(delete(Delivery).where(*old).execution_options(synchronize_session=False))
