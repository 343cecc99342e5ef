"""Two texts compared in words that a resident can read."""

from time import process_time
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain.comparison import Passage, compare, count_differences
from pop_forum.domain.words import alike, tokens


class Block(NamedTuple):
    """A passage of a text."""

    id: str
    text: str


SHOWN = {"same": "{}", "ins": "[+{}]", "del": "[-{}]"}
words = st.sampled_from(
    [
        "la ",
        "navette",
        " ",
        "l’",
        "l'",
        "été",
        "1\u202f200\u202f€",
        "1 200\u00a0€",
        ".",
        ", ",
        "\u202f!",
        "«\u202f",
        "de ",
        "\n",
    ]
)
prose = st.one_of(st.lists(words, max_size=12).map("".join), st.text(max_size=20))
texts = st.lists(st.builds(Block, st.sampled_from("abcdef"), prose), max_size=7)


def shown(old: str, new: str) -> str:
    """The comparison of two texts of one block, with brackets for marks."""
    (passage,) = compare([Block("b", old)], [Block("b", new)])
    return "".join(SHOWN[piece.kind].format(piece.text) for piece in passage.pieces)


def statuses(old: str, new: str) -> list[tuple[str, str]]:
    """What became of blocks written as letters: the id, and in capitals another text."""
    passages = compare(*([Block(one.lower(), one) for one in text] for text in (old, new)))
    return [(passage.block_id, passage.status) for passage in passages]


@given(texts, texts)
def test_each_side_spells_its_text_whatever_the_texts(old: list[Block], new: list[Block]) -> None:
    passages = compare(old, new)
    assert "".join(p.text for passage in passages for p in passage.new) == "".join(block.text for block in new)
    spelt = sorted(alike("".join(p.text for p in passage.old)) for passage in passages if passage.status != "added")
    assert spelt == sorted(alike(block.text) for block in old)


@given(prose, prose)
def test_the_running_text_holds_both_sides_and_no_empty_piece(old: str, new: str) -> None:
    (passage,) = compare([Block("b", old)], [Block("b", new)])
    assert alike("".join(p.text for p in passage.old)) == alike(old)
    assert "".join(p.text for p in passage.new) == new
    assert all(piece.text for piece in passage.pieces)
    assert all(a.kind != b.kind for a, b in zip(passage.pieces, passage.pieces[1:], strict=False))


@given(texts)
def test_a_text_does_not_differ_from_itself(text: list[Block]) -> None:
    assert count_differences(compare(text, text)) == 0


@given(st.text(max_size=60))
def test_the_tokens_of_a_text_spell_it(text: str) -> None:
    assert "".join(token.core + token.gap for token in tokens(text)) == text


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("l’épicerie d’ici", ["l’", "épicerie", "d’", "ici"]),
        ("aujourd’hui, qu’elle", ["aujourd’hui", ",", "qu’", "elle"]),
        ("12\u202f500\u202f€ par an", ["12\u202f500\u202f€", "par", "an"]),
        ("3,5\u202f% à 18\u202fh\u202f30", ["3,5\u202f%", "à", "18\u202fh\u202f30"]),
        ("en 2026 100 places", ["en", "2026", "100", "places"]),
        ("«\u202fOui\u202f»\u202f!", ["«", "Oui", "»", "!"]),
        ("la ville-centre", ["la", "ville-centre"]),
        ("https://exemple.fr/a?b=1.", ["https://exemple.fr/a?b=1", "."]),
    ],
)
def test_french_is_cut_where_readers_cut_it(text: str, cores: list[str]) -> None:
    assert [token.core for token in tokens(text)] == cores


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("Le trajet coûte 1\u202f€.", "Le trajet coûte 2\u202f€.", "Le trajet coûte [-1\u202f€][+2\u202f€]."),
        (
            "Coût\u00a0: 12\u202f500\u202f€.",
            "Coût\u00a0: 13\u202f500\u202f€.",
            "Coût\u00a0: [-12\u202f500\u202f€][+13\u202f500\u202f€].",
        ),
        ("Près de l’école.", "Près de l’épicerie.", "Près de l’[-école][+épicerie]."),
        ("La gare.", "La gare\u202f!", "La gare[-.][+\u202f!]"),
        (
            "par téléphone ou sur internet.",
            "par téléphone, à l’épicerie ou sur internet.",
            "par téléphone[+, à l’épicerie] ou sur internet.",
        ),
        (
            "On réserve la veille avant midi, par téléphone.",
            "On réserve la veille avant 17\u202fh, par téléphone.",
            "On réserve la veille avant [-midi][+17\u202fh], par téléphone.",
        ),
    ],
)
def test_a_change_is_shown_as_a_person_would_mark_it(old: str, new: str, marked: str) -> None:
    assert shown(old, new) == marked


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("L'été, aujourd'hui !", "L’été, aujourd’hui\u202f!"),
        ("Coût : 12 500 €, à 18 h 30.", "Coût\u00a0: 12\u202f500\u202f€, à 18\u00a0h\u00a030."),
    ],
)
def test_another_apostrophe_or_space_is_no_difference(old: str, new: str) -> None:
    assert shown(old, new) == new
    assert count_differences(compare([Block("b", old)], [Block("b", new)])) == 0


def test_words_beside_another_apostrophe_are_not_marked() -> None:
    marked = shown("L'accès à l'école reste libre : on l'ouvre.", "L’accès à l’épicerie reste libre\u00a0: on l’ouvre.")
    assert marked == "L’accès à l’[-école][+épicerie] reste libre\u00a0: on l’ouvre."


def test_an_added_sentence_is_marked_from_its_first_word() -> None:
    marked = shown("Un essai a lieu. Un bilan suit.", "Un essai a lieu. Un vote a lieu. Un bilan suit.")
    assert marked == "Un essai a lieu. [+Un vote a lieu. ]Un bilan suit."


def test_small_words_between_two_changes_are_marked_with_them() -> None:
    marked = shown(
        "La commune relie chaque samedi les hameaux de la vallée.",
        "La commune relie chaque samedi le bourg de la plaine.",
    )
    assert marked == "La commune relie chaque samedi [-les hameaux de la vallée][+le bourg de la plaine]."


def test_two_sentences_with_nothing_in_common_are_shown_whole() -> None:
    assert shown("Les jeunes élisent un conseil.", "Un marché ouvre le samedi.") == (
        "[-Les jeunes élisent un conseil.][+Un marché ouvre le samedi.]"
    )


def test_a_removed_block_stands_where_it_stood() -> None:
    assert statuses("abc", "ac") == [("a", "unchanged"), ("b", "removed"), ("c", "unchanged")]
    assert statuses("abc", "axc") == [("a", "unchanged"), ("b", "removed"), ("x", "added"), ("c", "unchanged")]
    assert statuses("ab", "") == [("a", "removed"), ("b", "removed")]
    assert statuses("", "ab") == [("a", "added"), ("b", "added")]


def test_a_block_that_changed_is_changed_even_if_it_moved() -> None:
    assert statuses("abc", "aBc")[1] == ("b", "changed")
    assert ("c", "changed") in statuses("abc", "Cab")


def test_only_the_block_that_moved_is_said_to_have_moved() -> None:
    assert statuses("abcd", "dabc") == [("d", "moved"), ("a", "unchanged"), ("b", "unchanged"), ("c", "unchanged")]


def test_differences_are_counted_by_passage() -> None:
    passages: list[Passage] = compare(
        [Block("a", "Un"), Block("b", "Deux"), Block("c", "Trois")],
        [Block("a", "Un"), Block("b", "Deux deux"), Block("d", "Quatre")],
    )
    assert count_differences(passages) == 3


def paragraph(seed: int) -> str:
    """Some sixty words, a few of which depend on the seed."""
    sentence = (
        "La commune met en place une navette de neuf places, conduite par une personne de {}, et relie {} à la gare. "
    )
    return "".join(sentence.format(f"mot{seed * n % 97}", f"lieu{seed + n}") for n in range(4))


def test_two_hundred_changed_blocks_are_compared_without_a_wait() -> None:
    old = [Block(str(n), paragraph(n)) for n in range(200)]
    new = [Block(str(n), paragraph(n + 1)) for n in range(200)]
    started = process_time()
    compare(old, new)
    assert process_time() - started < 3


@pytest.mark.parametrize("word", ["a ", "a b ", "la de ", ". "])
def test_a_text_made_to_be_slow_is_compared_within_a_second(word: str) -> None:
    old = [Block(str(n), "x " + word * 600 + "y") for n in range(200)]
    new = [Block(str(n), "z " + "w ".join([word * 2] * 250) + "t") for n in range(200)]
    started = process_time()
    compare(old, new)
    assert process_time() - started < 3
