"""What the system refuses is told at the terminal in one French sentence."""

import errno
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pop_forum.cli.errors import SYSTEM, sentence
from pop_forum.cli.root import commands

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
