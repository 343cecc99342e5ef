"""The communes of the programme, and by which fingerprint each is known: told by the programme's home in its journal.

Whoever says it, a list is kept; only that of the home named in our settings is used. A journal is read from a mirror
only for an origin whose root fingerprint is known here: by our own invitation, from this list, or from our settings.
"""

from datetime import datetime

from sqlalchemy import select

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.federation import handshake
from pop_forum.federation.activities import MAX_NAME_CHARS, Activity, Content, MemberListed, MemberRemoved
from pop_forum.federation.identifiers import Fingerprint, Host, site_actor_id
from pop_forum.models import Member, Peer
from pop_forum.services import journal
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site
from pop_forum.settings import Kind

PROGRAMME = "programme"
COMPARED = ("active", "limited", "suspended")  # states of a peer whose fingerprint our admin has compared
NOT_HOME = "Seul le site qui rédige le programme commun tient la liste de ses communes."
NOT_ACTIVE = "Cette commune n’échange pas avec nous : comparez d’abord son empreinte."
NOT_LISTED = "Cette commune n’est pas dans la liste."
WRONG_NAME = "Indiquez le nom de la commune, en 100 caractères au plus."
OWN_ADDRESS = "C’est l’adresse de votre propre site : il n’a pas à s’inscrire."
WRONG_FINGERPRINT = "Recopiez l’empreinte complète : 52 lettres et chiffres."


def put(site: Site, issuer: str, content: MemberListed | MemberRemoved, stamp: Stamp, at: datetime) -> None:
    """What a site says of a commune, unless a later entry of its journal has said more."""
    row = _row(site, issuer, content.host)
    if row is None:
        blank = MemberListed(content.host, "", "", Fingerprint(""))
        row = _new(issuer, content if isinstance(content, MemberListed) else blank, at)
        site.session.add(row)
    elif (stamp.epoch, stamp.n) <= (row.epoch, row.n):
        return
    row.active, row.at, row.epoch, row.n = isinstance(content, MemberListed), at, stamp.epoch, stamp.n
    if isinstance(content, MemberListed):
        row.name, row.kind, row.fingerprint = content.name, content.kind, content.root
    site.session.flush()


def join(site: Site, peer: Peer) -> None:
    """A commune whose fingerprint was compared is of the programme, if this is its home. Idempotent."""
    if not site.settings.is_programme_home or peer.fingerprint is None:
        return
    row = _row(site, site.settings.host, peer.host)
    if row is None or not row.active or row.fingerprint != peer.fingerprint:
        root = Fingerprint(peer.fingerprint)
        _say(site, MemberListed(Host(peer.host), peer.name or peer.host, peer.kind or Kind.CITOYENNE, root))


def admit(site: Site, viewer: Viewer, peer: Peer) -> None:
    """The admin of the home lists a commune that exchanges with it. Raises Forbidden, Conflict."""
    _only_home(site, viewer)
    if peer.state not in COMPARED:
        raise Conflict(f"{peer.host} is {peer.state}", NOT_ACTIVE)
    join(site, peer)


def admit_unlinked(site: Site, viewer: Viewer, listed: MemberListed) -> None:
    """The admin of the home lists a commune that it is not linked with. Raises Forbidden, InvalidInput."""
    _only_home(site, viewer)
    if not 0 < len(listed.name) <= MAX_NAME_CHARS or not listed.name.isprintable():
        raise InvalidInput("name of a member", WRONG_NAME)
    if listed.host == site.settings.host:
        raise InvalidInput("the home lists itself", OWN_ADDRESS)
    try:
        handshake.parse_fingerprint(listed.root)
    except InvalidInput as error:
        raise InvalidInput(str(error), WRONG_FINGERPRINT) from error
    _say(site, listed)


def dismiss(site: Site, viewer: Viewer, host: str) -> None:
    """The admin of the home takes a commune off the list. Raises Forbidden, Conflict."""
    _only_home(site, viewer)
    row = _row(site, site.settings.host, host)
    if row is None or not row.active:
        raise Conflict(f"{host} is no member", NOT_LISTED)
    _say(site, MemberRemoved(Host(host)))


def listed(site: Site) -> list[Member]:
    """The communes of the programme as its home tells them, by name."""
    told = select(Member).where(Member.issuer == site.settings.programme.home, Member.active)
    return list(site.session.scalars(told.order_by(Member.name, Member.host)))


def roots(site: Site) -> dict[str, Fingerprint]:
    """The root fingerprint of every site that is known by one: what our admin compared counts first."""
    home = site.settings.programme
    known = {home.home: Fingerprint(home.fingerprint)} if home.fingerprint else {}
    known |= {row.host: Fingerprint(row.fingerprint) for row in listed(site)}
    compared = select(Peer.host, Peer.fingerprint).where(Peer.state.in_(COMPARED), Peer.fingerprint.is_not(None))
    known |= {host: Fingerprint(fingerprint or "") for host, fingerprint in site.session.execute(compared)}
    known.pop(site.settings.host, None)
    return known


def _say(site: Site, content: MemberListed | MemberRemoved) -> None:
    """The home's word, in its journal and here."""
    activity = _said_by_site(site, content)
    entry = journal.append(site, PROGRAMME, activity)
    put(site, site.settings.host, content, Stamp(entry.epoch, entry.n), activity.published)


def _said_by_site(site: Site, content: Content) -> Activity:
    actor = site_actor_id(site.settings.host)
    return Activity(journal.new_activity_id(site), actor, site.clock.now(), content)


def _row(site: Site, issuer: str, host: str) -> Member | None:
    return site.session.scalar(select(Member).where(Member.issuer == issuer, Member.host == host))


def _new(issuer: str, content: MemberListed, at: datetime) -> Member:
    return Member(
        issuer=issuer,
        host=content.host,
        name=content.name,
        kind=content.kind,
        fingerprint=content.root,
        active=True,
        epoch=0,
        n=0,
        at=at,
    )


def _only_home(site: Site, viewer: Viewer) -> None:
    if not permissions.may_administer_network(viewer):
        raise Forbidden(f"{viewer} may not administer the network")
    if not site.settings.is_programme_home:
        raise Forbidden(f"{site.settings.host} is not the programme's home", NOT_HOME)
