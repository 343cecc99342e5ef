"""What the system refuses is told at the terminal in one French sentence."""

import errno
import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from pop_forum.cli import demo_places, processes, user
from pop_forum.cli.archive import held
from pop_forum.cli.errors import Commands, sentence
from pop_forum.cli.help import FrenchCommand
from pop_forum.cli.root import commands
from pop_forum.errors import SYSTEM, SettingsError

MAKEFILE = Path(__file__).parents[2] / "Makefile"


@pytest.mark.parametrize("number", sorted(SYSTEM))
def test_a_refusal_of_the_system_is_in_french(number: int) -> None:
    said = sentence(OSError(number, os.strerror(number), "/nulle/part"))
    assert os.strerror(number) not in said and said.endswith("(/nulle/part).")


def test_a_folder_below_a_file_is_refused_in_french(tmp_path: Path) -> None:
    (tmp_path / "hosts").touch()
    result = CliRunner().invoke(commands, ["demo", "--data", str(tmp_path / "hosts" / "x")], standalone_mode=True)
    assert result.exit_code == 2
    assert SYSTEM[errno.EEXIST] in result.stderr or SYSTEM[errno.ENOTDIR] in result.stderr
    assert "exists" not in result.stderr and "directory" not in result.stderr


@pytest.mark.parametrize("said", ["Temporary failure resolving 'deb.debian.org'", "Could not resolve host: pypi.org"])
def test_make_knows_a_missing_network_by_the_words_of_apt_and_of_pip(said: str) -> None:
    patterns = re.findall(r'\*"([^"]+)"\*', MAKEFILE.read_text("utf-8"))
    assert any(pattern in said for pattern in patterns)


def test_a_folder_that_cannot_be_made_is_told_with_what_to_do() -> None:
    result = CliRunner().invoke(commands, ["demo", "--data", "/proc/x"], standalone_mode=True)
    assert result.exit_code == 2 and "ne peut pas être créé" in result.stderr and "DATA=" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_empty_port_is_refused_in_one_sentence() -> None:
    result = CliRunner().invoke(commands, ["demo", "--port", ""], standalone_mode=True)
    assert result.exit_code == 2 and "1024" in result.stderr and len(result.stderr.strip().splitlines()) == 1


def make(folder: Path, *words: str, python: str = "false") -> subprocess.CompletedProcess[str]:
    """What make says in a folder that holds what the installation needs to know."""
    for name in ("Makefile", "setup.cfg", "pyproject.toml", "constraints.txt"):
        shutil.copy(MAKEFILE.parent / name, folder)
    command = ["make", "-C", str(folder), f"PYTHON={python}", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("port", ["80", "1023", "65536", "999999", "abc", "80 81", ""])
@pytest.mark.parametrize("target", ["demo", "demo-reset"])
def test_make_refuses_a_port_before_it_installs_anything(tmp_path: Path, target: str, port: str) -> None:
    said = make(tmp_path, target, f"PORT={port}")
    assert said.returncode == 2 and "PORT doit être un nombre de 1024 à 65535" in said.stderr
    assert "Python" not in said.stderr and not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("port", ["1024", "65535"])
def test_make_goes_on_with_a_port_that_may_be_used(tmp_path: Path, port: str) -> None:
    assert "Python" in make(tmp_path, "demo", f"PORT={port}").stderr


def test_a_second_installation_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    with (tmp_path / "build" / "installation.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        said = make(tmp_path, "demo", python=sys.executable)
    assert said.returncode == 2 and "Une autre installation est en cours dans ce dossier" in said.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_home_folder_is_understood_and_nothing_is_left_beside_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "essai").mkdir()
    (tmp_path / "essai" / "autre.txt").touch()
    monkeypatch.chdir(tmp_path)
    port = str(demo_places.free_ports(1)[0])
    result = CliRunner().invoke(commands, ["demo", "--data", "~/essai", "--port", port], standalone_mode=True)
    assert result.exit_code == 2 and "autre chose qu’une démonstration" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["essai"]


def test_two_demonstrations_do_not_share_a_folder_and_an_ended_one_frees_it(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with demo_places.held_alone(folder):
        demo_places.prepare_folder(folder, 8080, reset=False)
        with pytest.raises(SettingsError, match="tourne déjà"), demo_places.held_alone(folder):
            pass
        (folder / "communes").mkdir()
        demo_places.prepare_folder(folder, 8080, reset=True)
        assert [path.name for path in folder.iterdir()] == [demo_places.MARK]
        with pytest.raises(SettingsError, match="tourne déjà"), demo_places.held_alone(folder):
            pass
    with demo_places.held_alone(folder):
        pass


@pytest.mark.parametrize(
    ("address", "said"),
    [("nimporte.invalid", "cette machine ne connaît pas ce nom"), ("192.0.2.1", "cette machine n’a pas cette adresse")],
)
def test_an_address_that_cannot_be_listened_on_is_said_in_french(address: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        processes._refuse_taken_port(address, 18099)


def test_a_port_that_is_taken_is_said_in_french() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="un autre programme a pris cette adresse"):
            processes._refuse_taken_port("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(("second", "refused"), [("autre chose", True), ("un long secret", False)])
def test_a_password_is_typed_twice_in_french(second: str, refused: bool) -> None:
    @click.command(cls=FrenchCommand)
    @click.option("--password", callback=user._typed)
    def ask(password: str) -> None:
        click.echo(f"reçu {password}")

    group = Commands("essai", commands=[ask])
    result = CliRunner().invoke(group, ["ask"], input=f"un long secret\n{second}\n")
    assert "Le même, encore une fois" in result.output and "Error" not in result.output
    assert result.exit_code == (2 if refused else 0)
    assert ("diffèrent" in result.output) is refused


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            'connection to server at "127.0.0.1", port 1 failed: Connection refused\n\tIs the server running?',
            "n’écoute",
        ),
        ('FATAL:  password authentication failed for user "forum"', "mot de passe"),
        ('FATAL:  database "forum" does not exist', "n’existe pas"),
        ("something that no server has said before", "son journal dit pourquoi"),
    ],
)
def test_a_refusal_of_postgresql_is_one_french_line(said: str, told: str) -> None:
    words = sentence(OperationalError("SELECT 1", {}, Exception(said)))
    assert told in words and "\n" not in words and "Rien n’a été changé." in words
    assert not re.search(r"server|connection|FATAL|database ", words.replace("database_url", ""))


@pytest.mark.parametrize(
    ("counts", "told"),
    [((0, 0), "0 entrée, 0 preuve juste"), ((1, 1), "1 entrée, 1 preuve juste"), ((2, 1), "2 entrées, 1 preuve juste"),
     ((12, 12), "12 entrées, 12 preuves justes")],
)  # fmt: skip
def test_what_was_verified_agrees_in_number(counts: tuple[int, int], told: str) -> None:
    assert held(*counts) == told
