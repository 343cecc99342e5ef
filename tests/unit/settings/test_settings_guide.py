"""The guide of settings is complete: each key and variable with its default and bounds."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from pop_forum.domain.french import format_number
from pop_forum.settings import (
    Accent,
    Capacity,
    Contact,
    Coordinates,
    Event,
    Fctva,
    Instance,
    Limits,
    Mail,
    Programme,
    Retention,
    Roles,
)
from pop_forum.settings.host import DATABASE, VARIABLES

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "guides" / "reglages.md").read_text("utf-8")
TABLES = {
    "contact": Contact, "mail": Mail, "coordinates": Coordinates, "roles": Roles, "limits": Limits,
    "retention": Retention, "accent": Accent, "programme": Programme, "dates": Event,
    "budget.fctva": Fctva, "budget.capacity": Capacity,
}  # fmt: skip
ELSEWHERE = {"slug", "folder", "data", "charter", "legal", "budget"}
KEYS = [setting.name for setting in fields(Instance) if setting.name not in ELSEWHERE | set(TABLES)]
KEYS += [f"{table}.{setting.name}" for table, kind in TABLES.items() for setting in fields(kind)]
NUMBERS = [(table, setting) for table in ("limits", "retention") for setting in fields(TABLES[table])]


def row(name: str) -> str:
    """The guide's line about a setting."""
    lines = [line for line in GUIDE.splitlines() if line.startswith(f"| `{name}` |")]
    assert len(lines) == 1, f"{name} has {len(lines)} rows in docs/guides/reglages.md"
    return lines[0]


@pytest.mark.parametrize("key", KEYS)
def test_each_key_has_its_row(key: str) -> None:
    assert row(key)


@pytest.mark.parametrize(("table", "setting"), NUMBERS, ids=lambda value: getattr(value, "name", value))
def test_each_number_has_its_default_and_bounds(table: str, setting: Any) -> None:
    bounds = setting.metadata["bounds"]
    cells = [cell.strip() for cell in row(f"{table}.{setting.name}").split("|")]
    assert cells[2] == format_number(bounds.default)
    assert cells[3] == f"{format_number(bounds.low)} à {format_number(bounds.high)}"


@pytest.mark.parametrize(("variable", "default"), VARIABLES.items())
def test_each_variable_has_its_default(variable: str, default: str) -> None:
    assert (f"`{default}`" if default else "vide") in row(variable)


def test_the_database_variable_has_its_row() -> None:
    assert row(f"{DATABASE}<COMMUNE>")


def test_each_row_is_about_a_setting_that_exists() -> None:
    known = {*KEYS, *VARIABLES, f"{DATABASE}<COMMUNE>"}
    named = [line.split("`")[1] for line in GUIDE.splitlines() if line.startswith("| `")]
    assert [name for name in named if name not in known and not name.startswith("pop_forum ")] == []
