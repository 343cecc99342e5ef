"""The counting of the check: what it says must be true also when things went wrong."""

import json
import os
from collections.abc import Iterator

import pytest

from pop_forum.adapters.processes import ChildFailed
from pop_forum.cli import demo_check_report as report
from pop_forum.cli.demo_check_hosts import Hosts
from pop_forum.cli.demo_check_report import Ledger, Result, percentile


class Fake:
    """A commune that shows these texts."""

    def __init__(self, shown: dict[str, int], state: str) -> None:
        self.shown = shown
        self.state = state


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Communes replaced by fakes."""
    from collections import Counter

    monkeypatch.setattr(report, "shown", lambda commune: Counter(commune.shown))
    monkeypatch.setattr(report, "states", lambda communes: {str(n): c.state for n, c in enumerate(communes)})
    yield


def ledger_of(count: int) -> Ledger:
    """A ledger with that many accepted messages."""
    ledger = Ledger()
    for _ in range(count):
        ledger.note(ledger.text())
    return ledger


@pytest.mark.parametrize(
    ("second", "state", "expected"),
    [
        ({"Essai 1": 1, "Essai 2": 1}, "x", (2, 0, 0, True)),
        ({"Essai 1": 1}, "x", (1, 1, 0, True)),
        ({"Essai 1": 1, "Essai 2": 2}, "x", (1, 0, 1, True)),
        ({"Essai 1": 1, "Essai 2": 1, "Essai 3": 1}, "y", (2, 0, 0, False)),
    ],
)
@pytest.mark.usefixtures("counting")
def test_what_is_missing_doubled_or_different_is_counted(
    second: dict[str, int], state: str, expected: tuple[int, int, int, bool]
) -> None:
    whole = Fake({"Essai 1": 1, "Essai 2": 1}, "x")
    found = report.result(ledger_of(2), [whole, Fake(second, state)], [1.0], 5.0)
    assert (found.everywhere, found.lost, found.duplicated, found.digests_equal) == expected
    assert found.sound == (expected == (2, 0, 0, True))


def test_a_check_in_which_nothing_was_accepted_is_not_sound() -> None:
    assert not Result(0, 0, 0, 0, True, 1.0, 1.0, 1.0).sound


@pytest.mark.parametrize(
    ("everywhere", "p50", "p99", "rate"),
    [(0, 1.0, 1.0, 1.0), (1, 0.0, 1.0, 1.0), (1, 2.0, 1.0, 1.0), (1, 1.0, 1.0, 0.0)],
)
def test_a_check_that_measured_nothing_is_not_sound(everywhere: int, p50: float, p99: float, rate: float) -> None:
    assert Result(1, 1, 0, 0, True, 1.0, 1.0, 1.0).sound
    assert not Result(1, everywhere, 0, 0, True, p50, p99, rate).sound


class Untouched:
    """A supervisor that ends nothing, or starts nothing in its place."""

    def __init__(self, *pids: int, ready: bool = True) -> None:
        self.pids, self.ready = list(pids), ready

    def pid(self, name: str) -> int:
        return self.pids.pop(0) if len(self.pids) > 1 else self.pids[0]

    def is_ready(self, name: str) -> bool:
        return self.ready

    def kill(self, name: str) -> None:
        """Nothing at all."""

    def watch(self, until: object) -> None:
        """Nothing: it is as it is."""


NOBODY = 2**22 + 1  # above the greatest process id of Linux


@pytest.mark.parametrize(
    "supervisor",
    [
        Untouched(NOBODY),
        Untouched(os.getpid(), NOBODY),
        Untouched(NOBODY, NOBODY + 1, ready=False),
    ],
    ids=["none in its place", "it lives on", "not ready"],
)
def test_a_check_in_which_nothing_was_killed_or_replaced_says_so(supervisor: Untouched) -> None:
    hosts = Hosts({}, {}, supervisor)  # type: ignore[arg-type]
    with pytest.raises(ChildFailed, match="valombre-worker"):
        hosts.successor(hosts.kill("valombre", "worker"))


def test_the_one_in_its_place_is_named() -> None:
    hosts = Hosts({}, {}, Untouched(NOBODY, NOBODY + 1))  # type: ignore[arg-type]
    assert hosts.successor(hosts.kill("valombre", "worker")) == NOBODY + 1


def test_the_line_is_one_json_object() -> None:
    line = Result(1, 1, 0, 0, True, 1.5, 2.5, 9.0).line()
    assert "\n" not in line
    assert json.loads(line)["propagation_ms_p99"] == 2.5


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, 0.0), ([3.0], 0.99, 3.0), ([1, 2, 3, 4], 0.5, 2), (list(range(1, 101)), 0.99, 99), ([1, 2], 0.99, 2)],
)
def test_percentiles_are_the_nearest_rank(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected
