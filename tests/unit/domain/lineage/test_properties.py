"""What holds of every merge and every difference, whatever the texts."""

import re
from collections import Counter
from collections.abc import Iterable

from hypothesis import strategies as st

from pop_forum.domain.lineage.difference import apply, difference
from pop_forum.domain.lineage.merging import merge
from pop_forum.domain.lineage.passages import (
    AppliesCleanly,
    BudgetPassage,
    Choices,
    Outcome,
    Passage,
    TextPassage,
    Unchanged,
    resolved,
)
from pop_forum.domain.lineage.texts import Block, Text, amounts
from pop_forum.domain.words import alike
from tests.proofs import proved
from tests.unit.domain.lineage.writing import PLAIN, Trio, edited, texts, trios

WORD = re.compile(r"[^\s]+")
UNLIKE = {"ours": "theirs", "theirs": "ours"}
several = texts().flatmap(
    lambda root: st.tuples(edited(root, "x"), edited(root, "y"), edited(root, "o"), edited(root, "t"))
)


def words(blocks: Iterable[Block | TextPassage]) -> Counter[str]:
    """Every word of these blocks, and of all the sides of these passages: each as often as its richest side has it."""
    found: Counter[str] = Counter()
    for one in blocks:
        if isinstance(one, TextPassage):
            found += words(one.base) | words(one.ours) | words(one.theirs)
        else:
            found += Counter(WORD.findall(alike(one.text)))
    return found


def shown(outcome: Outcome) -> Counter[str]:
    """Every word that the result or a passage shows."""
    return words(outcome.blocks) if isinstance(outcome, Choices) else words(outcome.text.blocks)


def mirrored(passage: Passage) -> Passage:
    """The passage with the names of the sides exchanged."""
    return type(passage)(passage.base, passage.theirs, passage.ours, passage.why)  # type: ignore[arg-type]


def all_from(outcome: Outcome, side: str) -> Text:
    """The text in which every passage is this side's."""
    passages = outcome.passages if isinstance(outcome, Choices) else ()
    return resolved(outcome, {passage.key: side for passage in passages})  # type: ignore[misc]


@proved(trios())
def test_changes_of_one_side_merge_to_that_side(trio: Trio) -> None:
    assert resolved(merge([trio.base], trio.base, trio.theirs), {}) == trio.theirs
    assert merge([trio.base], trio.ours, trio.base) == Unchanged(trio.ours)


@proved(trios(PLAIN))
def test_words_and_blocks_that_one_side_changed_merge_to_it_beside_changes_of_the_other_elsewhere(trio: Trio) -> None:
    mine = Block("mine", "Notre propre passage.")
    base = Text("T", (mine, *trio.base.blocks))
    ours = Text("T", (Block("mine", "Notre passage à nous."), *trio.base.blocks))
    theirs = Text("T", (mine, *trio.theirs.blocks))
    assert resolved(merge([base], ours, theirs), {}) == Text("T", (ours.blocks[0], *trio.theirs.blocks))


@proved(trios())
def test_identical_changes_merge_to_themselves(trio: Trio) -> None:
    assert merge([trio.base], trio.ours, trio.ours) == Unchanged(trio.ours)
    assert merge([trio.base, trio.theirs], trio.ours, trio.ours) == Unchanged(trio.ours)


@proved(trios())
def test_a_merge_is_symmetric_up_to_the_names_of_the_sides(trio: Trio) -> None:
    one, other = merge([trio.base], trio.ours, trio.theirs), merge([trio.base], trio.theirs, trio.ours)
    assert isinstance(one, Choices) == isinstance(other, Choices)
    if isinstance(one, Choices) and isinstance(other, Choices):
        assert [mirrored(passage) for passage in one.passages] == list(other.passages)
    assert all_from(one, "ours") == all_from(other, "theirs")
    assert all_from(one, "theirs") == all_from(other, "ours")


@proved(several)
def test_a_merge_of_crossed_lines_is_symmetric_too(four: tuple[Text, Text, Text, Text]) -> None:
    x, y, ours, theirs = four
    one, other = merge([x, y], ours, theirs), merge([x, y], theirs, ours)
    assert all_from(one, "ours") == all_from(other, "theirs")
    assert all_from(one, "theirs") == all_from(other, "ours")


@proved(trios())
def test_no_word_that_a_side_wrote_or_neither_took_out_disappears_unseen(trio: Trio) -> None:
    base, ours, theirs = (words(text.blocks) for text in trio)
    seen = shown(merge([trio.base], trio.ours, trio.theirs))
    assert not base - (base - ours) - (base - theirs) - seen
    assert not (ours - base) - seen
    assert not (theirs - base) - seen


@proved(texts(), st.data())
def test_a_word_disappears_only_where_a_side_took_it_out(text: Text, data: st.DataObject) -> None:
    """Each word stands once, so that its fate is known."""
    numbered = iter(range(10_000))
    unique = Text("T", tuple(Block(block.id, _numbered(block.text, numbered)) for block in text.blocks))
    fresh = [f"neuf{number}" for number in range(40)]
    ours = data.draw(edited(unique, "o", fresh[:20]))
    theirs = data.draw(edited(unique, "t", fresh[20:]))
    outcome = merge([unique], ours, theirs)
    base, one, other = (set(words(each.blocks)) for each in (unique, ours, theirs))
    taken_out = (base - one) | (base - other)
    assert base | one | other <= set(shown(outcome)) | taken_out
    assert {word for word in taken_out & (one | other) if word not in base} == set()


@proved(several)
def test_with_several_bases_nothing_that_a_side_says_disappears_unseen(four: tuple[Text, Text, Text, Text]) -> None:
    x, y, ours, theirs = four
    outcome = merge([x, y], ours, theirs)
    mine, other, either = words(ours.blocks), words(theirs.blocks), words(x.blocks) | words(y.blocks)
    assert not ((mine | other) - either) - shown(outcome)
    assert not (mine & other) - (either - mine) - (either - other) - shown(outcome)


@proved(trios())
def test_the_sides_of_the_passages_are_the_sides_of_the_texts(trio: Trio) -> None:
    outcome = merge([trio.base], trio.ours, trio.theirs)
    if isinstance(outcome, Choices):
        for passage in outcome.passages:
            if isinstance(passage, TextPassage):
                for blocks, text in zip((passage.base, passage.ours, passage.theirs), trio, strict=True):
                    assert set(blocks) <= set(text.blocks)
                assert passage.ours != passage.theirs
        assert len({passage.key for passage in outcome.passages}) == len(outcome.passages)


@proved(trios())
def test_titles_budgets_and_amounts_are_never_merged(trio: Trio) -> None:
    outcome = merge([trio.base], trio.ours, trio.theirs)
    if trio.base in (trio.ours, trio.theirs):
        return
    if not isinstance(outcome, Choices):
        assert alike(trio.ours.title) == alike(trio.theirs.title)
        assert trio.ours.budget == trio.theirs.budget
        assert Counter(amounts(outcome.text.blocks)) == Counter(amounts(trio.ours.blocks))
        assert Counter(amounts(outcome.text.blocks)) == Counter(amounts(trio.theirs.blocks))
    else:
        assert any(isinstance(one, BudgetPassage) for one in outcome.passages) == (
            trio.ours.budget != trio.theirs.budget
        )


@proved(trios(PLAIN))
def test_taking_in_the_same_text_once_more_changes_nothing(trio: Trio) -> None:
    outcome = merge([trio.base], trio.ours, trio.theirs)
    assert merge([trio.base], trio.ours, trio.theirs) == outcome
    taken = all_from(outcome, "ours")
    assert merge([trio.theirs], taken, trio.theirs) == Unchanged(taken)
    if isinstance(outcome, AppliesCleanly):
        assert merge([trio.base], taken, trio.theirs) == Unchanged(taken)
        assert resolved(merge([trio.base], trio.ours, taken), {}) == taken


@proved(trios())
def test_a_difference_applied_to_its_base_gives_the_other_text(trio: Trio) -> None:
    assert apply(difference(trio.base, trio.ours), trio.base) == trio.ours
    assert apply(difference(trio.ours, trio.theirs), trio.ours) == trio.theirs


def _numbered(text: str, numbers: Iterable[int]) -> str:
    return " ".join(f"mot{next(iter(numbers))}" for _ in text.split(" "))
