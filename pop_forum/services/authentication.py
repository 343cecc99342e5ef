"""Who signed a request: a peer of ours, by the key its admin and ours exchanged."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from sqlalchemy import and_, func, or_, select

from pop_forum.errors import BadSignature, Forbidden, InvalidInput
from pop_forum.federation import http_signatures
from pop_forum.federation.identifiers import authority, site_actor_id
from pop_forum.federation.keys import key_owner, rsa_key, rsa_key_id
from pop_forum.models import Journal, JournalKey, Link, Peer
from pop_forum.services.site import FIRST, Site


class UnknownKey(BadSignature):
    """A peer signed with a key that is not known here, or somebody else did."""

    def __init__(self, message: str, host: str) -> None:
        super().__init__(message)
        self.host = host


OTHER_HOST = "Cette requête est signée pour une autre adresse que celle de ce site."
EXCHANGING = ("active", "limited")  # the states in which journals are carried


def signing_peer(site: Site, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Peer:
    """The peer whose site signed this request. Raises BadSignature for anybody else.

    `path` has its query; the Host header must be ours, or a request to one commune could be replayed to another
    of the same machine (row 8). The key is the one we hold: none is ever fetched for a stranger (rows 12, 13).
    """
    parameters = http_signatures.parse(headers)
    host = signer_host(parameters.key_id)
    peer = site.session.scalar(select(Peer).where(Peer.host == host))
    if peer is None or peer.rsa_pem is None:
        raise BadSignature(f"no key is known here for {host}")
    check_peer(site, peer, method, path, headers, body)
    return peer


def check_peer(site: Site, peer: Peer, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
    """Returns when the request was made for this site by this peer, whose key is known. Raises BadSignature.

    UnknownKey: all but the signature is right. The peer may have changed its keys; its journals tell.
    """
    try:
        check_request(site, method, path, headers, body, peer.rsa_pem or "", *(peer.older_rsa or ()))
    except BadSignature as error:
        check_without_key(site, headers, body)
        raise UnknownKey(str(error), peer.host) from error


def exchanging_peer(site: Site, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Peer:
    """The same, when journals are carried with that peer. Raises Forbidden otherwise."""
    peer = signing_peer(site, method, path, headers, body)
    if peer.state not in EXCHANGING:
        raise Forbidden(f"peer {peer.host} is {peer.state}")
    return peer


def signer_host(key_id: str) -> str:
    """The host whose site actor owns this key. Raises BadSignature for any other kind of key."""
    try:
        owner = key_owner(key_id)
    except InvalidInput as error:
        raise BadSignature(f"unusable keyId: {error}") from error
    host = authority(owner)
    if owner != site_actor_id(host) or key_id != rsa_key_id(owner):
        raise BadSignature(f"{key_id[:80]!r} is not the key of a commune's site")
    return host


def check_request(site: Site, method: str, path: str, headers: Mapping[str, str], body: bytes, *rsa_pems: str) -> None:
    """Returns when the request was made for this site and signed with one of these keys. Raises BadSignature."""
    _check_host(site, headers)
    first, *others = rsa_pems
    try:
        http_signatures.verify(method, path, headers, body, rsa_key(first), site.clock.now())
    except BadSignature:
        if not others:
            raise
        check_request(site, method, path, headers, body, *others)


def check_without_key(site: Site, headers: Mapping[str, str], body: bytes) -> None:
    """Returns when only the key is missing to check this request. Raises BadSignature: no key could make it right."""
    _check_host(site, headers)
    http_signatures.check(headers, body, site.clock.now())


def sign(
    site: Site, method: str, url: str, body: bytes = b"", known: Mapping[str, int] | None = None
) -> dict[str, str]:
    """The headers by which this site signs a request of its own, with a key that its receiver knows.

    `known` tells which, when it was looked up for several receivers at once.
    """
    host = urlsplit(url).netloc
    known = known_keys(site, [host]) if known is None else known
    number = known.get(host, site.keys.number)
    keys = site.pairs.pair(number) if site.pairs.has(number) else site.keys
    key_id = rsa_key_id(site_actor_id(site.settings.host))
    return http_signatures.sign(method, url, body, key_id, keys.rsa, site.clock.now())


def known_keys(site: Site, hosts: Sequence[str]) -> dict[str, int]:
    """The number of our newest key that each of these peers has read of in our journals, where that is an older one.

    A peer that was away while we changed our keys, for however long, so goes on recognising us, and reads the change.
    """
    newest = site.keys.number
    if newest == FIRST:
        return {}
    read = or_(
        JournalKey.since_epoch < Link.confirmed_epoch,
        and_(JournalKey.since_epoch == Link.confirmed_epoch, JournalKey.since_n <= Link.confirmed_n),
    )
    ours = and_(Journal.host == site.settings.host, Journal.name == Link.journal)
    rows = site.session.execute(
        select(Peer.host, func.max(JournalKey.number))
        .join(Link, Link.peer_id == Peer.id)
        .join(Journal, ours)
        .join(JournalKey, JournalKey.journal_id == Journal.id)
        .where(Peer.host.in_(hosts), read)
        .group_by(Peer.host)
    )
    return {host: number for host, number in rows if number < newest}


def _check_host(site: Site, headers: Mapping[str, str]) -> None:
    named = {name.lower(): value for name, value in headers.items()}.get("host")
    if named != site.settings.host:
        raise BadSignature(f"signed for {named!r}, received at {site.settings.host}", OTHER_HOST)
