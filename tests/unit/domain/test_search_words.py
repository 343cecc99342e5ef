"""Texts as words to search by, and questions as what is wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain import spelling
from pop_forum.domain.excerpts import LENGTH, excerpt, marked
from pop_forum.domain.search_words import (
    LONGEST_WORD,
    MAX_QUERY_CHARS,
    MAX_TERMS,
    Sort,
    Wanted,
    fold,
    read_query,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L’école et l'été", ["école", "été"]),
        ("Aujourd'hui, qu’est-ce que c'est ?", ["aujourd", "hui"]),
        ("Œuvre de l'Œil à 7 h 10", ["œuvre", "œil", "7", "10"]),
        ("e\u0301cole", ["école"]),
        ("porte-à-porte", ["porte", "porte"]),
        ("le la les", []),
    ],
)
def test_a_text_is_cut_into_words_that_mean_something(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("word", "folded"), [("ÉTÉ", "ete"), ("Œuvre", "oeuvre"), ("Noël", "noel"), ("ça", "ca"), ("STRASSE", "strasse")]
)
def test_accents_capitals_and_ligatures_make_no_difference(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_a_question_has_words_phrases_beginnings_and_exclusions() -> None:
    asked = read_query('marché "pain bio" bibli* -Noël « porte à porte »')
    assert asked.wanted == (
        Wanted(Sort.WORD, ("marché",)),
        Wanted(Sort.PHRASE, ("pain", "bio")),
        Wanted(Sort.PREFIX, ("bibli",)),
        Wanted(Sort.PHRASE, ("porte", "porte")),
    )
    assert asked.excluded == (Wanted(Sort.WORD, ("noël",)),)
    assert not asked.cut


def test_an_and_between_words_is_no_word() -> None:
    assert read_query("école AND marché").wanted == read_query("école marché").wanted
    assert Wanted(Sort.WORD, ("and",)) in read_query("Rock and roll").wanted


@pytest.mark.parametrize(("text", "sort"), [("bib*", Sort.PREFIX), ("bi*", Sort.WORD), ("*bib", Sort.WORD)])
def test_the_beginning_of_a_word_has_three_letters_and_no_star_in_front(text: str, sort: Sort) -> None:
    assert [one.sort for one in read_query(text).wanted] == [sort]


def test_a_question_has_at_most_so_many_words() -> None:
    at, over = (" ".join(f"mot{number}" for number in range(count)) for count in (MAX_TERMS, MAX_TERMS + 1))
    assert (len(read_query(at).wanted), read_query(at).cut) == (MAX_TERMS, False)
    assert (len(read_query(over).wanted), read_query(over).cut) == (MAX_TERMS, True)


def test_a_question_has_at_most_so_many_characters() -> None:
    at = "marché " + "x" * (MAX_QUERY_CHARS - 7)
    assert not read_query(at).cut
    assert read_query(at + "x").cut
    assert len(read_query(at).wanted[1].words[0]) == LONGEST_WORD


@given(st.text(max_size=400))
def test_any_text_is_a_question(text: str) -> None:
    asked = read_query(text)
    assert len(asked.wanted) + len(asked.excluded) <= MAX_TERMS
    assert all(word for one in (*asked.wanted, *asked.excluded) for word in one.words)


@given(st.text(max_size=600), st.sampled_from(["a", "école", "x1"]))
def test_an_excerpt_is_a_piece_of_its_text(text: str, word: str) -> None:
    pieces = excerpt(text, lambda one: one == word)
    shown = "".join(piece.text for piece in pieces)
    assert shown.removeprefix("… ").removesuffix(" …") in text or shown in text
    assert len(shown) <= LENGTH + 4


def test_an_excerpt_shows_and_marks_what_was_asked_for() -> None:
    text = "Rien. " * 100 + "La déchetterie ouvre samedi, dit l’école. " + "Rien. " * 100
    pieces = excerpt(text, lambda one: one in ("déchetterie", "école"))
    assert [piece.text for piece in pieces if piece.hit] == ["déchetterie", "école"]
    assert pieces[0].text == "… " and pieces[-1].text == " …"


def test_a_title_is_marked_whole() -> None:
    assert [piece.text for piece in marked("L’ÉTÉ au lac", lambda one: one == "été")] == ["L’", "ÉTÉ", " au lac"]


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [("velo", "velo", 0), ("velo", "vleo", 1), ("ecole", "ecoles", 1), ("marche", "manche", 1), ("abc", "xyz", 3)],
)
def test_the_distance_of_two_words_is_that_of_mistakes_in_typing(one: str, other: str, far: int) -> None:
    assert spelling.distance(one, other, 2) == far


def test_a_short_word_is_supposed_to_hold_one_mistake_only() -> None:
    assert (spelling.tolerance("velo"), spelling.tolerance("ecole")) == (1, 2)
