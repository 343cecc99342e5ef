"""A peer that costs the sender nothing: a bare loopback HTTP server that says it has all of each page it is sent."""

import json
import multiprocessing
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CHUNK = 65_536
LISTEN = "127.0.0.1"


@contextmanager
def serving(port: int) -> Iterator[None]:
    """A process that answers 200 with the position at the end of the page, until the block ends."""
    with socket.create_server((LISTEN, port)) as listener:
        process = multiprocessing.get_context("spawn").Process(target=serve, args=(listener,), daemon=True)
        process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def serve(listener: socket.socket) -> None:
    """Nothing; it ends when the process is ended."""
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_answer_all, args=(connection,), daemon=True).start()


def answer(page: bytes) -> bytes:
    """The whole HTTP answer of a peer that now stands at the head of this page."""
    head = json.loads(page)["head"]
    position = {"epoch": head["epoch"]["number"], "epoch_id": head["epoch"]["id"], "n": head["n"], "hash": head["hash"]}
    body = json.dumps({"position": position}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _answer_all(connection: socket.socket) -> None:
    """Nothing; one answer per request until the other side closes."""
    waiting = b""
    with connection:
        while chunk := connection.recv(CHUNK):
            waiting += chunk
            while (size := _whole_request(waiting)) is not None:
                connection.sendall(answer(waiting[:size].partition(b"\r\n\r\n")[2]))
                waiting = waiting[size:]


def _whole_request(data: bytes) -> int | None:
    """How many bytes the first request has; None while it is not all there."""
    head, end, _ = data.partition(b"\r\n\r\n")
    if not end:
        return None
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    size = len(head) + len(end) + int(length.partition(b":")[2])
    return size if len(data) >= size else None
