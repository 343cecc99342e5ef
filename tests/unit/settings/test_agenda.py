"""The notice and the dates of a commune's front page."""

from collections.abc import Callable
from datetime import date, time

import pytest

from pop_forum.settings import Event, Instance
from pop_forum.settings.agenda import LONGEST_ADDRESS, LONGEST_NOTICE, LONGEST_PLACE, LONGEST_TITLE, MOST_DATES
from tests.unit.settings.conftest import VALID

Load = Callable[..., Instance]
Refuse = Callable[..., str]


def with_dates(*parts: str) -> str:
    """Valid settings with these [[dates]]."""
    return VALID + "".join(f"\n[[dates]]\n{part}\n" for part in parts)


def test_there_is_no_date_and_no_notice_unless_they_are_set(load: Load) -> None:
    assert load().dates == ()
    assert load().notice == ""


def test_dates_come_in_their_order(load: Load) -> None:
    late = 'title = "Bal"\nday = 2026-07-13\ntime = "21:00"\nplace = "La halle"\naddress = "https://bal.example/ici"'
    found = load(raw=with_dates(late, 'title = "Marche"\nday = "2026-02-07"', 'title = "Aube"\nday = 2026-07-13'))
    assert found.dates == (
        Event("Marche", date(2026, 2, 7)),
        Event("Aube", date(2026, 7, 13)),
        Event("Bal", date(2026, 7, 13), time(21), "La halle", "https://bal.example/ici"),
    )


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("day = 2026-02-07", "« dates[1].title » manque"),
        ('title = "Bal"', "« dates[1].day » manque"),
        ('title = "Bal"\nday = "7 février"', "« dates[1].day » doit être un jour"),
        ('title = "Bal"\nday = 2026-02-07T10:00:00', "« dates[1].day » doit être un jour"),
        ('title = "Bal"\nday = 2026-02-07\ntime = "24:00"', "« dates[1].time » doit être une heure"),
        ('title = "Bal"\nday = 2026-02-07\ntime = "9:00"', "« dates[1].time » doit être une heure"),
        ('title = "Bal"\nday = 2026-02-07\nlieu = "ici"', "clé inconnue « dates[1].lieu »"),
    ],
)
def test_a_wrong_date_is_refused_with_its_place(refusal: Refuse, part: str, said: str) -> None:
    assert said in refusal(raw=with_dates(part))


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "http://ailleurs.example",
        "//ailleurs.example",
        "/\\\\ailleurs",
        "quotidien",
        "https://",
        '/a\\"b',
    ],
)
def test_row_69_a_date_leads_to_our_pages_or_to_https_only(refusal: Refuse, address: str) -> None:
    said = refusal(raw=with_dates(f'title = "Bal"\nday = 2026-02-07\naddress = "{address}"'))
    assert "« dates[1].address » doit être une page de ce site" in said


def test_dates_are_parts_of_their_own(refusal: Refuse) -> None:
    assert "[[dates]]" in refusal(raw='dates = "samedi"\n' + VALID)


@pytest.mark.parametrize(
    ("key", "most"), [("title", LONGEST_TITLE), ("place", LONGEST_PLACE), ("address", LONGEST_ADDRESS)]
)
def test_a_long_text_is_refused_from_one_character_too_many(load: Load, refusal: Refuse, key: str, most: int) -> None:
    def part(count: int) -> str:
        values = {"title": "Bal", key: "/" + "a" * (count - 1)}
        return "day = 2026-02-07\n" + "\n".join(f'{name} = "{value}"' for name, value in values.items())

    assert load(raw=with_dates(part(most))).dates
    assert f"« dates[1].{key} » compte {most + 1} caractères" in refusal(raw=with_dates(part(most + 1)))


def test_there_are_so_many_dates_at_most(load: Load, refusal: Refuse) -> None:
    one = 'title = "Bal"\nday = 2026-02-07'
    assert len(load(raw=with_dates(*[one] * MOST_DATES)).dates) == MOST_DATES
    assert f"compte {MOST_DATES + 1} parties" in refusal(raw=with_dates(*[one] * (MOST_DATES + 1)))


def test_a_notice_is_one_line_of_a_certain_length(load: Load, refusal: Refuse) -> None:
    assert load({"notice": "a" * LONGEST_NOTICE}).notice == "a" * LONGEST_NOTICE
    assert "notice" in refusal({"notice": "a" * (LONGEST_NOTICE + 1)})
    assert "notice" in refusal({"notice": "un\ndeux"})
