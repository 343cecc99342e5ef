"""What people type is made safe to keep, and nothing of it is lost without a word."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain.text import TextTooLong, clean_line, clean_text, excerpt, spell_number
from pop_forum.errors import InvalidInput, TooLarge

typed = st.text(max_size=60)


@given(typed)
def test_cleaning_a_line_twice_changes_nothing_more(text: str) -> None:
    try:
        once = clean_line(text, 1_000)
    except InvalidInput:
        return
    assert clean_line(once, 1_000) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not {"\n", "\t", "\x00", "\u202e"} & set(once)


@given(typed)
def test_cleaning_a_text_twice_changes_nothing_more(text: str) -> None:
    try:
        once = clean_text(text, 1_000)
    except InvalidInput:
        return
    assert clean_text(once, 1_000) == once
    assert "\r" not in once
    assert unicodedata.is_normalized("NFC", once)


def test_a_line_loses_line_ends_controls_and_reordering_marks() -> None:
    assert clean_line(" Sujet\r\nBcc: \x00tous\u202e \t ici ", 100) == "Sujet Bcc: tous ici"


def test_french_no_break_spaces_stay_in_a_line() -> None:
    assert (
        clean_line("«\u202fBonjour\u202f»\u00a0: 12\u202f500\u202f€", 100)
        == "«\u202fBonjour\u202f»\u00a0: 12\u202f500\u202f€"
    )


def test_both_forms_of_an_accent_become_one() -> None:
    assert clean_line("e\u0301cole", 10) == clean_line("école", 10) == "\u00e9cole"


def test_a_text_keeps_its_inner_lines_and_loses_the_outer_blank_ones() -> None:
    assert clean_text("\r\n \r\n  Un\r\rDeux\u2028Trois\n\t\n", 100) == "  Un\n\nDeux\nTrois"


def test_a_lone_surrogate_is_dropped() -> None:
    assert clean_text("a\ud800b", 10).encode() == b"ab"


@pytest.mark.parametrize("nothing", ["", " \n\t", "\u200b\u200d", "\u3164", "\u2800\u00ad", "\x00\x07", "\u202e"])
def test_what_shows_nothing_is_refused_as_empty(nothing: str) -> None:
    for clean in (clean_line, clean_text):
        with pytest.raises(InvalidInput) as refusal:
            clean(nothing, 10)
        assert "vide" in refusal.value.public


def test_a_text_over_its_limit_is_told_both_lengths_in_french() -> None:
    with pytest.raises(TooLarge) as refusal:
        clean_text("a" * 5_210, 5_000)
    assert "5\u202f210 caractères" in refusal.value.public
    assert "la limite est de 5\u202f000" in refusal.value.public
    assert isinstance(refusal.value, TextTooLong)
    assert (refusal.value.length, refusal.value.limit) == (5_210, 5_000)


def test_a_text_of_exactly_its_limit_passes() -> None:
    assert clean_line("a" * 10, 10) == "a" * 10


def test_an_excerpt_is_plain_and_ends_at_a_word() -> None:
    source = "# Navette\n\n- **Le mardi**, voir [les horaires](https://exemple.fr), puis le jeudi."
    assert excerpt(source, 200) == "Navette Le mardi, voir les horaires, puis le jeudi."
    assert excerpt(source, 24) == "Navette Le mardi, voir…"


@given(typed, st.integers(2, 40))
def test_an_excerpt_never_exceeds_its_length(text: str, length: int) -> None:
    assert len(excerpt(text, length)) <= length


def test_an_excerpt_of_a_hostile_text_is_quick() -> None:
    assert len(excerpt("[" * 500_000, 200)) == 200


def test_a_number_is_spelt_with_narrow_spaces() -> None:
    assert spell_number(1_234_567) == "1\u202f234\u202f567"
