"""The formulas give what docs/guides/budget.md works by hand, and keep to what holds of every sheet."""

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from pop_forum.domain.budget import formulas, programme, wire
from pop_forum.domain.budget.amounts import NOTHING, Range, rounded
from pop_forum.domain.budget.formulas import OWN_SHARE_PERCENT, PerYear
from pop_forum.domain.budget.sheet import Aid, AidState, Sheet, Term
from pop_forum.domain.budget.workings import payers, workings
from tests.proofs import proved
from tests.unit.domain.budget.sheets import sheets

GUIDE = (Path(__file__).parents[4] / "docs" / "guides" / "budget.md").read_text("utf-8")
CASES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]
YEARS = [tuple(map(int, row)) for row in re.findall(r"^\| (20\d\d) \| (\d+) \| (\d+) \|$", GUIDE, re.MULTILINE)]
RATE = Fraction(16_404, 100_000)
rates = st.none() | st.fractions(0, 1, max_denominator=100_000)


def sheet_of(case: dict[str, Any]) -> Sheet:
    sheet = wire.read(case["sheet"])
    assert sheet is not None and sheet.others == ()
    return sheet


def ends(amount: Range | None) -> list[int] | None:
    return None if amount is None else [amount.low, amount.high]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_case_of_the_guide(case: dict[str, Any]) -> None:
    sheet, rate = sheet_of(case), Fraction(case["fctva_percent"]) / 100
    share, year = formulas.lowest_own_share(sheet), formulas.per_inhabitant(sheet, rate)
    assert year is not None
    found = {
        "once": ends(formulas.net_once(sheet, rate)),
        "yearly": ends(formulas.net_yearly(sheet)),
        "vat": ends(formulas.returned_vat(sheet, rate)),
        "share": None if share is None else case["results"]["share"],
        "inhabitant": [rounded(year.low), rounded(year.high)],
        "whole": year.whole,
    }
    assert found == case["results"]
    assert share is None or share == Fraction(*case["results"]["share"])


def test_the_programme_of_the_guide() -> None:
    plan = programme.plan([*map(sheet_of, CASES), None], RATE, 2026)
    assert [(year.year, year.net.low, year.net.high) for year in plan.years] == YEARS
    assert (plan.measures, plan.priced, plan.unpriced, plan.partial, plan.undated) == (4, 3, 1, 1, 1)
    assert (plan.undated_once, plan.undated_yearly) == (NOTHING, Range(-2_000, 1_100))


def test_the_communes_of_the_guide_from_three_up() -> None:
    costs = [PerYear(Fraction(low), Fraction(high), whole=True) for low, high in ((8, 12), (10, 14), (9, 17))]
    assert programme.spread(costs) == programme.Spread(Fraction(12), Fraction(8), Fraction(17), 3)
    assert programme.spread(costs[:2]) is None
    assert programme.spread([*costs[:2], PerYear(Fraction(9), Fraction(17), whole=False)]) is None


def test_i_do_not_know_is_counted_as_unpriced() -> None:
    plan = programme.plan([Sheet(known=False), Sheet(), Sheet(running=NOTHING)], None, 2026)
    assert (plan.priced, plan.unpriced) == (1, 2)


@pytest.mark.parametrize(("aid", "under"), [(80_000, False), (80_001, True), (0, False), (100_000, True)])
def test_a_share_below_twenty_percent_of_public_money_is_told(aid: int, under: bool) -> None:
    share = formulas.own_share(100_000, aid, 0)
    assert share is not None and formulas.is_under_own_share(share) is under
    assert OWN_SHARE_PERCENT == 20


def test_private_money_is_no_public_financing() -> None:
    assert formulas.own_share(100_000, 0, 90_000) == 1
    assert formulas.own_share(100_000, 40_000, 50_000) == Fraction(1, 5)
    assert formulas.own_share(0, 0, 0) is None


@pytest.mark.parametrize(("value", "whole"), [("1/2", 1), ("-1/2", 0), ("2499/1000", 2), ("-3/2", -1), ("7", 7)])
def test_a_half_is_rounded_up(value: str, whole: int) -> None:
    assert rounded(Fraction(value)) == whole


@proved(sheets, rates)
def test_low_is_never_above_high(sheet: Sheet, rate: Fraction | None) -> None:
    once, yearly, each = formulas.net_once(sheet, rate), formulas.net_yearly(sheet), formulas.per_year(sheet, rate)
    assert (once is None) == (sheet.investment is None) and (yearly is None) == (sheet.running is None)
    assert each is None or each.low <= each.high


@proved(sheets, rates)
def test_a_refused_aid_changes_nothing(sheet: Sheet, rate: Fraction | None) -> None:
    refused = (*sheet.aids, Aid("Région", 7_000, Term.ONCE, AidState.REFUSED))
    with_it = replace(sheet, aids=refused)
    assert formulas.net_once(with_it, rate) == formulas.net_once(sheet, rate)
    assert formulas.lowest_own_share(with_it) == formulas.lowest_own_share(sheet)


@proved(sheets)
def test_a_share_lies_between_nothing_and_all(sheet: Sheet) -> None:
    share = formulas.lowest_own_share(sheet)
    assert share is None or 0 <= share <= 1


@proved(st.lists(st.none() | sheets, max_size=6), rates, st.integers(2018, 2032))
def test_every_priced_euro_is_in_one_year_or_apart(
    found: list[Sheet | None], rate: Fraction | None, first: int
) -> None:
    plan = programme.plan(found, rate, first, 40)
    assert plan.measures == len(found) == plan.priced + plan.unpriced
    once = [formulas.net_once(sheet, rate) for sheet in found if sheet and sheet.is_priced]
    yearly = [(sheet, formulas.net_yearly(sheet)) for sheet in found if sheet and sheet.is_priced]
    counted = sum(year.net.high for year in plan.years) + plan.undated_once.high + plan.undated_yearly.high
    expected = sum(
        net.high
        for sheet, net in zip((pair[0] for pair in yearly), once, strict=True)
        if net and (sheet.launch_year is None or sheet.launch_year >= first)
    )
    for sheet, net in yearly:
        years = 1 if sheet.launch_year is None else first + 40 - max(first, sheet.launch_year)
        expected += net.high * years if net else 0
    assert counted == expected


@proved(sheets, rates, st.sampled_from(Term))
def test_the_workings_add_up_to_the_net_cost(sheet: Sheet, rate: Fraction | None, term: Term) -> None:
    net = formulas.net_once(sheet, rate) if term is Term.ONCE else formulas.net_yearly(sheet)
    steps = workings(sheet, term, rate)
    assert bool(steps) == (net is not None)
    assert net is None or (sum(step.low for step in steps), sum(step.high for step in steps)) == (net.low, net.high)


@proved(sheets, rates, st.sampled_from(Term))
def test_the_payers_add_up_to_the_high_cost(sheet: Sheet, rate: Fraction | None, term: Term) -> None:
    found = payers(sheet, term, rate)
    costs = [sheet.investment, sheet.start] if term is Term.ONCE else [sheet.running]
    assert not found or sum(payer.amount for payer in found) == sum(cost.high for cost in costs if cost)
    assert all(payer.amount >= 0 for payer in found)


def test_the_shuttle_of_the_guide_is_paid_by_four() -> None:
    found = payers(sheet_of(CASES[0]), Term.YEARLY, None)
    assert [(payer.kind, payer.amount, payer.firm) for payer in found] == [
        ("commune", 7_900, True),
        ("aid", 4_000, False),
        ("aid", 2_000, False),
        ("revenue", 2_000, False),
    ]
