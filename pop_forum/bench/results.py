"""What a measurement found: its values, its spread, its target, and the object that ends the output."""

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """What a value should reach: at least, or at most, this number."""

    number: float
    at_least: bool

    def is_met(self, value: float) -> bool:
        """Whether the value reaches it."""
        return value >= self.number if self.at_least else value <= self.number

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.number:g}"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table; `repeats` holds the value of each run, `note` what a reader must know.

    Without a value, it could not be measured here: the note says why.
    """

    name: str
    value: float | None
    unit: str
    target: Target | None = None
    repeats: tuple[float, ...] = ()
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target."""
        return None if self.target is None or self.value is None else self.target.is_met(self.value)

    @property
    def spread(self) -> str:
        """The lowest and the highest run."""
        return f"{shown(min(self.repeats))} – {shown(max(self.repeats))}" if self.repeats else ""

    def document(self) -> dict[str, object]:
        """The line as JSON."""
        return {
            "name": self.name,
            "value": None if self.value is None else _rounded(self.value),
            "unit": self.unit,
            "target": None if self.target is None else self.target.number,
            "met": self.met,
        }


def at_least(number: float) -> Target:
    """A target to be reached from below."""
    return Target(number, at_least=True)


def at_most(number: float) -> Target:
    """A target not to be exceeded."""
    return Target(number, at_least=False)


def of_repeats(name: str, values: Sequence[float], unit: str, target: Target | None = None, note: str = "") -> Result:
    """The median of several runs."""
    return Result(name, statistics.median(values), unit, target, tuple(values), note)


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least this share of them do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def last_line(machine: dict[str, object], floor_rps: float | None, results: Sequence[Result]) -> str:
    """The one JSON object that ends the output."""
    floor = None if floor_rps is None else _rounded(floor_rps)
    lines = [result.document() for result in results]
    return json.dumps({"machine": machine, "floor_rps": floor, "results": lines}, ensure_ascii=False)


def table(results: Sequence[Result]) -> list[str]:
    """The lines a person reads."""
    marks = {True: "atteint", False: "MANQUÉ", None: "—"}
    lines = []
    for one in results:
        target = str(one.target) if one.target else "sans cible"
        value = "non mesuré" if one.value is None else f"{shown(one.value)} {one.unit}"
        lines.append(f"  {one.name:32} {value:>28}   {target:>12}  {marks[one.met]:8} {one.spread}".rstrip())
        if one.note:
            lines.append(f"      {one.note}")
    return lines


def shown(value: float) -> str:
    """The number with as many digits as mean something."""
    return f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 100 else f"{value:.3g}"


def _rounded(value: float) -> float:
    return round(value, 1 if abs(value) >= 10 else 4)
