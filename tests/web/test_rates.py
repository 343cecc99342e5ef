"""Counting requests in memory: windows begin anew, counts are apart, and nothing piles up."""

import pytest

from pop_forum.web import rates
from pop_forum.web.rates import Counters


class SteadyClock:
    """A clock that moves when a test says so."""

    moment = 1_000.0

    def monotonic(self) -> float:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SteadyClock:
    clock = SteadyClock()
    monkeypatch.setattr(rates, "SystemClock", lambda: clock)
    return clock


def test_a_count_begins_anew_when_its_window_has_ended(clock: SteadyClock) -> None:
    counters = Counters()
    assert [counters.incr("jeanne", 60), counters.incr("jeanne", 60), counters.incr("karim", 60)] == [1, 2, 1]
    clock.moment += 59
    assert (counters.incr("jeanne", 60), counters.get("jeanne")) == (3, 3)
    clock.moment += 1
    assert (counters.get("jeanne"), counters.incr("jeanne", 60)) == (0, 1)


def test_ended_windows_are_forgotten_in_passing(clock: SteadyClock) -> None:
    counters = Counters()
    for number in range(100):
        counters.incr(f"address {number}", 60)
    clock.moment += 120
    counters.incr("jeanne", 60)
    assert counters.reset() == 1
