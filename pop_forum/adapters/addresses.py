"""Where a request may go: addresses read once, rebuilt from their parts, checked against known disguises.

The parser that checks is the parser that fetches: nothing downstream reads the text of an address again.
"""

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from urllib.parse import SplitResult, urlsplit

from pop_forum.errors import InvalidInput, RemoteFailure

HTTPS_PORT = 443
HTTP_PORT = 80
MAX_URL = 2048
LOOPBACK = "127.0.0.1"

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_LOOPBACK_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_VISIBLE = re.compile(r"[\x21-\x5b\x5d-\x7e]+")  # no space, no control, no backslash, nothing beyond ASCII
_PRIVATE_SUFFIXES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain", "onion")
_NAT64 = IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = IPv6Network("::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # the only block IANA hands out

Resolver = Callable[[str, int], list[str]]


class RefusedAddress(InvalidInput):
    """An address that this site does not contact, whoever asks; no connection was attempted."""

    code = "adresse-refusee"
    public = "Cette adresse ne peut pas être contactée."


@dataclass(frozen=True)
class Target:
    """One checked address in parts: what to connect to and what to ask for."""

    scheme: str
    host: str
    port: int
    path: str
    loopback: bool

    @property
    def authority(self) -> str:
        """`host`, with `:port` unless it is the scheme's own."""
        usual = HTTPS_PORT if self.scheme == "https" else HTTP_PORT
        return self.host if self.port == usual else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, rebuilt from its parts, without fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def same_origin(self, other: "Target") -> bool:
        """Whether both have the same scheme, host and port."""
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)


def read_target(url: str, loopback: frozenset[tuple[str, int]]) -> Target:
    """The parts of `url`, or RefusedAddress; `loopback` names the (host, port) pairs of this machine."""
    if len(url) > MAX_URL or not _VISIBLE.fullmatch(url):
        raise RefusedAddress(f"address with strange characters or too long: {url[:80]!r}")
    parts, port = _split(url)
    host = (parts.hostname or "").removesuffix(".")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddress(f"address with a user name: {host}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    usual = HTTPS_PORT if parts.scheme == "https" else HTTP_PORT
    if (host, port or usual) in loopback and _LOOPBACK_NAME.fullmatch(host):
        return Target(parts.scheme, host, port or usual, path, loopback=True)
    _require_public_name(parts.scheme, host, port)
    return Target("https", host, HTTPS_PORT, path, loopback=False)


def _split(url: str) -> tuple[SplitResult, int | None]:
    """The parts of an http or https address and its explicit port, or RefusedAddress (row 45)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RefusedAddress(f"unreadable address: {url[:80]!r}") from error
    if parts.scheme not in ("https", "http"):
        raise RefusedAddress(f"scheme {parts.scheme!r} is not https")
    return parts, port


def _require_public_name(scheme: str, host: str, port: int | None) -> None:
    """Nothing when https, port 443 and a public-looking name; RefusedAddress otherwise (rows 42 and 50)."""
    if scheme != "https":
        raise RefusedAddress(f"{host}: only https")
    if port not in (None, HTTPS_PORT):
        raise RefusedAddress(f"{host}: port {port} is not 443")
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise RefusedAddress(f"not a public host name: {host[:80]!r}")
    if _NUMERIC_LABEL.fullmatch(host.rsplit(".", 1)[-1]):
        raise RefusedAddress(f"an IP address instead of a name: {host}")
    if any(host == suffix or host.endswith("." + suffix) for suffix in _PRIVATE_SUFFIXES):
        raise RefusedAddress(f"private host name: {host}")


def is_public(text: str) -> bool:
    """Whether an IP address, or every IPv4 address wrapped in it, belongs to the public internet.

    `is_global` alone lets through multicast and private addresses wrapped by NAT64, 6to4 or v4-compatible.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        wrapped = _wrapped(address)
        if wrapped:
            return all(is_public(str(inner)) for inner in wrapped)
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _wrapped(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses inside a v4-mapped, v4-compatible, 6to4, Teredo or NAT64 address; none otherwise."""
    found = [inner for inner in (address.ipv4_mapped, address.sixtofour) if inner is not None]
    found.extend(address.teredo or ())
    if address in _NAT64 or address in _V4_COMPATIBLE:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return found


def system_resolver(host: str, port: int) -> list[str]:
    """Every address of `host`, in the operating system's order."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def public_addresses(target: Target, resolve: Resolver, patience: float) -> list[str]:
    """The addresses to connect to, resolved once within `patience` seconds; one private refuses them all."""
    if target.loopback:
        return [LOOPBACK]
    found = _resolve_in_time(target, resolve, patience)
    private = [address for address in found if not is_public(address)]
    if private:
        raise RefusedAddress(f"{target.host} resolves to {private[0]}, which is not public")
    return found


def _resolve_in_time(target: Target, resolve: Resolver, patience: float) -> list[str]:
    """What the resolver says, asked in a thread of its own because getaddrinfo knows no timeout."""
    answers: SimpleQueue[list[str] | OSError | UnicodeError] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(target.host, target.port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name=f"resolve {target.host}", daemon=True).start()
    try:
        answer = answers.get(timeout=max(patience, 0.001))
    except Empty as error:
        raise RemoteFailure(f"{target.host}: the name was not resolved in time") from error
    if isinstance(answer, Exception) or not answer:
        raise RemoteFailure(f"{target.host}: the name does not resolve ({answer})")
    return answer
