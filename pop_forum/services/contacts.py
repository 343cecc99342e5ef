"""Looking up a commune before it is invited: its actor document fetched, its fingerprint shown to our admin."""

from sqlalchemy import select

from pop_forum.errors import ForumError
from pop_forum.federation import handshake
from pop_forum.federation.identifiers import Host
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Peer
from pop_forum.services import backoff, invitations, peers
from pop_forum.services.site import Site

NO_COMMUNE = "Cette adresse répond, mais ce n’est pas un site pop_forum. Vérifiez-la."
GIVEN_UP = (
    "Son site reste introuvable après vingt essais : nous ne le cherchons plus. Vérifiez son adresse, "
    "puis relancez la recherche ou renoncez."
)
MAX_FAILURES = 20  # about a day and a half of tries; then our admin decides


def claim(site: Site) -> Host | None:
    """A commune to look up; nobody else will try it before the lease ends."""
    now = site.clock.now()
    peer = site.session.scalar(
        select(Peer)
        .where(Peer.contact_due_at <= now, Peer.state == peers.CONTACTING)
        .order_by(Peer.contact_due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if peer is None:
        return None
    peer.contact_due_at = now + backoff.LEASE
    return Host(peer.host)


def record_answer(site: Site, host: Host, status: int, body: bytes) -> None:
    """What the site answered: its actor, or something that is not a commune's."""
    peer = peers.find(site, host)
    if peer is None or peer.state != peers.CONTACTING:
        return
    if status != 200:
        record_failure(site, host, peers.explain_status(status, body))
        return
    try:
        actor = handshake.parse_site_actor(load_object(body), host=host)
    except ForumError:
        record_failure(site, host, NO_COMMUNE)
        return
    invitations.found(site, peer, actor)


def record_failure(site: Site, host: Host, why: str) -> None:
    """The look-up failed: tried again later, until our admin is asked to check the address."""
    peer = peers.find(site, host)
    if peer is None:
        return
    peer.contact_failures += 1
    given_up = peer.contact_failures >= MAX_FAILURES
    peers.note_error(site, peer, GIVEN_UP if given_up else why)
    peer.contact_due_at = None if given_up else backoff.next_try(site.clock.now(), peer.contact_failures)


def sweep(site: Site) -> None:
    """Find look-ups that no wake-up will bring."""
    due = select(Peer.id).where(Peer.contact_due_at <= site.clock.now(), Peer.state == peers.CONTACTING)
    if site.session.scalar(due.limit(1)) is not None:
        site.wake(peers.CONTACT)
