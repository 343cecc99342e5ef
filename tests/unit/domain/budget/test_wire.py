"""A sheet travels as a flat object, comes back the same, and loses nothing that somebody else wrote."""

from dataclasses import replace
from typing import Any

import pytest

from pop_forum.domain.budget import wire
from pop_forum.domain.budget.amounts import MOST_EUROS, Range
from pop_forum.domain.budget.sheet import (
    AIDS_MOST,
    AMOUNTS,
    BY_CHARS,
    NAME_CHARS,
    TEXT_CHARS,
    Aid,
    AidState,
    Competence,
    Confidence,
    Method,
    Sheet,
    Term,
)
from pop_forum.federation import revisions
from pop_forum.federation.canonical import jcs
from tests.proofs import proved
from tests.unit.domain.budget.sheets import objects, sheets

SHUTTLE = {"sheet": 1, "running_low": 11_400, "running_high": 15_900, "method": "calculation"}


@proved(sheets)
def test_a_sheet_comes_back_as_it_left(sheet: Sheet) -> None:
    assert wire.read(wire.write(sheet)) == sheet


@proved(objects)
def test_an_object_with_any_members_is_read_and_written_again_whole(document: dict[str, Any]) -> None:
    sheet = wire.read(document)
    assert sheet is not None and wire.write(sheet) == document


def test_what_this_version_cannot_read_is_kept_beside_what_it_can() -> None:
    sheet = wire.read(SHUTTLE | {"zone": "rurale", "investment_low": 5, "competence": "canton", "aid_2_name": "Région"})
    assert sheet is not None and sheet.running == Range(11_400, 15_900) and sheet.investment is None
    assert dict(sheet.others) == {"zone": "rurale", "investment_low": 5, "competence": "canton", "aid_2_name": "Région"}


@pytest.mark.parametrize("document", [None, {}, {"low": 12_000}, {"sheet": 2, "running_low": 1}, {"sheet": "1"}])
def test_another_form_of_budget_is_no_sheet(document: dict[str, Any] | None) -> None:
    assert wire.read(document) is None


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"running_high": 11_400}, False),
        ({"running_high": 11_399}, True),
        ({"use_years": 60}, False),
        ({"use_years": 61}, True),
        ({"population": 3_000_000}, False),
        ({"population": 3_000_001}, True),
        ({"running_high": MOST_EUROS}, False),
        ({"running_high": MOST_EUROS + 1}, True),
        ({"hypotheses": "x" * TEXT_CHARS}, False),
        ({"hypotheses": "x" * (TEXT_CHARS + 1)}, True),
        ({"date": "2026-02-28"}, False),
        ({"date": "2026-02-29"}, True),
        ({"unknown": 1}, False),
        ({"unknown": 0}, True),
    ],
)
def test_a_member_out_of_its_bounds_is_shown_as_it_is(change: dict[str, Any], kept: bool) -> None:
    sheet = wire.read(SHUTTLE | change)
    assert sheet is not None and bool(sheet.others) is kept


def test_the_longest_sheet_fits_in_a_revision() -> None:
    four_bytes, most = "\U0001f68c", Range(MOST_EUROS, MOST_EUROS)
    sheet = Sheet(
        **dict.fromkeys(AMOUNTS, most),
        aids=(Aid(four_bytes * NAME_CHARS, MOST_EUROS, Term.YEARLY, AidState.CONSIDERED),) * AIDS_MOST,
        fctva=True,
        use_years=60,
        launch_year=2100,
        population=3_000_000,
        competence=Competence.INTERCOMMUNALITY,
        method=Method.CALCULATION,
        confidence=Confidence.MAGNITUDE,
        by=four_bytes * BY_CHARS,
        date="2026-03-14",
        hypotheses=four_bytes * TEXT_CHARS,
        sources=four_bytes * TEXT_CHARS,
    )
    edition = revisions.first_edition_revision("navette-a-la-demande", "Navette", "Un transport.", "2026-11-23")
    document: Any = wire.write(sheet)
    assert len(jcs(document)) <= revisions.MAX_BUDGET_BYTES
    assert revisions.validated(replace(edition, budget=document)).budget == document


@pytest.mark.parametrize(
    ("one", "other", "fields"),
    [
        (None, None, ()),
        (SHUTTLE, SHUTTLE, ()),
        (SHUTTLE, SHUTTLE | {"running_high": 16_000, "zone": "rurale"}, ("running", "others")),
        (None, SHUTTLE, ("known", "running", "method")),
        (SHUTTLE, {"sheet": 2}, ("sheet",)),
        ({"low": 1}, {"low": 2}, ("sheet",)),
    ],
)
def test_a_comparison_names_the_fields_that_differ(one: Any, other: Any, fields: tuple[str, ...]) -> None:
    assert wire.differing(one, other) == wire.differing(other, one) == fields
