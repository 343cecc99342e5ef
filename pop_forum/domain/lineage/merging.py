"""Two texts that come from common ones, made one: by field, then by block, then by word.

A change of one side is followed. Changes of both sides are followed when each has its place; else a person chooses,
and she always does for titles, budgets and amounts. When one side changed nothing at all there is nothing to merge:
the text is the other side's.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pop_forum.domain.lineage.families import by_family, families
from pop_forum.domain.lineage.order import Clash, Orders, Place, Unit, arrange
from pop_forum.domain.lineage.passages import (
    AppliesCleanly,
    BudgetPassage,
    Choices,
    Outcome,
    TextPassage,
    TitlePassage,
    Unchanged,
    Why,
)
from pop_forum.domain.lineage.texts import Block, Budget, Text, amounts, better_spelt, same_words
from pop_forum.domain.lineage.wording import merge_words
from pop_forum.domain.words import Ration, alike

# Weight of repeated words that one merge may compare; see words.Ration. Beyond it, whole blocks are chosen.
MERGE_RATION = 400_000


class Base(NamedTuple):
    """What is known of where both sides come from: `text` holds it, `unsure` the ids on which the bases differ."""

    text: Text
    unsure: frozenset[str]
    order: bool
    title: bool
    budget: bool


class Sides(NamedTuple):
    """The blocks of each text by unit, in the order of that text."""

    base: dict[Unit, tuple[Block, ...]]
    ours: dict[Unit, tuple[Block, ...]]
    theirs: dict[Unit, tuple[Block, ...]]


def merge(bases: Sequence[Text], ours: Text, theirs: Text) -> Outcome:
    """Both sides in one text, from their lowest common ancestors (`ancestry.common_bases`).

    With several ancestors, or none, only what these agree on serves as a base: anything else is chosen, never guessed.
    """
    if ours == theirs or list(bases) == [theirs]:
        return Unchanged(ours)
    if list(bases) == [ours]:
        return AppliesCleanly(theirs)
    base = _base(bases, ours, theirs)
    draft = _draft(base, ours, theirs, families(base.text, [ours, theirs]))
    text = _whole(draft)
    if text is not None and not _is_sure(base, ours, theirs, text):
        draft = _draft(base, ours, theirs, families(base.text, [ours, theirs, text]), by_word=False)
        text = _whole(draft)
    if text is None:
        return draft
    return Unchanged(ours) if text == ours else AppliesCleanly(text)


def _draft(base: Base, ours: Text, theirs: Text, torn: Sequence[Unit], by_word: bool = True) -> Choices:
    """What is settled and what must be chosen, the blocks of a family being one passage."""
    held = Sides(*(by_family(text, torn) for text in (base.text, ours, theirs)))
    return Choices(_title(base, ours, theirs), _budget(base, ours, theirs), _blocks(base, held, by_word))


def _whole(draft: Choices) -> Text | None:
    """The text, when nothing must be chosen."""
    if draft.passages:
        return None
    blocks = tuple(one for one in draft.blocks if isinstance(one, Block))
    return Text(str(draft.title), blocks, _budget_of(draft.budget))


def _is_sure(base: Base, ours: Text, theirs: Text, text: Text) -> bool:
    """Whether taking in either side once more changes nothing; only blocks that were split or joined leave a doubt."""
    if not families(base.text, [ours, theirs, text]):
        return True
    again = [(text, theirs), (ours, text)]
    return all(_whole(_draft(base, *sides, families(base.text, sides))) == text for sides in again)


def _base(bases: Sequence[Text], ours: Text, theirs: Text) -> Base:
    """What the bases agree on."""
    if not bases:
        every = frozenset([*ours.by_id(), *theirs.by_id()])
        return Base(Text("", ()), every, order=False, title=False, budget=False)
    first, *others = bases
    known = [text.by_id() for text in bases]
    ids = {block_id for one in known for block_id in one}
    unsure = frozenset(one for one in ids if any(each.get(one) != known[0].get(one) for each in known))
    orders = [[block_id for block_id in one if block_id not in unsure] for one in known]
    return Base(
        Text(first.title, tuple(block for block in first.blocks if block.id not in unsure), first.budget),
        unsure,
        order=not unsure and all(order == orders[0] for order in orders),
        title=all(other.title == first.title for other in others),
        budget=all(other.budget == first.budget for other in others),
    )


def _title(base: Base, ours: Text, theirs: Text) -> str | TitlePassage:
    if alike(ours.title) == alike(theirs.title):
        return better_spelt(base.text.title, ours.title, theirs.title)
    return TitlePassage(base.text.title, ours.title, theirs.title, "both" if base.title else "bases")


def _budget(base: Base, ours: Text, theirs: Text) -> Budget | BudgetPassage:
    if ours.budget == theirs.budget:
        return ours.budget
    return BudgetPassage(base.text.budget, ours.budget, theirs.budget, "both" if base.budget else "bases")


def _budget_of(budget: Budget | BudgetPassage) -> Budget:
    return None if isinstance(budget, BudgetPassage) else budget


def _blocks(base: Base, sides: Sides, by_word: bool) -> tuple[Block | TextPassage, ...]:
    """The blocks that are settled and the passages to choose, in order."""
    ration = Ration(MERGE_RATION if by_word else 0)
    units = sorted({unit for side in sides for unit in side}, key=min)
    found = {unit: _unit(base, unit, sides, ration) for unit in units}
    old, one, other = ([unit for unit in side if found[unit] != ()] for side in sides)
    pieces: list[Block | TextPassage] = []
    for place in arrange(Orders(old, one, other, base.order)):
        pieces += _piece(place, found, sides, base.order)
    return tuple(pieces)


def _unit(base: Base, unit: Unit, sides: Sides, ration: Ration) -> tuple[Block, ...] | Why:
    """The blocks of this unit that both sides make, none when it is taken out; or why a person must choose."""
    old, one, other = (side.get(unit, ()) for side in sides)
    if one == other:
        return one
    if unit & base.unsure:
        return "bases"
    if amounts(one) != amounts(other):
        return "amounts"
    if old in (one, other):
        return other if one == old else one
    if not one or not other:
        return () if same_words(one or other, old) else "both"
    merged = merge_words(old, one, other, ration) if ration.left else None
    if merged is None:
        return "both"
    return merged if amounts(merged) == amounts(one) else "amounts"


def _piece(
    place: Place, found: dict[Unit, tuple[Block, ...] | Why], sides: Sides, certain: bool
) -> Sequence[Block | TextPassage]:
    """The blocks of a unit that is settled, or the passage to choose."""
    if isinstance(place, Clash):
        return [_passage(sides, place, "both" if certain else "bases")]
    outcome = found[place]
    if isinstance(outcome, str):
        return [_passage(sides, Clash((place,), (place,), (place,)), outcome)]
    return outcome


def _passage(sides: Sides, units: Clash, why: Why) -> TextPassage:
    """What each text has of its units."""
    base, ours, theirs = (
        tuple(block for unit in here for block in side.get(unit, ())) for side, here in zip(sides, units, strict=True)
    )
    return TextPassage(base, ours, theirs, why)
