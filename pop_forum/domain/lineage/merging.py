"""Two texts that come from common ones, made one: by field, then by block, then by word.

A change of one side is followed. Changes of both sides are followed when each has its place; else a person chooses,
and she always does for titles, budgets and amounts. When one side changed nothing at all there is nothing to merge:
the text is the other side's.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pop_forum.domain.lineage.families import families
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


def merge(bases: Sequence[Text], ours: Text, theirs: Text) -> Outcome:
    """Both sides in one text, from their lowest common ancestors (`ancestry.common_bases`).

    With several ancestors, or none, only what these agree on serves as a base: anything else is chosen, never guessed.
    """
    if ours == theirs or list(bases) == [theirs]:
        return Unchanged(ours)
    if list(bases) == [ours]:
        return AppliesCleanly(theirs)
    base = _base(bases, ours, theirs)
    draft = Choices(_title(base, ours, theirs), _budget(base, ours, theirs), _blocks(base, ours, theirs))
    if draft.passages:
        return draft
    text = Text(
        str(draft.title), tuple(one for one in draft.blocks if isinstance(one, Block)), _budget_of(draft.budget)
    )
    return Unchanged(ours) if text == ours else AppliesCleanly(text)


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


def _blocks(base: Base, ours: Text, theirs: Text) -> tuple[Block | TextPassage, ...]:
    """The blocks that are settled and the passages to choose, in order."""
    ration = Ration(MERGE_RATION)
    home = {block_id: family for family in families(base.text, [ours, theirs]) for block_id in family}
    units = {unit for text in (base.text, ours, theirs) for unit in _units(text, home)}
    found = {unit: _unit(base, unit, ours, theirs, ration) for unit in sorted(units, key=min)}
    live = {unit for unit, outcome in found.items() if outcome != ()}
    old, one, other = ([unit for unit in _units(text, home) if unit in live] for text in (base.text, ours, theirs))
    pieces: list[Block | TextPassage] = []
    for place in arrange(Orders(old, one, other, base.order)):
        pieces += _piece(place, found, base, ours, theirs)
    return tuple(pieces)


def _units(text: Text, home: dict[str, Unit]) -> list[Unit]:
    """The blocks of a text by family, in order."""
    return list(dict.fromkeys(home.get(block.id) or frozenset([block.id]) for block in text.blocks))


def _unit(base: Base, unit: Unit, ours: Text, theirs: Text, ration: Ration) -> tuple[Block, ...] | Why:
    """The blocks of this unit that both sides make, none when it is taken out; or why a person must choose."""
    old, one, other = base.text.only(unit), ours.only(unit), theirs.only(unit)
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
    merged = merge_words(old, one, other, ration)
    if merged is None:
        return "both"
    return merged if amounts(merged) == amounts(one) else "amounts"


def _piece(
    place: Place, found: dict[Unit, tuple[Block, ...] | Why], base: Base, ours: Text, theirs: Text
) -> Sequence[Block | TextPassage]:
    """The blocks of a unit that is settled, or the passage to choose."""
    if isinstance(place, Clash):
        why: Why = "both" if base.order else "bases"
        return [TextPassage(_all(base.text, place.base), _all(ours, place.ours), _all(theirs, place.theirs), why)]
    outcome = found[place]
    if isinstance(outcome, str):
        return [TextPassage(base.text.only(place), ours.only(place), theirs.only(place), outcome)]
    return outcome


def _all(text: Text, units: Sequence[Unit]) -> tuple[Block, ...]:
    """The blocks of these units, in the order of the units."""
    return tuple(block for unit in units for block in text.only(unit))
