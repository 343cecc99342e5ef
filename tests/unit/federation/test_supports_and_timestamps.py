"""Support tokens and times, the two smallest formats."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.errors import InvalidInput
from pop_forum.federation.supports import support_token
from pop_forum.federation.timestamps import EARLIEST, END, from_text, nearest, to_text

from .samples import PERSON, THREAD, at


def test_a_support_token_is_the_hmac_of_the_two_ids() -> None:
    expected = hmac.new(b"secret", (str(PERSON) + str(THREAD)).encode(), hashlib.sha256).hexdigest()
    assert support_token(b"secret", PERSON, THREAD) == expected


def test_a_support_token_differs_by_person_object_and_site() -> None:
    tokens = {
        support_token(secret, person, thing)
        for secret in (b"a", b"b")
        for person in (PERSON, at("/p/bbbbbbbbbbbb"))
        for thing in (THREAD, at("/o/x"))
    }
    assert len(tokens) == 8


FIRST, LAST = EARLIEST.replace(tzinfo=None), END.replace(tzinfo=None) - timedelta(microseconds=1)


@given(st.datetimes(FIRST, LAST, timezones=st.just(UTC)))
def test_times_come_back(moment: datetime) -> None:
    assert from_text(to_text(moment)) == moment


def test_the_first_and_the_last_time_are_read_and_the_ones_beside_them_are_not() -> None:
    assert from_text("1970-01-01T00:00:00Z") == EARLIEST
    assert from_text("2199-12-31T23:59:59.999999Z") == END - timedelta(microseconds=1)
    for text in ("1969-12-31T23:59:59.999999Z", "2200-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        with pytest.raises(InvalidInput):
            from_text(text)


def test_a_time_kept_before_there_were_bounds_is_read_as_the_nearest_one() -> None:
    assert nearest("0001-01-01T00:00:00Z") == EARLIEST
    assert nearest("9999-12-31T23:59:59.999999Z") == END
    assert nearest("2026-11-23T10:00:00Z") == from_text("2026-11-23T10:00:00Z")


def test_times_are_written_in_utc() -> None:
    paris = timezone(timedelta(hours=1))
    assert to_text(datetime(2026, 11, 23, 11, 0, tzinfo=paris)) == "2026-11-23T10:00:00Z"
    assert to_text(datetime(2026, 11, 23, 10, 0, 0, 5, tzinfo=UTC)) == "2026-11-23T10:00:00.000005Z"


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-23", "2026-11-23T10:00:00", "2026-11-23T10:00:00+00:00", "2026-11-23 10:00:00Z"]
    + ["2026-13-23T10:00:00Z", "2026-11-23T25:00:00Z", "٢٠٢٦-11-23T10:00:00Z", "2026-11-23T10:00:00.1234567Z"],
)
def test_other_spellings_of_times_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        from_text(text)
