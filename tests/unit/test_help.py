"""`--help` of every command and group is in French throughout, and so is what Celery says of a broker that is away."""

import logging
import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from pop_forum.cli.root import commands

ENGLISH = re.compile(
    r"Usage:|Options:|Commands|Arguments:|Show |and exit|default:|required|\bCOMMAND\b|ARGS|INTEGER|\bTEXT\b",
    re.MULTILINE,
)


def walk(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that lead to each command."""
    yield words
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from walk(below, (*words, name))


@pytest.mark.parametrize("words", list(walk(commands)), ids=" ".join)
def test_the_help_of_a_command_is_in_french(words: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(commands, [*words, "--help"], prog_name="pop_forum")
    assert answer.exit_code == 0
    assert "Usage\u00a0: pop_forum" in answer.output and "Affiche cette aide." in answer.output
    assert ENGLISH.findall(answer.output) == []


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("consumer: Cannot connect to %s: %s.\n%s", ("redis://127.0.0.1:1/0", "Error 111", "Trying again")),
        ("%s (%r)", ("consumer: Connection to broker lost. Trying to re-establish the connection...", OSError())),
    ],
)
def test_a_broker_that_is_away_is_told_in_french(message: str, arguments: tuple[object, ...]) -> None:
    from pop_forum.adapters.queue import BROKER_AWAY, InFrench

    record = logging.LogRecord("celery", logging.ERROR, "", 0, message, arguments, None)
    assert InFrench().filter(record)
    assert record.getMessage() == BROKER_AWAY


def test_other_words_of_celery_stay() -> None:
    from pop_forum.adapters.queue import InFrench

    record = logging.LogRecord("celery", logging.ERROR, "", 0, "Task %s failed", ("x",), None)
    assert InFrench().filter(record)
    assert record.getMessage() == "Task x failed"
