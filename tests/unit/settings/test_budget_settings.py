"""The rate of the FCTVA and the capacity of a commune: stated with a source and a date, or not at all."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from pop_forum.settings import Budget, Capacity, Fctva, Instance
from pop_forum.settings.budget import FIRST_YEAR, LAST_YEAR, MOST_CAPACITY, MOST_PERCENT, SOURCE_CHARS
from tests.unit.settings.conftest import VALID

RATE = {"percent": "16.404", "source": '"Loi"', "date": "2026-01-05"}
CAPACITY = {"yearly": "60000", "first_year": "2026", "source": '"Compte"', "date": "2026-01-12"}


def part(name: str, values: dict[str, str]) -> str:
    return VALID + f"\n[budget.{name}]\n" + "\n".join(f"{key} = {value}" for key, value in values.items()) + "\n"


def test_nothing_is_stated_unless_it_is_set(load: Callable[..., Instance]) -> None:
    assert load().budget == Budget(None, None)


def test_a_rate_and_a_capacity_come_with_their_sources(load: Callable[..., Instance]) -> None:
    assert load(raw=part("fctva", RATE)).budget.fctva == Fctva(Fraction("16.404"), "Loi", date(2026, 1, 5))
    found = load(raw=part("capacity", CAPACITY)).budget.capacity
    assert found == Capacity(60_000, 2026, "Compte", date(2026, 1, 12))


@pytest.mark.parametrize("key", RATE)
def test_a_rate_without_its_source_or_date_is_refused(refusal: Callable[..., str], key: str) -> None:
    rest = {name: value for name, value in RATE.items() if name != key}
    assert f"« budget.fctva.{key} » manque" in refusal(raw=part("fctva", rest))


@pytest.mark.parametrize(
    ("name", "values", "key", "last", "past"),
    [
        ("fctva", RATE, "percent", str(MOST_PERCENT), f"{MOST_PERCENT}.001"),
        ("fctva", RATE, "percent", "16.404", "16.4041"),
        ("fctva", RATE, "source", f'"{"x" * SOURCE_CHARS}"', f'"{"x" * (SOURCE_CHARS + 1)}"'),
        ("capacity", CAPACITY, "yearly", str(MOST_CAPACITY), str(MOST_CAPACITY + 1)),
        ("capacity", CAPACITY, "first_year", str(FIRST_YEAR), str(FIRST_YEAR - 1)),
        ("capacity", CAPACITY, "first_year", str(LAST_YEAR), str(LAST_YEAR + 1)),
    ],
)
def test_each_bound_holds(
    load: Callable[..., Instance],
    refusal: Callable[..., str],
    name: str,
    values: dict[str, str],
    key: str,
    last: str,
    past: str,
) -> None:
    load(raw=part(name, values | {key: last}))
    assert f"« budget.{name}.{key} »" in refusal(raw=part(name, values | {key: past}))
