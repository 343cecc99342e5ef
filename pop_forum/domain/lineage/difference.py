"""What separates two texts, block by block and word by word; applied to the first, it gives the second."""

from bisect import bisect_left
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from pop_forum.domain.lineage.families import Family, by_family, families
from pop_forum.domain.lineage.texts import Block, Budget, Text
from pop_forum.domain.lineage.wording import Edit, blocks_of, run_of
from pop_forum.domain.words import Ration, Token, changes
from pop_forum.errors import Conflict

Kind = Literal["kept", "moved", "changed", "split", "joined", "added", "removed"]
Held = Mapping[Family, tuple[Block, ...]]
Key = TypeVar("Key", bound=Hashable)

DIFFERENCE_RATION = 400_000  # weight of repeated words that one difference may compare; see words.Ration


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one block, or of the blocks that were split or joined. A moved block may be edited too."""

    kind: Kind
    old: tuple[Block, ...]
    edits: tuple[Edit, ...]  # of the words of `old`, its blocks' heads included: lineage.wording.run_of

    @property
    def new(self) -> tuple[Block, ...]:
        """The blocks that the edits make."""
        run = run_of(self.old)
        for edit in reversed(self.edits):
            run[edit.start : edit.end] = edit.words
        return blocks_of(run) or ()


@dataclass(frozen=True, slots=True)
class Difference:
    """The title and the budget before and after; every block in the order of the new text, removed ones in place."""

    title: tuple[str, str]
    budget: tuple[Budget, Budget]
    blocks: tuple[Change, ...]


def difference(base: Text, other: Text) -> Difference:
    """What makes `other` of `base`."""
    ration = Ration(DIFFERENCE_RATION)
    found = families(base, [other])
    old, new = by_family(base, found), by_family(other, found)
    before, after = list(old), list(new)
    staying = in_place(before, after)
    blocks = [_change(unit, old, new, True, ration) for unit in lost_after(None, before, new, staying)]
    for unit in after:
        blocks.append(_change(unit, old, new, unit in staying, ration))
        if unit in staying:
            blocks += [_change(lost, old, new, True, ration) for lost in lost_after(unit, before, new, staying)]
    return Difference((base.title, other.title), (base.budget, other.budget), tuple(blocks))


def apply(found: Difference, base: Text) -> Text:
    """The other text. Raises Conflict when the difference was not made from this base."""
    old = sorted(block for change in found.blocks for block in change.old)
    if (base.title, base.budget) != (found.title[0], found.budget[0]) or old != sorted(base.blocks):
        raise Conflict("a difference is applied to the text that it was made from")
    return Text(found.title[1], tuple(block for change in found.blocks for block in change.new), found.budget[1])


def in_place(old: Sequence[Key], new: Sequence[Key]) -> set[Key]:
    """The most blocks that keep their order among themselves (longest increasing subsequence)."""
    position = {key: rank for rank, key in enumerate(old)}
    kept = [key for key in new if key in position]
    tails: list[int] = []
    lengths: list[int] = []
    for key in kept:
        at = bisect_left(tails, position[key])
        tails[at : at + 1] = [position[key]]
        lengths.append(at)
    chosen: set[Key] = set()
    wanted, ceiling = len(tails) - 1, len(old)
    for key, length in zip(reversed(kept), reversed(lengths), strict=True):
        if length == wanted and position[key] < ceiling:
            chosen.add(key)
            wanted, ceiling = wanted - 1, position[key]
    return chosen


def _change(unit: Family, base: Held, other: Held, staying: bool, ration: Ration) -> Change:
    """What became of this unit."""
    old, new = base.get(unit, ()), other.get(unit, ())
    return Change(_kind(old, new, staying), old, _edits(run_of(old), run_of(new), ration))


def _kind(old: tuple[Block, ...], new: tuple[Block, ...], staying: bool) -> Kind:
    if not old or not new:
        return "removed" if old else "added"
    if len(old) != len(new):
        return "split" if len(old) < len(new) else "joined"
    if not staying:
        return "moved"
    return "kept" if old == new else "changed"


def _edits(old: list[Token], new: list[Token], ration: Ration) -> tuple[Edit, ...]:
    """The edits that make these very words, spaces and apostrophes included."""
    before, after = ([f"{token.core}\0{token.gap}" for token in words] for words in (old, new))
    return tuple(Edit(one.i1, one.i2, tuple(new[one.j1 : one.j2])) for one in changes(before, after, ration))


def lost_after(
    anchor: Key | None, before: Sequence[Key], after: Collection[Key], staying: Collection[Key]
) -> list[Key]:
    """What was removed after the anchor (None: from the start) in the old order, up to the next that kept its place."""
    lost: list[Key] = []
    for one in before[0 if anchor is None else before.index(anchor) + 1 :]:
        if one in staying:
            break
        if one not in after:
            lost.append(one)
    return lost
