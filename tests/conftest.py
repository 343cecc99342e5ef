"""What every test shares: property tests try the same examples in every run, however slow the machine is.

Warnings are errors; the one of a library that is let through is listed in setup.cfg (`filterwarnings`).
"""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", max_examples=50, derandomize=True, deadline=None, database=None)
settings.load_profile("house")

TESTS = Path(__file__).parent
APART = ("browser", "bench", "federation", "postgresql")  # each starts servers of its own, once for all its tests


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a folder that starts servers in one process, when several run (pytest-xdist, loadgroup).

    The longest folders come first, so that no process is left with one of them at the end.
    """
    for item in items:
        if _folder(item) in APART:
            item.add_marker(pytest.mark.xdist_group(_folder(item)))
    items.sort(key=lambda item: APART.index(_folder(item)) if _folder(item) in APART else len(APART))


def _folder(item: pytest.Item) -> str:
    """The folder below tests/ that an item is in."""
    return item.path.relative_to(TESTS).parts[0]
