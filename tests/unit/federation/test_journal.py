"""The hash chain, to the byte."""

import hashlib
import json

import pytest

from pop_forum.errors import InvalidInput, Unauthenticated
from pop_forum.federation import journal
from pop_forum.federation.strict_json import JsonObject

from .samples import (
    EPOCH,
    HOST,
    JOURNAL,
    KEYS,
    NOW,
    PUBLIC_KEYS,
    SECOND_EPOCH,
    chain_of,
    head_of,
    site_keys,
)


def sha256_of_json(value: object) -> bytes:
    """What the design note says, written out without our own code."""
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).digest()


def test_a_leaf_is_the_hash_of_salt_and_bytes() -> None:
    assert journal.leaf(b"s" * 32, b"{}") == hashlib.sha256(b"s" * 32 + b"{}").digest()


def test_an_entry_hash_is_the_hash_of_its_seven_parts() -> None:
    expected = sha256_of_json(["pop-journal-1", HOST, JOURNAL, EPOCH.id, 7, "01" * 32, "02" * 32])
    assert journal.entry_hash(HOST, JOURNAL, EPOCH.id, 7, b"\x01" * 32, b"\x02" * 32) == expected


def test_a_genesis_hash_names_the_predecessor_or_null() -> None:
    first = sha256_of_json(["pop-journal-1", HOST, JOURNAL, EPOCH.id, 0, None])
    assert journal.start_of(HOST, JOURNAL, EPOCH) == journal.Position(1, EPOCH.id, 0, first)
    second = sha256_of_json(["pop-journal-1", HOST, JOURNAL, SECOND_EPOCH.id, 0, [EPOCH.id, 3, "07" * 32]])
    assert journal.genesis_hash(HOST, JOURNAL, SECOND_EPOCH.id, SECOND_EPOCH.predecessor) == second


def test_positions_and_epochs_come_back_from_their_documents() -> None:
    position = journal.start_of(HOST, JOURNAL, SECOND_EPOCH)
    assert journal.read_position(journal.position_document(position)) == position
    for epoch in (EPOCH, SECOND_EPOCH):
        assert journal.read_epoch(journal.epoch_document(epoch)) == epoch


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": 0},
        {"epoch": True},
        {"epoch_id": "x"},
        {"n": -1},
        {"n": "1"},
        {"hash": "00"},
        {"hash": "AB" * 32},
        {"hash": None},
    ],
)
def test_malformed_positions_are_refused(change: JsonObject) -> None:
    document = journal.position_document(journal.start_of(HOST, JOURNAL, EPOCH))
    with pytest.raises(InvalidInput):
        journal.read_position({**document, **change})


def test_only_the_first_epoch_has_no_predecessor() -> None:
    first, second = journal.epoch_document(EPOCH), journal.epoch_document(SECOND_EPOCH)
    for document in ({**first, "predecessor": second["predecessor"]}, {**second, "predecessor": None}):
        with pytest.raises(InvalidInput):
            journal.read_epoch(document)


def test_a_signed_head_is_verified() -> None:
    chain = chain_of([b"{}", b"[]"])
    head = journal.verify_head(head_of(chain), {1: PUBLIC_KEYS})
    assert head.position() == chain.end
    assert (head.host, head.journal, head.time) == (HOST, JOURNAL, NOW)


def test_a_head_changed_or_signed_by_another_is_refused() -> None:
    document = head_of(chain_of([b"{}"]))
    other = site_keys(2).public()
    for changed, keys in (
        ({**document, "n": 2}, {1: PUBLIC_KEYS}),
        ({**document, "host": "evil.example"}, {1: PUBLIC_KEYS}),
        (document, {1: other}),
        (document, {2: other}),
    ):
        with pytest.raises(Unauthenticated):
            journal.verify_head(changed, keys)


@pytest.mark.parametrize(
    "change",
    [{"type": "Note"}, {"host": "VALOMBRE.example"}, {"host": "a/b"}, {"journal": ""}, {"journal": "a\nb"}]
    + [{"time": "2026"}, {"time": "2026-13-01T00:00:00Z"}, {"hash": "x"}, {"epoch": 1}, {"proof": None}, {"proof": {}}],
)
def test_malformed_heads_are_refused(change: JsonObject) -> None:
    with pytest.raises(InvalidInput):
        journal.verify_head({**head_of(chain_of([b"{}"])), **change}, {1: PUBLIC_KEYS})


def test_a_head_of_a_later_epoch_tells_its_predecessor() -> None:
    head = journal.Head(HOST, JOURNAL, SECOND_EPOCH, 0, b"\x01" * 32, NOW)
    assert journal.read_head(journal.sign_head(head, KEYS)) == head
