"""`pop_forum demo` as a person meets it: first run, second run, Ctrl-C, and what goes wrong in one sentence."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pop_forum.cli import demo_places
from pop_forum.cli.demo_check_visitor import Visitor
from pop_forum.cli.demo_places import SLUGS, free_ports
from pop_forum.cli.demo_seeding import PASSWORD

_visitors: list[Visitor] = []


def visit(authority: str) -> Visitor:
    """A browser that is closed after the test."""
    _visitors.append(Visitor(authority))
    return _visitors[-1]


@pytest.fixture(scope="module", autouse=True)
def close_visitors() -> Iterator[None]:
    """Close every browser: an unclosed socket is an error."""
    yield
    while _visitors:
        _visitors.pop().close()


READY = "Ctrl-C arrête tout"
START_SECONDS = 120


def command(*arguments: object) -> list[str]:
    """The command line of the demonstration."""
    return [sys.executable, "-m", "pop_forum", "demo", *map(str, arguments)]


def refused(*arguments: object) -> str:
    """The one sentence with which the demonstration refuses to start."""
    run = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60)
    assert run.returncode == 2, run.stdout + run.stderr
    assert len(run.stderr.splitlines()) == 1
    return run.stderr


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """What the demonstration printed until it was ready; Ctrl-C at the end, which must be clean."""
    with subprocess.Popen(command("--data", folder, "--port", port), stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if READY in line:
                break
        try:
            yield "".join(lines)
        finally:
            demo.send_signal(signal.SIGINT)
            rest = demo.stdout.read()
        assert demo.wait(30) == 0
        assert "Tout est arrêté" in rest
    assert processes_of(folder) == []


def processes_of(folder: Path) -> list[str]:
    """The command lines of processes that have to do with this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            environment = (path / "environ").read_bytes() + (path / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in environment and int(path.name) != os.getpid():
            found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def status(port: int, slug: str, path: str) -> int:
    """How one of the sites answers a visitor."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", path, headers={"Host": f"{slug}.localhost:{port}"})
    answer = line.getresponse().status
    line.close()
    return answer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A demonstration that ran once."""
    folder, port = tmp_path_factory.mktemp("demo") / "data", free_ports(1)[0]
    with running(folder, port) as said:
        for slug in SLUGS:
            assert f"http://{slug}.localhost:{port}" in said
            for path in ("/", "/programme", "/quotidien", "/reseau"):
                assert status(port, slug, path) == 200
        assert "Les trois communes sont d’accord" in said
        assert PASSWORD in said
        for mail in re.findall(r"\S+@valombre\.example", said):
            visit(f"valombre.localhost:{port}").sign_in(mail, PASSWORD)
    yield folder, port
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(300)
def test_a_second_run_starts_in_seconds_and_keeps_what_was_written(made: tuple[Path, int]) -> None:
    folder, port = made
    with running(folder, port):
        person = visit(f"valombre.localhost:{port}")
        person.sign_in("habitante@valombre.example", PASSWORD)
        key = person.open_thread("Est-ce encore là demain ?", "Je l’écris avant d’arrêter.")
    started = time.monotonic()
    with running(folder, port) as said:
        assert time.monotonic() - started < START_SECONDS / 4
        assert "Programme commun, comptes" not in said
        assert "Est-ce encore là demain" in visit(f"valombre.localhost:{port}").page(f"/discussions/{key}")


@pytest.mark.timeout(300)
def test_what_one_commune_shares_is_read_in_the_two_others(made: tuple[Path, int]) -> None:
    folder, port = made
    with running(folder, port):
        person = visit(f"pont-hervel.localhost:{port}")
        person.sign_in("habitante@pont-hervel.example", PASSWORD)
        assert person.open_thread("Une question pour les trois communes", "Qui a une remorque ?")
        for slug in ("valombre", "sainte-aure"):
            reader = visit(f"{slug}.localhost:{port}")
            end = time.monotonic() + 60
            while "Une question pour les trois communes" not in reader.page("/quotidien") + reader.page("/reseau"):
                assert time.monotonic() < end
                time.sleep(0.1)


def test_another_port_for_the_same_data_is_refused(made: tuple[Path, int]) -> None:
    folder, port = made
    assert f"le port {port}" in refused("--data", folder, "--port", free_ports(1)[0])


def test_a_port_in_use_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Le port {port} est déjà pris" in refused("--data", tmp_path / "data", "--port", port)
    assert not (tmp_path / "data").exists()


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lettre.txt").write_text("à garder")
    for option in ("--reset", "--port=8099"):
        assert "autre chose qu’une démonstration" in refused("--data", tmp_path, option)
    assert (tmp_path / "lettre.txt").read_text() == "à garder"


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_places, "NEEDED_BYTES", 10**18)
    with pytest.raises(demo_places.SettingsError, match="presque plein"):
        demo_places.prepare_folder(tmp_path / "data", 8080, reset=False)


def test_a_half_made_demonstration_is_thrown_away(tmp_path: Path) -> None:
    assert demo_places.prepare_folder(tmp_path / "data", 8080, reset=False) is False
    (tmp_path / "data" / "half").write_text("")
    assert demo_places.prepare_folder(tmp_path / "data", 8080, reset=False) is False
    assert not (tmp_path / "data" / "half").exists()
    demo_places.write_mark(tmp_path / "data", 8080, complete=True)
    (tmp_path / "data" / "whole").write_text("")
    assert demo_places.prepare_folder(tmp_path / "data", 8080, reset=False) is True
    assert (tmp_path / "data" / "whole").exists()
    assert demo_places.prepare_folder(tmp_path / "data", 8080, reset=True) is False
    assert not (tmp_path / "data" / "whole").exists()
