"""The tools of `make check` refuse what they are there to refuse."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.house.sources import REPOSITORY

TOOLS = Path(sys.executable).parent
BANNED = {
    "the wall clock": "from datetime import datetime\n\nNOW = datetime.now()\n",
    "UTC now": "import datetime\n\nNOW = datetime.datetime.utcnow()\n",
    "today": "from datetime import date\n\nTODAY = date.today()\n",
    "time.time": "import time\n\nNOW = time.time()\n",
    "time.monotonic": "from time import monotonic\n\nNOW = monotonic()\n",
    "time.sleep": "import time\n\ntime.sleep(1)\n",
    "random": "import random\n\nN = random.random()\n",
    "secrets": "from secrets import token_bytes\n\nN = token_bytes(8)\n",
    "uuid4": "from uuid import uuid4\n\nN = uuid4()\n",
    "os.urandom": "import os\n\nN = os.urandom(8)\n",
    "the database's clock": "from sqlalchemy import func\n\nNOW = func.now()\n",
}


def tool(*command: str, **options: object) -> subprocess.CompletedProcess[str]:
    """A tool of the environment, run at the top of the repository."""
    program, *arguments = command
    return subprocess.run(
        [str(TOOLS / program), *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def ruff(source: str, pretend: str) -> subprocess.CompletedProcess[str]:
    """What ruff says of this source if it stood at that path."""
    return tool("ruff", "check", "--no-cache", "--select", "TID251", "--stdin-filename", pretend, "-", input=source)


@pytest.mark.parametrize("source", BANNED.values(), ids=BANNED.keys())
def test_ruff_refuses_time_and_randomness_in_a_service(source: str) -> None:
    answer = ruff(source, "pop_forum/services/invented.py")
    assert answer.returncode == 1, answer.stderr
    assert "TID251" in answer.stdout


def test_ruff_lets_the_clock_read_the_clock() -> None:
    assert ruff(BANNED["the wall clock"], "pop_forum/adapters/clock.py").returncode == 0


def test_the_import_contracts_hold() -> None:
    answer = tool("lint-imports", "--no-cache")
    assert answer.returncode == 0, answer.stdout


def test_a_service_that_imports_the_web_breaks_a_contract(tmp_path: Path) -> None:
    """A small copy of the house with one arrow that points up."""
    package = tmp_path / "pop_forum"
    for folder in ("", "services", "web"):
        (package / folder).mkdir(parents=True, exist_ok=True)
        (package / folder / "__init__.py").write_text("", "utf-8")
    (package / "services" / "bold.py").write_text("from pop_forum import web\n", "utf-8")
    (tmp_path / ".importlinter").write_text(
        "[importlinter]\nroot_package = pop_forum\n[importlinter:contract:floors]\nname = Arrows point down\n"
        "type = layers\nlayers =\n    pop_forum.web\n    pop_forum.services\n",
        "utf-8",
    )
    answer = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "bold" in answer.stdout
