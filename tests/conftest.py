"""What every test shares: property tests try the same examples in every run, however slow the machine is.

Warnings are errors; the one of a library that is let through is listed in setup.cfg (`filterwarnings`).
"""

import gc
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pop_forum import db

settings.register_profile("house", max_examples=50, derandomize=True, deadline=None, database=None)
settings.register_profile("proof", settings.get_profile("house"), max_examples=200)
settings.register_profile("long-proof", settings.get_profile("house"), max_examples=10_000)
settings.load_profile("house")

TESTS = Path(__file__).parent
DURABLE = db.SYNCHRONOUS
db.SYNCHRONOUS = "OFF"  # in the tests' own process: what they write need not survive a power cut
APART = ("browser", "postgresql", "federation", "bench", "processes", "sim")  # each starts processes, and takes longest
SHARING = ("browser", "postgresql")  # each has one host, or one server, for all its files
LONGEST = ("services", "house", "domain")  # of tests/unit

FEW = (20_000, 20, 50)  # collections of garbage: the tests collected are thousands of objects that stay

PATIENCE_SECONDS = 30.0

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True, scope="session")
def half_a_disk() -> Iterator[None]:
    """The disk of the machine that runs the tests is nobody's alarm."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pop_forum.adapters.disk.disk_usage", lambda _: Usage(100, 50, 50))
        yield


@pytest.fixture(autouse=True, scope="session")
def a_patient_search() -> Iterator[None]:
    """How far a search comes in its time is nothing that a test depends on, whatever else the machine does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pop_forum.services.search_scan.SCAN_SECONDS", PATIENCE_SECONDS)
        patch.setattr("pop_forum.adapters.index.FIND_SECONDS", PATIENCE_SECONDS)
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest folders first, so that no process is left with one of them at the end; each file in one process.

    The Makefile tells xdist to keep this order (`--no-loadscope-reorder`): by itself it begins with the files of most
    tests, and those of few long ones would come last. It also tells it to keep groups together (`--dist loadgroup`):
    the folders of SHARING are one each, since a second process would start their host or server once more.
    """
    items.sort(key=_turn)
    for item in items:
        top, *_ = path = item.path.relative_to(TESTS).parts
        item.add_marker(pytest.mark.xdist_group(top if top in SHARING else "/".join(path)))


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays until the end: it is not looked through again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*FEW)


def _turn(item: pytest.Item) -> tuple[int, int]:
    """Which turn the folder of an item has: below tests/, then below tests/unit."""
    top, below = (*item.path.relative_to(TESTS).parts, "")[:2]
    return _place(top, APART), _place(below, LONGEST) if top == "unit" else 0


def _place(name: str, names: tuple[str, ...]) -> int:
    return names.index(name) if name in names else len(names)
