"""A plain map of places: where each stands on a sheet, few enough marks to draw, and a scale. Pure.

No coast, no tiles, no third party: the places themselves make the picture. The north is up; a degree of longitude is as
long as it is at the middle of the places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, isqrt, log10, radians, sqrt

WIDTH, TALLEST, SHORTEST_SIDE, MARGIN = 360, 480, 160, 24
MOST_MARKS = 300  # beyond, neighbours share one
NAMED_MOST = 24  # with more places, names would lie on each other
KILOMETRES_A_DEGREE = 111.32
SCALE_PART = 4  # the bar is at most a quarter of the sheet
WIDEST_MARK = 14


@dataclass(frozen=True, slots=True)
class Place:
    """A commune with its coordinates in degrees."""

    name: str
    latitude: float
    longitude: float
    here: bool = False  # ours


@dataclass(frozen=True, slots=True)
class Mark:
    """One dot of the map, for one place or for several that lie near each other."""

    x: float
    y: float
    radius: float
    count: int
    name: str  # empty when names are not written
    here: bool
    leftwards: bool  # the name is written to the left: there is no room to the right


@dataclass(frozen=True, slots=True)
class Scale:
    """A bar and what it is long."""

    length: float
    kilometres: int


@dataclass(frozen=True, slots=True)
class Map:
    """The whole sheet."""

    width: int
    height: int
    marks: tuple[Mark, ...]
    scale: Scale | None


def drawn(places: Sequence[Place]) -> Map | None:
    """The map of these places, None when there is none."""
    if not places:
        return None
    middle = (max(p.latitude for p in places) + min(p.latitude for p in places)) / 2
    shrink = max(cos(radians(middle)), 0.01)
    across, down = [p.longitude * shrink for p in places], [-p.latitude for p in places]
    wide, tall = max(across) - min(across), max(down) - min(down)
    room = WIDTH - 2 * MARGIN
    unit = min(room / wide if wide else room, (TALLEST - 2 * MARGIN) / tall if tall else room)
    height = max(SHORTEST_SIDE, round(tall * unit) + 2 * MARGIN)
    left, top = (WIDTH - wide * unit) / 2, (height - tall * unit) / 2
    spots = [
        (left + (x - min(across)) * unit, top + (y - min(down)) * unit, place)
        for x, y, place in zip(across, down, places, strict=True)
    ]
    return Map(WIDTH, height, _marks(spots, height), _scale(unit) if wide or tall else None)


def _marks(spots: Sequence[tuple[float, float, Place]], height: int) -> tuple[Mark, ...]:
    """A mark for each place, or for each square of a grid that has one."""
    named = len(spots) <= NAMED_MOST
    if len(spots) <= MOST_MARKS:
        groups = [[spot] for spot in spots]
    else:
        side = max(WIDTH, height) / isqrt(MOST_MARKS)
        squares: dict[tuple[int, int], list[tuple[float, float, Place]]] = {}
        for spot in spots:
            squares.setdefault((floor(spot[0] / side), floor(spot[1] / side)), []).append(spot)
        groups = list(squares.values())
    marks = [_mark(group, named) for group in groups]
    return tuple(sorted(marks, key=lambda mark: (mark.here, -mark.count, mark.x, mark.y)))


def _mark(group: Sequence[tuple[float, float, Place]], named: bool) -> Mark:
    x, y = round(sum(at for at, _, _ in group) / len(group), 1), round(sum(at for _, at, _ in group) / len(group), 1)
    radius = round(min(WIDEST_MARK, (5 if named else 2.5) * sqrt(sqrt(len(group)))), 1)
    name = group[0][2].name if named else ""
    return Mark(x, y, radius, len(group), name, any(spot[2].here for spot in group), x > WIDTH / 2)


def _scale(unit: float) -> Scale:
    """The longest bar of 1, 2 or 5 times a power of ten kilometres that is not too long."""
    most = WIDTH / SCALE_PART / unit * KILOMETRES_A_DEGREE
    power = 10 ** floor(log10(most)) if most >= 1 else 1
    kilometres = max(step * power for step in (1, 2, 5) if step == 1 or step * power <= most)
    return Scale(round(kilometres / KILOMETRES_A_DEGREE * unit, 1), ceil(kilometres))
