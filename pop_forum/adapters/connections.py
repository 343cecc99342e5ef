"""Keep-alive connections whose sockets obey one deadline per request, also when a peer drips a byte a second.

A socket timeout restarts with every byte; here each read and write gets what is left of the request's time.
"""

import functools
import socket
import ssl
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from pop_forum.adapters.addresses import Target
from pop_forum.adapters.clock import SystemClock

CONNECT_SECONDS = 3.0
IDLE_SECONDS = 30.0  # shorter than the keep-alive of the usual servers, so that a reused one is rarely dead
MAX_AUTHORITIES = 64
MAX_IDLE_PER_AUTHORITY = 8

Key = tuple[str, int, bool]
Dial = Callable[[str, int, float], socket.socket]


class Deadline:
    """The moment a request must be over, on the steady clock."""

    def __init__(self, clock: SystemClock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def left(self) -> float:
        """The seconds that remain; TimeoutError when none do."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole request is over")
        return left


class _PlainSocket(socket.socket):
    """A TCP socket that gives each operation what is left of its deadline."""

    deadline: Deadline | None = None

    def recv_into(self, *args: Any, **more: Any) -> int:
        """The number of bytes read before the deadline."""
        if self.deadline:
            self.settimeout(self.deadline.left())
        return super().recv_into(*args, **more)

    def sendall(self, *args: Any, **more: Any) -> None:
        """Nothing, once everything is sent before the deadline."""
        if self.deadline:
            self.settimeout(self.deadline.left())
        super().sendall(*args, **more)


class _TlsSocket(ssl.SSLSocket):
    """The same over TLS, where sendall is a loop over send."""

    deadline: Deadline | None = None

    def recv_into(self, *args: Any, **more: Any) -> int:
        """The number of bytes read before the deadline."""
        if self.deadline:
            self.settimeout(self.deadline.left())
        return super().recv_into(*args, **more)

    def send(self, *args: Any, **more: Any) -> int:
        """The number of bytes sent before the deadline."""
        if self.deadline:
            self.settimeout(self.deadline.left())
        return super().send(*args, **more)


def dial(address: str, port: int, patience: float) -> socket.socket:
    """A connected socket to that very address; no name is looked up again (row 44)."""
    return socket.create_connection((address, port), timeout=patience)


def tls_context() -> ssl.SSLContext:
    """The system's trust, certificate and name checked, with sockets that obey a deadline."""
    context = ssl.create_default_context()
    context.sslsocket_class = _TlsSocket
    return context


class _Pinned:
    """What both kinds of connection share: they connect to given addresses and never resolve."""

    addresses: list[str]
    dial: Dial
    deadline: Deadline
    idle_since = 0.0

    def _connect_pinned(self, port: int) -> socket.socket:
        """A connected socket to the first of the checked addresses that answers, or the last OSError."""
        patience = min(CONNECT_SECONDS, self.deadline.left())
        failure: OSError = OSError("no address")
        for address in self.addresses:
            try:
                raw = self.dial(address, port, patience / len(self.addresses))
            except OSError as error:
                failure = error
                continue
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wrapped = _PlainSocket(raw.family, raw.type, raw.proto, fileno=raw.detach())
            wrapped.settimeout(patience)
            return wrapped
        raise failure


class PlainConnection(_Pinned, HTTPConnection):
    """HTTP to a loopback pair."""

    def _new_conn(self) -> socket.socket:
        return self._connect_pinned(self.port)


class TlsConnection(_Pinned, HTTPSConnection):
    """HTTPS to a checked address, with the name for SNI and certificate."""

    def _new_conn(self) -> socket.socket:
        return self._connect_pinned(self.port)


Connection = PlainConnection | TlsConnection


def obey(connection: Connection, deadline: Deadline) -> None:
    """Nothing; from here on the connection's socket gives up at this deadline."""
    connection.deadline = deadline
    connected = connection.sock
    if isinstance(connected, _PlainSocket | _TlsSocket):
        connected.deadline = deadline


class Pools:
    """Connections per authority; the idle ones are kept, bounded in both directions, safe between threads."""

    def __init__(self, clock: SystemClock, dial: Dial, tls: Callable[[], ssl.SSLContext]) -> None:
        self._clock = clock
        self._dial = dial
        self._tls = functools.cache(tls)
        self._lock = threading.Lock()
        self._idle: OrderedDict[Key, list[Connection]] = OrderedDict()

    def idle(self, target: Target) -> Connection | None:
        """A kept connection that still looks alive, or None."""
        while True:
            with self._lock:
                waiting = self._idle.get(_key(target))
                connection = waiting.pop() if waiting else None
            if connection is None:
                return None
            if self._clock.monotonic() - connection.idle_since < IDLE_SECONDS and connection.is_connected:
                return connection
            connection.close()

    def fresh(self, target: Target, addresses: list[str], deadline: Deadline) -> Connection:
        """A new connection to one of these checked addresses, connected before the deadline."""
        connection: Connection
        if target.loopback:
            connection = PlainConnection(target.host, target.port)
        else:
            connection = TlsConnection(target.host, target.port, ssl_context=self._tls())
        connection.addresses, connection.dial, connection.deadline = addresses, self._dial, deadline
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection

    def keep(self, target: Target, connection: Connection) -> None:
        """Nothing; the connection, whose answer was read to its end, may serve the next request."""
        if connection.sock is None:
            return
        connection.idle_since = self._clock.monotonic()
        with self._lock:
            waiting = self._idle.setdefault(_key(target), [])
            self._idle.move_to_end(_key(target))
            waiting.append(connection)
            surplus = [waiting.pop(0)] if len(waiting) > MAX_IDLE_PER_AUTHORITY else []
            if len(self._idle) > MAX_AUTHORITIES:
                surplus += self._idle.popitem(last=False)[1]
        for old in surplus:
            old.close()

    def close(self) -> None:
        """Nothing, with every idle connection closed."""
        with self._lock:
            forgotten = [connection for waiting in self._idle.values() for connection in waiting]
            self._idle.clear()
        for connection in forgotten:
            connection.close()


def _key(target: Target) -> Key:
    return (target.host, target.port, target.loopback)
