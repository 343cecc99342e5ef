"""Every bound of a commune's settings: at the limit it is accepted, one past it is refused."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

import pytest

from pop_forum.settings import Instance, Limits, Retention

NUMBERS = [
    (f"{table}.{setting.name}", setting.metadata["bounds"].low, setting.metadata["bounds"].high)
    for table, kind in (("limits", Limits), ("retention", Retention))
    for setting in fields(kind)
]
NUMBERS.append(("population", 1, 3_000_000))
TEXTS = [("name", 80), ("keeper", 120), ("contact.phone", 40), ("contact.address", 200), ("contact.hours", 200)]
DEGREES = {"coordinates.latitude": 90, "coordinates.longitude": 180}
CENTRE: dict[str, Any] = {"coordinates.latitude": 0, "coordinates.longitude": 0}


@pytest.mark.parametrize(("key", "low", "high"), NUMBERS)
def test_a_number_is_accepted_at_its_bounds(load: Callable[..., Instance], key: str, low: int, high: int) -> None:
    for value in (low, high):
        assert attrgetter(key)(load({key: value})) == value


@pytest.mark.parametrize(("key", "low", "high"), NUMBERS)
def test_a_number_one_past_its_bounds_is_refused(refusal: Callable[..., str], key: str, low: int, high: int) -> None:
    for value in (low - 1, high + 1):
        assert f"« {key} » doit être un nombre entier entre {low} et {high}" in refusal({key: value})


@pytest.mark.parametrize(("key", "longest"), TEXTS)
def test_a_text_may_be_as_long_as_its_limit(
    load: Callable[..., Instance], refusal: Callable[..., str], key: str, longest: int
) -> None:
    assert attrgetter(key)(load({key: "é" * longest})) == "é" * longest
    assert f"« {key} » compte {longest + 1} caractères" in refusal({key: "é" * (longest + 1)})


@pytest.mark.parametrize(("key", "degrees"), DEGREES.items())
def test_coordinates_are_degrees(
    load: Callable[..., Instance], refusal: Callable[..., str], key: str, degrees: int
) -> None:
    for sign in (1, -1):
        assert attrgetter(key)(load({**CENTRE, key: sign * degrees})) == sign * degrees
        assert f"« {key} » doit être un nombre entre" in refusal({**CENTRE, key: sign * (degrees + 0.001)})


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_coordinate_that_is_no_number_is_refused(refusal: Callable[..., str], number: str) -> None:
    assert "« coordinates.latitude »" in refusal(raw=f"[coordinates]\nlatitude = {number}\nlongitude = 1\n")


def test_half_a_pair_of_coordinates_is_refused(refusal: Callable[..., str]) -> None:
    assert "« coordinates.longitude » manque" in refusal({"coordinates.latitude": 1})


@pytest.mark.parametrize("kind", [Limits, Retention])
def test_each_default_lies_within_its_bounds(kind: type) -> None:
    for setting in fields(kind):
        bounds = setting.metadata["bounds"]
        assert bounds.low <= bounds.default == setting.default <= bounds.high
