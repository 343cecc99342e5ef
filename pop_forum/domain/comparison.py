"""A comparison in words of two texts made of blocks, for people who have never seen one made by a machine."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pop_forum.domain.lineage.difference import in_place, lost_after
from pop_forum.domain.words import Piece, Ration, alike, compare_words

Status = Literal["unchanged", "changed", "added", "removed", "moved"]
Key = tuple[str, int]

# Weight of repeated words that one page may compare; see words.Ration. About a second at worst.
PAGE_RATION = 400_000


class BlockLike(Protocol):
    """A passage of a text with an id that stays while its words change."""

    @property
    def id(self) -> str:
        """The stable id."""

    @property
    def text(self) -> str:
        """The words."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What became of one block. `pieces` are both sides in one running text; `old` and `new` each side alone.

    A block that moved and also changed is `changed`.
    """

    block_id: str
    status: Status
    pieces: tuple[Piece, ...]

    @property
    def old(self) -> tuple[Piece, ...]:
        """The old text: what stayed and what was taken out."""
        return tuple(piece for piece in self.pieces if piece.kind != "ins")

    @property
    def new(self) -> tuple[Piece, ...]:
        """The new text: what stayed and what was put in."""
        return tuple(piece for piece in self.pieces if piece.kind != "del")


def compare(old: Sequence[BlockLike], new: Sequence[BlockLike]) -> list[Passage]:
    """The passages of both texts in the order of the new one, what was removed standing where it stood."""
    before, after = _keyed(old), _keyed(new)
    staying = in_place(list(before), list(after))
    ration = Ration(PAGE_RATION)
    passages = [_removed(key, before) for key in lost_after(None, list(before), after, staying)]
    for key, text in after.items():
        if key in before:
            passages.append(_kept(key, before[key], text, key in staying, ration))
        else:
            passages.append(Passage(key[0], "added", _whole("ins", text)))
        if key in staying:
            passages += [_removed(lost, before) for lost in lost_after(key, list(before), after, staying)]
    return passages


def count_differences(passages: Sequence[Passage]) -> int:
    """How many passages are not the same on both sides."""
    return sum(passage.status != "unchanged" for passage in passages)


def _kept(key: Key, old: str, new: str, staying: bool, ration: Ration) -> Passage:
    """The passage of a block that both texts have."""
    if alike(old) == alike(new):
        return Passage(key[0], "unchanged" if staying else "moved", _whole("same", new))
    return Passage(key[0], "changed", compare_words(old, new, ration))


def _removed(key: Key, before: dict[Key, str]) -> Passage:
    """The passage of a block that only the old text has."""
    return Passage(key[0], "removed", _whole("del", before[key]))


def _whole(kind: Literal["same", "ins", "del"], text: str) -> tuple[Piece, ...]:
    """The text as one piece, or none when it is empty."""
    return (Piece(kind, text),) if text else ()


def _keyed(blocks: Sequence[BlockLike]) -> dict[Key, str]:
    """The texts in order by (id, occurrence): a text that repeats an id is malformed, yet loses no words here."""
    seen: Counter[str] = Counter()
    texts: dict[Key, str] = {}
    for block in blocks:
        texts[block.id, seen[block.id]] = block.text
        seen[block.id] += 1
    return texts
