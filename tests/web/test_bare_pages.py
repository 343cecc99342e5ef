"""Where no app answers, the host speaks for it: what happened and what to do, in the reader's language."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import Client

from pop_forum.commune import Communes
from pop_forum.host import WEB_PATIENCE_SECONDS, Switch
from pop_forum.settings import Host, Mode, load_instance
from pop_forum.web import bare, door
from pop_forum.web.door import Door
from pop_forum.web.language import SOURCE, catalogue
from tests.web.conftest import AUTHORITY, REPOSITORY

HERE = "http://{}:{}".format(*AUTHORITY)
PAGES = [page for page in vars(bare).values() if isinstance(page, bare.BarePage)]
HEADING = re.compile(r"<h1>([^<]+)</h1>")
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9,fr;q=0.5"}


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """The data folder of the one commune of a host."""
    shutil.copytree(prepared, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def host(data: Path) -> Iterator[Callable[..., Any]]:
    """What this host, in a mode, answers at an address to a reader: status, heading, language, whole page."""
    opened = []

    def ask(address: str = HERE, mode: Mode = Mode.TEST, **reader: str) -> Any:
        settings = Host(
            mode=mode,
            instances=REPOSITORY / "instances",
            data=data,
            broker="redis://127.0.0.1:1/0",
            loopback=frozenset({AUTHORITY}),
        )
        communes = Communes(
            settings,
            [load_instance(settings.instances / "valombre", environment=settings)],
            patience=WEB_PATIENCE_SECONDS,
        )
        answer = Client(Switch(communes)).get("/", base_url=address, environ_overrides=reader)
        opened.append(communes)
        found = HEADING.search(answer.text)
        assert answer.headers["Content-Language"] in answer.text or found is None
        return answer.status_code, found and found[1], answer.headers["Content-Language"], answer

    yield ask
    for communes in opened:
        for one in communes._open.values():
            one.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_page_is_whole_in_french_and_in_english(page: bare.BarePage) -> None:
    for text in (page.title, page.advice):
        assert catalogue(SOURCE).ugettext(text) == text != catalogue("en").ugettext(text)
    headers, french = page.answer({})
    assert f"<h1>{page.title}</h1><p>{page.advice}</p>" in french.decode() and dict(headers)["content-language"] == "fr"
    headers, english = page.answer(ENGLISH)
    assert page.title not in english.decode() and dict(headers)["content-language"] == "en"
    assert dict(headers)["cache-control"] == "no-store" and "Accept-Language" in dict(headers)["vary"]


def test_what_was_chosen_on_the_device_counts_more_than_the_browser() -> None:
    headers, _ = bare.BUSY.answer({**ENGLISH, "HTTP_COOKIE": "session=x; affichage=dark.fr"})
    assert dict(headers)["content-language"] == "fr"
    headers, _ = bare.BUSY.answer({"HTTP_COOKIE": "affichage=en", "HTTP_ACCEPT_LANGUAGE": "fr"})
    assert dict(headers)["content-language"] == "en"


@pytest.mark.parametrize("odd", ["", "zz", "*", ";;;q=9,,,", "x" * 9_000, "en;q=abc"])
def test_an_odd_wish_gets_one_of_the_languages_there_are(odd: str) -> None:
    headers, _ = bare.BUSY.answer({"HTTP_ACCEPT_LANGUAGE": odd, "HTTP_COOKIE": f"affichage={odd}"})
    assert dict(headers)["content-language"] in ("fr", "en")


def test_a_commune_that_speaks_french_only_is_answered_for_in_french() -> None:
    headers, _ = bare.BUSY.answer(ENGLISH, ("fr",))
    assert dict(headers)["content-language"] == "fr"


def test_an_unknown_address_is_told_in_both_languages(host: Callable[..., Any]) -> None:
    status, heading, language, _ = host("http://nulle-part.example")
    assert (status, heading, language) == (404, "Adresse inconnue", "fr")
    status, heading, language, answer = host("http://nulle-part.example", Mode.DEMO, **ENGLISH)
    assert (status, heading, language) == (404, "Unknown address", "en")
    assert f"<a href='{HERE}'>" in answer.text and "démonstration" not in answer.text


def older_schema(data: Path) -> None:
    with sqlite3.connect(data / "forum.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.close()


def no_keys(data: Path) -> None:
    shutil.rmtree(data / "keys")


def keys_for_all(data: Path) -> None:
    (data / "keys").chmod(0o755)


def no_database(data: Path) -> None:
    (data / "forum.sqlite").write_bytes(b"Ceci n'est pas une base.\n" * 400)


@pytest.mark.parametrize("spoil", [older_schema, no_keys, keys_for_all, no_database])
def test_a_site_to_be_put_right_says_so_and_nothing_of_its_inside(
    host: Callable[..., Any], data: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(data / "valombre")
    status, heading, language, answer = host(**ENGLISH)
    assert (status, heading, language) == (503, "Site under maintenance", "en") and answer.headers["Retry-After"]
    assert str(data) not in answer.text and "schema" not in answer.text
    assert host()[:3] == (503, "Site en entretien", "fr")


class Sender:
    """One who sends a body and never finishes, or says nothing of its length."""

    def __init__(self, **headers: str) -> None:
        self.http_version, self.scheme, self.method, self.path, self.query_string = "1.1", "http", "POST", "/x", ""
        self.server, self.client, self.authority = "127.0.0.1:80", "127.0.0.1:90", None
        self.headers = SimpleNamespace(items=headers.items)
        self.answered: tuple[int, dict[str, str], bytes] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"x"

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.answered = status, dict(headers), body


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (408, {"content-length": "3"}),
        (411, {"transfer-encoding": "chunked"}),
        (503, {"content-length": str(door.SMALL_BODY + 1)}),
    ],
)
def test_row_51_who_is_refused_at_the_door_reads_why(
    status: int, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_WAITING", 0)
    for language, words in (("fr", "Rien n’a été enregistré"), ("en", "Nothing was saved")):
        sender = Sender(**headers, **{"accept-language": language})
        asyncio.run(Door(lambda *_: pytest.fail("entered")).__rsgi__(sender, sender))  # type: ignore[arg-type]
        assert sender.answered is not None
        found, said, body = sender.answered
        assert (found, said["content-language"], said["connection"]) == (status, language, "close")
        assert words in body.decode()
