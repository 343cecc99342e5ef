"""Who reads pages in the tests of the page cache: a visitor at the door, and a shared cache between them (RFC 9111)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.test import Client
from werkzeug.wrappers import Response

from pop_forum.commune import Commune
from pop_forum.web.page_cache import PageCache
from pop_forum.web.page_door import PageDoor
from tests.web.conftest import AUTHORITY

BASE = "http://{}:{}".format(*AUTHORITY)


class Visitor:
    """A browser without cookies, before the door that stands before the app."""

    def __init__(self, app: Flask, commune: Commune, pages: PageCache | None = None) -> None:
        self.pages = PageCache() if pages is None else pages
        self.door = PageDoor(app, commune, self.pages)
        self._client = Client(self.door, Response, use_cookies=False)

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        """The answer to this request; header names with underscores, without HTTP_."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.open(path, method=method, base_url=BASE, headers=named)

    def is_warm(self, path: str) -> bool:
        """Whether the page was given without entering the app."""
        entered = []
        app = self.door._app
        self.door._app = lambda environ, start: (entered.append(path), app(environ, start))[1]  # type: ignore[assignment]
        try:
            self.get(path)
        finally:
            self.door._app = app
        return not entered


@dataclass(slots=True)
class Stored:
    """One answer a shared cache holds, and the request headers that its Vary names."""

    answer: Response
    varies: dict[str, str]


@dataclass
class SharedCache:
    """A cache as an office or an operator runs one: it stores what RFC 9111 lets a shared cache store, and reuses it.

    It never asks again for an answer that is fresh, and asks with If-None-Match for one that is not: no heuristics.
    """

    origin: "Client"
    stored: dict[str, list[Stored]] = field(default_factory=dict)

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        """The answer, from the store where that is allowed."""
        for kept in self.stored.get(path, ()):
            if all(headers.get(name, "") == value for name, value in kept.varies.items()):
                return self._reuse(path, headers, kept)
        return self._fetch(path, headers)

    def _reuse(self, path: str, headers: Mapping[str, str], kept: Stored) -> Response:
        control = _directives(kept.answer)
        age = int(control.get("s-maxage") or control.get("max-age") or 0)
        if age > 0 and "no-cache" not in control:
            return kept.answer
        etag = kept.answer.headers.get("ETag")
        if etag is None:
            return self._fetch(path, headers)
        answer = self.origin.open(path, base_url=BASE, headers={**headers, "If-None-Match": etag})
        if answer.status_code == 304:
            return kept.answer
        return self._store(path, headers, answer)

    def _fetch(self, path: str, headers: Mapping[str, str]) -> Response:
        return self._store(path, headers, self.origin.open(path, base_url=BASE, headers=dict(headers)))

    def _store(self, path: str, headers: Mapping[str, str], answer: Response) -> Response:
        control = _directives(answer)
        names = [name.strip() for name in answer.headers.get("Vary", "").split(",") if name.strip()]
        if answer.status_code == 200 and not {"private", "no-store"} & set(control) and "*" not in names:
            varies = {name: headers.get(name, "") for name in names}
            self.stored.setdefault(path, []).insert(0, Stored(answer, varies))
        return answer


def _directives(answer: Response) -> dict[str, str]:
    """Cache-Control, by name; an answer without it may be stored and must be asked for again."""
    parts = [part.strip().partition("=") for part in answer.headers.get("Cache-Control", "").split(",")]
    return {name.lower(): value for name, _, value in parts if name}
