"""Long texts together on one page: who is shortened, and what the beginning of a text looks like."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain.markdown import render
from pop_forum.domain.shortening import MORE, beginning, share, weight


@pytest.mark.parametrize(
    ("weights", "total", "most"),
    [([10, 20, 30], 60, 60), ([10, 20, 30], 59, 29), ([100, 100], 100, 50), ([5, 100, 100], 105, 50), ([], 7, 7)],
)
def test_the_longest_are_shortened_first_and_short_ones_stay_whole(weights: list[int], total: int, most: int) -> None:
    assert share(weights, total) == most


@given(st.lists(st.integers(0, 500), max_size=30), st.integers(0, 3_000))
def test_all_together_they_stay_within_the_total(weights: list[int], total: int) -> None:
    assert sum(min(each, share(weights, total)) for each in weights) <= total


def test_a_text_that_fits_is_whole_and_one_byte_less_shortens_it() -> None:
    text = "<p>Un été à la gare.</p>"
    assert beginning(text, weight(text)) == text
    assert beginning(text, weight(text) - 5) == f"<p>Un été à la{MORE}</p>"


@pytest.mark.parametrize(
    ("most", "shown"),
    [(40, "<ul><li>un <b>deux…</b></li></ul>"), (14, "<ul><li>un…</li></ul>"), (3, "…")],
)
def test_elements_are_closed_and_none_is_left_empty(most: int, shown: str) -> None:
    assert beginning("<ul><li>un <b>deux</b></li><li><a href='/x'>trois quatre</a></li></ul>", most) == shown


def test_a_character_reference_is_never_cut() -> None:
    text = f"<p>{'&amp;' * 100}</p>"
    assert {re.sub("<.*?>|&amp;", "", beginning(text, most)) for most in range(10, 200)} == {MORE}


@given(st.text(alphabet=st.sampled_from("ab é&<>\n*_-#`[]()1.~!"), max_size=300), st.integers(0, 400))
def test_any_message_has_a_beginning_with_as_many_tags_closed_as_opened(source: str, most: int) -> None:
    short = beginning(render(source), most)
    names: list[str] = []
    for closes, name in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", short):
        if closes:
            assert names.pop() == name
        elif name not in ("br", "hr"):
            names.append(name)
    assert names == []
    assert weight(re.sub("<[^>]*>", "", short)) <= max(most, 0) + weight(MORE)
