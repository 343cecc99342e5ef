"""Communes on PostgreSQL, and databases of both kinds."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases import Server, postgresql_server
from tests.network import EVERY_PAIR, SINCE, SLUGS, Network, copied, made_peers


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """One PostgreSQL server for all tests."""
    with postgresql_server() as running:
        yield running


@pytest.fixture
def network(tmp_path: Path, server: Server) -> Iterator[Network]:
    """Three communes on PostgreSQL that do not know each other."""
    net = Network(tmp_path, server.commune)
    for slug in SLUGS:
        net.add(slug)
    yield net
    net.close()


@pytest.fixture(scope="package")
def peers(server: Server) -> Network:
    """The same as peers of each other, closed: only ever copied."""
    return made_peers(EVERY_PAIR, server.commune)


@pytest.fixture
def trio(tmp_path: Path, server: Server, peers: Network) -> Iterator[Network]:
    """Three communes on PostgreSQL that are peers of each other."""
    net = copied(peers, tmp_path, SINCE, server.copy_of(peers))
    yield net
    net.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes the address of a new, empty database of each kind."""
    if request.param == "sqlite":
        numbers = iter(range(100))
        return lambda: f"sqlite:///{tmp_path}/{next(numbers)}.sqlite"
    server: Server = request.getfixturevalue("server")
    return server.database


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Network]:
    """Valombre on each kind of database."""
    url_of = request.getfixturevalue("server").commune if request.param == "postgresql" else lambda slug: None
    net = Network(tmp_path, url_of)
    net.add("valombre")
    yield net
    net.close()
