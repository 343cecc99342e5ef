"""What sites tell each other of what they show: what is read, what is refused, and what can be compared."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pop_forum.errors import InvalidInput
from pop_forum.federation import state_digests
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import EpochId, Seq
from pop_forum.federation.journal import Position
from pop_forum.federation.state_digests import HELD, MAX_BESIDE, MAX_BOARD_CHARS, MAX_PARTS, Compared, Night, Part
from pop_forum.federation.strict_json import MAX_BYTES, load_object

HERE, THERE = "valombre.example", "pont-hervel.example"
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
POEM, OTHER = "ab" * 32, "cd" * 32


def position(n: int, hash_: str = "00") -> Position:
    return Position(1, EpochId("0f" * 16), Seq(n), bytes.fromhex(hash_ * 32))


def night(digests: dict[Part, str], *, here: int = 5, there: int = 7, whole: bool = True) -> Night:
    positions = {(HERE, "forum"): position(here), (THERE, "forum"): position(there)}
    return Night(AT, positions, digests, whole)


def compared(ours: Night, theirs: Night) -> tuple[list[Part], list[Part]]:
    found: Compared = state_digests.compare(ours, theirs)
    return found.same, found.different


PLAIN = Part(HERE, "forum", "quotidien")
REPLIES = Part(HERE, "forum", "quotidien", (THERE,))


def test_a_document_is_read_as_it_was_built() -> None:
    told = night({PLAIN: POEM, REPLIES: OTHER})
    assert state_digests.read(state_digests.build(told)) == told


def test_parts_are_the_same_or_different_by_their_digests() -> None:
    ours, theirs = night({PLAIN: POEM, REPLIES: OTHER}), night({PLAIN: POEM, REPLIES: POEM})
    assert compared(ours, theirs) == ([PLAIN], [REPLIES])


def test_a_part_is_compared_only_where_both_have_read_all_it_depends_on() -> None:
    ours = night({PLAIN: POEM, REPLIES: POEM})
    assert compared(ours, night({PLAIN: OTHER, REPLIES: OTHER}, there=8)) == ([], [PLAIN])
    assert compared(ours, night({PLAIN: OTHER, REPLIES: OTHER}, here=4)) == ([], [])
    fork = replace(ours, positions={place: position(one.n, "11") for place, one in ours.positions.items()})
    assert compared(ours, fork) == ([], [])
    stranger = replace(ours, positions={(HERE, "forum"): position(5)}, digests={PLAIN: POEM})
    assert compared(ours, stranger) == ([PLAIN], []), "it carries nothing of the other origin"


def test_what_a_whole_document_does_not_name_is_empty_there() -> None:
    assert compared(night({PLAIN: POEM}), night({})) == ([], [PLAIN])
    assert compared(night({}), night({PLAIN: POEM})) == ([], [PLAIN])
    assert compared(night({PLAIN: POEM}), night({}, whole=False)) == ([], [])


def test_what_is_held_is_compared_once_nothing_waits_on_either_side() -> None:
    held, settled = Part(HERE, "forum", HELD + "m"), Part(HERE, "forum", HELD)
    both = night({held: POEM, settled: POEM})
    assert compared(both, night({settled: POEM})) == ([settled], [held])
    assert compared(both, night({held: OTHER})) == ([], [])


def test_a_document_ends_at_its_most_parts_and_says_so() -> None:
    parts = {
        Part(HERE, "forum", f"urn:pop:programme-commun:{'m' * 60}-{n:04}", (THERE,)): POEM for n in range(MAX_PARTS + 1)
    }
    first = dict(sorted(parts.items())[:MAX_PARTS])
    for digests, whole in ((first, True), (parts, False)):
        data = state_digests.build(night(digests))
        told = state_digests.read(data)
        assert told is not None and len(data) <= MAX_BYTES
        assert (told.whole, dict(told.digests)) == (whole, first)


def test_another_schema_is_not_compared() -> None:
    document = load_object(state_digests.build(night({PLAIN: POEM})))
    assert state_digests.read(jcs({**document, "schema": 1})) is None


def hosts(count: int) -> list[str]:
    return [f"c{n:02}.example" for n in range(count)]


@pytest.mark.parametrize(
    ("members", "is_read"),
    [
        ({"beside": hosts(MAX_BESIDE)}, True),
        ({"beside": hosts(MAX_BESIDE + 1)}, False),
        ({"beside": ["b.example", "a.example"]}, False),
        ({"beside": ["a.example", "a.example"]}, False),
        ({"beside": [7]}, False),
        ({"board": "b" * MAX_BOARD_CHARS}, True),
        ({"board": "b" * (MAX_BOARD_CHARS + 1)}, False),
        ({"board": "a\nb"}, False),
        ({"digest": "AB" * 32}, False),
        ({"digest": "ab" * 31}, False),
        ({"host": "Valombre.example"}, False),
    ],
)
def test_a_malformed_part_is_refused(members: dict[str, object], is_read: bool) -> None:
    document = load_object(state_digests.build(night({PLAIN: POEM})))
    part = {"host": HERE, "journal": "forum", "board": "quotidien", "digest": POEM, **members}
    data = jcs({**document, "digests": [part]})  # type: ignore[dict-item]
    if is_read:
        assert state_digests.read(data) is not None
    else:
        with pytest.raises(InvalidInput):
            state_digests.read(data)


@pytest.mark.parametrize("members", [{"type": "pop:Vector"}, {"whole": 1}, {"time": "hier"}, {"digests": {}}])
def test_a_malformed_document_is_refused(members: dict[str, object]) -> None:
    document = load_object(state_digests.build(night({PLAIN: POEM})))
    with pytest.raises(InvalidInput):
        state_digests.read(jcs({**document, **members}))  # type: ignore[dict-item]
