"""The demonstration's past happens by day, in the order told, and never in the future."""

from datetime import UTC, datetime, time, timedelta

import pytest

from pop_forum.cli.demo_days import FIRST, LAST, Days
from pop_forum.domain.french import in_paris

HOURS = [0, 3, 5, 6, 7, 12, 18, 21, 22, 23]
AGES = [60.0, 26.9, 20.0, 12.4, 12.1, 3.52, 3.51, 1.2, 0.9, 0.5, 0.3, 0.29, 0.1, 0.05, 0.0]


@pytest.mark.parametrize("hour", HOURS)
@pytest.mark.parametrize("day", ["2026-10-26", "2026-11-23", "2027-03-29"])
def test_people_write_by_day_in_order_and_never_in_the_future(day: str, hour: int) -> None:
    now = datetime.fromisoformat(f"{day}T{hour:02}:17:00+00:00")
    moments = [Days(now).moment(age) for age in AGES]
    assert moments == sorted(moments) and moments[-1] <= now
    assert len(set(moments)) == len(AGES)
    assert all(FIRST <= in_paris(moment).time() <= LAST for moment in moments)


def test_the_newest_message_is_of_this_morning_when_people_are_up() -> None:
    now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert in_paris(Days(now).moment(0.3)).date() == in_paris(now).date()


def test_the_story_ends_the_evening_before_when_nobody_is_up() -> None:
    newest = in_paris(Days(datetime(2026, 11, 23, 4, 0, tzinfo=UTC)).moment(0.0))
    assert newest.date() == datetime(2026, 11, 22).date()  # noqa: DTZ001
    assert newest.time() > time(22)


def test_a_day_of_the_story_is_a_day_of_the_calendar() -> None:
    now = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    ages = (Days(now).moment(5.0), Days(now).moment(6.0))
    assert ages[0] - ages[1] == timedelta(days=1)
