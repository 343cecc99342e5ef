"""Support tokens and times, the two smallest formats."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.errors import InvalidInput
from pop_forum.federation.supports import support_token
from pop_forum.federation.timestamps import from_text, to_text

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


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_come_back(moment: datetime) -> None:
    assert from_text(to_text(moment)) == moment


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
