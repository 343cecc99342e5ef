"""The whole programme by year, and what several communes spend."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from pop_forum.domain.budget.amounts import NOTHING, Range
from pop_forum.domain.budget.formulas import PerYear, Rate, net_once, net_yearly
from pop_forum.domain.budget.sheet import Sheet

TERM_YEARS = 6  # municipal councils are elected for six years (Code électoral, article L.227)
COMMUNES_LEAST = 3  # below, a median says more about one commune than about the cost


@dataclass(frozen=True, slots=True)
class Year:
    """What a year would cost."""

    year: int
    net: Range


@dataclass(frozen=True, slots=True)
class Plan:
    """A programme's cost by year; `undated` is what measures without a year of launch cost, once and yearly.

    `partial` measures are priced, with one of their two costs unknown: only the other one is counted.
    """

    years: tuple[Year, ...]
    undated_once: Range
    undated_yearly: Range
    measures: int
    priced: int
    partial: int
    undated: int

    @property
    def unpriced(self) -> int:
        """How many measures nobody has priced, or whose answer is « je ne sais pas »."""
        return self.measures - self.priced


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the communes' middles, the lowest low and the highest high, and how many they are."""

    middle: Fraction
    low: Fraction
    high: Fraction
    communes: int


def plan(sheets: Sequence[Sheet | None], rate: Rate | None, first: int, count: int = TERM_YEARS) -> Plan:
    """The programme over `count` years from `first`: once in the year of launch, yearly from that year on."""
    priced = [sheet for sheet in sheets if sheet is not None and sheet.is_priced]
    undated = [sheet for sheet in priced if sheet.launch_year is None]
    return Plan(
        years=tuple(Year(year, _sum(_in_year(sheet, rate, year) for sheet in priced)) for year in _span(first, count)),
        undated_once=_sum(net_once(sheet, rate) for sheet in undated),
        undated_yearly=_sum(net_yearly(sheet) for sheet in undated),
        measures=len(sheets),
        priced=len(priced),
        partial=sum(sheet.is_partial for sheet in priced),
        undated=len(undated),
    )


def spread(costs: Iterable[PerYear]) -> Spread | None:
    """What the communes spend for an inhabitant a year; None below three of them. Only whole costs compare."""
    whole = [cost for cost in costs if cost.whole]
    if len(whole) < COMMUNES_LEAST:
        return None
    middles = [(cost.low + cost.high) / 2 for cost in whole]
    return Spread(
        median(middles), min(cost.low for cost in whole), max(cost.high for cost in whole), communes=len(whole)
    )


def _in_year(sheet: Sheet, rate: Rate | None, year: int) -> Range | None:
    if sheet.launch_year is None or year < sheet.launch_year:
        return None
    once = net_once(sheet, rate) if year == sheet.launch_year else None
    return (once or NOTHING) + (net_yearly(sheet) or NOTHING)


def _sum(ranges: Iterable[Range | None]) -> Range:
    return sum((each for each in ranges if each is not None), start=NOTHING)


def _span(first: int, count: int) -> range:
    return range(first, first + count)
