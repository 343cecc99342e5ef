"""Every limit of the code is named here with its value: to change one is a decision, and shows in the diff.

The tests of each subject take the value from the code and go up to it and one past it. So they would follow a limit that
somebody doubles by mistake; this list would not.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from tests.unit.house.sources import PACKAGE

LIST = Path(__file__).with_name("limits.txt")
ROOMS = ("db", "domain", "federation", "services", "settings", "web")
LIMIT = re.compile(
    r"MOST|MAX|LIMIT|LONGEST|LARGEST|LEAST|SHORTEST|WITHIN|PATIENCE|KEPT|LEASE|TIMEOUT|BATCH|AT_ONCE|SHOWN"
    r"|(CHARS|BYTES|DAYS|HOURS|MINUTES|SECONDS|PER_MINUTE|LINES|LETTERS|WORDS|DIGITS|ENTRIES|PER_PAGE)$"
)


def limits() -> Iterator[str]:
    """A line for each constant whose name says that it is a limit: its module, its name, its value."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        if module.partition(".")[0] in ROOMS and not module.endswith("__init__"):
            for name in constants(path):
                value = getattr(importlib.import_module(f"pop_forum.{module}"), name)
                if type(value) in (int, float, timedelta):
                    yield f"{module} {name} {value}"


def constants(path: Path) -> Iterator[str]:
    """The names of limits that a file assigns, in their order."""
    for node in ast.parse(path.read_text("utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            for name in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(name, ast.Name) and name.id.isupper() and LIMIT.search(name.id):
                    yield name.id


def test_every_limit_has_the_value_that_is_written_down() -> None:
    told, found = LIST.read_text("utf-8").splitlines(), list(limits())
    assert told == sorted(told), f"{LIST.name} is not in order"
    assert sorted(found) == told, f"new or changed: {sorted(set(found) ^ set(told))}; write it in {LIST.name}"
