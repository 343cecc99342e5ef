"""What every test shares: property tests try the same examples in every run, however slow the machine is.

Warnings are errors; the one of a library that is let through is listed in setup.cfg (`filterwarnings`).
"""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", max_examples=50, derandomize=True, deadline=None, database=None)
settings.load_profile("house")

TESTS = Path(__file__).parent
APART = ("browser", "bench", "federation", "postgresql")  # each starts servers of its own, and takes longest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest folders first, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: APART.index(_folder(item)) if _folder(item) in APART else len(APART))


def _folder(item: pytest.Item) -> str:
    """The folder below tests/ that an item is in."""
    return item.path.relative_to(TESTS).parts[0]
