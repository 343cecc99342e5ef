"""Every limit of the code is named here with its value: to change one is a decision, and shows in the diff.

The tests of each subject take the value from the code and go up to it and one past it. So they would follow a limit
that somebody doubles by mistake; this list does not.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.unit.house.sources import PACKAGE, modules

LIST = Path(__file__).with_name("limits.txt")
ROOMS = ("db", "domain", "federation", "services", "settings", "web")
LIMIT = re.compile(
    r"MOST|MAX|LIMIT|LONGEST|LARGEST|LEAST|SHORTEST|WITHIN|PATIENCE|KEPT|LEASE|TIMEOUT|BATCH|AT_ONCE|SHOWN"
    r"|(CHARS|BYTES|DAYS|HOURS|MINUTES|SECONDS|PER_MINUTE|LINES|LETTERS|WORDS|DIGITS|ENTRIES|PER_PAGE)$"
)


def limits() -> Iterator[str]:
    """A line for each constant whose name says that it is a limit: its module, its name, its value as it is written."""
    for path in modules():
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        if module.partition(".")[0] in ROOMS:
            for name, value in constants(path):
                if LIMIT.search(name) and holds_a_number(value):
                    yield f"{module} {name} {ast.unparse(value)}"


def constants(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """The constants that a file assigns, with what is assigned to each."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
            yield node.target.id, node.value
        elif isinstance(node, ast.Assign):
            [target], value = node.targets, node.value
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = zip(target.elts, value.elts, strict=True)
            else:
                pairs = zip([target], [value], strict=True)
            yield from ((name.id, held) for name, held in pairs if isinstance(name, ast.Name) and name.id.isupper())


def holds_a_number(value: ast.expr) -> bool:
    """Whether this is a number, a sum or product of some, or a duration."""
    allowed = (ast.Constant, ast.BinOp, ast.Call, ast.Name, ast.Attribute, ast.keyword, ast.operator, ast.expr_context)
    parts = list(ast.walk(value))
    numbers = [one for one in parts if isinstance(one, ast.Constant) and type(one.value) in (int, float)]
    texts = [one for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str | bytes)]
    calls = [one for one in parts if isinstance(one, ast.Call) and ast.unparse(one.func) != "timedelta"]
    return bool(numbers) and not texts and not calls and all(isinstance(one, allowed) for one in parts)


def test_every_limit_has_the_value_that_is_written_down() -> None:
    told, found = LIST.read_text("utf-8").splitlines(), list(limits())
    assert told == sorted(told), f"{LIST.name} is not in order"
    assert sorted(found) == told, f"new or changed: {sorted(set(found) ^ set(told))}; write it in {LIST.name}"
