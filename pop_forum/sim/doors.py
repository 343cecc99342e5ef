"""The doors of a simulated site: what web/journal.py does with a request, without Flask."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

from pop_forum.commune import Commune
from pop_forum.errors import Conflict, Forbidden, ForumError
from pop_forum.federation import handshake, pages
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Fingerprint
from pop_forum.models import Peer
from pop_forum.services import authentication, catchup, envelopes, identity, journal, nightly, peers, sync
from pop_forum.services.site import Site

Door = Callable[[Commune, str, Mapping[str, str], bytes], tuple[int, bytes]]


def answer(commune: Commune, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Status and body, as the site would answer this request."""
    path = urlsplit(target).path
    door = DOORS[method, "/journal/" if path.startswith("/journal/") else path]
    try:
        return door(commune, target, headers, body)
    except ForumError as error:
        return error.status, b"{}"


def _push(commune: Commune, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    name = target.rsplit("/", 1)[1]
    with commune.transaction() as site:
        peer = authentication.exchanging_peer(site, "POST", target, headers, body)
        _refuse_uncarried(site, peer, name)
        try:
            taken = catchup.receive_page(site, peer.host, Fingerprint(peer.fingerprint or ""), name, body, peer.host)
        except Conflict:
            return _position(site, peer.host, name, 409)
        peers.note_call(site, peer)
        return _position(site, peer.host, name, 200 if taken.accepted else 409)


def _page(commune: Commune, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    parts = urlsplit(target)
    _, _, *host, name = parts.path.split("/")
    with commune.reading() as site:
        peer = authentication.exchanging_peer(site, "GET", target, headers, body)
        _refuse_uncarried(site, peer, name)
        asked = {key: int(value) for key, [value] in parse_qs(parts.query).items()}
        return 200, journal.page(site, name, asked["since"], asked.get("epoch"), *host, whole="whole" in asked)


def _vector(commune: Commune, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    with commune.reading() as site:
        peer = authentication.exchanging_peer(site, "GET", target, headers, body)
        back, host, told = peers.is_back(site, peer), peer.host, sync.vector(site, peer.host)
    if back:
        with commune.transaction() as site:
            peers.note_call(site, peers.by_host(site, host))
    return 200, told


def _digests(commune: Commune, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    with commune.reading() as site:
        authentication.exchanging_peer(site, "GET", target, headers, body)
        return 200, nightly.document(site)


def _inbox(commune: Commune, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    with commune.transaction() as site:
        envelopes.keep(site, "POST", target, headers, body)
    return 202, b""


def _actor(commune: Commune, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    with commune.reading() as site:
        return 200, jcs(handshake.site_actor(identity.own_actor(site)))


def _position(site: Site, host: str, name: str, status: int) -> tuple[int, bytes]:
    row = journal.find(site, host, name)
    return status, pages.answer(None if row is None else journal.position_of(row))


def _refuse_uncarried(site: Site, peer: Peer, name: str) -> None:
    if name not in {link.journal for link in peers.links_of(site, peer)}:
        raise Forbidden(f"{name} is not carried with {peer.host}")


DOORS: dict[tuple[str, str], Door] = {
    ("POST", "/journal/"): _push,
    ("GET", "/journal/"): _page,
    ("GET", "/journal"): _vector,
    ("GET", "/empreintes"): _digests,
    ("POST", "/boite"): _inbox,
    ("GET", "/acteur"): _actor,
}
