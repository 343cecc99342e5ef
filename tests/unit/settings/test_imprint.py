"""What a commune adds to the imprint of its printed documents."""

from collections.abc import Callable

from pop_forum.settings import Instance
from pop_forum.settings.imprint import LONGEST_LINE, MOST_LINES
from tests.unit.settings.conftest import VALID


def with_lines(*lines: str) -> str:
    quoted = ", ".join(f'"{line}"' for line in lines)
    return f"imprint = [{quoted}]\n{VALID}"


def test_nothing_is_added_unless_it_is_set(load: Callable[..., Instance]) -> None:
    assert load().imprint == ()


def test_lines_are_kept_in_their_order(load: Callable[..., Instance]) -> None:
    assert load(raw=with_lines("Imprimé par nos soins.", "Ne pas jeter.")).imprint == (
        "Imprimé par nos soins.",
        "Ne pas jeter.",
    )


def test_the_longest_and_the_most_pass(load: Callable[..., Instance]) -> None:
    assert len(load(raw=with_lines(*["x" * LONGEST_LINE] * MOST_LINES)).imprint) == MOST_LINES


def test_one_more_is_refused(load: Callable[..., Instance], refusal: Callable[..., str]) -> None:
    assert "« imprint » compte 7 lignes, 6 au plus" in refusal(raw=with_lines(*["x"] * (MOST_LINES + 1)))
    assert "« imprint » a une ligne de plus de 200 caractères" in refusal(raw=with_lines("x" * (LONGEST_LINE + 1)))
