"""A figure as monitoring systems read it."""

from dataclasses import dataclass

Sample = tuple[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure: its name without prefix, what it says, the names of its labels, and a value per set of labels."""

    name: str
    help: str
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]
