"""Peers: the communes of our network, what we know of each, and when we next turn to them.

How a commune becomes one is in services/invitations.py.
"""

from datetime import timedelta

from sqlalchemy import select, update

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import (
    BadSignature,
    ClockSkew,
    Forbidden,
    InvalidInput,
    NotFound,
    RemoteFailure,
    Unauthenticated,
)
from pop_forum.federation.handshake import SiteActor
from pop_forum.federation.journal import JOURNALS
from pop_forum.federation.keys import grouped
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Delivery, Link, Peer, PictureRequest
from pop_forum.services import journal, members
from pop_forum.services.site import Site

CONTACTING, INVITED, ACTIVE, LIMITED, SUSPENDED, WITHDRAWN = (
    "contacting",
    "invited",
    "active",
    "limited",
    "suspended",
    "withdrawn",
)
US, THEM = "us", "them"
CONTACT = "contact"  # kinds of work
SEND = "send"
SYNC = "sync"
UNEXPLAINED = "Son site a répondu par une erreur : nous réessayons automatiquement."
EXPLAINED = {
    401: "Son site ne reconnaît pas notre signature : vérifiez l’heure de ce serveur et les empreintes.",
    403: "Son site refuse nos envois : demandez à son équipe si nous sommes suspendus.",
    404: "Son site ne répond pas à l’adresse prévue : sa version de pop_forum est peut-être ancienne.",
    413: "Son site trouve notre envoi trop grand.",
    429: "Son site demande d’attendre : nous réessayons plus tard.",
}
EXPLAINED_CODES = {  # what a 401 of pop_forum says more precisely: the code of its answer
    BadSignature.code: "Son site refuse notre signature : comparez de nouveau les empreintes avec son équipe.",
    ClockSkew.code: (
        "Nos deux horloges ne disent pas la même heure : vérifiez celle de ce serveur, "
        "puis demandez à son équipe de vérifier la sienne."
    ),
}
MAX_ERROR_BYTES = 10_000  # of an answer that is read for its code; ours have two hundred
HASTE_PAUSE = timedelta(seconds=10)


def learn(peer: Peer, actor: SiteActor) -> None:
    """What a site says of itself, on our row for it."""
    peer.name, peer.kind, peer.fingerprint = actor.name, str(actor.kind), actor.root
    peer.key_number, peer.ed25519, peer.rsa_pem = actor.keys.number, actor.keys.ed25519, actor.keys.rsa_pem
    peer.older_rsa = [key.rsa_pem for key in actor.older] or None
    peer.journals = list(actor.journals)
    peer.latitude, peer.longitude = actor.place or (None, None)


def retry(site: Site, viewer: Viewer, peer: Peer) -> None:
    """Everything that waits for this peer tried again now."""
    only_admins(viewer)
    now = site.clock.now()
    peer.error = None
    if peer.state == CONTACTING:
        peer.contact_due_at, peer.contact_failures = now, 0
        site.wake(CONTACT)
    hasten(site, peer)
    owed = select(Delivery).where(Delivery.host == peer.host, Delivery.outcome.is_(None))
    for delivery in site.session.scalars(owed):
        delivery.due_at, delivery.failures = now, 0
        site.wake(SEND)


def activate(site: Site, peer: Peer) -> None:
    """Both admins agree: journals are carried from now on, ours from its beginning."""
    now = site.clock.now()
    peer.state, peer.active_at, peer.relayed = ACTIVE, now, False
    present = {link.journal for link in links_of(site, peer)}
    for name in agreed(peer):
        if name not in present:
            site.session.add(Link(peer_id=peer.id, journal=name, push_due_at=now))
    site.session.flush()
    catch_up(site, peer)
    members.join(site, peer)


def catch_up(site: Site, peer: Peer) -> None:
    """A peer with which journals are carried again: positions compared now, and all that it lacks of ours pushed."""
    now = site.clock.now()
    peer.error, peer.error_at, peer.sync_due_at, peer.sync_failures = None, None, now, 0
    for link in links_of(site, peer):
        link.push_due_at, link.push_failures = now, 0
    site.wake(journal.DELIVER)
    site.wake(SYNC)


def agreed(peer: Peer) -> tuple[str, ...]:
    """The journals that both sites propose to carry."""
    return tuple(name for name in JOURNALS if name in (peer.journals or ()))


def never_linked(peer: Peer) -> bool:
    """Whether this peer is gone without having come further than an invitation."""
    return peer.state == WITHDRAWN and peer.active_at is None and not peer.relayed


def find(site: Site, host: str) -> Peer | None:
    """The peer at this host."""
    return site.session.scalar(select(Peer).where(Peer.host == host))


def by_host(site: Site, host: str) -> Peer:
    """The peer at this host. Raises NotFound."""
    found = find(site, host)
    if found is None:
        raise NotFound(f"no peer {host}")
    return found


def all_peers(site: Site) -> list[Peer]:
    """Every peer, by name."""
    return list(site.session.scalars(select(Peer).order_by(Peer.name, Peer.host)))


def links_of(site: Site, peer: Peer) -> list[Link]:
    """The journals carried with a peer."""
    return list(site.session.scalars(select(Link).where(Link.peer_id == peer.id).order_by(Link.journal)))


def short(peer: Peer) -> str:
    """A peer's fingerprint as two people compare it by telephone, or nothing while it is unknown."""
    return "" if peer.ed25519 is None or peer.fingerprint is None else grouped(peer.fingerprint[:16])


def note_contact(site: Site, peer: Peer) -> None:
    """The peer answered or called: it is alive, and what waits for it need not wait longer."""
    was_in_error = peer.error is not None
    peer.contact_at, peer.error, peer.error_at = site.clock.now(), None, None
    if was_in_error:
        hasten(site, peer)


def note_call(site: Site, peer: Peer) -> None:
    """The peer called us: after a silence of its own, what waits for it goes out now.

    Only after a while: a peer that calls us but cannot be called would else be tried again at each of its calls.
    """
    if is_back(site, peer):
        note_contact(site, peer)
    peer.contact_at = site.clock.now()


def is_back(site: Site, peer: Peer) -> bool:
    """Whether a call of this peer ends a silence: see note_call."""
    return peer.error_at is not None and abs(site.clock.now() - peer.error_at) >= HASTE_PAUSE


def hasten(site: Site, peer: Peer) -> None:
    """What is owed to this peer and what we await from it made due now, and positions compared."""
    now = site.clock.now()
    awaited = (PictureRequest.host == peer.host, PictureRequest.due_at > now)
    site.session.execute(update(PictureRequest).where(*awaited).values(due_at=now, failures=0))
    for link in links_of(site, peer):
        link.push_failures = 0
        if link.push_due_at is not None and link.push_due_at > now:
            link.push_due_at = now
            site.wake(journal.DELIVER)
    if peer.state in (ACTIVE, LIMITED) and (peer.sync_due_at is None or peer.sync_due_at > now):
        peer.sync_due_at, peer.sync_failures = now, 0
        site.wake(SYNC)


def note_error(site: Site, peer: Peer, why: str) -> None:
    """What went wrong with a peer, for its admin page."""
    peer.error = why
    peer.error_at = peer.error_at or site.clock.now()


def explain_status(status: int, body: bytes = b"") -> str:
    """What a peer answered instead of what we asked for, in plain French with advice."""
    if status == Unauthenticated.status:
        return EXPLAINED_CODES.get(_code(body), EXPLAINED[status])
    return EXPLAINED.get(status, UNEXPLAINED)


def _code(body: bytes) -> str:
    """The code of an error as pop_forum answers it to software; empty for any other answer."""
    if len(body) > MAX_ERROR_BYTES:
        return ""
    try:
        code = load_object(body).get("code")
    except InvalidInput:
        return ""
    return code if isinstance(code, str) else ""


def only_admins(viewer: Viewer) -> None:
    """Returns for who runs the site. Raises Forbidden."""
    if not permissions.may_administer_network(viewer):
        raise Forbidden(f"{viewer} may not administer the network")


def refused(status: int, body: bytes) -> RemoteFailure:
    """The error that stands for a peer's refusal, its sentence in plain French."""
    return RemoteFailure(f"the peer answered {status}", explain_status(status, body))
