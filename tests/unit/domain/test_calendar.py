"""iCalendar files that calendars read: escaped, folded, the same entry for the same date."""

import re
from datetime import UTC, date, datetime, time

import pytest

from pop_forum.domain import calendar
from pop_forum.domain.calendar import LINE_OCTETS, folded, text, upcoming
from pop_forum.settings import Event

MARKET = Event("Marché; fête, bal", date(2026, 7, 4), time(18, 30), "Place du Lavoir", "/quotidien")
WALK = Event("Marche", date(2026, 2, 28))
WRITTEN = datetime(2026, 1, 31, 23, tzinfo=UTC)


def lines(*events: Event) -> list[str]:
    """The content lines of a file, unfolded as section 3.1 says."""
    file = calendar.calendar("Valombre", "valombre.example", "https://valombre.example", events, WRITTEN)
    assert file.endswith("\r\n") and "\n" not in file.replace("\r\n", "")
    return file.replace("\r\n ", "").split("\r\n")[:-1]


def values(name: str, *events: Event) -> list[str]:
    """What the lines of this name say."""
    return [line.partition(":")[2] for line in lines(*events) if re.split("[:;]", line)[0] == name]


def test_a_date_with_a_time_is_an_instant_in_utc() -> None:
    assert values("DTSTART", MARKET) == ["20260704T163000Z"], "summer time"
    assert values("DTSTART", Event("x", date(2026, 2, 7), time(10))) == ["20260207T090000Z"], "winter time"
    assert values("DTEND", MARKET) == [], "nobody said when it ends"


def test_a_date_without_a_time_lasts_its_day() -> None:
    assert "DTSTART;VALUE=DATE:20260228" in lines(WALK)
    assert "DTSTART;VALUE=DATE:99991231" in lines(Event("x", date.max))


def test_an_entry_has_what_the_standard_requires_and_what_is_known() -> None:
    assert values("DTSTAMP", MARKET) == ["20260131T230000Z"]
    assert values("SUMMARY", MARKET) == [r"Marché\; fête\, bal"]
    assert values("LOCATION", MARKET, WALK) == ["Place du Lavoir"]
    assert values("URL", MARKET, WALK) == ["https://valombre.example/quotidien"]
    assert values("URL", Event("x", date.max, None, "", "https://ailleurs.example/a,b")) == [
        "https://ailleurs.example/a,b"
    ]


def test_blocks_are_closed_and_the_file_says_what_it_is() -> None:
    found = lines(MARKET, WALK)
    assert found[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//pop_forum//agenda//FR"]
    assert found[-1] == "END:VCALENDAR"
    assert found.count("BEGIN:VEVENT") == found.count("END:VEVENT") == 2
    assert lines() == [line for line in found if line in lines()]


def test_the_same_date_keeps_its_identifier_and_another_has_its_own() -> None:
    moved = Event(MARKET.title, MARKET.day, time(19), MARKET.place)
    [first], [again], [other] = (values("UID", event) for event in (MARKET, MARKET, moved))
    assert first == again != other
    assert first.endswith("@valombre.example")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("a\\b", r"a\\b"),
        ("a;b,c", r"a\;b\,c"),
        ("a\r\nBEGIN:VEVENT", r"a\nBEGIN:VEVENT"),
        ("a\u2028b\u0085c\rd", r"a\nb\nc\nd"),
        ("a\x00\x1b\x7fb", "ab"),
        ("a:b\"c'd", "a:b\"c'd"),
    ],
)
def test_row_77_a_text_cannot_begin_a_line_of_its_own(typed: str, written: str) -> None:
    assert text(typed) == written


@pytest.mark.parametrize("char", ["a", "é", "€", "😀"])
def test_no_line_is_longer_than_allowed_and_no_character_is_cut(char: str) -> None:
    for count in range(0, 200, 7):
        line = "SUMMARY:" + char * count
        pieces = folded(line).split("\r\n")
        assert all(len(piece.encode()) <= LINE_OCTETS for piece in pieces)
        assert all(piece.startswith(" ") for piece in pieces[1:])
        assert "".join([pieces[0], *(piece[1:] for piece in pieces[1:])]) == line


def test_a_line_of_75_octets_is_whole_and_one_of_76_is_folded() -> None:
    assert folded("x" * LINE_OCTETS) == "x" * LINE_OCTETS
    assert folded("x" * (LINE_OCTETS + 1)) == "x" * LINE_OCTETS + "\r\n x"


def test_a_date_is_shown_until_the_end_of_its_day() -> None:
    assert upcoming((WALK, MARKET), date(2026, 2, 28)) == (WALK, MARKET)
    assert upcoming((WALK, MARKET), date(2026, 3, 1)) == (MARKET,)
    assert upcoming((WALK, MARKET), date(2026, 7, 5)) == ()
