"""For pybabel: the sentences that errors carry, also in layers that know no gettext (errors, services, domain).

An error holds its French sentence; web/errors.py translates it when it answers. This finds them: a class attribute
`public`, the second argument of an exception that is raised, what a BarePage says, and constants in capitals that end
with a full stop, alone or as the values of a dictionary.
"""

import ast
from collections.abc import Iterator
from typing import IO, Any

from babel.messages.extract import extract_python

Found = tuple[int, None, str, list[str]]


def extract(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """Each sentence of a Python file, as pybabel wants it: (line, function, message, comments)."""
    tree = ast.parse(fileobj.read())
    for node in ast.walk(tree):
        for value in _sentences(node):
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value:
                yield value.lineno, None, value.value, []


def extract_with_calls(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """The same and what gettext is called with: views raise errors, and speak for themselves."""
    yield from extract(fileobj, keywords, comment_tags, options)
    fileobj.seek(0)
    yield from extract_python(fileobj, keywords, comment_tags, options)


def _sentences(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return node.exc.args[1:2]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "BarePage":
        return node.args[1:3]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        values = list(node.value.values) if isinstance(node.value, ast.Dict) else [node.value]
        return values if name == "public" else [value for value in values if name.isupper() and _is_sentence(value)]
    return []


def _is_sentence(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.endswith(".")
