"""Times on the wire: RFC 3339 in UTC with a final Z, to the microsecond when there is one."""

import re
from datetime import UTC, datetime

from pop_forum.errors import InvalidInput

# Every reader can count with these, in any zone: years 1 and 9999 overflow on the clocks of Paris.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2200, 1, 1, tzinfo=UTC)  # no time on the wire is this one or later

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


def to_text(moment: datetime) -> str:
    """`2026-11-23T10:00:00Z`, with six decimals when there are microseconds; `moment` knows its zone."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def from_text(text: str) -> datetime:
    """The moment in UTC that `text` spells, from EARLIEST to before END. Raises InvalidInput."""
    moment = _read(text)
    if not EARLIEST <= moment < END:
        raise InvalidInput(f"a time outside of {EARLIEST.year} to {END.year - 1}: {text[:40]!r}")
    return moment


def nearest(text: str) -> datetime:
    """The same for what was kept before these bounds were set: beyond one, the bound itself. Raises InvalidInput."""
    return min(max(_read(text), EARLIEST), END)


def _read(text: str) -> datetime:
    if not _FORM.fullmatch(text):
        raise InvalidInput(f"not a UTC time: {text[:40]!r}")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"not a UTC time: {text[:40]!r}") from error
