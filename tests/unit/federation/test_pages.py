"""Pages of a journal: built, read, checked; gaps, forks and contradictions told apart."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pop_forum.errors import Conflict, InvalidInput
from pop_forum.federation import journal, pages
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Seq

from .samples import (
    DECLARED,
    EPOCH,
    HOST,
    JOURNAL,
    OPENED,
    REGISTER,
    SECOND_EPOCH,
    chain_of,
    page_of,
    salt,
    signed,
)

DATA = signed(REGISTER, DECLARED, OPENED)
CHAIN = chain_of(DATA)


def read(data: bytes) -> pages.Page:
    """The page as its reader sees it."""
    return pages.parse_page(data, host=HOST, journal=JOURNAL)


def changed(data: bytes, **members: Any) -> bytes:
    """The page with members replaced."""
    return json.dumps({**json.loads(data), **members}).encode()


def items_of(data: bytes) -> list[dict[str, Any]]:
    """The entries of a page as plain JSON."""
    items: list[dict[str, Any]] = json.loads(data)["orderedItems"]
    return items


def test_a_page_is_read_back_and_its_chain_recomputed() -> None:
    page = read(page_of(CHAIN))
    assert page.entries == CHAIN.entries
    assert pages.verify_chain(page, CHAIN.start) == CHAIN.hashes
    assert (page.start, page.next, page.epoch) == (0, None, EPOCH)


def test_stored_bytes_are_spliced_not_encoded_again() -> None:
    data = page_of(CHAIN)
    for activity in DATA:
        assert activity in data


def test_a_reformatted_page_holds_the_same_entries() -> None:
    pretty = json.dumps(json.loads(page_of(CHAIN)), indent=2).encode()
    assert read(pretty).entries == CHAIN.entries


def test_a_page_with_every_field_is_read() -> None:
    """What later versions will write on this wire: a later epoch, an erased entry, a next page."""
    chain = chain_of([*DATA, jcs({"type": "pop:Erase"})], SECOND_EPOCH, erased={2: 4})
    data = page_of(chain, since=1, until=3, epoch=SECOND_EPOCH)
    document = json.loads(data)
    assert set(document) == {
        *("@context", "id", "type", "partOf", "startIndex", "epoch", "previous", "orderedItems", "hashes", "head"),
        "next",
    }
    assert set(document["head"]) == {"type", "host", "journal", "epoch", "n", "hash", "time", "proof"}
    assert [set(item) for item in document["orderedItems"]] == [{"n", "leaf", "erased_by"}, {"n", "salt", "activity"}]
    page = read(data)
    assert page.epoch.predecessor == SECOND_EPOCH.predecessor
    assert page.entries[0] == pages.Erased(Seq(2), chain.entries[1].leaf(), Seq(4))
    assert page.next == pages.page_url(HOST, JOURNAL, 3)
    start = journal.Position(2, SECOND_EPOCH.id, 1, chain.hashes[0])
    assert pages.verify_chain(page, start) == chain.hashes[1:3]


def test_an_empty_page_tells_that_nothing_is_new() -> None:
    page = read(page_of(CHAIN, since=3))
    assert pages.verify_chain(page, CHAIN.end) == ()


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=8), min_size=1, max_size=12), st.data())
def test_any_cut_of_a_journal_verifies_from_its_own_start_only(raw: list[bytes], data: st.DataObject) -> None:
    chain = chain_of([jcs({"a": item.hex()}) for item in raw])
    since = data.draw(st.integers(0, len(raw)))
    until = data.draw(st.integers(since, len(raw)))
    page = read(page_of(chain, since=since, until=until))
    start = chain.start if since == 0 else replace(chain.end, n=since, hash=chain.hashes[since - 1])
    assert pages.verify_chain(page, start) == chain.hashes[since:until]
    with pytest.raises(Conflict):
        pages.verify_chain(page, replace(start, n=since + 1))


def test_a_gap_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="gap"):
        pages.verify_chain(read(page_of(CHAIN, since=2)), CHAIN.start)


def test_the_same_place_with_another_hash_is_a_fork() -> None:
    with pytest.raises(Conflict, match="fork"):
        pages.verify_chain(read(page_of(CHAIN, since=2)), replace(CHAIN.end, n=2, hash=b"\x00" * 32))
    other = chain_of([DATA[1], DATA[0], DATA[2]])
    with pytest.raises(Conflict, match="fork"):
        pages.verify_chain(read(page_of(other, since=1)), replace(CHAIN.end, n=1, hash=CHAIN.hashes[0]))


def test_another_epoch_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="epoch"):
        pages.verify_chain(read(page_of(CHAIN)), replace(CHAIN.start, epoch_id=SECOND_EPOCH.id))


def test_a_start_that_is_not_the_epoch_s_genesis_is_a_fork() -> None:
    invented = replace(CHAIN.start, hash=b"\x00" * 32)
    with pytest.raises(Conflict, match="fork"):
        pages.verify_chain(read(changed(page_of(CHAIN), previous="00" * 32)), invented)


def test_a_head_that_ends_elsewhere_is_a_contradiction() -> None:
    other = chain_of([*DATA[:2], DATA[0]])
    data = changed(page_of(CHAIN), head=json.loads(page_of(other))["head"])
    with pytest.raises(InvalidInput):
        pages.verify_chain(read(data), CHAIN.start)


def test_a_page_that_contradicts_itself_is_refused() -> None:
    data = page_of(CHAIN)
    items = items_of(data)
    hashes = json.loads(data)["hashes"]
    older = json.loads(page_of(chain_of(DATA[:2])))["head"]
    later = json.loads(page_of(chain_of(DATA, SECOND_EPOCH), epoch=SECOND_EPOCH))["head"]
    for members in (
        {"orderedItems": [items[0], items[2], items[1]]},
        {"orderedItems": [items[0], {**items[1], "salt": "00" * 32}, items[2]]},
        {"orderedItems": [items[0], {**items[1], "activity": {"a": 1}}, items[2]]},
        {"orderedItems": items[:2]},
        {"hashes": hashes[:2]},
        {"hashes": [hashes[0], hashes[2], hashes[1]]},
        {"head": older},
        {"head": later},
    ):
        with pytest.raises(InvalidInput):
            pages.verify_chain(read(changed(data, **members)), CHAIN.start)


@pytest.mark.parametrize(
    "members",
    [
        {"type": "OrderedCollection"},
        {"id": "urn:x"},
        {"partOf": None},
        {"startIndex": -1},
        {"startIndex": "0"},
        {"previous": "x"},
        {"orderedItems": {}},
        {"orderedItems": [1]},
        {"orderedItems": [{"n": 1}]},
        {"orderedItems": [{"n": 0, "salt": "00" * 32, "activity": {}}]},
        {"orderedItems": [{"n": 1, "salt": "00", "activity": {}}]},
        {"orderedItems": [{"n": 1, "salt": "00" * 32, "activity": []}]},
        {"orderedItems": [{"n": 2, "leaf": "00" * 32, "erased_by": 2}]},
        {"orderedItems": [{"n": 2, "leaf": "00" * 32, "erased_by": 3, "salt": "00" * 32}]},
        {"orderedItems": [{"n": 2, "leaf": "00" * 32, "erased_by": 3, "activity": {}}]},
        {"orderedItems": [{"n": 1, "salt": "00" * 32, "activity": {}}] * 501},
        {"orderedItems": [{"n": 1, "salt": "00" * 32, "activity": {"a": 0.5}}]},
        {"hashes": ["x"]},
        {"hashes": None},
        {"head": None},
        {"epoch": 1},
        {"next": 5},
    ],
)
def test_malformed_pages_are_refused(members: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        read(changed(page_of(CHAIN), **members))


def test_a_page_of_another_journal_is_refused() -> None:
    for host, name in (("evil.example", JOURNAL), (HOST, "programme")):
        with pytest.raises(InvalidInput, match="not of"):
            pages.parse_page(page_of(CHAIN), host=host, journal=name)


def test_an_entry_stops_at_its_limit() -> None:
    fits = jcs({"a": "x" * (pages.ENTRY_BYTES - 8)})
    assert len(fits) == pages.ENTRY_BYTES
    assert read(page_of(chain_of([fits]))).entries
    with pytest.raises(InvalidInput, match="bytes"):
        read(page_of(chain_of([jcs({"a": "x" * (pages.ENTRY_BYTES - 7)})])))


def test_a_page_is_cut_at_500_entries_or_512_kib() -> None:
    small: list[pages.Entry] = [pages.Kept(Seq(n), salt(n), b"{}") for n in range(1, 700)]
    assert len(pages.cut(iter(small))) == pages.PAGE_ENTRIES
    large: list[pages.Entry] = [pages.Kept(Seq(n), salt(n), b"x" * pages.ENTRY_BYTES) for n in range(1, 4)]
    assert len(pages.cut(large)) == 1
    erased: list[pages.Entry] = [pages.Erased(Seq(1), salt(1), Seq(2))]
    assert pages.cut(erased) == erased
    assert pages.cut([]) == []


def test_the_largest_page_passes_the_strict_reader() -> None:
    body = jcs({"a": "x" * 780})
    chain = chain_of([body] * 500)
    assert len(pages.cut(chain.entries)) == 500
    assert len(read(page_of(chain)).entries) == 500


def test_answers_carry_a_position() -> None:
    assert pages.read_answer(pages.answer(CHAIN.end)) == CHAIN.end
    assert pages.read_answer(pages.answer(None)) is None
    for data in (b"{}", b'{"position":1}', b"", b"<html>"):
        with pytest.raises(InvalidInput):
            pages.read_answer(data)


def test_an_etag_changes_with_the_end_and_with_each_erasure() -> None:
    tags = {pages.etag(end, erasures) for end in (b"\x00" * 32, b"\x01" * 32) for erasures in (0, 1)}
    assert len(tags) == 4
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)
