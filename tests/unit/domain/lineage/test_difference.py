"""What separates two texts, by examples."""

import pytest

from pop_forum.domain.lineage.difference import apply, difference
from pop_forum.domain.lineage.texts import Block, Text
from pop_forum.errors import Conflict

FIRST = "Une navette relie les hameaux à la gare."
SECOND = "Un minibus part chaque samedi de marché."


def text(**blocks: str) -> Text:
    """A text with these blocks."""
    return Text("T", tuple(Block(name, words) for name, words in blocks.items()))


def kinds(base: Text, other: Text) -> list[str]:
    """What became of each block."""
    return [change.kind for change in difference(base, other).blocks]


@pytest.mark.parametrize(
    ("base", "other", "found"),
    [
        (text(a=FIRST, b=SECOND), text(a=FIRST, b=SECOND), ["kept", "kept"]),
        (text(a=FIRST, b=SECOND), text(b=SECOND, a=FIRST), ["moved", "kept"]),
        (text(a=FIRST), text(a=FIRST, b=SECOND), ["kept", "added"]),
        (text(a=FIRST, b=SECOND), text(b=SECOND), ["removed", "kept"]),
        (text(a=FIRST), text(a="Une navette relie le bourg à la gare."), ["changed"]),
        (text(a=f"{FIRST} {SECOND}"), text(a=FIRST, b=SECOND), ["split"]),
        (text(a=f"{FIRST} {SECOND}"), text(b=FIRST, a=SECOND), ["split"]),
        (text(a=FIRST, b=SECOND), text(a=f"{FIRST} {SECOND}"), ["joined"]),
        (text(a=FIRST), text(a=FIRST, b="Une navette relie la gare."), ["kept", "added"]),  # copied, not split
    ],
)
def test_each_block_is_told_apart(base: Text, other: Text, found: list[str]) -> None:
    assert kinds(base, other) == found
    assert apply(difference(base, other), base) == other


def test_a_change_holds_the_changed_words_alone() -> None:
    (change,) = difference(text(a=FIRST), text(a=FIRST.replace("gare", "mairie"))).blocks
    (edit,) = change.edits
    assert [token.core for token in edit.words] == ["mairie"]


def test_a_difference_is_applied_to_its_own_base_alone() -> None:
    found = difference(text(a=FIRST), text(a=SECOND))
    with pytest.raises(Conflict):
        apply(found, text(a="Autre chose."))
