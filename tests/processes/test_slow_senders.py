"""The real web process of two communes: who sends (row 51) or writes slowly holds up nobody else."""

import fcntl
import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from pop_forum.cli.demo_places import Place, network_on
from pop_forum.cli.processes import HEADER_SECONDS, web_arguments
from pop_forum.web.door import LARGEST_BODY, PATIENCE_SECONDS, SLOWEST_BYTES_PER_SECOND
from tests.processes.test_processes import eventually
from tests.processes.test_web_process import free_port

HERE, THERE = "valombre", "pont-hervel"
SENDERS = 12
GENEROUS_SECONDS = 120  # for a busy machine; what is promised are the constants above


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Where one web process serves two communes."""
    number = free_port()
    place = Place("slow", tmp_path_factory.mktemp("slow"), number, (HERE, THERE), network_on((number,) * 3))
    place.write_instances()
    for commune in place.open_communes().values():
        commune.migrate()
        commune.close()
    command, environment = web_arguments("127.0.0.1", number), {**os.environ, **place.environment()}
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        assert eventually(lambda: answers(number, HERE) and answers(number, THERE), GENEROUS_SECONDS)
        yield place
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def port(place: Place) -> int:
    """The port of that process."""
    return place.port


def answers(port: int, slug: str) -> bool:
    """Whether this commune says that it lives."""
    try:
        return ask(port, slug, "GET", "/livez")[0] == 204
    except OSError:
        return False


def ask(port: int, slug: str, method: str, path: str, body: bytes | None = None, cookie: str = "") -> tuple[int, bytes]:
    """Status and body of one whole request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GENEROUS_SECONDS)
    headers = {"Host": f"{slug}.localhost:{port}", "Content-Type": "application/x-www-form-urlencoded"}
    if cookie:
        headers |= {"Cookie": cookie, "Origin": f"http://{slug}.localhost:{port}"}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def begin(port: int, head: str, body: bytes = b"") -> socket.socket:
    """A request that has only begun."""
    opened = socket.create_connection(("127.0.0.1", port), timeout=GENEROUS_SECONDS)
    opened.sendall(head.format(host=f"{HERE}.localhost:{port}").encode() + body)
    return opened


def rest(opened: socket.socket) -> bytes:
    """All that comes until the server closes."""
    found = b""
    while part := opened.recv(65536):
        found += part
    opened.close()
    return found


FORM = "POST /connexion HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\n"


def test_row_51_a_worker_is_promised_to_be_free_within_ten_seconds() -> None:
    assert PATIENCE_SECONDS <= 10 and HEADER_SECONDS <= 10


def test_row_51_slow_senders_hold_up_nobody_and_are_closed(port: int) -> None:
    slow = [begin(port, FORM, b"a=") for _ in range(SENDERS)]
    slow += [begin(port, "POST /connexion HTTP/1.1\r\nHost: {host}\r\n") for _ in range(SENDERS)]
    drops = begin(port, FORM)
    for slug in (HERE, THERE):
        assert ask(port, slug, "GET", "/livez")[0] == 204
        assert ask(port, slug, "GET", "/connexion")[0] == 200
        assert ask(port, slug, "POST", "/connexion", b"a=b")[0] == 403  # read, and refused for its missing token
    drops.settimeout(0.5)  # two bytes a second, for as long as the server listens
    heard = b""
    while not heard:
        try:
            drops.sendall(b"x")
            heard = drops.recv(65536)
        except TimeoutError:
            continue
    assert heard.startswith(b"HTTP/1.1 408") and "Rien n’a été enregistré" in heard.decode()
    drops.close()
    said = [rest(opened) for opened in slow]
    assert all(each.startswith(b"HTTP/1.1 408") for each in said[:SENDERS])
    assert set(said[SENDERS:]) == {b""}  # of a request without its headers there is nothing to answer


def test_row_51_a_reader_who_takes_nothing_holds_up_nobody(port: int) -> None:
    waiting = [begin(port, "GET /static/pop.css HTTP/1.1\r\nHost: {host}\r\n\r\n" * 50) for _ in range(SENDERS)]
    assert ask(port, THERE, "GET", "/livez")[0] == 204
    for opened in waiting:
        opened.close()


def test_a_body_without_its_length_is_refused(port: int) -> None:
    head = "POST /connexion HTTP/1.1\r\nHost: {host}\r\nAccept-Language: en\r\nTransfer-Encoding: chunked\r\n\r\n"
    heard = rest(begin(port, head, b"3\r\na=b\r\n0\r\n\r\n"))
    assert heard.startswith(b"HTTP/1.1 411") and b"Nothing was saved" in heard


def test_row_51_a_body_that_is_too_large_is_refused_by_its_length_alone(port: int) -> None:
    for length in (1024 * 1024 + 1, LARGEST_BODY + 1):
        opened = begin(port, FORM.replace("1000", str(length)))
        if length <= LARGEST_BODY:
            opened.sendall(bytes(length))
        assert opened.recv(65536).startswith(b"HTTP/1.1 413")
        opened.close()


def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one(port: int) -> None:
    opened = begin(port, FORM, b"a=b")
    opened.shutdown(socket.SHUT_WR)
    assert not rest(opened).startswith((b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 403"))


def test_a_slow_mobile_network_has_the_time_it_needs() -> None:
    assert SLOWEST_BYTES_PER_SECOND * 8 < 50_000  # bits per second: an old mobile network with a bad reception


def sign_in_form(port: int) -> tuple[bytes, str]:
    """A form that owes somebody a letter, and the cookie it belongs to."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GENEROUS_SECONDS)
    connection.request("GET", "/connexion", headers={"Host": f"{HERE}.localhost:{port}"})
    answer = connection.getresponse()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    connection.close()
    assert token
    return urlencode({"csrf_token": token[1], "mail": "jeanne@exemple.fr"}).encode(), cookie


def test_a_commune_whose_database_is_held_holds_up_no_other(place: Place, port: int) -> None:
    form, cookie = sign_in_form(port)
    folder = place.folder / "communes" / HERE
    shell = sqlite3.connect(folder / "forum.sqlite", isolation_level=None)
    statuses: list[int] = []

    def send() -> None:
        statuses.append(ask(port, HERE, "POST", "/connexion/code", form, cookie)[0])

    with (folder / "forum.sqlite.lock").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)  # as the worker holds it; then, as a shell of SQLite does
        for _ in range(2):
            writers = [threading.Thread(target=send) for _ in range(3)]
            for writer in writers:
                writer.start()
            assert ask(port, THERE, "GET", "/")[0] == 200  # would not answer before the lock is free
            assert ask(port, HERE, "GET", "/")[0] == 200
            assert ask(port, HERE, "GET", "/livez")[0] == 204
            for writer in writers:
                writer.join(GENEROUS_SECONDS)
            assert statuses == [503] * 3
            statuses.clear()
            if not shell.in_transaction:
                shell.execute("BEGIN IMMEDIATE")
                fcntl.flock(gate, fcntl.LOCK_UN)
    shell.execute("ROLLBACK")
    shell.close()
    send()
    assert statuses == [303]
