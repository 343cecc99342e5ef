"""Simulated time: one for the world, which jumps over idle hours, and for each site a clock that may be wrong."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TICK = timedelta(milliseconds=1)  # at each reading, so that no two things happen at once


class WorldClock:
    """The true time."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        """The true time, a tick later than before."""
        self.moment += TICK
        return self.moment

    def pass_by(self, duration: timedelta) -> None:
        """Nothing; so much time has passed."""
        self.moment += duration


class SiteClock:
    """What the clock of one site shows."""

    def __init__(self, world: WorldClock) -> None:
        self.world = world
        self.skew = timedelta()

    def now(self) -> datetime:
        """The time as this site believes it to be."""
        return self.world.now() + self.skew
