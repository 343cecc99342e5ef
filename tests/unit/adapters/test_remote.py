"""What a site may fetch, and what it never touches (rows 42 to 46, 50, 52 and 55)."""

import gzip
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pop_forum.adapters import connections
from pop_forum.adapters.addresses import RefusedAddress, is_public
from pop_forum.adapters.remote import MAX_BODY, MAX_REDIRECTS, Remote
from pop_forum.errors import InvalidInput, RemoteFailure
from pop_forum.federation.images import MAX_IMAGE_BYTES, WEBP
from tests.unit.adapters.servers import Handler, Server, serving, write_certificate

PUBLIC = "93.184.216.34"


_clients: list[Remote] = []


def client(*args: Any, **more: Any) -> Remote:
    """A client whose connections are closed after the test."""
    _clients.append(Remote(*args, **more))
    return _clients[-1]


@pytest.fixture(autouse=True)
def close_clients() -> Iterator[None]:
    """Close what the test left open: an unclosed socket is an error."""
    yield
    while _clients:
        _clients.pop().close()


def remote_for(server: Server, **more: Any) -> Remote:
    """A client that may reach this one server on loopback."""
    return client(frozenset({("valombre.localhost", server.port)}), **more)


def never_dial(address: str, port: int, patience: float) -> socket.socket:
    """A dial that proves that nothing was contacted."""
    raise AssertionError(f"connected to {address}:{port}")


def never_resolve(host: str, port: int) -> list[str]:
    """A resolver that proves that no name was looked up."""
    raise AssertionError(f"looked up {host}")


def answer_empty(handler: Handler) -> None:
    """The usual answer."""
    length = int(handler.headers.get("Content-Length", 0))
    handler.rfile.read(length)
    handler.answer()


def test_an_answer_carries_status_lower_case_headers_body_and_address() -> None:
    with serving(lambda handler: handler.answer(b'{"id": 1}', X_Position="7")) as server:
        answer = remote_for(server).get(f"{server.url}/acteur?x=1#main-key", {})
    assert (answer.status, answer.body, answer.headers["x-position"]) == (200, b'{"id": 1}', "7")
    assert answer.url == f"{server.url}/acteur?x=1"
    assert server.requests == ["/acteur?x=1"]


def test_a_post_sends_its_bytes_and_returns_a_refusal_as_an_answer() -> None:
    seen = []

    def refuse(handler: Handler) -> None:
        seen.append((handler.rfile.read(int(handler.headers["Content-Length"])), handler.headers["Digest"]))
        handler.answer(b"{}", 409)

    with serving(refuse) as server:
        answer = remote_for(server).post(f"{server.url}/journal/forum", b"page", {"Digest": "SHA-256=x"})
    assert answer.status == 409
    assert seen == [(b"page", "SHA-256=x")]


def test_connections_are_kept_and_used_again() -> None:
    with serving(answer_empty) as server:
        remote = remote_for(server)
        for _ in range(5):
            remote.post(f"{server.url}/boite", b"x", {})
    assert (server.accepted, len(server.requests)) == (1, 5)


def test_a_kept_connection_that_died_is_replaced_without_an_error() -> None:
    def close_at_once(handler: Handler) -> None:
        answer_empty(handler)
        handler.close_connection = True  # without saying so, as a restarted server does

    with serving(close_at_once) as server:
        remote = remote_for(server)
        assert [remote.get(f"{server.url}/{n}", {}).status for n in range(3)] == [200, 200, 200]


def test_eight_threads_share_one_client() -> None:
    with serving(answer_empty) as server:
        remote = remote_for(server)
        statuses = []

        def ask() -> None:
            statuses.extend(remote.get(server.url, {}).status for _ in range(20))

        work = [threading.Thread(target=ask) for _ in range(8)]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
    assert statuses == [200] * 160


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://93.184.216.34/",
        "https://localhost/",
        "https://localhost./",
        "https://sub.localhost/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://mairie/",
        "https://exa%6dple.org/",
        "https://exämple.org/",
        "https://user@example.org/",
        "https://example.org\\@evil.example/",
        "https://exam\tple.org/",
        "https://example.org /",
        "https://-x.example/",
        "https:///path",
        "https://example.org:0x50/",
        "https://" + "a" * 3000 + ".example/",
    ],
)
def test_row_42_private_and_disguised_addresses_are_never_contacted(url: str) -> None:
    remote = client(resolve=never_resolve, dial=never_dial)
    with pytest.raises(RefusedAddress):
        remote.get(url, {})
    with pytest.raises(RefusedAddress):
        remote.post(url, b"", {})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::", "::1",
        "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "ff02::1", "ff0e::1", "2001:db8::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "5f00::1",
    ],
)  # fmt: skip
def test_row_42_an_address_that_is_or_wraps_a_private_one_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("found", [["10.0.0.1"], [PUBLIC, "10.0.0.1"], ["64:ff9b::7f00:1"], ["::ffff:127.0.0.1"]])
def test_row_42_a_name_with_one_private_address_is_refused(found: list[str]) -> None:
    remote = client(resolve=lambda host, port: found, dial=never_dial)
    with pytest.raises(RefusedAddress) as refusal:
        remote.get("https://commune.example/acteur", {})
    assert isinstance(refusal.value, InvalidInput)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:6379/", "https://169.254.169.254/", "https://other.example/", "//other.example/"]
)
def test_row_43_a_redirect_out_of_the_origin_is_refused(status: int, location: str) -> None:
    with serving(lambda handler: handler.answer(b"", status, Location=location)) as server:
        remote = remote_for(server, resolve=never_resolve)
        with pytest.raises(RefusedAddress):
            remote.get(f"{server.url}/acteur", {})
    assert server.requests == ["/acteur"]


def test_row_46_a_redirect_to_another_allowed_loopback_site_is_refused_too() -> None:
    with serving(answer_empty) as other:
        place = f"http://pont-hervel.localhost:{other.port}/"
        with serving(lambda handler: handler.answer(b"", 302, Location=place)) as server:
            pairs = {("valombre.localhost", server.port), ("pont-hervel.localhost", other.port)}
            with pytest.raises(RefusedAddress):
                client(frozenset(pairs)).get(f"{server.url}/", {})
    assert other.requests == []


def test_redirects_within_the_origin_are_followed_and_each_hop_signed_for_itself() -> None:
    def step(handler: Handler) -> None:
        hop = int(handler.path.strip("/"))
        if hop < MAX_REDIRECTS:
            handler.answer(b"", 302, Location=f"/{hop + 1}")
        else:
            handler.answer(handler.headers["Signature"].encode())

    with serving(step) as server:
        answer = remote_for(server).get(f"{server.url}/0", lambda url: {"Signature": f"for {url}"})
    assert answer.url == f"{server.url}/3"
    assert answer.body == f"for {server.url}/3".encode()


def test_row_55_a_redirect_loop_stops_after_three_and_is_remembered() -> None:
    with serving(lambda handler: handler.answer(b"", 302, Location=handler.path)) as server:
        remote = remote_for(server)
        for _ in range(3):
            with pytest.raises(RemoteFailure):
                remote.get(f"{server.url}/tourne", {})
    assert server.requests == ["/tourne"] * (MAX_REDIRECTS + 1)


def tls_server(folder: Path, names: list[str | None]) -> ssl.SSLContext:
    """A server side for commune.example that notes the names asked for by SNI."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*write_certificate(folder, "commune.example"))
    context.sni_callback = lambda sock, name, _context: names.append(name)
    return context


def test_row_44_the_checked_address_is_the_one_contacted_with_the_name_for_the_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    dialled: list[tuple[str, int]] = []
    names: list[str | None] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    with serving(answer_empty, tls_server(tmp_path, names)) as server:

        def dial_server(address: str, port: int, patience: float) -> socket.socket:
            dialled.append((address, port))
            return socket.create_connection(("127.0.0.1", server.port), timeout=patience)

        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
        remote = client(resolve=rebinding, dial=dial_server)
        assert remote.get("https://commune.example/acteur", {}).status == 200
        assert remote.get("https://commune.example/commune", {}).status == 200
        remote.close()
        with pytest.raises(RefusedAddress):
            remote.get("https://commune.example/acteur", {})
    assert dialled == [(PUBLIC, 443)]
    assert names == ["commune.example"]
    assert asked == ["commune.example"] * 2


def test_row_44_a_certificate_of_another_name_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer_empty, tls_server(tmp_path, [])) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        remote = client(
            resolve=lambda host, port: [PUBLIC],
            dial=lambda address, port, patience: socket.create_connection(("127.0.0.1", server.port), patience),
        )
        with pytest.raises(RemoteFailure, match="certificate"):
            remote.get("https://autre.example/", {})
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://example.org/", "data:text/plain,x", "ftp://example.org/",
        "unix:/run/x",
        "http://example.org/", "HTTP://example.org/", "javascript:alert(1)",
        "//example.org/", "/acteur", "",
    ],
)  # fmt: skip
def test_row_45_other_schemes_than_https_are_refused(url: str) -> None:
    with pytest.raises(RefusedAddress):
        client(resolve=never_resolve, dial=never_dial).get(url, {})


@pytest.mark.parametrize("port", [22, 25, 80, 6379, 8443])
def test_row_50_other_ports_than_443_are_refused(port: int) -> None:
    with pytest.raises(RefusedAddress):
        client(resolve=never_resolve, dial=never_dial).post(f"https://example.org:{port}/boite", b"", {})


def test_row_50_a_loopback_pair_opens_that_port_only() -> None:
    with serving(answer_empty) as server, pytest.raises(RefusedAddress):
        remote_for(server).get(f"http://valombre.localhost:{server.port + 1}/", {})


@pytest.mark.parametrize("size", [MAX_BODY, MAX_BODY + 1])
def test_a_body_may_be_as_large_as_the_limit_and_not_one_byte_larger(size: int) -> None:
    with serving(lambda handler: handler.answer(b"x" * size)) as server:
        remote = remote_for(server)
        if size <= MAX_BODY:
            assert len(remote.get(server.url, {}).body) == size
        else:
            with pytest.raises(RemoteFailure, match="more than"):
                remote.get(server.url, {})


@pytest.mark.parametrize("size", [MAX_IMAGE_BYTES, MAX_IMAGE_BYTES + 1])
def test_row_52_an_image_has_a_limit_of_its_own(size: int) -> None:
    body = gzip.compress(b"\0" * size)
    answer = {"Content_Type": WEBP, "Content_Encoding": "gzip"}
    with serving(lambda handler: handler.answer(body, **answer)) as server:
        remote = remote_for(server)
        if size <= MAX_IMAGE_BYTES:
            assert len(remote.get(server.url, {}, accept=(WEBP,), max_body=MAX_IMAGE_BYTES).body) == size
        else:
            with pytest.raises(RemoteFailure, match="after decompression"):
                remote.get(server.url, {}, accept=(WEBP,), max_body=MAX_IMAGE_BYTES)


@pytest.mark.parametrize("sent", ["text/html", "image/svg+xml", "image/png", "application/activity+json", ""])
def test_row_62_an_image_of_another_type_is_not_taken(sent: str) -> None:
    answering = serving(lambda handler: handler.answer(b"x", Content_Type=sent))
    with answering as server, pytest.raises(RemoteFailure, match="content type"):
        remote_for(server).get(server.url, {}, accept=(WEBP,), max_body=MAX_IMAGE_BYTES)


def test_row_52_a_gzip_bomb_stops_at_the_decoded_cap() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    with serving(lambda handler: handler.answer(bomb, Content_Encoding="gzip")) as server:
        started = time.monotonic()
        with pytest.raises(RemoteFailure, match="after decompression"):
            remote_for(server).get(server.url, {})
    assert time.monotonic() - started < 5


def test_gzip_within_the_cap_is_decoded() -> None:
    body = gzip.compress(b'{"type": "Note"}')
    with serving(lambda handler: handler.answer(body, Content_Encoding="gzip")) as server:
        assert remote_for(server).get(server.url, {}).body == b'{"type": "Note"}'


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "gzip, gzip", "compress"])
def test_row_52_a_coding_that_was_not_asked_for_is_refused(coding: str) -> None:
    with (
        serving(lambda handler: handler.answer(b"x", Content_Encoding=coding)) as server,
        pytest.raises(RemoteFailure, match="was not asked for"),
    ):
        remote_for(server).get(server.url, {})


def drip(handler: Handler, text: bytes) -> None:
    """Send one byte every 50 ms."""
    for byte in text:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


@pytest.mark.parametrize(
    "prefix", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 999\r\n\r\n"]
)
def test_a_peer_that_drips_its_headers_or_its_body_is_left_at_the_deadline(prefix: bytes) -> None:
    def slow(handler: Handler) -> None:
        handler.wfile.write(prefix)
        drip(handler, b"HTTP/1.1 200 OK" + b"x" * 200)

    with serving(slow) as server:
        started = time.monotonic()
        with pytest.raises(RemoteFailure):
            remote_for(server, timeout=0.5).get(server.url, {})
        assert 0.4 < time.monotonic() - started < 5


def test_a_peer_that_never_reads_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        remote = client(frozenset({("valombre.localhost", deaf.getsockname()[1])}), timeout=0.5)
        started = time.monotonic()
        with pytest.raises(RemoteFailure):
            remote.post(f"http://valombre.localhost:{deaf.getsockname()[1]}/", os.urandom(20_000_000), {})
        assert time.monotonic() - started < 5


def test_a_name_that_takes_too_long_to_resolve_is_a_failure_in_time() -> None:
    def slow(host: str, port: int) -> list[str]:
        time.sleep(2)
        return [PUBLIC]

    started = time.monotonic()
    with pytest.raises(RemoteFailure, match="not resolved in time"):
        client(timeout=0.3, resolve=slow, dial=never_dial).get("https://commune.example/", {})
    assert time.monotonic() - started < 5


def test_an_unknown_name_and_a_closed_port_are_failures_worth_another_try() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("unknown")

    with pytest.raises(RemoteFailure) as failure:
        client(resolve=unknown).get("https://commune.example/", {})
    assert failure.value.retry
    with serving(answer_empty) as server:
        gone = remote_for(server), server.url
    with pytest.raises(RemoteFailure):
        gone[0].get(gone[1], {})


@pytest.mark.parametrize(
    ("sent", "fine"),
    [
        ("application/activity+json", True),
        ("Application/Activity+JSON; charset=utf-8", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ('application/ld+json;profile="https://w3id.org/x https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json", False),
        ("application/json", False),
        ("text/plain", False),
        ("text/html; application/activity+json", False),
        ("", False),
    ],
)
def test_row_25_only_activity_types_are_accepted(sent: str, fine: bool) -> None:
    with serving(lambda handler: handler.answer(b"{}", Content_Type=sent)) as server:
        remote = remote_for(server)
        if fine:
            assert remote.get(server.url, {}).status == 200
        else:
            with pytest.raises(RemoteFailure, match="content type"):
                remote.get(server.url, {})


def test_a_refusal_of_any_type_is_still_an_answer_and_other_types_can_be_accepted() -> None:
    def answer(handler: Handler) -> None:
        handler.answer(b"non", 403 if handler.path == "/non" else 200, Content_Type="text/plain")

    with serving(answer) as server:
        remote = remote_for(server)
        assert remote.get(f"{server.url}/non", {}).status == 403
        assert remote.get(f"{server.url}/oui", {}, accept=()).status == 200


def test_idle_connections_are_bounded_over_many_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_AUTHORITIES", 2)
    with serving(answer_empty) as server:
        hosts = [f"commune{n}.localhost" for n in range(5)]
        remote = client(frozenset((host, server.port) for host in hosts))
        for host in hosts:
            assert remote.get(f"http://{host}:{server.port}/", {}).status == 200
        assert len(remote._pools._idle) == 2
