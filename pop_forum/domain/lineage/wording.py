"""The words of some blocks, changed on two sides, made one: only when every change has a place of its own."""

from collections.abc import Sequence
from typing import NamedTuple

from pop_forum.domain.lineage.texts import Block, better_spelt
from pop_forum.domain.words import Ration, Token, alike, changes, cores, tokens

# Opens a block in a run of words; no text holds it, for controls are taken out of what people type.
_HEAD = "\0"


class Edit(NamedTuple):
    """base[start:end] became `words`; a side's edits never touch each other."""

    start: int
    end: int
    words: tuple[Token, ...]


class Side(NamedTuple):
    """What one side made of the words: its edits, and for each base word that it kept how it spells it."""

    edits: list[Edit]
    spelt: dict[int, Token]


def merge_words(
    base: Sequence[Block], ours: Sequence[Block], theirs: Sequence[Block], ration: Ration
) -> tuple[Block, ...] | None:
    """The blocks with the changes of both sides; None when these meet, or when it is not sure what each one is.

    It is sure when taking in either side once more changes nothing.
    """
    found = _merge(base, ours, theirs, ration)
    if found is None or any(not block.text.strip() for block in found):
        return None
    again = (_merge(base, found, theirs, ration), _merge(base, ours, found, ration))
    return found if again == (found, found) else None


def side_of(base: Sequence[Token], words: Sequence[Token], ration: Ration) -> Side:
    """The edits that make these words of the base's, and the spelling of what stayed."""
    edits: list[Edit] = []
    spelt: dict[int, Token] = {}
    i = j = 0
    for change in [*changes(cores(base), cores(words), ration), None]:
        stop = change.i1 if change else len(base)
        for at in range(i, stop):
            token = words[j + at - i]
            if alike(token.gap) == alike(base[at].gap):
                spelt[at] = token
            else:
                _add(edits, Edit(at, at + 1, (token,)))
        if change:
            _add(edits, Edit(change.i1, change.i2, tuple(words[change.j1 : change.j2])))
            i, j = change.i2, change.j2
    return Side(edits, spelt)


def run_of(blocks: Sequence[Block]) -> list[Token]:
    """The blocks as one run of words."""
    return [token for block in blocks for token in (Token(_HEAD + block.id, ""), *tokens(block.text))]


def blocks_of(run: Sequence[Token]) -> tuple[Block, ...] | None:
    """The run as blocks; None when it does not begin with one, or says an id twice."""
    found: list[tuple[str, list[str]]] = []
    for token in run:
        if token.core.startswith(_HEAD):
            found.append((token.core[1:], []))
        elif found:
            found[-1][1].append(token.core + token.gap)
        else:
            return None
    if len({block_id for block_id, _ in found}) != len(found):
        return None
    return tuple(Block(block_id, "".join(words)) for block_id, words in found)


def _add(edits: list[Edit], edit: Edit) -> None:
    """Add an edit, to the last one when they touch."""
    if edits and edits[-1].end == edit.start:
        last = edits.pop()
        edit = Edit(last.start, edit.end, last.words + edit.words)
    edits.append(edit)


def _merge(
    base: Sequence[Block], ours: Sequence[Block], theirs: Sequence[Block], ration: Ration
) -> tuple[Block, ...] | None:
    """The blocks with the changes of both sides, None when two of them meet and are not the same."""
    run = run_of(base)
    sides = side_of(run, run_of(ours), ration), side_of(run, run_of(theirs), ration)
    merged: list[Token] = []
    at = 0
    for start, end, left, right in _meetings(*(side.edits for side in sides)):
        merged += [_kept(run, sides, place) for place in range(at, start)]
        one = _replaced(start, end, left, sides[0])
        other = _replaced(start, end, right, sides[1])
        if left and right and not _alike(one, other):
            return None
        merged += max(one, other) if left and right else one if left else other
        at = end
    merged += [_kept(run, sides, place) for place in range(at, len(run))]
    return blocks_of(merged)


def _meetings(ours: list[Edit], theirs: list[Edit]) -> list[tuple[int, int, list[Edit], list[Edit]]]:
    """The changed stretches of the base, with the edits of each side; edits that touch are in one stretch."""
    found: list[tuple[int, int, list[Edit], list[Edit]]] = []
    both = sorted([(edit, 0) for edit in ours] + [(edit, 1) for edit in theirs], key=lambda one: one[0][:2])
    for edit, side in both:
        if found and edit.start <= found[-1][1]:
            start, end, left, right = found.pop()
            found.append((start, max(end, edit.end), left, right))
        else:
            found.append((edit.start, edit.end, [], []))
        found[-1][2 + side].append(edit)  # type: ignore[union-attr]
    return found


def _replaced(start: int, end: int, edits: list[Edit], side: Side) -> list[Token]:
    """What one side has in place of base[start:end]."""
    words: list[Token] = []
    at = start
    for edit in edits:
        words += [side.spelt[place] for place in range(at, edit.start)]
        words += edit.words
        at = edit.end
    return words + [side.spelt[place] for place in range(at, end)]


def _kept(base: Sequence[Token], sides: tuple[Side, Side], place: int) -> Token:
    """A word that both sides kept, as the one that changed its spelling spells it."""
    old, one, other = base[place], sides[0].spelt[place], sides[1].spelt[place]
    return Token(better_spelt(old.core, one.core, other.core), better_spelt(old.gap, one.gap, other.gap))


def _alike(one: Sequence[Token], other: Sequence[Token]) -> bool:
    return [alike(a.core + a.gap) for a in one] == [alike(b.core + b.gap) for b in other]
