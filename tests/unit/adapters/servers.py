"""Small real servers on loopback, for the tests of the adapters."""

import datetime
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Respond = Callable[["Handler"], None]
ACTIVITY_JSON = "application/activity+json"


class Handler(BaseHTTPRequestHandler):
    """One request, answered by the test's own function."""

    protocol_version = "HTTP/1.1"
    respond: Respond

    def do_GET(self) -> None:
        """Count the request and let the test answer."""
        self.server.requests.append(self.path)  # type: ignore[attr-defined]
        type(self).respond(self)

    def do_POST(self) -> None:
        """The same for a POST."""
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def answer(self, body: bytes = b"{}", status: int = 200, **headers: str) -> None:
        """Send a whole answer; header names with underscores."""
        self.send_response(status)
        named = {"Content-Type": ACTIVITY_JSON, "Content-Length": str(len(body))}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in named.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A server that remembers the paths it was asked for and the connections it accepted."""

    daemon_threads = True

    def __init__(self, respond: Respond) -> None:
        handler = type("BoundHandler", (Handler,), {"respond": staticmethod(respond)})
        super().__init__(("127.0.0.1", 0), handler)
        self.requests: list[str] = []
        self.accepted = 0

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """The address under which the tests allow this server."""
        return f"http://valombre.localhost:{self.port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count the connection."""
        self.accepted += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that give up are what these tests are about."""


@contextmanager
def serving(respond: Respond, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A running server, gone afterwards."""
    server = Server(respond)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def write_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for `name` and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret
