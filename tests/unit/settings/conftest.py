"""A commune's folder to spoil: valid settings, and one change at a time."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pop_forum.errors import SettingsError
from pop_forum.settings import Host, Instance, Mode, load_instance

VALID = """
name = "Aubépine"
insee = "01234"
kind = "citoyenne"
host = "forum.aubepine.example"
keeper = "l’association"
population = 812
[contact]
mail = "contact@aubepine.example"
[programme]
home = "forum.aubepine.example"
"""


def toml(values: dict[str, Any]) -> str:
    """TOML of nested tables of plain values, enough for settings."""
    plain = [f"{key} = {inline(value)}" for key, value in values.items() if not isinstance(value, dict)]
    tables = [f"[{key}]\n{toml(value)}" for key, value in values.items() if isinstance(value, dict)]
    return "\n".join(plain + tables) + "\n"


def inline(value: Any) -> str:
    """A value on one line; a list of tables as inline tables."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inline(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(map(inline, value)) + "]" if isinstance(value, list) else json.dumps(value)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    loopback = frozenset({("a.localhost", 8080)})
    return Host(Mode.TEST, tmp_path / "instances", tmp_path / "data", "redis://localhost", loopback)


@pytest.fixture
def write(host: Host) -> Callable[..., Path]:
    """Write a commune's folder, with dotted settings changed (None removes one); answers the folder."""

    def write_folder(changes: dict[str, Any] | None = None, *, slug: str = "aubepine", raw: str | None = None) -> Path:
        values = tomllib.loads(VALID)
        for path, value in (changes or {}).items():
            *tables, key = path.split(".")
            table = values
            for name in tables:
                table = table.setdefault(name, {})
            table[key] = value
            if value is None:
                del table[key]
        folder = host.instances / slug
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "instance.toml").write_text(toml(values) if raw is None else raw, "utf-8")
        (folder / "charter.md").write_text("# Charte\n", "utf-8")
        (folder / "legal.md").write_text("# Mentions légales\n", "utf-8")
        return folder

    return write_folder


@pytest.fixture
def load(write: Callable[..., Path], host: Host) -> Callable[..., Instance]:
    def load_changed(changes: dict[str, Any] | None = None, **options: Any) -> Instance:
        return load_instance(write(changes, **options), environment=host)

    return load_changed


@pytest.fixture
def refusal(load: Callable[..., Instance]) -> Callable[..., str]:
    """The sentences that refuse a change, with ordinary spaces."""

    def refuse(changes: dict[str, Any] | None = None, **options: Any) -> str:
        with pytest.raises(SettingsError) as caught:
            load(changes, **options)
        return ordinary(str(caught.value))

    return refuse


def ordinary(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")
