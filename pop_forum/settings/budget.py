"""What a commune states for its budgets, each with its source and its date: the FCTVA's rate, and its capacity."""

from fractions import Fraction

from pop_forum.settings.model import Budget, Capacity, Fctva
from pop_forum.settings.reading import Table

SOURCE_CHARS = 200
MOST_PERCENT = 25  # above every rate that the fund has had
MOST_CAPACITY = 999_999_999
FIRST_YEAR, LAST_YEAR = 2020, 2100


def budget(table: Table) -> Budget:
    """The table [budget]; without it, no FCTVA is taken off and no capacity is shown."""
    part = table.table("budget") or Table({}, table.problems, "budget.")
    found = Budget(_fctva(part), _capacity(part))
    part.close()
    return found


def _fctva(table: Table) -> Fctva | None:
    part = table.table("fctva")
    if part is None:
        return None
    percent = part.decimal("percent", 0, MOST_PERCENT)
    thousandths = round(percent * 1_000)
    if abs(percent * 1_000 - thousandths) > 1e-6:
        part.wrong("percent", "a trois décimales au plus, comme 16.404")
    found = Fctva(Fraction(thousandths, 1_000), part.text("source", longest=SOURCE_CHARS), part.day("date"))
    part.close()
    return found


def _capacity(table: Table) -> Capacity | None:
    part = table.table("capacity")
    if part is None:
        return None
    found = Capacity(
        yearly=part.whole("yearly", 0, MOST_CAPACITY),
        first_year=part.whole("first_year", FIRST_YEAR, LAST_YEAR),
        source=part.text("source", longest=SOURCE_CHARS),
        date=part.day("date"),
    )
    part.close()
    return found
