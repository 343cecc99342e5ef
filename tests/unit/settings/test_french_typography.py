"""Dates, numbers and spaces as a French printer sets them."""

from datetime import UTC, date, datetime

import pytest

from pop_forum.domain import french

EVENING = datetime(2026, 3, 14, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (french.format_date(date(2026, 3, 14)), "14\u00a0mars 2026"),
        (french.format_date(date(2026, 3, 14), weekday=True), "samedi 14\u00a0mars 2026"),
        (french.format_date(date(2026, 2, 1)), "1er\u00a0février 2026"),
        (french.format_short_date(date(2026, 2, 1)), "1er\u00a0février"),
        (french.format_date(date(2026, 2, 1), "en", weekday=True), "Sunday 1\u00a0February 2026"),
        (french.format_time(EVENING.replace(minute=0)), "18\u00a0h"),
        (french.format_time(EVENING.replace(hour=8, minute=5)), "9\u00a0h\u00a005"),
        (french.format_number(12_500), "12\u202f500"),
        (french.format_number(1_234_567), "1\u202f234\u202f567"),
        (french.format_number(999), "999"),
        (french.format_number(12_500, "en"), "12,500"),
    ],
)
def test_a_value_is_written_as_expected(given: str, expected: str) -> None:
    assert given == expected


@pytest.mark.parametrize(
    ("name", "after_of"),
    [
        ("Armelle", "d’Armelle"),
        ("Aïcha B.", "d’Aïcha B."),
        ("Élodie", "d’Élodie"),
        ("élodie", "d’élodie"),
        ("Œdipe", "d’Œdipe"),
        ("Yves", "d’Yves"),
        ("Yann", "de Yann"),
        ("Karim", "de Karim"),
        ("Henri", "de Henri"),
        ("Hugo", "de Hugo"),
        ("Le Goff", "de Le Goff"),
        ("42", "de 42"),
        ("", "de "),
    ],
)
def test_of_somebody_elides_before_a_vowel_and_leaves_an_h(name: str, after_of: str) -> None:
    assert french.of(name) == after_of


@pytest.mark.parametrize(
    ("name", "after_of"),
    [("Aizenay", "d’Aizenay"), ("Le Mans", "du Mans"), ("Les Essarts", "des Essarts"), ("Lestiac", "de Lestiac")],
)
def test_of_a_place_contracts_with_its_article(name: str, after_of: str) -> None:
    assert french.of_place(name) == after_of
    assert french.of_place(name, "en") == f"of {name}"


def test_a_late_evening_in_utc_is_the_next_day_in_paris() -> None:
    assert french.format_date(datetime(2026, 7, 13, 22, 30, tzinfo=UTC), weekday=True) == "mardi 14\u00a0juillet 2026"


def test_the_clocks_change_with_the_season() -> None:
    assert french.format_time(datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) == "1\u00a0h\u00a059"
    assert french.format_time(datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) == "3\u00a0h"


def test_a_moment_without_time_zone_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        french.format_time(datetime(2026, 3, 14))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("plain", "narrow"),
    [
        ("Vraiment ? Oui !", "Vraiment\u202f? Oui\u202f!"),
        ("un ; deux : trois", "un\u202f; deux\u00a0: trois"),
        ("la « navette »", "la «\u202fnavette\u202f»"),
        ("12 500 € et 20 %", "12\u202f500\u202f€ et 20\u202f%"),
        ("1 234 567 habitantes", "1\u202f234\u202f567 habitantes"),
        ("à 18 h 30 et 9 h", "à 18\u00a0h\u00a030 et 9\u00a0h"),
        ("en 2026 500 personnes", "en 2026 500 personnes"),
        ("01 23 45 67 89", "01 23 45 67 89"),
        ("à 18:30, voir https://a.example/b?c=1;d :", "à 18:30, voir https://a.example/b?c=1;d\u00a0:"),
        ("ratio 1 :2", "ratio 1 :2"),
        ("fin :", "fin\u00a0:"),
        ("ligne\n! suite", "ligne\n! suite"),
        ("", ""),
    ],
)
def test_ordinary_spaces_become_french_ones(plain: str, narrow: str) -> None:
    assert french.narrow_spaces(plain) == narrow
    assert french.narrow_spaces(narrow) == narrow


@pytest.mark.parametrize(
    ("typed", "set_in_print"),
    [
        ("l'accès aujourd'hui : « oui »", "l’accès aujourd’hui\u00a0: «\u202foui\u202f»"),
        ("jusqu'à 12 500 € d'aides", "jusqu’à 12\u202f500\u202f€ d’aides"),
        ("près de l'", "près de l’"),
        ("5' d'arrêt", "5' d’arrêt"),
        ("https://a.example/l'eau d'ici", "https://a.example/l'eau d’ici"),
    ],
)
def test_a_text_typed_on_a_keyboard_is_shown_as_in_print(typed: str, set_in_print: str) -> None:
    assert french.printed(typed) == set_in_print
    assert french.printed(set_in_print) == set_in_print
