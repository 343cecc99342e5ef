"""Between the server and the app: bodies are waited for side by side, and the app is entered with whole ones (row 51).

granian's WSGI interface reads a body in the thread that runs the app, and waits for ever: one slow sender would hold up
every commune of the process. Its RSGI interface lets the event loop wait, for a limited time, while others are served.
The app itself runs in the loop's thread, one request after the other, as it did in WSGI's only thread.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from io import BytesIO
from typing import Any, Protocol

from pop_forum.web.bare import NO_LENGTH, TOO_MANY, TOO_SLOW, BarePage, Header
from pop_forum.web.pictures import UPLOAD_BYTES

PATIENCE_SECONDS = 10.0  # for a body to arrive, and as much longer as its bytes justify
SLOWEST_BYTES_PER_SECOND = 4 * 1024  # an old mobile network gives three times as much
LARGEST_BODY = UPLOAD_BYTES  # of what is read at all; what each page takes is less, and the app's to say
SMALL_BODY = 64 * 1024  # any form; larger ones share MOST_WAITING
MOST_WAITING = 3 * UPLOAD_BYTES  # bytes of larger bodies that are held before they are whole

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Scope(Protocol):
    """What granian says of a request."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None
    headers: Any


class Request(Protocol):
    """The request's body, part by part, and its answer."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def response_bytes(self, status: int, headers: list[Header], body: bytes) -> None: ...


class Refused(Exception):
    """The body is not waited for any longer; this page says why."""

    def __init__(self, page: BarePage) -> None:
        super().__init__(page.title)
        self.page = page


class Door:
    """An RSGI application around a WSGI one."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app
        self._waiting = 0  # bytes of larger bodies that are not yet whole
        self._always: Environ = {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SCRIPT_NAME": "",
            "SERVER_SOFTWARE": "granian",
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,
            "wsgi.multiprocess": False,
            "wsgi.multithread": False,
            "wsgi.run_once": False,
            "wsgi.version": (1, 0),
        }

    async def __rsgi__(self, scope: Scope, request: Request) -> None:
        environ = self._always | environ_of(scope)
        try:
            body = await self._body(environ, request)
        except Refused as refused:
            headers, page = refused.page.answer(environ)
            request.response_bytes(refused.page.status, headers, page)
            return
        environ["wsgi.input"] = BytesIO(body)
        request.response_bytes(*_answer(self._app, environ))

    async def _body(self, environ: Environ, request: Request) -> bytes:
        """The whole body; nothing for one that is too large: the app refuses it by its length. Raises Refused."""
        if "HTTP_TRANSFER_ENCODING" in environ:  # one that breaks off could not be told from a whole one
            raise Refused(NO_LENGTH)
        length = int(environ.get("CONTENT_LENGTH") or 0)  # the server refuses one that is no number
        if length == 0 or length > LARGEST_BODY:
            return b""
        held = 0

        def take(count: int) -> None:
            nonlocal held
            held += count
            self._waiting += count
            if self._waiting > MOST_WAITING:
                raise Refused(TOO_MANY)

        try:
            body = await _arrived(request, take if length > SMALL_BODY else _nothing)
        finally:
            self._waiting -= held
        if len(body) != length:
            raise Refused(TOO_SLOW)
        return body


def environ_of(scope: Scope) -> Environ:
    """What WSGI says of the same request (PEP 3333). A header with an underscore could pass for another: left out."""
    server, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.url_scheme": scope.scheme,
    }
    if scope.authority is not None:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = _key(name)
        if key not in environ:
            environ[key] = value
        elif key != "HTTP_HOST":
            environ[key] += ("; " if key == "HTTP_COOKIE" else ",") + value
    return environ


def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _nothing(count: int) -> None:
    """Nothing: a small body takes no room that counts."""


async def _arrived(request: Request, take: Callable[[int], None]) -> bytes:
    """The body, once all has come; `take` is told of every part. Raises Refused for one that comes too slowly."""
    now = asyncio.get_running_loop().time
    last = now() + PATIENCE_SECONDS
    parts = []
    try:
        async with asyncio.timeout_at(last) as limit:
            async for part in request:
                take(len(part))
                parts.append(part)
                last += len(part) / SLOWEST_BYTES_PER_SECOND
                limit.reschedule(last)
    except TimeoutError:
        raise Refused(TOO_SLOW) from None
    return b"".join(parts)


def _answer(app: Wsgi, environ: Environ) -> tuple[int, list[Header], bytes]:
    """What the app answers, whole: a reader who is slow to take it holds up nobody either."""
    started: list[Any] = []
    parts = app(environ, lambda *answer: started.append(answer))
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = started[-1][:2]
    return int(status[:3]), headers, body
