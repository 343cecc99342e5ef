"""A data folder that cannot be read or written: a sentence that names the commune, 503 on the web, nothing lost."""

import errno
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from pop_forum.adapters.marker import Marker
from pop_forum.adapters.page_signal import PageSignal
from pop_forum.cli.errors import DATABASES, sentence
from pop_forum.cli.root import commands
from pop_forum.commune import Commune
from pop_forum.errors import Unavailable
from pop_forum.models import Post
from pop_forum.write_gate import WriteGate
from tests.web.conftest import AUTHORITY, REPOSITORY
from tests.web.test_discussions import open_thread

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """The data folder of a host with one commune."""
    shutil.copytree(prepared, tmp_path / "data")
    shutil.copytree(REPOSITORY / "instances" / "valombre", tmp_path / "instances" / "valombre")
    return tmp_path / "data"


def run(data: Path, *words: str) -> Any:
    """The outcome of a command on that host."""
    environment = {
        "POP_FORUM_MODE": "test",
        "POP_FORUM_DATA": str(data),
        "POP_FORUM_INSTANCES": str(data.parent / "instances"),
        "POP_FORUM_LOOPBACK": "{}:{}".format(*AUTHORITY),
    }
    return CliRunner().invoke(commands, words, standalone_mode=True, env=environment)


def garbage(file: Path) -> None:
    file.write_bytes(b"Ceci n'est pas une base.\n" * 400)


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:9_000])


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("spoil", [garbage, cut_short, folder])
@pytest.mark.parametrize(
    "words", [("migrate",), ("programme", "load"), ("federation", "digest", "valombre"), ("worker",)]
)
def test_a_database_that_cannot_be_read_is_told_with_its_commune(
    data: Path, spoil: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    spoil(data / "valombre" / "forum.sqlite")
    done = run(data, *words)
    assert done.exit_code == 2 and done.stderr.startswith("Valombre-sur-Lys\u00a0: La base de données ne répond pas")
    assert len(done.stderr.strip().splitlines()) == 1 and not any(known in done.stderr for known in DATABASES)


def test_a_key_that_cannot_be_read_is_told_in_french(data: Path) -> None:
    folder(data / "valombre" / "keys" / "rsa-1.pem")
    (data / "valombre" / "keys" / "rsa-1.pem").chmod(0o700)
    done = run(data, "migrate")
    assert done.exit_code == 2 and "rsa-1.pem » ne peut pas être lu : c’est un dossier." in done.stderr.replace(
        "\u202f", " "
    ).replace("\u00a0", " ")


@pytest.mark.parametrize("said", DATABASES)
def test_what_sqlite_refuses_is_told_in_french(said: str) -> None:
    assert DATABASES[said] in sentence(sqlite3.OperationalError(said)) and said not in DATABASES[said]


def test_a_folder_without_a_place_for_the_lock_is_no_place_to_write(tmp_path: Path) -> None:
    with pytest.raises(Unavailable), WriteGate(tmp_path / "nowhere" / "x.lock")(None):
        pass


def test_the_word_of_pages_has_its_place_on_the_disk(tmp_path: Path) -> None:
    signal = PageSignal(tmp_path)
    assert (tmp_path / "pages.signal").stat().st_blocks > 0, "a hole that is filled on a full disk ends the process"
    signal.close()


def refuse(*_: object) -> None:
    raise FULL


def test_a_message_that_is_committed_is_acknowledged_though_its_marker_cannot_be_written(
    signed_in: Callable[..., Any], commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Marker, "raise_to", refuse)
    assert open_thread(signed_in("resident"), "Sur un disque plein").startswith("/discussions/")
    with commune.reading() as site:
        assert site.session.scalar(select(func.count()).select_from(Post)) == 1


def test_nothing_is_erased_that_cannot_be_noted(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Marker, "keep_erased", refuse)
    with pytest.raises(Unavailable, match="cannot be noted"):
        commune._keep_erased(["x"])
