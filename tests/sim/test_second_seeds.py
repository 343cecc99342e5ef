"""The second half of the seeds of every day: in a file of its own, so that it runs on the other core."""

import pytest

from tests.sim.lived import lives_through


@pytest.mark.parametrize("seed", range(76, 151))
def test_every_fault_is_healed(seed: int) -> None:
    lives_through(seed)
