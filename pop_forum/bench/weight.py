"""What one page costs: processor time to build, statements, and what a browser must load to show it."""

import gzip
import os
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from flask import Flask
from sqlalchemy import event
from werkzeug.test import EnvironBuilder

from pop_forum.app import create_app
from pop_forum.bench import content, results
from pop_forum.bench.pages import COMMUNE, MEASURE, PASSWORD, REPLIES
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import stage
from pop_forum.commune import Commune
from pop_forum.errors import Unavailable
from pop_forum.services.passwords import Passwords
from pop_forum.web.fragments import FRAGMENTS
from pop_forum.web.page_cache import PageCache
from pop_forum.web.page_door import PageDoor

RENDERINGS = 20
FEW = 10  # replies of the thread whose statements are compared with those of the long one
KB = 1_000
LOADED = re.compile(r'<(?:link[^>]*\brel="(stylesheet|icon|manifest)"|script|img)[^>]*\b(?:href|src)="([^"]+)"')
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def measure(sizes: Sizes) -> list[Result]:
    """The cold rendering, the statements, and the weight of a thread page and of the heaviest page."""
    with stage((COMMUNE,)) as prepared:
        commune = prepared.communes[COMMUNE]
        writers = content.add_writers(commune, 8, Passwords().hash(PASSWORD))
        paths = []
        for uri, count in zip(content.open_daily_threads(commune, writers[0], 2), (REPLIES, FEW), strict=True):
            content.reply_in(commune, writers, uri, count)
            paths.append(f"/discussions/{uri.rsplit('/', 1)[1]}")
        app = create_app(commune, RATES_ENABLED=False)
        client = Reader(app, commune)
        cold = [client.cold(paths[0]) for _ in range(RENDERINGS)]
        first = client.first_view(paths[0])
        every = {
            path: client.weigh(path) for path in (*paths, "/", "/quotidien", "/programme", f"/programme/{MEASURE}")
        }
        client.sign_in(writers[0].mail)
        every["signed in"] = client.weigh(paths[0])
        long, short = (client.statements(path) for path in paths)
    heaviest = max(every, key=lambda path: every[path])
    return [
        results.of_repeats("thread_cold_render_cpu_ms", cold, "ms", results.at_most(30), f"{REPLIES} réponses"),
        Result("thread_page_statements", max(long, short), "SQL", results.at_most(10), (),
               f"connecté : {long} avec {REPLIES} réponses, {short} avec {FEW}"),
        Result("thread_first_view_kb", sum(first.values()) / KB, "Ko", results.at_most(60), (),
               ", ".join(f"{path.partition('?')[0]} {size / KB:.1f}" for path, size in first.items())),
        Result("thread_first_view_requests", len(first), "requêtes", results.at_most(8)),
        Result("heaviest_page_kb", every[heaviest] / KB, "Ko", results.at_most(100), (), heaviest),
    ]  # fmt: skip


class Reader:
    """A browser in this process: what it is sent, and what that costs."""

    def __init__(self, app: Flask, commune: Commune) -> None:
        self._app, self._commune = app, commune
        self._door = PageDoor(app, commune, PageCache())
        self._client = app.test_client()
        self._base = commune.settings.base_url

    def cold(self, path: str) -> float:
        """Milliseconds of processor time for this page when nothing of it is kept."""
        start = sum(os.times()[:2])
        rounds = 3  # the kernel counts processor time in hundredths of a second
        for _ in range(rounds):
            FRAGMENTS.clear()
            self._door = PageDoor(self._app, self._commune, PageCache())
            self._ask(path)
        return (sum(os.times()[:2]) - start) * 1000 / rounds

    def first_view(self, path: str) -> dict[str, int]:
        """The bytes of the page, and of all that a browser loads for it without being asked."""
        return self._with_all(path, self._ask(path))

    def weigh(self, path: str) -> int:
        """The same bytes in all, for whoever is signed in."""
        return sum(self._with_all(path, self._open(path).get_data()).values())

    def _with_all(self, path: str, page: bytes) -> dict[str, int]:
        """Pictures that are offered are links, and not loaded."""
        needed = dict.fromkeys(unescape(found[1]) for found in LOADED.findall(gzip.decompress(page).decode()))
        return {path: len(page), **{address: len(self._ask(address)) for address in needed}}

    def sign_in(self, mail: str) -> None:
        """Nothing, with the session of this account in the cookies."""
        found = TOKEN.search(gzip.decompress(self._open("/connexion").get_data()).decode())
        fields = {"csrf_token": found[1] if found else "", "mail": mail, "password": PASSWORD}
        if self._client.post("/connexion", data=fields, base_url=self._base).status_code != 303:
            raise Unavailable(f"{mail} could not sign in")

    def statements(self, path: str) -> int:
        """How many statements this page takes."""
        seen: list[str] = []

        def count(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        event.listen(self._commune.database.engine, "before_cursor_execute", count)
        self._open(path)
        event.remove(self._commune.database.engine, "before_cursor_execute", count)
        return len(seen)

    def _open(self, path: str) -> Any:
        return self._client.get(path, base_url=self._base, headers={"Accept-Encoding": "gzip"})

    def _ask(self, path: str) -> bytes:
        return b"".join(self._answers(path))

    def _answers(self, path: str) -> Iterator[bytes]:
        name, _, query = path.partition("?")
        builder = EnvironBuilder(name, base_url=self._base, query_string=query, headers=[("Accept-Encoding", "gzip")])
        yield from self._door(builder.get_environ(), lambda status, headers: None)
