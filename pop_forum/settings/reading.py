"""Taking typed values out of a table of settings, with every problem kept for one report."""

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import TypeVar

from pop_forum.errors import SettingsError
from pop_forum.settings.shapes import is_one_line

T = TypeVar("T")


ALIKE = 0.6  # of two names, from which one may be meant for the other: difflib's own measure
MOST_LISTED = 12
DOCUMENTED = "Toutes les clés sont dans docs/guides/reglages.md."


class Problems:
    """The list of what is wrong with one file, in French sentences."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: list[str] = []

    def add(self, sentence: str) -> None:
        """Keep one problem, with the name of the file before it."""
        self.lines.append(f"{self.file} : {sentence}")

    def refuse(self) -> None:
        """Raise SettingsError with all the problems, one per line, if there are any."""
        if self.lines:
            raise SettingsError("\n".join(self.lines))


def nearest(key: str, known: Iterable[str], otherwise: str = "", prefix: str = "") -> str:
    """A question naming the known key that looks most like this one; `otherwise`, when none looks like it.

    `prefix` begins all of them, and says nothing about which is meant.
    """
    by_rest = {name.removeprefix(prefix): name for name in sorted(known)}
    close = difflib.get_close_matches(key.removeprefix(prefix), by_rest, n=1, cutoff=ALIKE)
    if close:
        return f" Vouliez-vous « {by_rest[close[0]]} » ?"
    return f" {otherwise}" if otherwise else ""


def listed(known: Iterable[str]) -> str:
    """A sentence that names what there is, for who asked for something else."""
    names = sorted(known)
    over = len(names) - MOST_LISTED
    more = f" et {over} autre{'s' if over > 1 else ''}" if over > 0 else ""
    return f"Il y a : {', '.join(names[:MOST_LISTED])}{more}." if names else ""


class Table:
    """One table of a TOML file; what was never asked for is unknown, and `close` says so.

    A wrong value is reported and replaced by an acceptable one, so that reading goes on to the next problem.
    """

    def __init__(self, values: Mapping[str, object], problems: Problems, path: str = "") -> None:
        self.values = values
        self.problems = problems
        self.path = path
        self.known: list[str] = []

    def text(self, key: str, *, longest: int, default: str | None = None) -> str:
        """A string of one line, 1 to `longest` characters; without a default it must be there."""
        value = self._take(key, required=default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip() or not is_one_line(value):
            return self._wrong(key, "doit être un texte d’une ligne, non vide, entre guillemets", "")
        if len(value) > longest:
            return self._wrong(key, f"compte {len(value)} caractères, {longest} au plus sont permis", "")
        return value.strip()

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number between two bounds, both included."""
        value = self._take(key, required=default is None)
        if value is None:
            return low if default is None else default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            return self._wrong(key, f"doit être un nombre entier entre {low} et {high}", low)
        return value

    def decimal(self, key: str, low: float, high: float) -> float:
        """A number between two bounds, both included; NaN and infinities are outside of them."""
        value = self._take(key, required=True)
        if value is None:
            return low
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            return self._wrong(key, f"doit être un nombre entre {low:g} et {high:g}", low)
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        """A yes or a no."""
        value = self._take(key, required=False)
        if value is None:
            return default
        if not isinstance(value, bool):
            return self._wrong(key, "doit être true (oui) ou false (non), sans guillemets", default)
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of a few words."""
        value = self._take(key, required=default is None)
        if value is None:
            return default or choices[0]
        if value not in choices:
            listed = " ou ".join(f"« {word} »" for word in choices)
            return self._wrong(key, f"doit valoir {listed}", choices[0])
        return str(value)

    def words(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of words, in the order given."""
        value = self._take(key, required=False)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            return self._wrong(key, "doit être une liste de mots entre guillemets", default)
        return tuple(value)

    def table(self, key: str, *, required: bool = False) -> "Table | None":
        """A table inside this one, or None when it is absent."""
        value = self._take(key, required=required)
        if value is None:
            return None
        if not isinstance(value, dict):
            return self._wrong(key, f"doit être une partie, annoncée par [{key}]", None)
        return Table(value, self.problems, f"{self.path}{key}.")

    def tables(self, key: str, most: int) -> "list[Table]":
        """The tables announced by [[key]], in their order, at most so many."""
        value = self._take(key, required=False)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            return self._wrong(key, f"doit être une liste de parties, chacune annoncée par [[{key}]]", [])
        if len(value) > most:
            return self._wrong(key, f"compte {len(value)} parties, {most} au plus sont permises", [])
        return [Table(each, self.problems, f"{self.path}{key}[{rank}].") for rank, each in enumerate(value, 1)]

    def day(self, key: str) -> date:
        """A day, written 2026-02-07 with or without quotation marks."""
        value = self._take(key, required=True)
        try:
            found = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = None
        if value is None or not isinstance(found, date) or isinstance(found, datetime):
            return date.max if value is None else self._wrong(key, "doit être un jour comme 2026-02-07", date.max)
        return found

    def hour(self, key: str) -> time | None:
        """A time of day to the minute, written "18:30", or None when it is absent."""
        value = self._take(key, required=False)
        if value is None:
            return None
        if not isinstance(value, str) or re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.ASCII) is None:
            return self._wrong(key, "doit être une heure entre guillemets, comme « 18:30 »", None)
        return time.fromisoformat(value)

    def wrong(self, key: str, sentence: str) -> None:
        """Report a problem of one key of this table."""
        self.problems.add(f"« {self.path}{key} » {sentence}.")

    def close(self) -> None:
        """Report every key that nobody asked for, with the nearest known one."""
        for key in self.values:
            if key not in self.known:
                self.problems.add(f"clé inconnue « {self.path}{key} ».{nearest(key, self.known, DOCUMENTED)}")

    def _take(self, key: str, *, required: bool) -> object | None:
        self.known.append(key)
        if required and key not in self.values:
            self.wrong(key, "manque")
        return self.values.get(key)

    def _wrong(self, key: str, sentence: str, instead: T) -> T:
        self.wrong(key, sentence)
        return instead
