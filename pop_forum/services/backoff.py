"""When to try again: soon at first, then rarer, never less than once a day."""

from datetime import datetime, timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(days=1)
LEASE = timedelta(seconds=60)  # a claim outlives the longest request by far, and a killed worker by a minute


def next_try(now: datetime, failures: int) -> datetime:
    """The time of the next try after so many failures in a row, the first counted as 1."""
    doublings = min(failures - 1, 16)
    pause: timedelta = min(FIRST * 2**doublings, LONGEST)
    return now + pause
