"""A failing schedule made shorter: steps are left out as long as it still fails."""

from collections.abc import Callable
from dataclasses import replace

from pop_forum.sim.schedule import Schedule

MOST_RUNS = 60


def shortened(schedule: Schedule, fails: Callable[[Schedule], bool], most: int) -> Schedule:
    """A schedule with fewer steps that fails too: halves are left out, then quarters, down to single steps."""
    size = max(1, len(schedule.steps) // 2)
    runs = 0
    while runs < most:
        place, shorter = 0, False
        while place < len(schedule.steps) and runs < most:
            runs += 1
            steps = schedule.steps[:place] + schedule.steps[place + size :]
            candidate = replace(schedule, steps=steps)
            if fails(candidate):
                schedule, shorter = candidate, True
            else:
                place += size
        if size == 1 and not shorter:
            break
        size = max(1, size // 2)
    return schedule
