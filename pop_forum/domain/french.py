"""Dates, numbers and plurals as French typography has them, with their English counterparts. Pure.

Spaces that must not break a line: U+00A0 between a day and its month and in times, U+202F inside numbers and before
units (Lexique des règles typographiques en usage à l’Imprimerie nationale).
"""

import re
import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
THIN = "\u202f"
FIXED = "\u00a0"
DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip

ADDRESS = re.compile(r"(https?://\S+)")
BEFORE_SIGNS = re.compile(r" +(?=[;!?%€»])")
AFTER_OPENING = re.compile(r"(?<=«) +")
BEFORE_COLON = re.compile(r" +(?=:(?!\S))")
THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?: \d{3})+(?!\d)")
APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[\w«]|$)")
ELIDED = re.compile(r"[aeiouœæ]|y(?![aeiouœæ])", re.IGNORECASE)
HOURS = re.compile(r"(?<=\d) h(?: (?=\d\d\b)|\b)")


def in_paris(moment: datetime) -> datetime:
    """The same instant on the clocks of Paris; a moment without time zone is a mistake of ours (ValueError)."""
    if moment.tzinfo is None:
        raise ValueError("a moment must carry its time zone")
    try:
        return moment.astimezone(PARIS)
    except OverflowError:  # the last hours of the year 9999: there is no later wall clock
        return datetime.max.replace(tzinfo=PARIS)


def format_date(value: date, language: str = "fr", *, weekday: bool = False) -> str:
    """« 14 mars 2026 », « 1er février 2026 » or « samedi 14 mars 2026 »; a moment is taken at its day in Paris."""
    day = _day(value)
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    text = f"{number}{FIXED}{MONTHS[language][day.month - 1]} {day.year}"
    return f"{DAYS[language][day.weekday()]} {text}" if weekday else text


def format_short_date(value: date, language: str = "fr") -> str:
    """« 14 mars » or « 1er février », for places where the year is plain."""
    return format_date(value, language).rpartition(" ")[0]


def format_time(value: datetime, language: str = "fr") -> str:
    """« 18 h 30 », « 18 h » or « 9 h 05 » on the clocks of Paris; « 18:30 » in English."""
    local = in_paris(value)
    if language != "fr":
        return f"{local:%H:%M}"
    minutes = f"{FIXED}{local.minute:02}" if local.minute else ""
    return f"{local.hour}{FIXED}h{minutes}"


def format_number(value: int, language: str = "fr") -> str:
    """« 12 500 » with narrow spaces; « 12,500 » in English."""
    text = f"{value:,}"
    return text.replace(",", THIN) if language == "fr" else text


def of(name: str, language: str = "fr") -> str:
    """« de Karim », « d’Armelle », « d’Yves », « de Yann », « de Henri »; « of Armelle » in English.

    An h is left alone: whether it is aspirated (« de Hugo ») is not in its spelling.
    """
    if language != "fr":
        return f"of {name}"
    return f"d’{name}" if ELIDED.match(unicodedata.normalize("NFD", name)) else f"de {name}"


def of_place(name: str, language: str = "fr") -> str:
    """The same for a place, whose article contracts: « du Mans », « des Essarts », « de La Roche », « d’Aizenay »."""
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if language == "fr" and name.startswith(article):
            return contracted + name.removeprefix(article)
    return of(name, language)


def narrow_spaces(text: str) -> str:
    """A plain French text whose ordinary spaces no longer break a line where they must not; URLs stay as they are.

    Only existing spaces change, so that nothing is added inside times (18:30) or addresses, and twice is as once.
    """
    return "".join(part if ADDRESS.match(part) else _narrowed(part) for part in ADDRESS.split(text))


def printed(text: str) -> str:
    """The same, and ’ inside words: a French text as a printer sets it. For display; what was typed is kept."""
    parts = (part if ADDRESS.match(part) else APOSTROPHE.sub("’", part) for part in ADDRESS.split(text))
    return narrow_spaces("".join(parts))


def _narrowed(text: str) -> str:
    text = THOUSANDS.sub(lambda match: match[0].replace(" ", THIN), text)
    text = HOURS.sub(lambda match: match[0].replace(" ", FIXED), text)
    text = AFTER_OPENING.sub(THIN, BEFORE_SIGNS.sub(THIN, text))
    return BEFORE_COLON.sub(FIXED, text)


def _day(value: date) -> date:
    return in_paris(value).date() if isinstance(value, datetime) else value
