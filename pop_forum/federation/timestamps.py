"""Times on the wire: RFC 3339 in UTC with a final Z, to the microsecond when there is one."""

import re
from datetime import UTC, datetime

from pop_forum.errors import InvalidInput

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


def to_text(moment: datetime) -> str:
    """`2026-11-23T10:00:00Z`, with six decimals when there are microseconds; `moment` knows its zone."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def from_text(text: str) -> datetime:
    """The moment in UTC that `text` spells. Raises InvalidInput."""
    if not _FORM.fullmatch(text):
        raise InvalidInput(f"not a UTC time: {text[:40]!r}")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"not a UTC time: {text[:40]!r}") from error
