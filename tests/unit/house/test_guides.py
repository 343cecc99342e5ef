"""The guides are complete: every command, option and error code is described, and nothing that does not exist."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import click
import pytest

import pop_forum
from pop_forum.app import MAX_BODY_BYTES
from pop_forum.cli.root import commands
from pop_forum.errors import ForumError
from pop_forum.web.door import MOST_WAITING, PATIENCE_SECONDS, SLOWEST_BYTES_PER_SECOND
from pop_forum.web.pictures import UPLOAD_BYTES
from tests.unit.house.sources import GUIDES, REPOSITORY

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
HEADING = re.compile(r"(?m)^#{2,3} `pop_forum ([^`]+)`")


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """("user create", command) of every command that does something by itself."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for word in command.list_commands(context):
            child = command.get_command(context, word)
            assert child is not None
            yield from leaves(child, (*path, word))
    else:
        yield " ".join(path), command


def shown(argument: click.Argument) -> str:
    """An argument as `--help` names it, without brackets: COMMUNE."""
    return re.sub(r"[^A-Z_]", "", argument.metavar or (argument.name or "").upper())


ALL = dict(leaves(commands))
AT_IMPORT = ("pop_forum.__main__", "pop_forum.worker", "pop_forum.migrations.")  # these act when they are imported


def tree(kind: type[ForumError] = ForumError) -> Iterator[type[ForumError]]:
    """An error and all that derive from it."""
    yield kind
    for derived in kind.__subclasses__():
        yield from tree(derived)


def codes() -> dict[str, type[ForumError]]:
    """Each code and its error, in every module of the package."""
    for module in pkgutil.walk_packages(pop_forum.__path__, "pop_forum."):
        if not module.name.startswith(AT_IMPORT):
            import_module(module.name)
    return {kind.code: kind for kind in reversed(list(tree())) if kind.__module__.startswith("pop_forum.")}


CODES = codes()


def sections() -> dict[str, str]:
    """The part of commandes.md about each command."""
    text = (GUIDES / "commandes.md").read_text("utf-8")
    heads = list(HEADING.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {
        " ".join(word for word in head[1].split() if word.islower()): text[head.start() : end]
        for head, end in zip(heads, ends, strict=True)
    }


def test_the_guide_has_a_section_for_each_command_and_no_other() -> None:
    assert set(sections()) == set(ALL)


@pytest.mark.parametrize("path", sorted(ALL))
def test_each_option_and_argument_of_a_command_is_described(path: str) -> None:
    section = sections()[path]
    heading = section.splitlines()[0]
    parameters = ALL[path].params
    options = {one.opts[0] for one in parameters if isinstance(one, click.Option) and not one.hidden}
    arguments = {shown(one) for one in parameters if isinstance(one, click.Argument)}
    assert set(re.findall(r"(?m)^\| `(--[a-z-]+)", section)) == options
    assert set(re.findall(r"\b[A-Z_]{2,}\b", heading)) == arguments


@pytest.mark.parametrize("code", sorted(CODES))
def test_each_error_code_has_its_row_with_its_status(code: str) -> None:
    kind = CODES[code]
    rows = [line for line in (GUIDES / "erreurs.md").read_text("utf-8").splitlines() if f"| `{code}` |" in line]
    assert len(rows) == 1
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
    assert cells[1] == str(kind.status)
    assert cells[2] == ("oui" if kind.retry else "non")
    assert len(cells[4]) > 20, "an advice"


def test_no_error_code_is_described_that_does_not_exist() -> None:
    named = re.findall(r"(?m)^\| `([a-z-]+)` \| \d{3}", (GUIDES / "erreurs.md").read_text("utf-8"))
    assert sorted(named) == sorted(CODES)


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
    broken = [
        f"{path.relative_to(REPOSITORY)}: {target}"
        for path in documents
        for target in LINK.findall(path.read_text("utf-8"))
        if not target.startswith(("http:", "https:", "mailto:", "javascript:")) and not (path.parent / target).exists()
    ]
    assert broken == []


def test_decisions_are_numbered_without_a_gap_and_fit_on_a_page() -> None:
    pages = sorted((REPOSITORY / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text("utf-8")
        assert all(f"## {part}" in text for part in ("Context", "Decision", "Consequences")), page.name
        assert len(text.splitlines()) <= 60, page.name


def test_the_changelog_keeps_the_form_of_keep_a_changelog() -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]" in text
    allowed = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"(?m)^### (\w+)$", text)) <= allowed


def test_the_attacks_marked_as_tested_are_those_with_a_test_of_their_name() -> None:
    catalogue = (REPOSITORY / "docs" / "design" / "reliability.md").read_text("utf-8")
    marked = re.findall(r"(?m)^\| (\d+) ● \|", catalogue)
    tests = "\n".join(path.read_text("utf-8") for path in (REPOSITORY / "tests").rglob("test_*.py"))
    names = re.findall(r"def test_rows?_(\d+(?:_and_\d+)*)", tests)
    known = re.findall(r"(?m)^\| (\d+) (?:● )?\| [A-Z]", catalogue)
    assert marked
    assert set(marked) == {number for name in names for number in name.split("_and_")} & set(known)


def test_the_proxies_of_the_guide_let_through_what_the_site_takes() -> None:
    guide = (GUIDES / "installer.md").read_text("utf-8")
    [caddy], [nginx] = re.findall(r"max_size (\d+)MiB\n", guide), re.findall(r"client_max_body_size (\d+)m;", guide)
    mebibyte = 1024 * 1024
    assert int(caddy) == int(nginx) == UPLOAD_BYTES // mebibyte + 1 and UPLOAD_BYTES % mebibyte == 0
    for told in (
        f"{UPLOAD_BYTES // mebibyte} Mio, 413",
        f"{MAX_BODY_BYTES // mebibyte} Mio pour tout autre",
        f"{PATIENCE_SECONDS:.0f} s, et une de plus par {SLOWEST_BYTES_PER_SECOND // 1024} Kio",
        f"{MOST_WAITING // mebibyte} Mio en attente",
    ):
        assert told in guide, told
