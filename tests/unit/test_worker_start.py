"""A worker that begins: a commune whose database is away holds up no other."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pop_forum.commune import Commune
from pop_forum.errors import Unavailable
from tests.unit.settings.test_demo_communes import FOLDER, SLUGS


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """The worker's module, as its process imports it for the communes of the repository."""
    loopback = ",".join(f"{slug}.localhost:8080" for slug in SLUGS)
    for name, value in (("MODE", "test"), ("INSTANCES", str(FOLDER)), ("DATA", str(tmp_path)), ("LOOPBACK", loopback)):
        monkeypatch.setenv(f"POP_FORUM_{name}", value)
    yield importlib.import_module("pop_forum.worker")
    del sys.modules["pop_forum.worker"]


def test_each_commune_begins_though_another_cannot(worker: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def start(commune: Commune) -> None:
        asked.append(commune.settings.slug)
        if commune.settings.slug == SLUGS[0]:
            raise Unavailable("the database is away")

    monkeypatch.setattr(worker.tasks, "start", start)
    worker._start()
    assert sorted(asked) == sorted(SLUGS)
