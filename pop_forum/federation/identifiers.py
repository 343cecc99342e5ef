"""The names of things: object ids, hosts, positions in a journal, each with its own type and one spelling."""

import re
from functools import lru_cache
from typing import NewType

from pop_forum.errors import InvalidInput

ObjectId = NewType("ObjectId", str)  # an absolute URL in its one spelling, made by parse_object_id
Host = NewType("Host", str)  # an authority in its one spelling, made by canonical_host
Seq = NewType("Seq", int)  # the number of an entry in an epoch of a journal, from 1
EpochId = NewType("EpochId", str)  # 32 lower-case hexadecimal digits
Fingerprint = NewType("Fingerprint", str)  # 52 characters of lower-case base32

MAX_ID_CHARS = 400  # every address of ours has at most 320; what a database column holds
MAX_HOST_CHARS = 253  # RFC 1035, section 2.3.4

# Anything but plain printable ASCII in a path invites two spellings of one id; a fragment names a part, not a thing.
_URL = re.compile(r"(https?)://([^/?#@\\\s]+)(/[!$-;=A-Z_a-z~%]*)?(\?[!$-;=?A-Z_a-z~%]*)?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_EPOCH_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "[::1]", "localhost"})


@lru_cache(maxsize=8192)
def parse_object_id(text: str) -> ObjectId:
    """The id that `text` spells: one absolute https URL (http for loopback hosts), without user or fragment.

    The host is lower-cased, a default port and a final dot are removed: two spellings give one id. Raises InvalidInput.
    """
    match = _URL.fullmatch(text) if len(text) <= MAX_ID_CHARS else None
    if match is None:
        raise InvalidInput(f"not an absolute https URL: {text[:80]!r}")
    scheme, raw_host, path, query = match.groups()
    host = canonical_host(raw_host)
    if scheme != scheme_of(host):
        raise InvalidInput(f"{scheme} is not accepted for {host}")
    if path and not {".", ".."}.isdisjoint(path.split("/")):
        raise InvalidInput(f"relative segment in {text[:80]!r}")
    return ObjectId(f"{scheme}://{host}{path or '/'}{query or ''}")


def authority(object_id: ObjectId) -> Host:
    """The host (with its port, if any) that answers for this id."""
    return Host(object_id.split("/", 3)[2].partition("?")[0])


@lru_cache(maxsize=4096)
def canonical_host(text: str) -> Host:
    """The one spelling of a host: lower case, no final dot, no default port, international names as xn--.

    A block on a host would otherwise be passed by spelling it differently. Raises InvalidInput.
    """
    name, port = _split_port(text)
    if name not in _LOOPBACK_ADDRESSES:
        name = _canonical_name(name)
    default = "80" if is_loopback(name) else "443"
    return Host(name if port in ("", default) else f"{name}:{port}")


def is_loopback(host: str) -> bool:
    """Whether this host is on this machine: localhost and its subdomains (RFC 6761), 127.0.0.1 and [::1]."""
    name, _ = _split_port(host)
    return name in _LOOPBACK_ADDRESSES or name.endswith(".localhost")


def scheme_of(host: str) -> str:
    """http for a host on this machine, https for all others: so a host stands for exactly one origin."""
    return "http" if is_loopback(host) else "https"


def origin(host: str) -> str:
    """The origin of a canonical host, without a final slash: `https://valombre.example`."""
    return f"{scheme_of(host)}://{host}"


def site_actor_id(host: str) -> ObjectId:
    """The id of the actor that signs heads, pages and fetches of a site."""
    return ObjectId(f"{origin(host)}/acteur")


def commune_id(host: str) -> ObjectId:
    """The id of the Organization that a site speaks for."""
    return ObjectId(f"{origin(host)}/commune")


def parse_epoch_id(text: str) -> EpochId:
    """The epoch id that `text` spells: 128 random bits as 32 lower-case hexadecimal digits. Raises InvalidInput."""
    if not _EPOCH_ID.fullmatch(text):
        raise InvalidInput(f"not an epoch id: {text[:40]!r}")
    return EpochId(text)


def _split_port(text: str) -> tuple[str, str]:
    """The name and the port ("" when there is none) of an authority."""
    if text.startswith("["):
        name, bracket, rest = text.partition("]")
        name, port, colon = name + bracket, rest.removeprefix(":"), rest[:1]
    else:
        name, colon, port = text.partition(":")
    if colon and (colon != ":" or not _PORT.fullmatch(port) or int(port) > 65535):
        raise InvalidInput(f"not a port: {text[:80]!r}")
    return name.lower(), port


def _canonical_name(name: str) -> str:
    """The lower-case ASCII form of a host name, also of one that was written with other letters."""
    if len(name) > MAX_HOST_CHARS + 1:
        raise InvalidInput("host name too long")
    try:
        ascii_name = name.encode("idna").decode("ascii").lower().removesuffix(".")
        round_trip = ascii_name.encode("ascii").decode("idna").encode("idna").decode("ascii")
    except UnicodeError as error:
        raise InvalidInput(f"not a host name: {name[:80]!r}") from error
    labels = ascii_name.split(".")
    if round_trip != ascii_name or len(ascii_name) > MAX_HOST_CHARS or not all(map(_LABEL.fullmatch, labels)):
        raise InvalidInput(f"not a host name: {name[:80]!r}")
    return ascii_name
