"""The process that writes indexes: started once, alone on its host, ended when idle; and its commands."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from pop_forum.adapters import index_folder
from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.indexer import Indexer
from pop_forum.cli import demo_terminal, indexing
from pop_forum.cli.root import commands
from pop_forum.commune import Commune
from pop_forum.services.indexing import count_owed
from pop_forum.services.search import Search, query
from pop_forum.services.threads import ThreadDraft, open_thread
from pop_forum.tasks import index as task
from tests.network import INSTANCES, LOOPBACK, Network, acting, person

SLOW = (sys.executable, "-c", "import time; time.sleep(60)")
QUICK = (sys.executable, "-c", "")
HALF_A_REBUILD = """
import os, signal
from pop_forum.cli import communes, indexing
from pop_forum.cli.communes import one
indexing.PAGE = 1
making = indexing.made_anew(one("valombre"))
next(making)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def commune(tmp_path: Path) -> Iterator[Commune]:
    """Valombre with two discussions."""
    net = Network(tmp_path)
    commune = net.add("valombre")
    who = person(commune, "Huguette P.")
    for title in ("Le lavoir", "Le four"):
        with acting(commune, who) as (site, author):
            open_thread(site, author, ThreadDraft(title, "Bonjour.", None, False))
    yield commune
    net.close()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The environment of a host that serves Valombre only; returns its data folder."""
    (tmp_path / "instances").mkdir()
    (tmp_path / "instances" / "valombre").symlink_to(INSTANCES / "valombre")
    values = {
        "POP_FORUM_MODE": "test",
        "POP_FORUM_INSTANCES": str(tmp_path / "instances"),
        "POP_FORUM_DATA": str(tmp_path),
        "POP_FORUM_LOOPBACK": ",".join(f"{name}:{port}" for name, port in sorted(LOOPBACK)),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "nice", lambda step: 0)
    yield tmp_path


def found(commune: Commune, words: str) -> tuple[int, bool]:
    with commune.reading() as site:
        answer = query(site, commune.index, Search(words))
        return len(answer.hits), answer.scanned


def test_one_process_is_started_at_a_time() -> None:
    indexer = Indexer(SLOW)
    assert indexer.start() and not indexer.start()
    process = indexer._process
    assert process is not None
    process.kill()
    process.wait()
    assert indexer.start()
    again = indexer._process
    assert again is not None
    again.kill()
    again.wait()


def test_a_process_that_cannot_be_started_fails_nothing() -> None:
    assert not Indexer(("/nowhere/at/all",)).start()


def test_the_worker_starts_it_when_something_is_owed_and_not_otherwise(commune: Commune) -> None:
    commune.indexer = Indexer(QUICK)
    task.run(commune)
    first = commune.indexer._process
    assert first is not None and first.wait() == 0
    turns = indexing.Turns([commune])
    while turns.take():
        pass
    task.run(commune)
    assert commune.indexer._process is first
    index_folder.forget(indexing.folder_of(commune))
    assert task.is_due(commune)


def test_it_writes_what_is_owed_and_ends(commune: Commune, host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "LINGER_SECONDS", 0.05)
    monkeypatch.setattr(indexing, "TIDY_SECONDS", 0.01)
    monkeypatch.setattr(indexing, "PAUSE_SECONDS", 0.02)
    indexing.run([commune], host)
    assert found(commune, "lavoir") == (1, False)
    with index_folder.written_alone(host) as alone:
        assert alone


def test_it_leaves_the_lock_to_who_asks_for_it_and_does_not_wait_for_it(commune: Commune, host: Path) -> None:
    with index_folder.written_alone(host) as alone:
        assert alone
        indexing.run([commune], host)  # ends at once
    assert found(commune, "lavoir") == (1, True)
    turns = Leaving(host)
    indexing._take_turns(turns, host)  # type: ignore[arg-type]
    assert turns.taken == 1


class Leaving:
    """Turns during which somebody asks for the lock."""

    def __init__(self, data: Path) -> None:
        self._data, self.taken = data, 0

    def take(self) -> bool:
        self.taken += 1
        (self._data / indexing.WANTED).touch()
        return True


def test_rebuild_makes_it_anew_and_state_tells(commune: Commune, host: Path) -> None:
    runner = CliRunner()
    assert "index absent ou abîmé, en retard de 42 changements" in runner.invoke(commands, ["index", "state"]).output
    answer = runner.invoke(commands, ["index", "rebuild", "valombre"])
    assert (answer.exit_code, answer.output) == (0, "Valombre-sur-Lys : index de 43 documents\n")
    assert runner.invoke(commands, ["index", "state"]).output == "Valombre-sur-Lys : index de 43 documents, à jour\n"
    assert not (host / indexing.WANTED).exists()
    unknown = runner.invoke(commands, ["index", "rebuild", "valombe"])
    assert unknown.exit_code == 2


def test_rebuild_shows_in_a_terminal_how_far_it_is(
    commune: Commune, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "PAGE", 1)
    assert list(indexing.made_anew(commune)) == [(1, 2), (2, 2), (2, 2)]
    monkeypatch.setattr(demo_terminal, "sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True)))
    shown = CliRunner().invoke(commands, ["index", "rebuild"]).output
    assert "valombre ███████████████░░░░░░░░░░░░░░░  50 %" in shown and "100 %\n" in shown


def test_a_rebuild_that_is_killed_leaves_the_index_in_use(commune: Commune, host: Path) -> None:
    assert CliRunner().invoke(commands, ["index", "rebuild"]).exit_code == 0
    killed = subprocess.run([sys.executable, "-c", HALF_A_REBUILD], check=False, env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    assert len(generations(host)) == 2
    assert found(commune, "lavoir") == (1, False)
    assert CliRunner().invoke(commands, ["index", "rebuild"]).exit_code == 0
    assert len(generations(host)) == 1
    assert found(commune, "lavoir") == (1, False)


def test_a_killed_first_rebuild_owes_everything_still(commune: Commune, host: Path) -> None:
    subprocess.run([sys.executable, "-c", HALF_A_REBUILD], check=False, env=dict(os.environ))
    with commune.reading() as site:
        assert count_owed(site) == 42  # 40 measures and 2 discussions
    assert found(commune, "lavoir") == (1, True)


def test_an_index_found_damaged_is_made_again_once_it_is_old(
    commune: Commune, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CliRunner().invoke(commands, ["index", "rebuild"])
    folder = indexing.folder_of(commune)
    index_folder.suspect(folder)
    assert not index_folder.must_be_made(folder)
    monkeypatch.setattr(index_folder, "BELIEVED_SECONDS", 0.0)
    SystemClock().sleep(0.01)
    assert index_folder.must_be_made(folder)


def generations(host: Path) -> list[Path]:
    return [path for path in (host / "valombre" / "index").iterdir() if path.is_dir()]
