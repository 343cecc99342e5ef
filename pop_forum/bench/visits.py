"""The lightest client there is: one request, built once, sent again and again over connections kept open.

A client that builds requests and parses answers takes longer than a ready-made answer does, and would measure itself.
"""

import socket
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from pop_forum.adapters.clock import SystemClock
from pop_forum.bench.client import LISTEN, PROCESSES, TIMEOUT, Lap
from pop_forum.errors import Unavailable

CONNECTIONS = 4  # of each process of the client
CHUNK = 256 * 1024
LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Visit:
    """A GET of one page, as a browser asks for it."""

    port: int
    host: str
    path: str
    headers: tuple[tuple[str, str], ...] = (("Accept-Encoding", "gzip"), ("Accept-Language", "fr"))
    status: int = 200

    @property
    def request(self) -> bytes:
        """Its bytes."""
        lines = [
            f"GET {self.path} HTTP/1.1",
            f"Host: {self.host}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join([*lines, "", ""]).encode()


def rate(pool: ProcessPoolExecutor, visit: Visit, count: int) -> float:
    """Answers per second of all connections together, each asked `count` times."""
    laps = list(pool.map(repeat, [visit] * PROCESSES, [count] * PROCESSES))
    return sum(lap.count for lap in laps) / (max(lap.end for lap in laps) - min(lap.start for lap in laps))


def repeat(visit: Visit, count: int) -> Lap:
    """One process's lap: each connection asks, then each is read, so that the server always has something to do."""
    clock, request, status = SystemClock(), visit.request, f"HTTP/1.1 {visit.status}".encode()
    open_ones = [socket.create_connection((LISTEN, visit.port), TIMEOUT) for _ in range(CONNECTIONS)]
    start = clock.monotonic()
    for _ in range(count):
        for connection in open_ones:
            connection.sendall(request)
        for connection in open_ones:
            read(connection, status)
    end = clock.monotonic()
    for connection in open_ones:
        connection.close()
    return Lap(start, end, count * CONNECTIONS)


def answer_of(visit: Visit) -> tuple[dict[str, str], bytes]:
    """The headers and the body of this page."""
    with socket.create_connection((LISTEN, visit.port), TIMEOUT) as connection:
        connection.sendall(visit.request)
        head, _, body = read(connection, f"HTTP/1.1 {visit.status}".encode()).partition(b"\r\n\r\n")
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in pairs}, body


def read(connection: socket.socket, status: bytes) -> bytes:
    """One whole answer; Unavailable when it has another status."""
    data = connection.recv(CHUNK)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(connection)
    if not data.startswith(status):
        raise Unavailable(f"{data[:40]!r} where {status!r} was expected")
    whole = end + 4 + _length(data[:end])
    while len(data) < whole:
        data += _more(connection)
    return data


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(CHUNK)
    if not data:
        raise Unavailable("the server closed a connection in the middle of an answer")
    return data


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(LENGTH)
    return int(lower[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
