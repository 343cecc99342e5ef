"""What the tests of the house read: the repository's folders, the package's modules as syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGE = REPOSITORY / "pop_forum"
TEMPLATES = REPOSITORY / "templates"
GUIDES = REPOSITORY / "docs" / "guides"


def modules() -> list[Path]:
    """Every Python file of the package."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def name(path: Path) -> str:
    """A file as the tests call it: its path from the top of the repository."""
    return path.relative_to(REPOSITORY).as_posix()


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """(line, method) of each `something.method(…)` in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr


def handlers(path: Path) -> Iterator[tuple[int, str]]:
    """(line, class) of each exception that a file catches; a bare `except` catches ''."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            for one in caught:
                yield node.lineno, "" if one is None else ast.unparse(one)
