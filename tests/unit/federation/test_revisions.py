"""Revisions of a measure: one address per content, and limits."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import base58
import pytest

from pop_forum.errors import InvalidInput, TooLarge
from pop_forum.federation import revisions
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import commune_id
from pop_forum.federation.revisions import Block, Revision
from pop_forum.federation.strict_json import load_object

from .samples import HOST

FIRST = revisions.first_edition_revision("navette-a-la-demande", "Navette locale", "Un transport.", "2026-11-23")
SECOND = Revision(
    measure=FIRST.measure,
    parents=(revisions.digest(FIRST),),
    title="Navette locale à la demande",
    blocks=(
        Block("navette-a-la-demande-1", "paragraph", "Un transport.\nLe samedi aussi."),
        Block("b", "paragraph", "É"),
    ),
    budget={"total": 12000},
    author=commune_id(HOST),
    created="2026-11-23T10:00:00.000001Z",
)


def test_a_digest_is_the_multihash_of_the_jcs_in_base58() -> None:
    document = {
        "schema": 1,
        "measure": "urn:pop:programme-commun:navette-a-la-demande",
        "parents": [],
        "title": "Navette locale",
        "blocks": [{"id": "navette-a-la-demande-1", "type": "paragraph", "text": "Un transport."}],
        "budget": None,
        "author": "urn:pop:programme-commun",
        "created": "2026-11-23",
    }
    data = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    multihash = b"\x12\x20" + hashlib.sha256(data).digest()
    assert revisions.digest(FIRST) == base58.b58encode(multihash).decode()
    assert revisions.parse_digest(revisions.digest(FIRST)).startswith("Qm")


def test_revisions_come_back_from_their_documents() -> None:
    for revision in (FIRST, SECOND):
        assert revisions.from_document(load_object(jcs(revisions.to_document(revision)))) == revision


def test_the_same_words_written_otherwise_have_one_digest() -> None:
    composed = revisions.first_edition_revision("a", "Été", "Ligne\nLigne", "2026-11-23")
    decomposed = revisions.first_edition_revision("a", "E\u0301te\u0301", "Ligne\r\nLigne", "2026-11-23")
    assert revisions.digest(composed) == revisions.digest(decomposed)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "x"},
        {"parents": ()},
        {"budget": None},
        {"created": "2026-11-24"},
        {"author": "urn:pop:programme-commun"},
    ]
    + [{"measure": "urn:pop:a"}, {"blocks": SECOND.blocks[::-1]}],
)
def test_every_part_counts_for_the_digest(change: dict[str, Any]) -> None:
    assert revisions.digest(replace(SECOND, **change)) != revisions.digest(SECOND)


D = revisions.digest(SECOND)


def paragraph(text: str, block_id: str = "b") -> tuple[Block, ...]:
    """One paragraph."""
    return (Block(block_id, "paragraph", text),)


@pytest.mark.parametrize(
    "change",
    [
        {"measure": "navette"},
        {"measure": "urn:pop:" + "a" * 201},
        {"measure": "urn:pop:Navette"},
        {"parents": ("x",)},
        {"parents": (D, D)},
        {"parents": (D, revisions.digest(FIRST), D[:-1] + "z")},
        {"title": " "},
        {"title": "a\nb"},
        {"title": "E\u0301"},
        {"blocks": ()},
        {"blocks": paragraph("a\r\nb")},
        {"blocks": paragraph("E\u0301")},
        {"blocks": paragraph(" ")},
        {"blocks": paragraph("a", "B é")},
        {"blocks": (Block("b", "video", "a"),)},
        {"blocks": paragraph("a") * 2},
        {"budget": {"total": 0.5}},
        {"budget": {"total": True}},
        {"budget": {"total": None}},
        {"budget": {"aids": []}},
        {"budget": {"aids": {}}},
        {"author": "valombre"},
        {"author": "https://VALOMBRE.example/commune"},
        {"created": "hier"},
        {"created": "2026-02-30"},
        {"created": "2026-11-23T10:00:00+01:00"},
    ],
)
def test_row_37_and_malformed_revisions_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        revisions.validated(replace(SECOND, **change))


@pytest.mark.parametrize(
    ("change", "over"),
    [
        ({"title": "a" * 200}, {"title": "a" * 201}),
        ({"blocks": paragraph("a" * 20_000)}, {"blocks": paragraph("a" * 20_001)}),
        (
            {"blocks": tuple(Block(f"b{n}", "paragraph", "a") for n in range(200))},
            {"blocks": tuple(Block(f"b{n}", "paragraph", "a") for n in range(201))},
        ),
        (
            {"blocks": tuple(Block(f"b{n}", "paragraph", "a" * 20_000) for n in range(3))},
            {"blocks": tuple(Block(f"b{n}", "paragraph", "a" * 20_000) for n in range(4))},
        ),
        ({"budget": {"a": "x" * 16_376}}, {"budget": {"a": "x" * 16_377}}),
    ],
)
def test_limits_hold_at_and_above(change: dict[str, Any], over: dict[str, Any]) -> None:
    assert revisions.validated(replace(SECOND, **change))
    with pytest.raises(TooLarge):
        revisions.validated(replace(SECOND, **over))


@pytest.mark.parametrize(
    "change",
    [{"schema": 2}, {"parents": None}, {"parents": [1]}, {"blocks": [1]}, {"blocks": [{"id": "b"}]}, {"budget": 5}]
    + [
        {"title": None},
        {"author": []},
        {"created": None},
        {"blocks": [{"id": "b", "type": "paragraph", "text": "\x00"}]},
    ],
)
def test_malformed_documents_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        revisions.from_document({**revisions.to_document(SECOND), **change})


def test_what_a_later_version_may_hold_is_told_apart() -> None:
    document = revisions.to_document(SECOND)
    assert revisions.is_readable(document)
    for change in ({"schema": 2}, {"blocks": [{"id": "b", "type": "table", "text": "x"}]}):
        assert not revisions.is_readable({**document, **change})  # type: ignore[dict-item]


def test_a_local_measure_is_named_by_its_host() -> None:
    assert revisions.parse_measure_urn(revisions.local_measure_urn(HOST, "a1")) == "urn:pop:valombre.example:a1"
    assert revisions.parse_measure_urn(revisions.local_measure_urn("a.localhost:8080", "a1"))
