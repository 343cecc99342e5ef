"""The notice and the dates of a commune's front page, from instance.toml."""

import re
from datetime import time

from pop_forum.settings.model import Event
from pop_forum.settings.reading import Table

LONGEST_NOTICE = 400  # a notice on a board, not an article
MOST_DATES = 60  # more than one a week for a year
LONGEST_TITLE = 120
LONGEST_PLACE = 160
LONGEST_ADDRESS = 300

_OURS = re.compile(r"/(?![/\\])[!-~]*")
_ELSEWHERE = re.compile(r"https://[a-z0-9][a-z0-9.-]*[a-z0-9](?::\d{1,5})?(?:/[!-~]*)?")


def agenda(table: Table) -> tuple[Event, ...]:
    """The dates of [[dates]], the earliest first."""
    events = [_event(part) for part in table.tables("dates", MOST_DATES)]
    return tuple(sorted(events, key=lambda event: (event.day, event.time or time.min, event.title)))


def is_address(text: str) -> bool:
    """Whether a date may lead there: a page of ours, or an https address; never another scheme (row 69)."""
    return not set(text) & set("\"'<>\\`") and any(form.fullmatch(text) for form in (_OURS, _ELSEWHERE))


def _event(part: Table) -> Event:
    event = Event(
        title=part.text("title", longest=LONGEST_TITLE),
        day=part.day("day"),
        time=part.hour("time"),
        place=part.text("place", longest=LONGEST_PLACE, default=""),
        address=part.text("address", longest=LONGEST_ADDRESS, default=""),
    )
    if event.address and not is_address(event.address):
        part.wrong("address", "doit être une page de ce site, comme « /quotidien », ou une adresse en https://")
    part.close()
    return event
