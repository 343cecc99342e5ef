"""The text of a measure as lineage sees it: a title, blocks whose ids stay, and a budget; and the amounts in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pop_forum.domain.words import alike
from pop_forum.errors import InvalidInput

Budget = Mapping[str, object] | None

_NUMBER = r"\d+(?:[\x20\u00a0\u202f.,]?\d+)*"
_NUMBER_WORDS = """
    zéro un une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts
    trente quarante cinquante soixante cent cents mille million millions milliard milliards demi et
"""
_SPELT = "(?:" + "|".join(sorted(_NUMBER_WORDS.split(), key=len, reverse=True)) + r")\b"
_UNIT = r"(?:k€|m€|md€|€|%|euros?\b|centimes?\b|pour\s+cent\b|(?:millier|million|milliard)s?\b)"
# Ranges (« entre 10 et 12 € ») and numbers in letters (« deux cents euros »); both bounded, for hostile texts.
_AMOUNT = re.compile(
    rf"{_NUMBER}(?:\s*(?:et|à|ou|-|–|/)\s*{_NUMBER}){{0,3}}\s*{_UNIT}"
    rf"|\b{_SPELT}(?:[-\s]+{_SPELT}){{0,11}}\s+(?:d['’])?{_UNIT}",
    re.IGNORECASE,
)


class Block(NamedTuple):
    """A passage with an id that stays while its words change."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """One state of a measure. Raises InvalidInput when two blocks have the same id, or one holds a null character."""

    title: str
    blocks: tuple[Block, ...]
    budget: Budget = None

    def __post_init__(self) -> None:
        if len({block.id for block in self.blocks}) != len(self.blocks):
            raise InvalidInput("two blocks have the same id")
        if any("\0" in block.text for block in self.blocks):
            raise InvalidInput("a null character in a text")

    def by_id(self) -> dict[str, Block]:
        """The blocks by their ids, in order."""
        return {block.id: block for block in self.blocks}


def amounts(blocks: Sequence[Block]) -> tuple[str, ...]:
    """The sums of money and shares that the blocks name, in order: what no machine takes from one text to another."""
    found = (match[0] for block in blocks for match in _AMOUNT.finditer(block.text))
    return tuple(re.sub(r"\s+", "", alike(amount)).lower() for amount in found)


def same_words(one: Sequence[Block], other: Sequence[Block]) -> bool:
    """Whether a reader sees the same blocks: another apostrophe or another kind of space is no difference."""
    return [(block.id, alike(block.text)) for block in one] == [(block.id, alike(block.text)) for block in other]


def better_spelt(base: str, ours: str, theirs: str) -> str:
    """Of three spellings of the same words, the one that was changed; of two changed ones, the more French.

    The printed apostrophe and the narrow no-break space come later in Unicode than what a keyboard types.
    """
    if ours == base:
        return theirs
    return ours if theirs == base else max(ours, theirs)
