"""A form gives a sheet, or a sentence for each field that cannot be read."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import strategies as st

from pop_forum.domain.budget import amounts, typed
from pop_forum.domain.budget.amounts import MOST_EUROS, Range, parse_amount
from pop_forum.domain.budget.sheet import (
    BY_CHARS,
    NAME_CHARS,
    TEXT_CHARS,
    Aid,
    AidState,
    Method,
    Sheet,
    Term,
)
from pop_forum.domain.french import format_number
from pop_forum.errors import InvalidInput
from tests.proofs import proved

TODAY = dt.date(2026, 3, 14)
SHUTTLE = {
    "known": "amounts",
    "running_low": "11 400",
    "running_high": "15 900 €",
    "method": "calculation",
    "confidence": "estimate",
    "date": "12/01/2026",
    "hypotheses": "Deux demi-journées.",
}


def wrong(**change: str) -> dict[str, str]:
    return typed.read_typed(SHUTTLE | change, TODAY, None)[1]


@pytest.mark.parametrize(
    ("text", "euros"),
    [
        ("12 000", 12_000),
        ("12\u202f000\u00a0€", 12_000),
        ("12000", 12_000),
        (" 12 000 euros ", 12_000),
        ("0", 0),
        ("007", 7),
        ("999 999 999", MOST_EUROS),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, euros: int) -> None:
    assert parse_amount(text) == euros


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("12k", amounts.SHORTENED),
        ("12 k€", amounts.SHORTENED),
        ("1,5 million", amounts.SHORTENED),
        ("12 000,50", amounts.CENTS),
        ("12.000", amounts.CENTS),
        ("-300", amounts.NEGATIVE),
        ("12 00", amounts.SPACED),
        ("1000 000 000 000 000 0000", amounts.SPACED),
        ("1 000 000 000", amounts.TOO_GREAT),
        ("environ 12 000", amounts.UNREADABLE),
        ("١٢", amounts.UNREADABLE),
        ("", amounts.UNREADABLE),
        ("9" * 40, amounts.SPACED),
    ],
)
def test_an_amount_that_could_be_misread_is_refused_with_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_amount(text)
    assert refusal.value.public == sentence


@proved(st.integers(0, MOST_EUROS))
def test_an_amount_written_by_us_is_read_back(euros: int) -> None:
    assert parse_amount(f"{format_number(euros)}\u202f€") == euros


@proved(st.text("0123456789 k,.€-\u202f", max_size=14))
def test_whatever_is_typed_is_an_amount_or_a_sentence(text: str) -> None:
    try:
        assert 0 <= parse_amount(text) <= MOST_EUROS
    except InvalidInput as refusal:
        assert refusal.public.endswith(".")


def test_a_filled_form_is_a_sheet() -> None:
    aid = {"aid_2_name": " Région ", "aid_2_amount": "2 000", "aid_2_term": "yearly", "aid_2_state": "requested"}
    present = Sheet(others=(("zone", "rurale"),))
    sheet, errors = typed.read_typed(SHUTTLE | aid | {"fctva": "0", "use_years": "8"}, TODAY, present)
    assert errors == {}
    assert sheet.running == Range(11_400, 15_900) and sheet.method is Method.CALCULATION
    assert sheet.aids == (Aid("Région", 2_000, Term.YEARLY, AidState.REQUESTED, True),)
    assert (sheet.date, sheet.fctva, sheet.use_years, sheet.investment) == ("2026-01-12", False, 8, None)
    assert sheet.others == present.others


def test_i_do_not_know_is_an_answer() -> None:
    sheet, errors = typed.read_typed({"known": "unknown", "date": "2026-03-14"}, TODAY, None)
    assert (sheet, errors) == (Sheet(known=False, date="2026-03-14"), {})


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"running_high": ""}, "running_high", typed.OTHER_END),
        ({"running_low": ""}, "running_low", typed.OTHER_END),
        ({"running_low": "16 000"}, "running_high", typed.UPSIDE_DOWN),
        ({"running_low": "15 900"}, "running_high", typed.SINGLE),
        ({"running_low": "12k"}, "running_low", amounts.SHORTENED),
        ({"running_low": "", "running_high": ""}, "investment_low", typed.NO_COST),
        ({"known": "unknown"}, "known", typed.BOTH_ANSWERS),
        ({"method": ""}, "method", typed.NO_METHOD),
        ({"method": "flair"}, "method", typed.NO_CHOICE),
        ({"confidence": ""}, "confidence", typed.NO_CONFIDENCE),
        ({"confidence": "quote"}, "confidence", typed.NO_QUOTE),
        ({"hypotheses": " "}, "hypotheses", typed.NO_GROUND),
        ({"hypotheses": "x" * (TEXT_CHARS + 1)}, "hypotheses", typed.LONG_TEXT),
        ({"by": "x" * (BY_CHARS + 1)}, "by", typed.LONG_BY),
        ({"date": ""}, "date", typed.NO_DAY),
        ({"date": "31/02/2026"}, "date", typed.NO_DAY),
        ({"date": "2026-03-15"}, "date", typed.LATER),
        ({"use_years": "61"}, "use_years", typed.NO_YEARS),
        ({"launch_year": "2019"}, "launch_year", typed.NO_YEAR),
        ({"aid_1_amount": "300"}, "aid_1_name", typed.NO_NAME),
        ({"aid_1_name": "Région"}, "aid_1_amount", typed.NO_AMOUNT),
        ({"aid_1_name": "x" * (NAME_CHARS + 1), "aid_1_amount": "1"}, "aid_1_name", typed.LONG_NAME),
        ({"aid_1_name": "R", "aid_1_amount": "1", "aid_1_state": "rêvée"}, "aid_1_state", typed.NO_CHOICE),
    ],
)
def test_each_wrong_field_has_its_sentence(change: dict[str, str], field: str, sentence: str) -> None:
    assert wrong(**change) == {field: sentence}


@pytest.mark.parametrize(
    "change",
    [
        {"hypotheses": "x" * TEXT_CHARS},
        {"by": "x" * BY_CHARS},
        {"use_years": "60"},
        {"launch_year": "2100"},
        {"date": "2026-03-14"},
        {"aid_1_name": "x" * NAME_CHARS, "aid_1_amount": "0"},
        {"method": "quote", "confidence": "quote", "running_low": "15 900"},
        {"method": "quote", "running_low": ""},
        {"investment_low": "0", "investment_high": "0"},
    ],
)
def test_at_its_limit_a_field_is_right(change: dict[str, str]) -> None:
    assert wrong(**change) == {}


def test_the_sentences_say_the_limits() -> None:
    assert format_number(TEXT_CHARS) in typed.LONG_TEXT
    assert str(BY_CHARS) in typed.LONG_BY and str(NAME_CHARS) in typed.LONG_NAME
    assert format_number(MOST_EUROS) in amounts.TOO_GREAT


@proved(st.dictionaries(st.sampled_from([*SHUTTLE, "aid_1_name", "aid_1_amount", "use_years"]), st.text(max_size=8)))
def test_any_form_is_read(change: dict[str, Any]) -> None:
    typed.read_typed(SHUTTLE | change, TODAY, None)
