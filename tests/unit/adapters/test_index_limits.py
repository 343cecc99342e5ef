"""What a search may cost and an index may become: budgets, bounded questions, windows, merges."""

from pathlib import Path
from typing import Any

import pytest
from whoosh.index import TOC

from pop_forum.adapters import index as adapter
from pop_forum.adapters import index_folder, index_matching, index_writing
from pop_forum.adapters.index import CommuneIndex
from pop_forum.adapters.index_codec import BLOCK, LAST_PLACE, MOST, Places
from pop_forum.adapters.index_segment import Segment, Term
from pop_forum.adapters.index_writing import Batch
from pop_forum.domain.search_words import MAX_TERMS, read_query
from pop_forum.domain.searching import Lookup
from tests.unit.adapters.test_index import HERE, document, made, refs


def segments(data: Path) -> int:
    generation = index_folder.current(data / "index")
    assert generation is not None
    return len(list(generation.glob("*.seg")))


def test_many_small_batches_make_few_segments(tmp_path: Path) -> None:
    index = made(tmp_path)
    for number in range(40):
        index_writing.put(tmp_path, Batch([document(number, "pluie")]))
        index_writing.tidy(tmp_path, index_writing.QUICK_DOCUMENTS)
    assert segments(tmp_path) < 2 * index_writing.FAN
    assert index.documents() == 40
    assert len(refs(index, "pluie", count=50)) == 40


def test_a_batch_is_found_before_anything_is_merged(tmp_path: Path) -> None:
    index = made(tmp_path)
    for number in range(index_writing.FAN):
        index_writing.put(tmp_path, Batch([document(number, "pluie")]))
    assert segments(tmp_path) == index_writing.FAN
    assert index_writing.tidy(tmp_path, index_writing.FAN)
    assert segments(tmp_path) == 1
    assert not index_writing.tidy(tmp_path)
    assert len(refs(index, "pluie")) == index_writing.FAN


def test_words_in_a_row_are_found_after_a_merge_and_what_was_removed_is_not(tmp_path: Path) -> None:
    index = made(tmp_path)
    for number in range(index_writing.FAN):
        index_writing.put(tmp_path, Batch([document(number, "la pluie fine" if number % 2 else "fine, la pluie")]))
    index_writing.put(tmp_path, Batch([], gone=["p1"]))
    assert index_writing.tidy(tmp_path)
    assert refs(index, '"pluie fine"') == {f"p{number}" for number in range(3, index_writing.FAN, 2)}
    assert len(refs(index, "pluie fine")) == index_writing.FAN - 1 == index.documents()


@pytest.mark.parametrize("often", [MOST, MOST + 1])
def test_a_word_counts_so_often_at_most(tmp_path: Path, often: int) -> None:
    index = made(tmp_path, document(1, "pluie " * often), document(2, "une pluie"))
    assert refs(index, "pluie") == {"p1", "p2"}
    [postings] = [term.postings() for segment in segments_of(tmp_path) if (term := segment.term("text", "plui"))]
    assert [list(times) for _, times in postings.blocks(0, 2)] == [[MOST, 1]]


@pytest.mark.parametrize(("place", "kept"), [(LAST_PLACE, LAST_PLACE), (LAST_PLACE + 1, LAST_PLACE)])
def test_places_are_told_apart_up_to_the_last(place: int, kept: int) -> None:
    places = Places()
    value = places.encode([7, place])
    assert (places.decode_positions(value), places.decode_frequency(value)) == ([7, kept], 2)


def segments_of(data: Path) -> list[Segment]:
    generation = index_folder.current(data / "index")
    assert generation is not None
    opened = adapter.Opened(generation)
    opened.refresh()
    return opened.segments


def test_large_segments_wait_until_nobody_does_or_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path)
    for number in range(index_writing.FAN):
        index_writing.put(tmp_path, Batch([document(number, "pluie")]))
    assert not index_writing.tidy(tmp_path, index_writing.FAN - 1)
    monkeypatch.setattr(index_writing, "MANY_SEGMENTS", index_writing.FAN)
    assert not index_writing.tidy(tmp_path, index_writing.FAN - 1)
    index_writing.put(tmp_path, Batch([document(index_writing.FAN, "pluie")]))
    assert index_writing.tidy(tmp_path, index_writing.FAN - 1)


def test_what_was_withdrawn_is_gone_from_a_segment_that_is_still_read(tmp_path: Path) -> None:
    index = made(tmp_path, document(1, "pluie"), document(2, "pluie"))
    assert refs(index, "pluie") == {"p1", "p2"}
    index_writing.put(tmp_path, Batch([], gone=["p1"]))
    assert (refs(index, "pluie"), index.documents()) == ({"p2"}, 1)


def test_a_search_stops_at_its_budget_with_the_newest_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_matching, "WINDOW", 100)
    index = made(tmp_path, *(document(number, "pluie") for number in range(1_000)))
    asked = Lookup(read_query("pluie"), (HERE,), count=300)
    monkeypatch.setattr(adapter, "ENTRIES", 100_000)
    whole = index.find(asked)
    monkeypatch.setattr(adapter, "ENTRIES", 1_000)
    part = index.find(asked)
    assert whole is not None and part is not None
    assert (len(whole.refs), whole.whole) == (300, True)
    assert not part.whole and "p999" in part.refs and "p0" not in part.refs
    assert 100 <= len(part.refs) < 1_000


def test_a_search_stops_when_its_time_is_over(tmp_path: Path) -> None:
    clock = Steps(adapter.FIND_SECONDS)
    made(tmp_path, document(1, "pluie")).close()
    found = CommuneIndex(tmp_path, clock).find(Lookup(read_query("pluie"), (HERE,)))  # type: ignore[arg-type]
    assert found is not None and (found.refs, found.whole) == ((), False)


class Steps:
    """A clock on which some time passes between two looks."""

    def __init__(self, seconds: float) -> None:
        self._now, self._step = 0.0, seconds + 0.01

    def monotonic(self) -> float:
        self._now += self._step
        return self._now


@pytest.mark.parametrize(
    "typed",
    ["pre* pru* pra* pri* pro* pry* prb* prc* prd* prf* prg* prh* prj*", "-pre* " * 20 + "mot"],
)
def test_row_61_a_question_stands_for_a_bounded_number_of_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    words = " ".join(f"pr{one}{two}{three}" for one in "euaioy" for two in "abcdefgh" for three in "klmnpqrst")
    index = made(tmp_path, document(1, f"{words} mot"))
    opened: list[Term] = []
    postings = Term.postings
    monkeypatch.setattr(Term, "postings", lambda term: opened.append(term) or postings(term))
    assert index.find(Lookup(read_query(typed), (HERE,))) is not None
    roots = 3  # of the beginning itself, at most
    assert 0 < len(opened) <= MAX_TERMS * (adapter.MAX_EXPANSIONS + roots)


@pytest.mark.parametrize(("windows", "typed"), [(2, "pluie"), (3, '"la pluie fine"'), (5, "pluie -neige")])
def test_windows_and_blocks_change_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, windows: int, typed: str
) -> None:
    """Every document, or but one, whatever the windows: more documents than a block holds."""
    count = BLOCK + 100
    index = made(tmp_path, *(document(number, "une pluie fine") for number in range(count)), document(count, "neige"))
    expected = refs(index, typed, count=2 * count)
    monkeypatch.setattr(index_matching, "WINDOW", count // windows)
    assert refs(index, typed, count=2 * count) == expected
    assert len(expected) == count


def test_a_question_is_answered_while_a_batch_takes_segments_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = made(tmp_path, document(1, "pluie"))
    assert refs(index, "pluie") == {"p1"}
    read, late = TOC.read, [True]

    def read_too_late(*arguments: Any) -> Any:
        if late.pop() if late else False:
            raise FileNotFoundError
        return read(*arguments)

    index_writing.put(tmp_path, Batch([document(2, "pluie")]))
    monkeypatch.setattr(TOC, "read", read_too_late)
    assert refs(index, "pluie") == {"p1", "p2"}


def test_words_are_compared_with_so_many_known_ones_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"pluie{one}{two}" for one in "bcdf" for two in "ghjk"]
    index = made(tmp_path, document(1, " ".join([*words, "zinc"])))
    compared: list[str] = []
    monkeypatch.setattr(adapter.spelling, "distance", lambda one, other, most: compared.append(other) or most + 1)
    for most in (len(words) + 1, len(words)):
        monkeypatch.setattr(adapter, "COMPARED", most)
        compared.clear()
        index.spellings(["pluiebb", "zinv"])
        assert ("zinc" in compared) == (most > len(words))


def test_words_are_compared_for_so_long_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "COMPARED_AT_ONCE", 1)
    made(tmp_path, document(1, "pluie plume")).close()
    hurried = CommuneIndex(tmp_path, Steps(adapter.SPELLING_SECONDS))  # type: ignore[arg-type]
    assert len(hurried.spellings(["pluei", "plumme"])) <= 1
    assert len(CommuneIndex(tmp_path).spellings(["pluei", "plumme"])) == 2
