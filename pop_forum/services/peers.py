"""Peers: inviting a commune, accepting an invitation, and what an admin is told of each.

Both admins see the other site's fingerprint before anything is exchanged: the one who invites when the other site
has been found, the one who accepts when the invitation has come. Each says « j'ai comparé » once.
"""

from datetime import timedelta

from sqlalchemy import select

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import BadSignature, Conflict, Forbidden, InvalidInput, NotFound, RemoteFailure
from pop_forum.federation import handshake, proofs
from pop_forum.federation.canonical import jcs
from pop_forum.federation.handshake import Accept, Invite, Reject, SiteActor
from pop_forum.federation.identifiers import Fingerprint, Host, ObjectId, canonical_host, origin, site_actor_id
from pop_forum.federation.journal import JOURNALS
from pop_forum.federation.keys import PublicKeys, fingerprint, proof_key_id, short_fingerprint
from pop_forum.models import Delivery, Link, Peer
from pop_forum.services import journal
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
OTHER_SITE = "L’empreinte de ce site n’est pas celle que vous avez indiquée : ne l’invitez pas."
DECLINED = "Cette commune a décliné l’invitation."
UNEXPLAINED = "Son site a répondu par une erreur : nous réessayons automatiquement."
EXPLAINED = {
    401: "Son site ne reconnaît pas notre signature : vérifiez l’heure de ce serveur et les empreintes.",
    403: "Son site refuse nos envois : demandez à son équipe si nous sommes suspendus.",
    404: "Son site ne répond pas à l’adresse prévue : sa version de pop_forum est peut-être ancienne.",
    413: "Son site trouve notre envoi trop grand.",
    429: "Son site demande d’attendre : nous réessayons plus tard.",
}
HASTE_PAUSE = timedelta(seconds=10)
MAX_PEERS = 2_000  # more than any intercommunality; bounds what strangers' invitations can fill (row 65)
MAX_OPEN_INVITATIONS = 50  # from others, waiting for our admin


def invite(site: Site, viewer: Viewer, address: str, expected: str | None = None) -> Peer:
    """The peer we want, about to be looked up by the worker; `expected` is its fingerprint if already known."""
    _only_admins(viewer)
    host = _host_of(address)
    if host == site.settings.host:
        raise InvalidInput("invite oneself", "C’est l’adresse de votre propre site. Indiquez-en une autre.")
    peer = find(site, host)
    if peer is not None and peer.state not in (WITHDRAWN, CONTACTING):
        raise Conflict(f"{host} is {peer.state}", "Cette commune est déjà dans votre réseau ou déjà invitée.")
    if peer is None:
        peer = _new_peer(site, host, invited_by=US)
    peer.state, peer.invited_by, peer.error = CONTACTING, US, None
    peer.confirmed_by, peer.invitation_id = None, None  # what was agreed before a withdrawal is to be agreed again
    peer.fingerprint = _typed_fingerprint(expected)
    peer.contact_due_at, peer.contact_failures = site.clock.now(), 0
    site.wake(CONTACT)
    return peer


def found(site: Site, peer: Peer, actor: SiteActor) -> None:
    """The site of a commune we look for has answered: its name, kind, keys and fingerprint noted."""
    if peer.fingerprint is not None and not actor.root.startswith(peer.fingerprint):
        note_error(site, peer, "L’empreinte de ce site n’est pas celle que vous avez indiquée : ne l’invitez pas.")
        peer.contact_due_at = None
        return
    learn(peer, actor)
    peer.state, peer.contact_due_at, peer.error = INVITED, None, None
    note_contact(site, peer)


def learn(peer: Peer, actor: SiteActor) -> None:
    """What a site says of itself, on our row for it."""
    peer.name, peer.kind, peer.fingerprint = actor.name, str(actor.kind), actor.root
    peer.key_number, peer.ed25519, peer.rsa_pem = actor.keys.number, actor.keys.ed25519, actor.keys.rsa_pem
    peer.journals = list(actor.journals)


def confirm(site: Site, viewer: Viewer, peer: Peer) -> None:
    """Our admin has compared the fingerprint: our invitation leaves, or theirs is accepted. Raises Conflict."""
    _only_admins(viewer)
    if peer.state != INVITED or peer.fingerprint is None:
        raise Conflict(f"{peer.host} is {peer.state}", "Cette commune n’attend pas de confirmation.")
    peer.confirmed_by = str(viewer.person_id)
    if peer.invited_by == US:
        peer.invitation_id = journal.new_activity_id(site)
        _send(site, peer, _invitation(site, peer))
    else:
        _send(site, peer, _acceptance(site, peer))
        activate(site, peer)


def decline(site: Site, viewer: Viewer, peer: Peer) -> None:
    """An invitation declined or taken back: nothing was exchanged, and the other admin is told."""
    _only_admins(viewer)
    if peer.state not in (CONTACTING, INVITED):
        raise Conflict(f"{peer.host} is {peer.state}", "Cette commune est déjà dans le réseau.")
    if peer.invitation_id is not None:
        _send(site, peer, _refusal(site, peer))
    peer.state, peer.contact_due_at, peer.confirmed_by = WITHDRAWN, None, None


def retry(site: Site, viewer: Viewer, peer: Peer) -> None:
    """Everything that waits for this peer tried again now."""
    _only_admins(viewer)
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


def receive(site: Site, document: handshake.Handshake, actor: SiteActor) -> str:
    """What a handshake signed by `actor` changed, in a sentence. Raises InvalidInput, Forbidden or Conflict."""
    if document.actor != site_actor_id(actor.host):
        raise BadSignature(f"{document.actor} does not own the key that signed")
    match document:
        case Invite():
            return _invited(site, document, actor)
        case Accept():
            return _accepted(site, document, actor)
        case Reject():
            return _rejected(site, document, actor)


def activate(site: Site, peer: Peer) -> None:
    """Both admins agree: journals are carried from now on, ours from its beginning."""
    now = site.clock.now()
    peer.state, peer.active_at = ACTIVE, now
    present = {link.journal: link for link in links_of(site, peer)}
    for name in agreed(peer):
        if name not in present:
            site.session.add(Link(peer_id=peer.id, journal=name, push_due_at=now))
    peer.sync_due_at = now
    site.wake(journal.DELIVER)
    site.wake(SYNC)


def agreed(peer: Peer) -> tuple[str, ...]:
    """The journals that both sites propose to carry."""
    return tuple(name for name in JOURNALS if name in (peer.journals or ()))


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


def own_actor(site: Site) -> SiteActor:
    """What this site says of itself at `/acteur`."""
    settings = site.settings
    return SiteActor(
        host=Host(settings.host),
        name=settings.name,
        kind=str(settings.kind),
        insee=settings.insee,
        journals=JOURNALS,
        keys=site.keys.public(),
        root=own_fingerprint(site),
    )


def own_fingerprint(site: Site) -> Fingerprint:
    """By what others recognise this site, 52 characters."""
    return fingerprint(site.keys.public())


def own_short(site: Site) -> str:
    """The same, as two people compare it by telephone."""
    return short_fingerprint(site.keys.public())


def check_fingerprint(peer: Peer, typed: str) -> None:
    """Returns when what was read by telephone is the peer's fingerprint. Raises InvalidInput."""
    expected = _typed_fingerprint(typed)
    if peer.fingerprint is None or expected is None or not peer.fingerprint.startswith(expected):
        raise InvalidInput(
            f"fingerprint of {peer.host} differs", "Cette empreinte n’est pas celle de ce site : n’acceptez pas."
        )


def short(peer: Peer) -> str:
    """A peer's fingerprint as two people compare it by telephone, or nothing while it is unknown."""
    if peer.ed25519 is None or peer.rsa_pem is None or peer.key_number is None:
        return ""
    return short_fingerprint(PublicKeys(peer.key_number, peer.ed25519, peer.rsa_pem))


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
    return peer.error_at is not None and site.clock.now() - peer.error_at >= HASTE_PAUSE


def hasten(site: Site, peer: Peer) -> None:
    """What is owed to this peer made due now, and positions compared."""
    now = site.clock.now()
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


def explain_status(status: int) -> str:
    """An HTTP status of a peer, in plain French with advice."""
    return EXPLAINED.get(status, UNEXPLAINED)


def _invited(site: Site, invitation: Invite, actor: SiteActor) -> str:
    if invitation.target != site_actor_id(site.settings.host) or invitation.root != actor.root:
        raise InvalidInput("an invitation for another site, or with another fingerprint than its sender's")
    peer = find(site, actor.host)
    if peer is None:
        _refuse_flood(site)
        peer = _new_peer(site, actor.host, invited_by=THEM)
    if peer.state in (ACTIVE, LIMITED, SUSPENDED):
        return f"already {peer.state}"
    learn(peer, actor)
    peer.journals = list(invitation.journals)
    ours = peer.invited_by == US and peer.confirmed_by is not None
    peer.invitation_id, peer.contact_due_at, peer.state = invitation.id, None, INVITED
    note_contact(site, peer)
    if ours:  # both invited each other: each admin has compared the fingerprint already
        _send(site, peer, _acceptance(site, peer))
        activate(site, peer)
        return "invited each other"
    peer.invited_by, peer.confirmed_by = THEM, None
    return "waits for our admin"


def _accepted(site: Site, acceptance: Accept, actor: SiteActor) -> str:
    peer = find(site, actor.host)
    if peer is None or peer.invited_by != US or peer.invitation_id != acceptance.invite:
        raise Forbidden(f"{actor.host} accepts an invitation that was never sent")  # row 22
    if peer.state == ACTIVE:
        return "already active"
    if peer.state != INVITED or not peer.fingerprint == actor.root == acceptance.root:
        raise Conflict(f"{actor.host} is {peer.state}, or its fingerprint changed")
    learn(peer, actor)
    peer.journals = list(acceptance.journals)
    note_contact(site, peer)
    activate(site, peer)
    return "active"


def _rejected(site: Site, refusal: Reject, actor: SiteActor) -> str:
    peer = find(site, actor.host)
    if peer is None or peer.invitation_id != refusal.invite or peer.state != INVITED:
        raise Forbidden(f"{actor.host} declines an invitation that is not open")
    peer.state, peer.confirmed_by = WITHDRAWN, None
    note_error(site, peer, DECLINED)
    return "declined"


def _invitation(site: Site, peer: Peer) -> Invite:
    return Invite(
        ObjectId(peer.invitation_id or ""),
        site_actor_id(site.settings.host),
        site_actor_id(peer.host),
        JOURNALS,
        own_fingerprint(site),
        site.clock.now(),
    )


def _acceptance(site: Site, peer: Peer) -> Accept:
    return Accept(
        journal.new_activity_id(site),
        site_actor_id(site.settings.host),
        ObjectId(peer.invitation_id or ""),
        site_actor_id(peer.host),
        agreed(peer),
        own_fingerprint(site),
        site.clock.now(),
    )


def _refusal(site: Site, peer: Peer) -> Reject:
    theirs, ours = site_actor_id(peer.host), site_actor_id(site.settings.host)
    inviter = ours if peer.invited_by == US else theirs
    return Reject(
        journal.new_activity_id(site), ours, ObjectId(peer.invitation_id or ""), inviter, None, site.clock.now()
    )


def _send(site: Site, peer: Peer, document: handshake.Handshake) -> None:
    """Owe a signed handshake to the peer's inbox."""
    now = site.clock.now()
    method = proof_key_id(document.actor, site.keys.number)
    body = jcs(proofs.attach(handshake.build(document), site.keys.ed25519, method, now))
    inbox = handshake.inbox_url(peer.host)
    site.session.add(Delivery(inbox=inbox, host=peer.host, activity=body, created_at=now, due_at=now))
    site.wake(SEND)


def _new_peer(site: Site, host: Host, *, invited_by: str) -> Peer:
    if len(all_peers(site)) >= MAX_PEERS:
        raise Conflict("peer table full", "Votre réseau a atteint sa taille maximale.")
    peer = Peer(host=host, base_url=origin(host), state=CONTACTING, invited_by=invited_by, created_at=site.clock.now())
    site.session.add(peer)
    site.session.flush()
    return peer


def _refuse_flood(site: Site) -> None:
    waiting = [peer for peer in all_peers(site) if peer.state == INVITED and peer.invited_by == THEM]
    if len(waiting) >= MAX_OPEN_INVITATIONS:
        raise Conflict(f"{len(waiting)} invitations wait already")


def _host_of(address: str) -> Host:
    """The host in what an admin typed: an address or a bare name. Raises InvalidInput."""
    bare = address.strip().removeprefix("https://").removeprefix("http://").split("/", 1)[0]
    try:
        host = canonical_host(bare)
        if not host.partition(":")[0].rpartition(".")[2].isalpha():
            raise InvalidInput(f"{host} is a number, not the name of a site")
        return host
    except InvalidInput as error:
        raise InvalidInput(
            str(error), "Cette adresse n’est pas celle d’un site. Exemple : « pont-hervel.exemple.fr »."
        ) from error


def _typed_fingerprint(text: str | None) -> str | None:
    """A fingerprint as typed, with or without its spaces; 16 letters are enough. Raises InvalidInput."""
    bare = "".join((text or "").split()).lower()
    if not bare:
        return None
    if len(bare) not in (16, 52) or not set(bare) <= set("abcdefghijklmnopqrstuvwxyz234567"):
        raise InvalidInput(
            "malformed fingerprint", "Une empreinte compte 16 lettres ou chiffres, par groupes de quatre."
        )
    return bare


def _only_admins(viewer: Viewer) -> None:
    if not permissions.may_administer_network(viewer):
        raise Forbidden(f"{viewer} may not administer the network")


def refused(status: int) -> RemoteFailure:
    """The error that stands for a peer's refusal, its sentence in plain French."""
    return RemoteFailure(f"the peer answered {status}", explain_status(status))
