"""Faults drawn from a seed, over the real services: whatever happens, all sites end with what the entries tell."""

import pytest

from tests.sim.lived import lives_through


@pytest.mark.parametrize("seed", range(1, 76))
def test_every_fault_is_healed(seed: int) -> None:
    lives_through(seed)
