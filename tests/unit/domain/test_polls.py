"""Polls: what may be asked and for how long, at each limit and one past it, and how votes are counted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain import polls as rule
from pop_forum.domain.text import TextTooLong
from pop_forum.errors import InvalidInput

NOW = datetime(2026, 3, 14, 17, 0, tzinfo=UTC)
INSTANT = timedelta(milliseconds=1)


@pytest.mark.parametrize("count", [rule.OPTIONS_LEAST, rule.OPTIONS_MOST])
def test_as_many_answers_as_the_limits_allow(count: int) -> None:
    assert len(rule.read_options(f"Réponse {number}" for number in range(count))) == count


@pytest.mark.parametrize("count", [0, rule.OPTIONS_LEAST - 1, rule.OPTIONS_MOST + 1])
def test_one_answer_less_or_more_is_refused(count: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        rule.read_options(f"Réponse {number}" for number in range(count))
    assert refusal.value.public == (rule.TOO_MANY if count > 2 else rule.TOO_FEW)


def test_an_answer_is_as_long_as_its_limit_and_no_longer() -> None:
    assert rule.read_options(["é" * rule.OPTION_CHARS, "non"])[0] == "é" * rule.OPTION_CHARS
    with pytest.raises(InvalidInput, match="long"):
        rule.read_options(["é" * (rule.OPTION_CHARS + 1), "non"])


def test_a_question_is_as_long_as_its_limit_and_no_longer() -> None:
    assert rule.read_question("q" * rule.QUESTION_CHARS) == "q" * rule.QUESTION_CHARS
    with pytest.raises(TextTooLong):
        rule.read_question("q" * (rule.QUESTION_CHARS + 1))
    assert rule.read_question(" \u200b ") == ""


def test_answers_are_cleaned_and_differ() -> None:
    assert rule.read_options(["  Le  mardi ", "", " \u2066", "Le jeudi"]) == ("Le mardi", "Le jeudi")
    with pytest.raises(InvalidInput) as refusal:
        rule.read_options(["Le mardi", "le MARDI"])
    assert refusal.value.public == rule.TWICE


@pytest.mark.parametrize("lasts", [rule.SHORTEST, rule.LONGEST])
def test_a_poll_lasts_as_long_as_its_limits_allow(lasts: timedelta) -> None:
    rule.check_end(NOW, NOW + lasts)


@pytest.mark.parametrize("lasts", [rule.SHORTEST - INSTANT, rule.LONGEST + INSTANT, -rule.SHORTEST])
def test_a_poll_lasts_no_moment_less_or_more(lasts: timedelta) -> None:
    with pytest.raises(InvalidInput):
        rule.check_end(NOW, NOW + lasts)


@pytest.mark.parametrize("text", ["2026-03-14T18:00", " 2026-03-14 18:00 "])
def test_an_end_is_said_on_the_clocks_of_paris(text: str) -> None:
    assert rule.read_moment(text) == NOW


@pytest.mark.parametrize(
    "text",
    ["", "demain", "2026-03-14T18:00Z", "2026-03-14T18:00+05:00", "0001-01-01T00:00", "2026-02-30T10:00", "9" * 99],
)
def test_row_77_an_end_that_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        rule.read_moment(text)


def test_a_ballot_says_choices_among_the_answers() -> None:
    assert rule.ballot([2], 3, multiple=False) == 0b100
    assert rule.ballot([0, 2, 2], 3, multiple=True) == 0b101


@pytest.mark.parametrize(("choices", "multiple"), [([], True), ([3], True), ([-1], False), ([0, 1], False)])
def test_a_ballot_says_nothing_else(choices: list[int], multiple: bool) -> None:
    with pytest.raises(InvalidInput):
        rule.ballot(choices, 3, multiple=multiple)


@given(st.lists(st.frozensets(st.integers(0, rule.OPTIONS_MOST - 1), min_size=1), max_size=40))
def test_what_was_chosen_is_what_is_counted(voted: list[frozenset[int]]) -> None:
    ballots = [(rule.ballot(one, rule.OPTIONS_MOST, multiple=True), 1) for one in voted]
    assert [rule.choices_of(said) for said, _ in ballots] == voted
    voters, counts = rule.tally(ballots, rule.OPTIONS_MOST)
    assert voters == len(voted)
    assert list(counts) == [sum(place in one for one in voted) for place in range(rule.OPTIONS_MOST)]
    assert all(0 <= share <= 100 for share in rule.shares(voters, counts))


def test_ballots_that_say_the_same_are_counted_together() -> None:
    assert rule.tally([(0b01, 2), (0b11, 1)], 2) == (3, (3, 1))


def test_a_share_is_of_a_hundred_voters() -> None:
    assert rule.shares(8, (1, 3, 4)) == (13, 38, 50)
    assert rule.shares(0, (0, 0)) == (0, 0)
