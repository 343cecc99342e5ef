"""Invitations between communes: inviting one, accepting or declining, and what the other side answers.

Both admins see the other site's fingerprint before anything is exchanged: the one who invites when the other site
has been found, the one who accepts when the invitation has come. Each says « j'ai comparé » once.
"""

from sqlalchemy import func, select

from pop_forum.domain.permissions import Viewer
from pop_forum.errors import BadSignature, Conflict, Forbidden, InvalidInput
from pop_forum.federation import handshake
from pop_forum.federation.handshake import Accept, Invite, Reject, SiteActor
from pop_forum.federation.identifiers import Host, ObjectId, canonical_host, origin, site_actor_id
from pop_forum.federation.journal import JOURNALS
from pop_forum.models import Journal, Peer
from pop_forum.services import journal, outbox, peers
from pop_forum.services.identity import own_fingerprint
from pop_forum.services.peers import (
    ACTIVE,
    CONTACT,
    CONTACTING,
    INVITED,
    LIMITED,
    SUSPENDED,
    THEM,
    US,
    WITHDRAWN,
    activate,
    agreed,
    find,
    learn,
    never_linked,
    note_contact,
    note_error,
    only_admins,
)
from pop_forum.services.site import Site

OTHER_SITE = "L’empreinte de ce site n’est pas celle que vous avez indiquée : ne l’invitez pas."
DECLINED = "Cette commune a décliné l’invitation."
NO_FINGERPRINT = "Une empreinte compte 16 lettres ou chiffres, par groupes de quatre."
EXCHANGED = "Cette commune reste dans la liste : elle a déjà échangé avec nous, ou son invitation est ouverte."
MAX_PEERS = 2_000  # more than any intercommunality; bounds what strangers' invitations can fill (row 65)
MAX_OPEN_INVITATIONS = 50  # from others, waiting for our admin


def invite(site: Site, viewer: Viewer, address: str, expected: str | None = None) -> Peer:
    """The peer we want, about to be looked up by the worker; `expected` is its fingerprint if already known."""
    only_admins(viewer)
    host = host_of(address)
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
        note_error(site, peer, OTHER_SITE)
        peer.contact_due_at = None
        return
    learn(peer, actor)
    peer.state, peer.contact_due_at, peer.error = INVITED, None, None
    note_contact(site, peer)


def confirm(site: Site, viewer: Viewer, peer: Peer) -> None:
    """Our admin has compared the fingerprint: our invitation leaves, or theirs is accepted. Raises Conflict."""
    only_admins(viewer)
    require_waiting(peer)
    peer.confirmed_by = str(viewer.person_id)
    if peer.invited_by == US:
        peer.invitation_id = journal.new_activity_id(site)
        _send(site, peer, _invitation(site, peer))
    else:
        _send(site, peer, _acceptance(site, peer))
        activate(site, peer)


def require_waiting(peer: Peer) -> None:
    """Nothing, for a commune whose fingerprint can be confirmed. Raises Conflict."""
    if peer.state != INVITED or peer.fingerprint is None:
        raise Conflict(f"{peer.host} is {peer.state}", "Cette commune n’attend pas de confirmation.")


def decline(site: Site, viewer: Viewer, peer: Peer) -> None:
    """An invitation declined or taken back: nothing was exchanged, and the other admin is told."""
    only_admins(viewer)
    if peer.state not in (CONTACTING, INVITED):
        raise Conflict(f"{peer.host} is {peer.state}", "Cette commune est déjà dans le réseau.")
    if peer.invitation_id is not None:
        _send(site, peer, _refusal(site, peer))
    peer.state, peer.contact_due_at, peer.confirmed_by = WITHDRAWN, None, None
    peer.error, peer.error_at = None, None  # what it said of tries to come is over


def forget(site: Site, viewer: Viewer, peer: Peer) -> None:
    """The line of a commune gone with which nothing was ever exchanged. Raises Conflict for another one."""
    only_admins(viewer)
    held = site.session.scalar(select(Journal.id).where(Journal.host == peer.host).limit(1))
    if held is not None or not never_linked(peer):
        raise Conflict(f"{peer.host} is {peer.state}", EXCHANGED)
    site.session.delete(peer)


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


def check_fingerprint(peer: Peer, typed: str) -> None:
    """Returns when what was read by telephone is the peer's fingerprint. Raises InvalidInput."""
    expected = _typed_fingerprint(typed)
    if peer.fingerprint is None or expected is None or not peer.fingerprint.startswith(expected):
        raise InvalidInput(
            f"fingerprint of {peer.host} differs", "Cette empreinte n’est pas celle de ce site : n’acceptez pas."
        )


def _invited(site: Site, invitation: Invite, actor: SiteActor) -> str:
    if invitation.target != site_actor_id(site.settings.host) or invitation.root != actor.root:
        raise InvalidInput("an invitation for another site, or with another fingerprint than its sender's")
    peer = find(site, actor.host)
    if peer is None:
        _refuse_flood(site)
        peer = _new_peer(site, actor.host, invited_by=THEM)
    if peer.state in (ACTIVE, LIMITED, SUSPENDED):
        return _invited_again(site, peer, invitation, actor)
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


def _invited_again(site: Site, peer: Peer, invitation: Invite, actor: SiteActor) -> str:
    """A commune that had withdrawn comes back: both fingerprints were compared before, so it is accepted as it was."""
    if peer.state == SUSPENDED or peer.fingerprint != actor.root:
        return f"already {peer.state}"
    peer.invitation_id = invitation.id
    _send(site, peer, _acceptance(site, peer))
    peers.catch_up(site, peer)
    return f"accepted again, {peer.state}"


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
    outbox.owe(site, peer.host, handshake.build(document))


def _new_peer(site: Site, host: Host, *, invited_by: str) -> Peer:
    if (site.session.scalar(select(func.count()).select_from(Peer)) or 0) >= MAX_PEERS:
        raise Conflict("peer table full", "Votre réseau a atteint sa taille maximale.")
    peer = Peer(host=host, base_url=origin(host), state=CONTACTING, invited_by=invited_by, created_at=site.clock.now())
    site.session.add(peer)
    site.session.flush()
    return peer


def _refuse_flood(site: Site) -> None:
    open_ = select(func.count()).select_from(Peer).where(Peer.state == INVITED, Peer.invited_by == THEM)
    waiting = site.session.scalar(open_) or 0
    if waiting >= MAX_OPEN_INVITATIONS:
        raise Conflict(f"{waiting} invitations wait already")


def host_of(address: str) -> Host:
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
        raise InvalidInput("malformed fingerprint", NO_FINGERPRINT)
    return bare
