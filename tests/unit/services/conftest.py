"""Communes to test services with: one alone, three strangers, three peers. All are copies of prepared folders."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pop_forum.commune import Commune
from tests.network import SLUGS, Network, befriended


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """Three communes that do not know each other."""
    net = Network(tmp_path)
    for slug in SLUGS:
        net.add(slug)
    yield net
    net.close()


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Network]:
    """Three communes that are peers of each other."""
    net = befriended(tmp_path)
    yield net
    net.close()


@pytest.fixture
def commune(tmp_path: Path) -> Iterator[Commune]:
    """Valombre alone."""
    net = Network(tmp_path)
    yield net.add("valombre")
    net.close()
