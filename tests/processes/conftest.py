"""A real broker for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pop_forum.adapters.broker import EmbeddedBroker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A running broker of its own, gone afterwards."""
    running = EmbeddedBroker(tmp_path / "broker")
    running.start()
    running.wait_ready()
    yield running
    running.stop()
