"""Safe HTTP towards other sites: the one door through which this program reaches out.

https and port 443 only, checked addresses, no environment proxies, redirects by hand within one origin, a cap
on what is decoded, one wall clock for the whole request. The (host, port) pairs of the demo and of the tests
go over http to 127.0.0.1 without a name being looked up; a production host names none.
"""

import http.client
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError

from pop_forum.adapters import connections
from pop_forum.adapters.addresses import (
    RefusedAddress,
    Resolver,
    Target,
    public_addresses,
    read_target,
    system_resolver,
)
from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.connections import CONNECT_SECONDS, Connection, Deadline, Pools
from pop_forum.errors import RemoteFailure

MAX_BODY = 1024 * 1024  # bytes after decompression
MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 64 * 1024
LOOP_MEMORY_SECONDS = 300.0  # an address that only redirects is left alone that long (row 55)
MAX_LOOPS = 1024
USER_AGENT = "pop_forum"
ACTIVITY = (
    "application/activity+json",
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
)

Headers = Mapping[str, str]
Signer = Callable[[str], Headers]


@dataclass(frozen=True)
class Answer:
    """What a remote host answered; header names in lower case; `url` is where it came from in the end."""

    status: int
    headers: Headers
    body: bytes
    url: str


@dataclass(frozen=True)
class _Request:
    method: str
    target: Target
    body: bytes | None
    headers: Headers
    max_body: int | None = None  # bytes of the answer after decompression, when not those of the client


class Remote:
    """An HTTP client for many threads, with one pool of connections per authority."""

    def __init__(
        self,
        loopback: frozenset[tuple[str, int]] = frozenset(),
        timeout: float = 10.0,
        *,
        clock: SystemClock | None = None,
        resolve: Resolver = system_resolver,
        dial: connections.Dial = connections.dial,
        max_body: int = MAX_BODY,
    ) -> None:
        self._loopback = loopback
        self._timeout = timeout
        self._clock = clock or SystemClock()
        self._resolve = resolve
        self._max_body = max_body
        self._pools = Pools(self._clock, dial, connections.tls_context)
        self._loops: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self,
        url: str,
        headers: Headers | Signer,
        *,
        accept: tuple[str, ...] = ACTIVITY,
        max_body: int | None = None,
    ) -> Answer:
        """The answer at `url` after at most three redirects within its origin.

        `headers` may be a function of the address, so that each hop is signed for itself. The content type of
        a 200 must be one of `accept` (empty: any). Raises RefusedAddress (final) or RemoteFailure (retry).
        """
        deadline = Deadline(self._clock, self._timeout)
        first = target = read_target(url, self._loopback)
        self._refuse_known_loop(first.url)
        for _hop in range(MAX_REDIRECTS + 1):
            request = _Request("GET", target, None, _headers_for(target, headers, accept), max_body)
            answer = self._once(request, deadline)
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return _of_accepted_type(answer, accept)
            target = self._next_hop(first, target, answer.headers["location"])
        self._remember_loop(first.url)
        raise RemoteFailure(f"{first.url}: more than {MAX_REDIRECTS} redirects")

    def post(self, url: str, body: bytes, headers: Headers) -> Answer:
        """The answer to these bytes; no redirect is followed; sent twice if a kept connection was dead."""
        target = read_target(url, self._loopback)
        return self._once(_Request("POST", target, body, headers), Deadline(self._clock, self._timeout))

    def close(self) -> None:
        """Nothing, with every idle connection closed."""
        self._pools.close()

    def _once(self, request: _Request, deadline: Deadline) -> Answer:
        """The answer to one request, over a kept connection when one is alive."""
        target = request.target
        try:
            kept = self._pools.idle(target)
            if kept is not None:
                try:
                    return self._exchange(kept, request, deadline)
                except ConnectionError:
                    deadline.left()  # the peer had closed it: once more, on a new one
            addresses = public_addresses(target, self._resolve, min(CONNECT_SECONDS, deadline.left()))
            return self._exchange(self._pools.fresh(target, addresses, deadline), request, deadline)
        except (OSError, HTTPError, http.client.HTTPException) as error:
            raise RemoteFailure(f"{target.url}: {type(error).__name__}: {error}") from error

    def _exchange(self, connection: Connection, request: _Request, deadline: Deadline) -> Answer:
        """The answer read to its end; the connection is kept then, and closed after anything else."""
        target = request.target
        finished = False
        try:
            connections.obey(connection, deadline)
            headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **request.headers}
            connection.request(request.method, target.path, request.body, headers, preload_content=False)
            response = connection.getresponse()
            content = self._read_capped(response, request)
            finished = True
        finally:
            if not finished:
                connection.close()
        self._pools.keep(target, connection)
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, names, content, target.url)

    def _read_capped(self, response: urllib3.BaseHTTPResponse, request: _Request) -> bytes:
        """The decoded body, given up at the first byte too many (row 52)."""
        target, most = request.target, request.max_body or self._max_body
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip", "x-gzip"):
            raise RemoteFailure(f"{target.url}: content encoding {coding[:40]!r} was not asked for")
        body = bytearray()
        for chunk in response.stream(CHUNK, decode_content=True):
            body += chunk
            if len(body) > most:
                raise RemoteFailure(f"{target.url}: more than {most} bytes after decompression")
        return bytes(body)

    def _next_hop(self, first: Target, present: Target, location: str) -> Target:
        """Where a redirect leads, within the origin that was asked, or RefusedAddress (rows 43, 46)."""
        hop = read_target(urljoin(present.url, location), self._loopback)
        if not hop.same_origin(first):
            raise RefusedAddress(f"{first.url} redirects to another origin: {hop.url}")
        return hop

    def _refuse_known_loop(self, url: str) -> None:
        with self._lock:
            until = self._loops.get(url, 0.0)
        if self._clock.monotonic() < until:
            raise RemoteFailure(f"{url}: redirected without end a moment ago")

    def _remember_loop(self, url: str) -> None:
        with self._lock:
            self._loops[url] = self._clock.monotonic() + LOOP_MEMORY_SECONDS
            if len(self._loops) > MAX_LOOPS:
                self._loops.popitem(last=False)


def _headers_for(target: Target, headers: Headers | Signer, accept: tuple[str, ...]) -> Headers:
    """The headers of one hop, with what we accept unless the caller says it."""
    given = headers(target.url) if callable(headers) else headers
    if not accept or any(name.lower() == "accept" for name in given):
        return given
    return {"Accept": ", ".join(accept), **given}


def _of_accepted_type(answer: Answer, accept: tuple[str, ...]) -> Answer:
    """The answer, unless it is a 200 of a type that was not asked for (row 25)."""
    sent = answer.headers.get("content-type", "")
    if answer.status == 200 and accept and not any(_matches(sent, wanted) for wanted in accept):
        raise RemoteFailure(f"{answer.url}: content type {sent[:80]!r}")
    return answer


def _matches(sent: str, wanted: str) -> bool:
    """Whether a Content-Type is the wanted one with its parameters (a profile may name several URIs)."""
    sent_type, sent_more = _media_type(sent)
    wanted_type, wanted_more = _media_type(wanted)
    return sent_type == wanted_type and all(
        set(value.split()) <= set(sent_more.get(name, "").split()) for name, value in wanted_more.items()
    )


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    """The type in lower case and its parameters without quotes."""
    kind, *parameters = text.split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return kind.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
