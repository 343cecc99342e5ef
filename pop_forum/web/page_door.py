"""In front of a commune's app: a visitor's page that is still true is given without entering Flask.

Only requests without any cookie but that of web/display.py, for a page marked in web/kept.py, are answered so, and the
page is built from nothing but what its key holds: all other headers are taken away first. So what is kept cannot be one
person's.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Flask
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.test import run_wsgi_app

from pop_forum.commune import Commune
from pop_forum.errors import ForumError
from pop_forum.web import kept
from pop_forum.web.display import COOKIE, parse
from pop_forum.web.language import SOURCE
from pop_forum.web.page_cache import Header, Kept, PageCache, pack
from pop_forum.web.truth import SHOWN_SECONDS, Truth, next_midnight

ADDRESSES = 1_024  # of which it is remembered how they are kept, per commune
ADDRESS_CHARS = 300  # of a path, of a query, of a header that is remembered; longer ones go to the app
# Parameters that other sites hang on links to us; no view reads them.
FOREIGN = frozenset(("fbclid", "gclid", "utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term"))
PASSED_ON = frozenset(
    ("SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REMOTE_ADDR", "HTTP_HOST")
)

StartResponse = Callable[..., Any]
Environ = dict[str, Any]
Built = tuple[bytes, str, list[Header]]


class Address:
    """A path and its query as far as they count, and what the page there is built from."""

    __slots__ = ("query", "subjects")

    def __init__(self, query: str, subjects: tuple[str, ...]) -> None:
        self.query, self.subjects = query, subjects


class PageDoor(Truth):
    """The WSGI application of one commune, with its share of the process's page cache."""

    def __init__(self, app: Flask, commune: Commune, pages: PageCache) -> None:
        super().__init__(commune)
        self._app, self._pages = app, pages
        self._host = commune.settings.host
        self._address = lru_cache(ADDRESSES)(self._find)
        self._language = lru_cache(ADDRESSES)(self._choose)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if (method != "GET" and method != "HEAD") or "HTTP_AUTHORIZATION" in environ:
            return self._app(environ, start_response)
        cookies = environ.get("HTTP_COOKIE", "")
        look = "" if not cookies else _look(cookies) if len(cookies) <= ADDRESS_CHARS else None
        if look is None:
            return self._app(environ, start_response)
        if "HTTP_SAVE_DATA" in environ:  # whose pages offer pictures instead of loading them
            return self._app(environ, start_response)
        if "json" in environ.get("HTTP_ACCEPT", "") or environ.get("HTTP_HOST") != self._host:
            return self._app(environ, start_response)
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        languages, encodings = environ.get("HTTP_ACCEPT_LANGUAGE", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
        if max(len(path), len(query), len(languages), len(encodings)) > ADDRESS_CHARS:  # not worth remembering
            return self._app(environ, start_response)
        address = self._address(path, query)
        if address is None:
            return self._app(environ, start_response)
        language, encoding = self._language(languages), _encoding(encodings)
        key = (self._host, path, address.query, language, look, encoding)
        page = self._pages.get(key)
        try:
            if page is None or not self._holds(page):
                built, page = self._build(environ, address, (language, look, encoding))
                if page is None:
                    return _give(built, method, start_response)
                self._pages.put(key, page)
        except ForumError:  # the database is away: the app says so in a page
            return self._app(environ, start_response)
        wanted = environ.get("HTTP_IF_NONE_MATCH")
        if wanted is not None and _matches(wanted, page.etag):
            start_response("304 Not Modified", page.not_modified)
            return []
        start_response("200 OK", page.headers)
        return [page.body] if method == "GET" else []

    def _build(self, environ: Environ, address: Address, chosen: tuple[str, str, str]) -> tuple[Built, Kept | None]:
        """What the app answers, and the page to keep when it may be: the versions are read before it is built."""
        language, look, encoding = chosen
        now, monotonic = self._commune.clock.now(), self._monotonic()
        versions = self._versions(address.subjects)
        instants = [now + timedelta(seconds=SHOWN_SECONDS), next_midnight(now)]
        asked = {name: value for name, value in environ.items() if name in PASSED_ON or name.startswith("wsgi.")}
        asked |= {
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": address.query,
            "HTTP_ACCEPT": "text/html",
            "HTTP_ACCEPT_LANGUAGE": language,
            kept.SHOWN_UNTIL: instants,
        }
        if look:
            asked["HTTP_COOKIE"] = f"{COOKIE}={look}"
        parts, status, headers = run_wsgi_app(self._app, asked, buffered=True)
        built = (b"".join(parts), status, list(headers))
        if not _may_be_kept(status, built[2]):
            return built, None
        until = monotonic + (min(instants) - now).total_seconds()
        return built, pack(built[0], built[2], encoding, address.subjects, versions, until)

    def _find(self, path: str, query: str) -> Address | None:
        found = kept.find(self._app, _decoded(path))
        if found is None:
            return None
        keeping, subjects = found
        canonical = _canonical(query, keeping.parameters)
        return None if canonical is None else Address(canonical, subjects)

    def _choose(self, accepted: str) -> str:
        offered = self._commune.settings.languages
        return parse_accept_header(accepted, LanguageAccept).best_match(offered, SOURCE) or SOURCE


def _canonical(query: str, parameters: frozenset[str]) -> str | None:
    """The parameters that count, in one order; None when there is one that we do not know, or an odd value."""
    if not query:
        return ""
    known: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in FOREIGN:
            continue
        if name not in parameters or name in known or not _is_plain(value):
            return None
        known[name] = value
    return urlencode(sorted(known.items()))


def _is_plain(value: str) -> bool:
    """Whether the value is written as our own links write it: « 007 » and 7 would be two keys for one page."""
    return value.isalnum() and len(value) <= kept.VALUE_CHARS and not value.startswith("0")


@lru_cache(ADDRESSES)
def _look(cookies: str) -> str | None:
    """The display that a request's only cookie asks for; None when there is any other cookie."""
    name, _, value = cookies.partition("=")
    return value if name == COOKIE and value and parse(value).key == value else None


def _decoded(path: str) -> str:
    """The path as routes are matched: WSGI gives its bytes as Latin-1 (PEP 3333)."""
    return path.encode("latin-1").decode("utf-8", "replace")


@lru_cache(ADDRESSES)
def _encoding(accepted: str) -> str:
    """gzip or identity (RFC 9110, section 12.5.3)."""
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            return "identity" if weight.replace(" ", "").rstrip("0.") == "q=" else "gzip"
    return "identity"


def _matches(wanted: str, etag: str) -> bool:
    """Whether an If-None-Match names this ETag (RFC 9110, section 13.1.2: compared weakly)."""
    return wanted == etag or any(part.strip().removeprefix("W/") in (etag, "*") for part in wanted.split(","))


def _may_be_kept(status: str, headers: list[Header]) -> bool:
    """Only a whole page that sets no cookie and that its view did not forbid to store."""
    named = {name.lower(): value for name, value in headers}
    return (
        status.startswith("200 ")
        and "set-cookie" not in named
        and "no-store" not in named.get("cache-control", "")
        and named.get("content-type", "").startswith(("text/html", "application/atom+xml"))
    )


def _give(built: Built, method: str, start_response: StartResponse) -> Iterable[bytes]:
    body, status, headers = built
    start_response(status, headers)
    return [body] if method == "GET" else []
