"""What becomes of a text that was adapted here while the common one went on, told by examples."""

import pytest

from pop_forum.domain.lineage.merging import merge
from pop_forum.domain.lineage.passages import (
    AppliesCleanly,
    BudgetPassage,
    Choice,
    Choices,
    Edited,
    TextPassage,
    TitlePassage,
    Unchanged,
    changed_by,
    resolved,
)
from pop_forum.domain.lineage.texts import Block, Budget, Text, amounts
from pop_forum.errors import InvalidInput

SHUTTLE = "Une navette relie les hameaux à la gare, chaque samedi de marché."
LIBRARY = "La bibliothèque ouvre le mercredi soir."
DOCTOR = "Une maison accueille le médecin et l’infirmière."


def text(*blocks: str, title: str = "La navette", budget: Budget = None) -> Text:
    """A text whose blocks are written « id: words »; those without an id are called a, b, c."""
    pairs = (
        block.split(": ", 1) if ": " in block[:5] else (name, block)
        for name, block in zip("abcdefgh", blocks, strict=False)
    )
    return Text(title, tuple(Block(*pair) for pair in pairs), budget)


def clean(base: Text, ours: Text, theirs: Text) -> list[str]:
    """The blocks of a merge that applies cleanly, written « id: words »."""
    found = merge([base], ours, theirs)
    assert isinstance(found, AppliesCleanly), found
    return [f"{block.id}: {block.text}" for block in found.text.blocks]


def only_passage(base: Text, ours: Text, theirs: Text) -> TextPassage:
    """The one passage to choose."""
    found = merge([base], ours, theirs)
    assert isinstance(found, Choices), found
    (passage,) = found.passages
    assert isinstance(passage, TextPassage)
    return passage


def test_words_changed_at_two_places_of_one_passage_come_together() -> None:
    ours = text(SHUTTLE.replace("Une navette", "Notre minibus"))
    theirs = text(SHUTTLE.replace("samedi", "jeudi"))
    assert clean(text(SHUTTLE), ours, theirs) == [
        "a: Notre minibus relie les hameaux à la gare, chaque jeudi de marché."
    ]


def test_the_same_words_changed_in_two_ways_are_a_choice() -> None:
    ours, theirs = text(SHUTTLE.replace("samedi", "jeudi")), text(SHUTTLE.replace("samedi", "mardi"))
    passage = only_passage(text(SHUTTLE), ours, theirs)
    assert (passage.base, passage.ours, passage.theirs) == (text(SHUTTLE).blocks, ours.blocks, theirs.blocks)
    assert (passage.why, changed_by(passage)) == ("both", "both")


def test_another_apostrophe_or_space_asks_for_no_choice_and_stays() -> None:
    base = text("L'accès à l'école reste libre !")
    ours = text("L’accès à l’école reste libre\u202f!")
    theirs = text("L'accès à l'épicerie reste libre !")
    assert clean(base, ours, theirs) == ["a: L’accès à l’épicerie reste libre\u202f!"]


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        (("b: " + LIBRARY, "a: " + SHUTTLE), ("a: " + SHUTTLE, "b: La bibliothèque ouvre le jeudi soir."), "ba"),
        (("a: " + SHUTTLE, "b: " + LIBRARY, "x: Et plus."), ("b: " + LIBRARY, "a: " + SHUTTLE), "bxa"),
        (("a: " + SHUTTLE,), ("a: Un bus.", "b: " + LIBRARY), "a"),
        (("x: Début.", "a: " + SHUTTLE, "b: " + LIBRARY), ("a: " + SHUTTLE, "b: " + LIBRARY, "y: Fin."), "xaby"),
    ],
)
def test_moves_additions_and_removals_of_one_side_are_followed(
    ours: tuple[str, ...], theirs: tuple[str, ...], merged: str
) -> None:
    found = clean(text(SHUTTLE, LIBRARY), text(*ours), text(*theirs))
    assert "".join(block[0] for block in found) == merged


def test_a_passage_removed_here_and_changed_there_is_a_choice() -> None:
    passage = only_passage(text(SHUTTLE, LIBRARY), text(SHUTTLE), text(SHUTTLE, "La bibliothèque ouvre le soir."))
    assert passage.ours == ()
    assert [block.text for block in passage.theirs] == ["La bibliothèque ouvre le soir."]


def test_two_additions_at_one_place_are_a_choice_that_may_take_both() -> None:
    base = text(SHUTTLE)
    found = merge([base], text(SHUTTLE, "x: Un essai."), text(SHUTTLE, "y: Un bilan."))
    assert isinstance(found, Choices)
    (passage,) = found.passages
    expected: list[tuple[Choice, str]] = [("ours-theirs", "axy"), ("theirs-ours", "ayx"), ("ours", "ax"), ("base", "a")]
    for choice, order in expected:
        assert "".join(block.id for block in resolved(found, {passage.key: choice}).blocks) == order


def test_two_moves_of_the_same_passages_are_one_choice() -> None:
    three = ("a: " + SHUTTLE, "b: " + LIBRARY, "c: " + DOCTOR)
    base, ours, theirs = text(*three), text(three[2], *three[:2]), text(three[1], three[0], three[2])
    passage = only_passage(base, ours, theirs)
    assert ["".join(block.id for block in side) for side in (passage.base, passage.ours, passage.theirs)] == [
        "abc",
        "cab",
        "bac",
    ]


def test_moves_that_do_not_meet_are_both_followed() -> None:
    blocks = [f"{name}: Passage {name}." for name in "abcdefgh"]
    ours = [blocks[1], blocks[0], *blocks[2:]]
    theirs = [*blocks[:6], blocks[7], blocks[6]]
    assert "".join(one[0] for one in clean(text(*blocks), text(*ours), text(*theirs))) == "bacdefhg"


def test_a_passage_split_here_takes_the_words_changed_there() -> None:
    base = text(f"{SHUTTLE} {LIBRARY}")
    theirs = text(f"{SHUTTLE} {LIBRARY}".replace("mercredi", "vendredi"))
    found = clean(base, text(SHUTTLE, f"x: {LIBRARY}"), theirs)
    assert found == [f"a: {SHUTTLE}", "x: La bibliothèque ouvre le vendredi soir."]


def test_passages_joined_here_take_the_words_changed_there() -> None:
    found = clean(
        text(SHUTTLE, LIBRARY), text(f"{SHUTTLE} {LIBRARY}"), text(SHUTTLE, LIBRARY.replace("mercredi", "vendredi"))
    )
    assert found == [f"a: {SHUTTLE} La bibliothèque ouvre le vendredi soir."]


@pytest.mark.parametrize("ours_first", [True, False])
def test_a_title_is_chosen_even_when_one_side_alone_changed_it(ours_first: bool) -> None:
    base, one, other = text(SHUTTLE), text(SHUTTLE, title="Notre minibus"), text("Un bus.")
    ours, theirs = (one, other) if ours_first else (other, one)
    found = merge([base], ours, theirs)
    assert isinstance(found, Choices)
    (passage,) = found.passages
    assert isinstance(passage, TitlePassage)
    assert changed_by(passage) == ("ours" if ours_first else "theirs")
    assert resolved(found, {"titre": Edited(title="Le bus")}) == text("Un bus.", title="Le bus")


def test_a_budget_is_chosen_whole() -> None:
    base, ours = text(SHUTTLE, budget={"low": 1}), text("Un bus.", budget={"low": 1})
    found = merge([base], ours, text(SHUTTLE, budget={"low": 2}))
    assert isinstance(found, Choices)
    (passage,) = found.passages
    assert isinstance(passage, BudgetPassage)
    assert resolved(found, {"budget": "theirs"}).budget == {"low": 2}
    with pytest.raises(InvalidInput):
        resolved(found, {"budget": Edited(title="3")})


@pytest.mark.parametrize(
    "theirs",
    [
        text("Le trajet coûte 2\u202f€.", LIBRARY),  # changed
        text("b: " + LIBRARY),  # taken out
        text("Le trajet coûte 1\u202f€.", LIBRARY, "x: Aide\u00a0: 20\u202f%."),  # put in
    ],
)
def test_an_amount_is_never_taken_without_a_choice(theirs: Text) -> None:
    base = text("Le trajet coûte 1\u202f€.", LIBRARY)
    ours = text("Le trajet coûte 1\u202f€.", "La bibliothèque ouvre le soir.")
    found = merge([base], ours, theirs)
    assert isinstance(found, Choices)
    assert "amounts" in [passage.why for passage in found.passages]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("12\u202f500\u202f€ par an", ("12500€",)),
        ("entre 10 et 12 €", ("10et12€",)),
        ("deux cents euros, puis vingt-cinq pour cent", ("deuxcentseuros", "vingt-cinqpourcent")),
        ("1,5 million d’euros", ("1,5million",)),
        ("3,5\u202f% et 40 k€", ("3,5%", "40k€")),
        ("neuf places à 18 h 30, en 2026", ()),
    ],
)
def test_amounts_are_sums_of_money_and_shares(words: str, found: tuple[str, ...]) -> None:
    assert amounts([Block("a", words)]) == found


def test_what_the_bases_do_not_agree_on_is_chosen() -> None:
    one, other = text(SHUTTLE, LIBRARY), text(SHUTTLE.replace("samedi", "jeudi"), LIBRARY)
    ours, theirs = text(other.blocks[0].text, LIBRARY), text(SHUTTLE, "La bibliothèque ouvre tard.")
    found = merge([one, other], ours, theirs)
    assert isinstance(found, Choices)
    (passage,) = found.passages
    assert (passage.key, passage.why, changed_by(passage)) == ("texte:a", "bases", "both")
    assert resolved(found, {"texte:a": "ours"}).blocks == (ours.blocks[0], theirs.blocks[1])


def test_texts_that_have_nothing_in_common_are_chosen_whole() -> None:
    found = merge([], text(SHUTTLE), text("x: " + LIBRARY, title="Autre"))
    assert isinstance(found, Choices)
    assert {passage.why for passage in found.passages} == {"bases"}


def test_our_text_that_has_every_change_already_stays() -> None:
    base, theirs = text(SHUTTLE, LIBRARY), text("Un bus.", LIBRARY)
    ours = text("Un bus.", "La bibliothèque ouvre le soir.")
    assert merge([base], ours, theirs) == Unchanged(ours)


@pytest.mark.parametrize(
    "choices", [{}, {"texte:a": "ours", "texte:z": "ours"}, {"texte:a": "ours-theirs"}, {"texte:a": ""}]
)
def test_a_missing_unknown_or_impossible_choice_is_refused(choices: dict[str, Choice]) -> None:
    found = merge([text("Un.")], text("Deux."), text("Trois."))
    with pytest.raises(InvalidInput):
        resolved(found, choices)


def test_blocks_of_one_id_and_null_characters_are_refused() -> None:
    with pytest.raises(InvalidInput):
        Text("T", (Block("a", "x"), Block("a", "y")))
    with pytest.raises(InvalidInput):
        Text("T", (Block("a", "x\0y"),))
