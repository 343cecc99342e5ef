"""The tests of what the index is told, once more with each commune on PostgreSQL."""

import pytest

from pop_forum.commune import Commune
from tests.network import Network
from tests.unit.services import test_indexing

globals().update({name: test for name, test in vars(test_indexing).items() if name.startswith("test_")})


@pytest.fixture
def commune(network: Network) -> Commune:
    """Valombre on PostgreSQL."""
    return network.communes["valombre"]
