"""A small mail server on loopback, whose answers a test chooses; it keeps what it was given."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pop_forum.settings import MailServer

DISCONNECT = ""  # as an answer: the line is cut
SILENCE = "silence"  # as an answer: nothing is said any more


@dataclass
class Script:
    """What the server answers to a verb, or to « RCPT someone@… »; whatever is not named is accepted."""

    answers: Mapping[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    tls_first: bool = False


class Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    server: "SmtpServer"

    def handle(self) -> None:
        """Talk until QUIT, a cut or silence."""
        self.server.connections += 1
        if self.server.script.tls_first:
            self._encrypt()
        if not self._say(self.server.script.answers.get("CONNECT", "220 ready")):
            return
        while line := self.rfile.readline():
            if not self._answer(line.decode().strip()):
                return

    def _answer(self, line: str) -> bool:
        verb, script = line.split(" ")[0].upper(), self.server.script
        self.server.said.append(line)
        named = next((script.answers[key] for key in script.answers if line.upper().startswith(key.upper())), None)
        if named is not None:
            return self._say(named)
        if verb == "EHLO":
            lines = ["localhost", *script.extensions]
            return self._say("\r\n".join(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines))
        if verb == "STARTTLS":
            self._say("220 go")
            self._encrypt()
            return True
        if verb == "AUTH":
            return self._say("235 welcome")
        if verb == "DATA":
            return self._take()
        return self._say("250 fine") and verb != "QUIT"

    def _take(self) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.letters.append(b"".join(lines).decode())
        return self._say(self.server.script.answers.get("TAKEN", "250 taken"))

    def _say(self, answer: str) -> bool:
        if answer == SILENCE:
            self.server.released.wait(20)
        if answer in (DISCONNECT, SILENCE):
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        self.wfile.write(f"{answer}\r\n".encode())
        return True

    def _encrypt(self) -> None:
        assert self.server.script.tls is not None
        self.connection = self.server.script.tls.wrap_socket(self.connection, server_side=True)
        self.setup_streams()

    def setup_streams(self) -> None:
        """New streams over the encrypted line."""
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = socketserver._SocketWriter(self.connection)  # type: ignore[attr-defined]

    def finish(self) -> None:
        """Close what is open; the client may have gone first."""
        try:
            super().finish()
        finally:
            self.connection.close()


class SmtpServer(socketserver.ThreadingTCPServer):
    """The server and what it remembers."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.script = script
        self.connections = 0
        self.said: list[str] = []
        self.letters: list[str] = []
        self.released = threading.Event()

    def settings(self, host: str = "127.0.0.1", **options: Any) -> MailServer:
        """How a site would be told to use it."""
        return MailServer(host, int(self.server_address[1]), **options)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that give up are what these tests are about."""


@contextmanager
def smtp_server(script: Script | None = None) -> Iterator[SmtpServer]:
    """A running mail server, gone afterwards."""
    server = SmtpServer(script or Script())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
