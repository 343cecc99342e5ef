"""Rules of docs/design/architecture.md that no tool of its own checks."""

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta

from tests.unit.house.sources import PACKAGE, REPOSITORY, TEMPLATES, calls, handlers, modules, name

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
FUNCTION_LINES = 60
FILE_LINES = 400  # « about 300 »: above this a file holds two nouns

# Where text becomes markup without being escaped, and why that is safe there.
UNESCAPED = {
    "pop_forum/web/fragments.py": "what a macro of ours made, with the token of a form put in it",
    "pop_forum/web/pages.py": "the charter and the legal notice, rendered from the host's own files by render_document",
    "templates/_macros/posts.html": "a message, cleaned by nh3 when it was written",
    "templates/moderation/case.html": "the message that is decided on, cleaned when it was written",
    "templates/moderation/report.html": "the message that is reported, cleaned when it was written",
    "templates/threads/delete.html": "the same message, shown before it is deleted",
    "templates/threads/history.html": "a former text of a message, cleaned when it was written",
    "templates/threads/version.html": "a former text of a message, cleaned when it was written",
    "templates/_macros/writing.html": "a text as its preview shows it, cleaned just now as a message is",
    "templates/threads/reply.html": "the message that is answered, cleaned when it was written",
}


def test_only_db_commits_and_rolls_back() -> None:
    index = PACKAGE / "adapters" / "index_writing.py"  # commits batches of its files, which hold no data of their own
    others = [path for path in modules() if path not in (PACKAGE / "db.py", index)]
    found = [
        f"{name(path)}:{line} .{method}()"
        for path in others
        for line, method in calls(path)
        if method in ("commit", "rollback")
    ]
    assert found == []
    assert "commit" in {method for _, method in calls(PACKAGE / "db.py")}


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    names = {part.removesuffix(".py") for path in modules() for part in path.relative_to(PACKAGE).parts}
    assert names & VAGUE_NAMES == set()


def test_nothing_catches_every_exception() -> None:
    every = {"", "Exception", "BaseException"}
    caught = {(name(path), what) for path in modules() for _, what in handlers(path) if what in every}
    # The connection is closed, then the same exception goes on.
    assert caught == {("pop_forum/adapters/connections.py", "BaseException")}


@pytest.mark.parametrize("path", modules(), ids=name)
def test_a_function_tells_one_story(path: Path) -> None:
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]
    assert long == [] or "migrations" in path.parts
    assert len(path.read_text("utf-8").splitlines()) <= FILE_LINES or "migrations" in path.parts


def test_every_module_says_what_it_is() -> None:
    silent = [name(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == []


def test_text_becomes_markup_in_the_listed_places_only() -> None:
    python = [path for path in modules() if re.search(r"\bMarkup\(|autoescape\s*=\s*False", path.read_text("utf-8"))]
    pages = [path for path in templates() if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text("utf-8"))]
    assert {name(path) for path in python + pages} == set(UNESCAPED)


def test_only_an_html_column_is_marked_safe() -> None:
    """Such a column is filled by domain/markdown.py alone, which cleans what it renders."""
    marked = [word for path in templates() for word in re.findall(r"([\w.]+)\s*\|\s*safe\b", path.read_text("utf-8"))]
    assert marked
    assert {word.rpartition(".")[2] for word in marked} == {"html"}


@pytest.mark.parametrize("path", sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.xml")]), ids=name)
def test_a_template_parses_and_brings_neither_script_nor_style(path: Path) -> None:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    source = path.read_text("utf-8")
    tree = environment.parse(source, filename=str(path))
    missing = [other for other in meta.find_referenced_templates(tree) if other and not (TEMPLATES / other).is_file()]
    assert missing == []
    assert re.findall(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=\"", source) == []


def test_the_site_runs_its_templates_under_strict_undefined() -> None:
    assert "jinja_env.undefined = StrictUndefined" in (REPOSITORY / "pop_forum/web/__init__.py").read_text("utf-8")


def templates() -> list[Path]:
    """Every Jinja template."""
    return sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.xml")])
