"""What is wrong with a site, from a handful of facts: each figure at its limit and one past it."""

from datetime import UTC, datetime, timedelta

import pytest

from pop_forum.domain.health import (
    DISK_FULL_SHARE,
    PEER_SILENT,
    STALL,
    WORKER_SILENT,
    Contact,
    Facts,
    Finding,
    Quarantine,
    Trouble,
    findings,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
LONG_AGO = NOW - timedelta(days=3)


def facts(**changes: object) -> Facts:
    return Facts(**{"beat_at": NOW, "up_since": LONG_AGO, "queue_answers": True, "disk_used": 0.5, **changes})  # type: ignore[arg-type]


def troubles(**changes: object) -> list[Trouble]:
    return [finding.trouble for finding in findings(facts(**changes), NOW)]


def test_all_is_well() -> None:
    assert findings(facts(), NOW) == ()


def test_what_was_not_looked_at_is_no_trouble() -> None:
    assert findings(facts(queue_answers=None, disk_used=None), NOW) == ()


@pytest.mark.parametrize(("age", "expected"), [(WORKER_SILENT, []), (WORKER_SILENT + TICK, [Trouble.WORKER])])
def test_a_worker_is_gone_after_a_minute(age: timedelta, expected: list[Trouble]) -> None:
    assert troubles(beat_at=NOW - age) == expected


def test_a_worker_that_was_never_seen_is_gone() -> None:
    assert troubles(beat_at=None, up_since=None) == [Trouble.WORKER]


def test_a_sign_from_the_future_is_that_of_a_wrong_clock() -> None:
    assert troubles(beat_at=NOW + timedelta(days=1)) == []


@pytest.mark.parametrize(("age", "count"), [(STALL - TICK, 0), (STALL, 1)])
def test_work_stalls_after_a_quarter_of_an_hour(age: timedelta, count: int) -> None:
    found = findings(facts(due={"mail": NOW - age, "sync": NOW}), NOW)
    assert found == (Finding(Trouble.STALLED, "mail", NOW - age),) * count


@pytest.mark.parametrize(("age", "count"), [(PEER_SILENT - TICK, 0), (PEER_SILENT, 1)])
def test_a_commune_is_silent_after_a_day(age: timedelta, count: int) -> None:
    contact = Contact("sainte-aure.fr", "Sainte-Aure", NOW - age)
    assert findings(facts(contacts=(contact,)), NOW) == (
        (Finding(Trouble.SILENT, "sainte-aure.fr", NOW - age),) * count
    )


@pytest.mark.parametrize(("up", "count"), [(STALL - TICK, 0), (STALL, 2)])
def test_after_a_pause_of_the_site_what_waited_has_a_quarter_of_an_hour(up: timedelta, count: int) -> None:
    waited = facts(up_since=NOW - up, due={"mail": LONG_AGO}, contacts=(Contact("a.fr", "A", LONG_AGO),))
    assert len(findings(waited, NOW)) == count


@pytest.mark.parametrize(("used", "expected"), [(DISK_FULL_SHARE - 0.001, []), (DISK_FULL_SHARE, [Trouble.DISK])])
def test_a_disk_is_nearly_full_at_its_share(used: float, expected: list[Trouble]) -> None:
    assert troubles(disk_used=used) == expected


def test_the_gravest_comes_first() -> None:
    assert troubles(
        beat_at=LONG_AGO,
        queue_answers=False,
        disk_used=0.99,
        quarantines=(Quarantine("a.fr", "forum"),),
        due={"mail": LONG_AGO},
        contacts=(Contact("b.fr", "B", LONG_AGO),),
        resuming_since=NOW,
    ) == [
        Trouble.WORKER,
        Trouble.QUEUE,
        Trouble.DISK,
        Trouble.REPRISE,
        Trouble.DIVERGENT,
        Trouble.STALLED,
        Trouble.SILENT,
    ]
