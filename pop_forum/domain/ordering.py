"""The order of messages within a thread: the same on every site, whatever arrived first."""

from datetime import UTC, datetime, timedelta

# Clocks of small servers drift by minutes; beyond ten the date says little (federation.md).
TOLERATED_AHEAD = timedelta(minutes=10)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DIGITS = 20


def order_key(published: datetime, parent_key: str | None, object_id: str) -> str:
    """A string that sorts a message in its thread: its date, never before just after its parent, ties by id.

    Twenty digits of microseconds since 1970, a space, the id: compare as bytes (COLLATE "C" on PostgreSQL). A message
    dated at or before its parent gets the microsecond after it, so that an id cannot put a reply before its parent
    and the key does not grow with the depth. The date itself counts to the millisecond, which is what is kept of it:
    a key made again from the row is the key made from the wire. `published` must know its time zone.
    """
    own = max(0, (published - _EPOCH) // _MILLISECOND) * 1000
    moment = own if parent_key is None else max(own, int(parent_key[:_DIGITS]) + 1)
    return f"{moment:0{_DIGITS}d} {object_id}"


def date_is_uncertain(published: datetime, received: datetime) -> bool:
    """Whether a message claims to be written more than ten minutes after we received it."""
    return published - received > TOLERATED_AHEAD
