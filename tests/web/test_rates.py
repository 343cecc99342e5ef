"""Counting requests in memory: windows begin anew, counts are apart, and nothing piles up."""

from typing import Any

import pytest

from pop_forum.app import create_app
from pop_forum.web import rates
from pop_forum.web.rates import Counters
from tests.web.conftest import FAST, Browser


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


@pytest.fixture
def hurried(commune: Any, clock: SteadyClock, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A visitor's browser whose requests are counted, in a minute that ends when the clock is moved."""
    monkeypatch.setattr(rates._counters, "_clock", clock)
    rates._counters.reset()
    app = create_app(commune, PASSWORDS=FAST, RATES_ENABLED=True)
    app.test_client_class = Browser
    yield app.test_client()
    rates._counters.reset()


def test_one_address_sends_a_hundred_and_twenty_forms_a_minute(hurried: Any, clock: SteadyClock) -> None:
    def send() -> int:
        return int(hurried.post("/messages/aaaaaaaaaaaa/signaler").status_code)

    assert [send() for _ in range(121)] == [403] * 120 + [429]  # without a token: refused, and counted all the same
    clock.moment += 59
    assert send() == 429
    clock.moment += 1
    assert send() == 403


@pytest.mark.parametrize("address", ["/connexion/code", "/connexion", "/inscription", "/connexion/code/verifier"])
def test_one_address_asks_thirty_times_a_minute_for_what_is_costly(
    hurried: Any, clock: SteadyClock, address: str
) -> None:
    token = hurried.csrf("/connexion")

    def send() -> int:
        return int(hurried.post(address, data={"csrf_token": token}).status_code)

    statuses = [send() for _ in range(31)]
    assert set(statuses[:30]) <= {400, 401} and statuses[30] == 429
    clock.moment += 60
    assert send() in (400, 401)
