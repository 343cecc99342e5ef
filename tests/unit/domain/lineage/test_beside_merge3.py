"""Our merge of words beside `merge3`, the one of Breezy, on generated French text.

With the same alignment of words the two agree, but where ours is more careful on purpose:
- an amount that is not the same on both sides is always chosen;
- a merge that does not stay the same when a side is taken in again is chosen (repeated words that align in two ways);
- another apostrophe or kind of space is no change: merge3 sees it as one, so it may find a conflict where we find none.
"""

from collections.abc import Sequence
from typing import Any

from merge3 import Merge3

from pop_forum.domain.lineage.merging import MERGE_RATION, merge
from pop_forum.domain.lineage.passages import Choices
from pop_forum.domain.lineage.texts import Block, Text, amounts
from pop_forum.domain.lineage.wording import merge_words, side_of
from pop_forum.domain.words import Ration, Token, alike, tokens
from tests.proofs import proved
from tests.unit.domain.lineage.writing import VOCABULARY, Trio, trios


class OurAlignment:
    """What merge3 asks of a matcher, answered by our comparison in words."""

    def __init__(self, _junk: Any, old: Sequence[str], new: Sequence[str]) -> None:
        self.old, self.new = old, new

    def get_matching_blocks(self) -> list[tuple[int, int, int]]:
        """The runs of words that stay, as difflib tells them."""
        old, new = (
            [Token(word.rstrip(), word[len(word.rstrip()) :]) for word in side] for side in (self.old, self.new)
        )
        found, i, j = [], 0, 0
        for edit in side_of(old, new, Ration(MERGE_RATION)).edits:
            if edit.start > i:
                found.append((i, j, edit.start - i))
            i, j = edit.end, j + edit.start - i + len(edit.words)
        return [*found, *([(i, j, len(old) - i)] if i < len(old) else []), (len(old), len(new), 0)]


def one_block(text: Text) -> str:
    """The words of all blocks in a row."""
    return " ".join(block.text for block in text.blocks)


def one_spelling(trio: Trio) -> Trio:
    """The same texts with one kind of apostrophe and of space."""
    return Trio(*(Text(text.title, tuple(Block(one.id, alike(one.text)) for one in text.blocks)) for text in trio))


def beside(trio: Trio, matcher: Any = None) -> tuple[str | None, str | None]:
    """The merged words by merge3 and by us, None where a person must choose."""
    base, ours, theirs = map(one_block, trio)
    words = ([token.core + token.gap for token in tokens(text)] for text in (base, ours, theirs))
    peer = list(Merge3(*words, sequence_matcher=matcher).merge_lines(start_marker="\0", mid_marker="", end_marker=""))
    found = merge_words(*((Block("a", text),) for text in (base, ours, theirs)), Ration(MERGE_RATION))  # type: ignore[misc]
    return None if any("\0" in part for part in peer) else "".join(peer), found[0].text if found else None


@proved(trios(VOCABULARY.split()))
def test_what_we_merge_merge3_merges_the_same_with_our_alignment(trio: Trio) -> None:
    peer, found = beside(one_spelling(trio), OurAlignment)
    assert found is None or peer == found


@proved(trios([f"{word}{number}" for number in range(12) for word in ("mot", "l’")]))
def test_what_merge3_leaves_to_a_person_so_do_we(trio: Trio) -> None:
    peer, found = beside(one_spelling(trio), OurAlignment)
    if peer is None:
        assert found is None


def test_the_reasons_to_be_more_careful() -> None:
    base, ours, theirs = (
        "Un billet coûte 1 €, le samedi.",
        "Un billet coûte 1 €, le jeudi.",
        "Un billet coûte 2 €, le samedi.",
    )
    merged = beside(Trio(*(Text("T", (Block("a", words),)) for words in (base, ours, theirs))))
    assert merged[0] == merged[1] == "Un billet coûte 2 €, le jeudi."
    whole = merge([Text("T", (Block("a", base),))], *(Text("T", (Block("a", words),)) for words in (ours, theirs)))
    assert isinstance(whole, Choices)
    assert amounts(whole.passages[0].ours) != amounts(whole.passages[0].theirs)  # type: ignore[arg-type]


def test_where_merge3_sees_a_conflict_in_an_apostrophe_we_see_none() -> None:
    sides = "L'accès est libre.", "L’accès est libre.", "L'entrée est libre."
    peer, found = beside(Trio(*(Text("T", (Block("a", words),)) for words in sides)))
    assert (peer, found) == (None, "L’entrée est libre.")
