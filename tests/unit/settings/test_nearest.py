"""What is proposed for a name that nobody knows: one that may have been meant, or where all of them are."""

import difflib
from collections.abc import Callable

import pytest

from pop_forum.errors import SettingsError
from pop_forum.settings import Host
from pop_forum.settings.reading import ALIKE, DOCUMENTED, MOST_LISTED, listed, nearest

Refusal = Callable[..., str]
KNOWN = ("name", "population", "languages", "coordinates")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("poplation", "population"), ("Population", "population"), ("language", "languages"), ("nane", "name")],
)
def test_a_name_that_is_nearly_right_is_proposed(typed: str, meant: str) -> None:
    assert nearest(typed, KNOWN, DOCUMENTED) == f" Vouliez-vous «\u202f{meant}\u202f»\u202f?"


@pytest.mark.parametrize("typed", ["zzz", "", "couleur", "é" * 5_000, "x"])
def test_a_name_that_looks_like_none_gets_no_guess(typed: str) -> None:
    assert nearest(typed, KNOWN, DOCUMENTED) == f" {DOCUMENTED}"
    assert nearest(typed, KNOWN) == "" == nearest(typed, ())


def test_the_limit_is_between_a_slip_and_another_word() -> None:
    at, below = "abc12", "ab123"  # three letters of five in common, and two
    assert difflib.SequenceMatcher(None, at, "abcde").ratio() == ALIKE
    assert nearest(at, ["abcde"]) and not nearest(below, ["abcde"])


def test_what_all_names_begin_with_does_not_make_them_alike() -> None:
    with pytest.raises(SettingsError) as caught:
        Host.from_environment({"POP_FORUM_ZZZZ": "1"})
    assert "Vouliez-vous" not in str(caught.value) and "docs/guides/reglages.md" in str(caught.value)


def test_a_key_of_a_commune_that_looks_like_none_leads_to_the_guide(refusal: Refusal) -> None:
    assert "« xyz ». Toutes les clés sont dans docs/guides/reglages.md." in refusal({"xyz": 1})


def test_what_there_is_is_listed_up_to_a_limit() -> None:
    names = [f"c{number:02}" for number in range(MOST_LISTED + 1)]
    assert listed(names[:-1]).endswith(f", {names[-2]}.") and "autre" not in listed(names[:-1])
    assert listed(names).endswith(f", {names[-2]} et 1 autre.") and listed([]) == ""
    assert listed([*names, "d"]).endswith(" et 2 autres.")
