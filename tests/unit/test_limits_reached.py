"""Limits reached, and passed by one, where the tests of their subject do not come near them."""

import pytest

from pop_forum.domain import excerpts, letters, markdown, spelling


def test_a_hit_is_shown_up_to_the_last_word_that_is_looked_at() -> None:
    def marked(place: int) -> bool:
        text = "mot " * (place - 1) + "lavoir" + " mot" * 50
        return any(segment.hit for segment in excerpts.excerpt(text, lambda word: word == "lavoir"))

    assert marked(excerpts.MOST_TOKENS) and not marked(excerpts.MOST_TOKENS + 1)


@pytest.mark.parametrize("past", [0, 1, 500])
def test_an_answer_of_a_mail_server_is_kept_up_to_its_longest(past: int) -> None:
    said = "x" * (letters.LONGEST_ANSWER + past)
    assert letters.one_line(said) == said[: letters.LONGEST_ANSWER]


def test_a_longer_word_may_have_one_mistake_more_than_a_short_one() -> None:
    assert [spelling.tolerance("m" * length) for length in (spelling.SHORT, spelling.SHORT + 1)] == [1, spelling.MOST]


@pytest.mark.parametrize(("items", "is_list"), [(1_999, True), (2_000, False)])
def test_a_text_that_would_grow_beyond_measure_is_shown_as_it_was_typed(items: int, is_list: bool) -> None:
    source = "mot\n\n" + "-\n" * items
    rough = len("<p>mot</p>\n<ul>\n</ul>\n") + items * len("<li></li>\n")
    assert (rough <= markdown.GROWTH_FLOOR + markdown.MAX_GROWTH * len(source)) is is_list
    assert ("<li>" in markdown.render(source)) is is_list
