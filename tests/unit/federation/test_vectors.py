"""Position vectors: where a site stands in each journal it holds."""

import json
from typing import Any

import pytest

from pop_forum.errors import InvalidInput
from pop_forum.federation import journal
from pop_forum.federation.vectors import Held, build_vector, read_vector

from .samples import EPOCH, HOST, JOURNAL, OTHER, SECOND_EPOCH

HELD = [
    Held(HOST, JOURNAL, journal.start_of(HOST, JOURNAL, EPOCH)),
    Held(OTHER, "programme", journal.start_of(OTHER, "programme", SECOND_EPOCH)),
]


def test_a_vector_is_read_back() -> None:
    assert read_vector(build_vector(HELD)) == tuple(HELD)
    assert read_vector(build_vector([])) == ()


@pytest.mark.parametrize(
    "change",
    [{"host": "VALOMBRE.example"}, {"host": 1}, {"journal": ""}, {"n": -1}, {"hash": "x"}, {"epoch_id": None}],
)
def test_malformed_positions_in_a_vector_are_refused(change: dict[str, Any]) -> None:
    document = json.loads(build_vector(HELD))
    document["positions"][0] |= change
    with pytest.raises(InvalidInput):
        read_vector(json.dumps(document).encode())


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"type":"pop:Vector"}', b'{"type":"pop:Vector","positions":[1]}']
)
def test_what_is_no_vector_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_vector(data)
