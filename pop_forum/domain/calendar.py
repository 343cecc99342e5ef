"""iCalendar (RFC 5545): the dates of a commune for the calendars of phones and computers. Pure."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time

from pop_forum.domain.french import PARIS
from pop_forum.settings.model import Event

LINE_OCTETS = 75  # section 3.1: a longer content line is folded
TYPE = "text/calendar"

_ESCAPED = re.compile(r"[\\;,]")
_BREAK = re.compile("\r\n|[\r\n\u0085\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def calendar(name: str, host: str, base_url: str, events: Iterable[Event], written: datetime) -> str:
    """The whole file, with CRLF line ends; `host` makes its identifiers unique, `written` says when it was made."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//pop_forum//agenda//FR",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{text(name)}",
        *(line for event in events for line in _event(event, host, base_url, written)),
        "END:VCALENDAR",
    ]
    return "".join(folded(line) + "\r\n" for line in lines)


def upcoming(events: Iterable[Event], today: date) -> tuple[Event, ...]:
    """The dates that are not over: those of today stay until midnight."""
    return tuple(event for event in events if event.day >= today)


def instant(event: Event) -> datetime | None:
    """When it begins, or None when it lasts the whole day."""
    return None if event.time is None else datetime.combine(event.day, event.time, PARIS)


def text(value: str) -> str:
    """A text value (section 3.3.11): backslash, semicolon, comma and line ends escaped, controls left out (row 77)."""
    escaped = _ESCAPED.sub(r"\\\g<0>", _BREAK.sub("\n", value))
    return _CONTROL.sub("", escaped).replace("\n", r"\n")


def folded(line: str) -> str:
    """The content line in pieces of at most 75 octets, none of which cuts a character (section 3.1)."""
    pieces, piece, size = [], "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > LINE_OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + char, size + octets
    return "\r\n".join([*pieces, piece])


def _event(event: Event, host: str, base_url: str, written: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_uid(event)}@{host}"
    yield f"DTSTAMP:{_utc(written)}"
    begins = instant(event)
    if begins is None:
        yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"  # without an end, one day (section 3.6.1)
    else:
        yield f"DTSTART:{_utc(begins)}"
    yield f"SUMMARY:{text(event.title)}"
    if event.place:
        yield f"LOCATION:{text(event.place)}"
    if event.address:
        yield f"URL:{base_url if event.address.startswith('/') else ''}{event.address}"
    yield "END:VEVENT"


def _uid(event: Event) -> str:
    """The same for the same date: a calendar that reads the file again changes its entry, and adds none."""
    begins = (event.time or time()).isoformat("minutes")
    return hashlib.sha256(f"{event.day}\n{begins}\n{event.title}".encode()).hexdigest()[:32]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
