"""Blocks that were split or joined: their words went to neighbours, so they are read, and merged, together."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from pop_forum.domain.lineage.texts import Block, Text
from pop_forum.domain.words import STOP_WORDS, cores, tokens

Family = frozenset[str]

# A neighbour of which at least this share of the letters was lost by a block is a part of that block.
_PART = 0.5


def torn(old: Text, new: Text) -> list[Family]:
    """The blocks of `old` that were split in `new`, each with the new neighbours that its words went to."""
    known = old.by_id()
    found = []
    for at, block in enumerate(new.blocks):
        if block.id not in known or known[block.id].text == block.text:
            continue
        sides = [_added(reversed(new.blocks[:at]), known), _added(new.blocks[at + 1 :], known)]
        if any(sides):
            lost = _bag(known[block.id]) - _bag(block)
            parts = [block_id for side in sides for block_id in _parts(lost, side)]
            found.append(frozenset([block.id, *parts]))
    return [family for family in found if len(family) > 1]


def families(base: Text, sides: Sequence[Text]) -> list[Family]:
    """The blocks that one of the sides split or joined, as far as they stand together in every text."""
    found: list[Family] = []
    for side in sides:
        for family in [*torn(base, side), *torn(side, base)]:
            for other in [one for one in found if one & family]:
                found.remove(other)
                family |= other
            found.append(family)
    return [family for family in found if all(_stands_together(family, text) for text in (base, *sides))]


def by_family(text: Text, found: Sequence[Family]) -> dict[Family, tuple[Block, ...]]:
    """The blocks of a text by family, in the order of the text; a block without one is alone in its own."""
    home = {block_id: family for family in found for block_id in family}
    grouped: dict[Family, list[Block]] = {}
    for block in text.blocks:
        grouped.setdefault(home.get(block.id) or frozenset([block.id]), []).append(block)
    return {family: tuple(blocks) for family, blocks in grouped.items()}


def _added(neighbours: Iterable[Block], known: Mapping[str, Block]) -> list[Block]:
    """The nearest neighbours, up to the first one that the old text has."""
    return list(takewhile(lambda neighbour: neighbour.id not in known, neighbours))


def _parts(lost: Counter[str], neighbours: Sequence[Block]) -> list[str]:
    """The ids of the nearest neighbours that are mostly made of lost words, which are counted off."""
    parts = []
    for neighbour in neighbours:
        bag = _bag(neighbour)
        taken = bag & lost
        if not bag or _letters(taken) < _PART * _letters(bag):
            break
        lost -= taken
        parts.append(neighbour.id)
    return parts


def _bag(block: Block) -> Counter[str]:
    """The words that mean something."""
    words = (core.lower() for core in cores(tokens(block.text)))
    return Counter(word for word in words if word[:1].isalnum() and word not in STOP_WORDS)


def _letters(bag: Counter[str]) -> int:
    return sum(len(word) * count for word, count in bag.items())


def _stands_together(family: Family, text: Text) -> bool:
    """Whether nothing stands between the blocks of a family."""
    places = [at for at, block in enumerate(text.blocks) if block.id in family]
    return not places or places[-1] - places[0] == len(places) - 1
