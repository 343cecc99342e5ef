"""Somebody else writes for too long: what a request needs is refused with its text, what it only notes is left out."""

import fcntl
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from pop_forum.commune import Commune
from pop_forum.db import HURRY_SECONDS
from pop_forum.host import WEB_PATIENCE_SECONDS
from pop_forum.models import Post, Reading, SignIn
from tests.web.conftest import open_test_commune

PATIENCE = 0.05  # of the site under test
TEXT = "Mes mots\nsur deux lignes"
Signed = Callable[..., Any]
Hold = Callable[[Commune], Any]


@pytest.fixture
def commune(prepared: Path, tmp_path: Path) -> Iterator[Commune]:
    """A commune as the web process opens it, with little patience."""
    shutil.copytree(prepared, tmp_path / "data")
    opened = open_test_commune(tmp_path / "data", PATIENCE)
    yield opened
    opened.close()


@contextmanager
def gate_held(commune: Commune) -> Iterator[None]:
    """Another writer of ours is inside the gate: a lock of another open file, as another process has it."""
    with (commune.settings.data / "forum.sqlite.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def database_held(commune: Commune) -> Iterator[None]:
    """Somebody writes who does not come through the gate, as the shell of SQLite."""
    shell = sqlite3.connect(commune.settings.data / "forum.sqlite", isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    yield
    shell.execute("ROLLBACK")
    shell.close()


WAYS = pytest.mark.parametrize("hold", [gate_held, database_held])


def count(commune: Commune, model: Any) -> int:
    with commune.reading() as site:
        return site.session.scalar(select(func.count()).select_from(model)) or 0


def gate_threads() -> int:
    return sum(thread.name == "write gate" for thread in threading.enumerate())


def opened(browser: Any) -> str:
    """The address of a new discussion."""
    answer = browser.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Le car", text="Un texte.", reach="local")
    assert answer.status_code == 303, answer.text
    return str(answer.location).partition("#")[0].partition("?")[0]


def test_a_request_is_promised_an_answer_within_two_seconds() -> None:
    assert WEB_PATIENCE_SECONDS <= 2 and HURRY_SECONDS < WEB_PATIENCE_SECONDS


@WAYS
def test_beyond_the_limit_the_text_is_given_back_and_can_be_sent_again(
    signed_in: Signed, commune: Commune, hold: Hold
) -> None:
    browser = signed_in("resident")
    address = opened(browser)
    with hold(commune):
        for _ in range(3):
            refused = browser.send(f"{address}/repondre", text=TEXT)
            assert refused.status_code == 503 and refused.headers["Retry-After"]
            assert "sur deux lignes</textarea>" in refused.text
        assert count(commune, Post) == 1 and gate_threads() <= 1
        assert commune.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert browser.send(f"{address}/repondre", text=TEXT).status_code == 303
    assert count(commune, Post) == 2


def test_within_the_limit_a_text_is_only_late(
    signed_in: Signed, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("resident")
    address = opened(browser)
    monkeypatch.setattr(commune.database, "_patience", 60.0)
    held = ExitStack()
    held.enter_context(gate_held(commune))
    release = threading.Timer(0.3, held.close)
    release.start()
    assert browser.send(f"{address}/repondre", text=TEXT).status_code == 303
    assert count(commune, Post) == 2
    release.join()


@WAYS
def test_pages_are_shown_without_their_marks(signed_in: Signed, commune: Commune, hold: Hold) -> None:
    address = opened(signed_in("resident"))
    reader = signed_in("resident", "Karim B.")
    with commune.transaction() as site:  # who was here hours ago is kept signed in
        site.session.execute(update(SignIn).values(seen_at=site.clock.now() - timedelta(hours=2)))
    before = count(commune, Reading)
    with hold(commune):
        assert "Le car" in reader.get(address).text and count(commune, Reading) == before
        assert reader.get("/mon-compte").status_code == 200
    assert reader.get(address).status_code == 200 and count(commune, Reading) == before + 1
    with commune.reading() as site:
        fresh = SignIn.seen_at > site.clock.now() - timedelta(hours=1)
        assert len(site.session.scalars(select(SignIn).where(fresh)).all()) == 1


def test_a_mark_that_was_left_out_makes_nobody_else_hurry(signed_in: Signed, commune: Commune) -> None:
    with gate_held(commune):
        assert not commune.in_passing(lambda site: None)
        assert not commune.database._waited_in_vain


def test_after_one_who_waited_in_vain_others_hardly_wait_until_one_gets_through(
    commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, asked = commune.database, []
    gate = database._gate

    def noted(patience: float | None) -> Any:
        asked.append(patience)
        return gate(PATIENCE if len(asked) <= 4 else 60.0)

    monkeypatch.setattr(database, "_patience", WEB_PATIENCE_SECONDS)
    monkeypatch.setattr(database, "_gate", noted)
    with gate_held(commune):
        for _ in range(2):
            assert not commune.in_passing(lambda site: None)
        for _ in range(2):
            with pytest.raises(Exception, match="too long"), commune.transaction():
                pass
    for _ in range(2):
        with commune.transaction():
            pass
    hurry, whole = HURRY_SECONDS, WEB_PATIENCE_SECONDS
    assert asked == [hurry, hurry, whole, hurry, hurry, whole]


def test_a_text_that_cannot_be_kept_for_its_writer_is_given_back(
    signed_in: Signed, client: Any, commune: Commune
) -> None:
    address = opened(signed_in("resident"))
    with gate_held(commune):
        answer = client.send(f"{address}/repondre", text=TEXT)
    assert answer.status_code == 503 and "sur deux lignes</textarea>" in answer.text


def test_whether_the_process_lives_asks_no_database(
    signed_in: Signed, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("resident")
    monkeypatch.setattr(commune, "database", None)
    assert browser.get("/livez").status_code == 204
