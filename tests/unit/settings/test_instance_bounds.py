"""Every bound of a commune's settings: at the limit it is accepted, one past it is refused."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

import pytest

from pop_forum.settings import Instance, Limits, Retention
from pop_forum.settings.instances import CATEGORY_DESCRIPTION, CATEGORY_NAME, MOST_CATEGORIES
from pop_forum.settings.shapes import LONGEST_SLUG

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


def category(slug: str = "idees", name: str = "Idées", description: str = "Une phrase.") -> dict[str, str]:
    return {"slug": slug, "name": name, "description": description}


def test_a_commune_has_so_many_categories_and_not_one_more(
    load: Callable[..., Instance], refusal: Callable[..., str]
) -> None:
    many = [category(f"r{number}") for number in range(MOST_CATEGORIES + 1)]
    assert len(load({"categories": many[:-1]}).categories) == MOST_CATEGORIES
    assert f"« categories » compte {len(many)} parties, {MOST_CATEGORIES} au plus" in refusal({"categories": many})
    assert load({"categories": []}).categories == ()


@pytest.mark.parametrize(
    ("field", "longest"), [("slug", LONGEST_SLUG), ("name", CATEGORY_NAME), ("description", CATEGORY_DESCRIPTION)]
)
def test_each_text_of_a_category_may_be_as_long_as_its_limit(
    load: Callable[..., Instance], refusal: Callable[..., str], field: str, longest: int
) -> None:
    [found] = load({"categories": [category(**{field: "a" * longest})]}).categories
    assert getattr(found, field) == "a" * longest
    too_long = {**category("autre"), field: "a" * (longest + 1)}
    wrong = refusal({"categories": [category(), too_long]})
    assert f"« categories[2].{field} » compte {longest + 1} caractères, {longest} au plus sont permis" in wrong


@pytest.mark.parametrize("slug", ["Idees", "idées", "des idees", "-idees", "../idees", "ouvrir", "flux.atom"])
def test_a_category_whose_slug_cannot_be_an_address_is_refused(refusal: Callable[..., str], slug: str) -> None:
    assert "« categories[1].slug » doit être en minuscules, chiffres et tirets" in refusal(
        {"categories": [category(slug)]}
    )


def test_two_categories_with_one_slug_are_refused(refusal: Callable[..., str]) -> None:
    assert "« categories[2].slug » « idees » est déjà celui d’une autre rubrique" in refusal(
        {"categories": [category(), category(name="Autres")]}
    )


@pytest.mark.parametrize("key", ["slug", "name"])
def test_a_category_without_its_slug_or_its_name_is_refused(refusal: Callable[..., str], key: str) -> None:
    part = {name: value for name, value in category().items() if name != key}
    assert f"« categories[1].{key} » manque" in refusal({"categories": [part]})
