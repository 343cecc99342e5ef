"""The order of what both sides have: moves and additions of one side are followed, those that meet clash."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

Unit = frozenset[str]  # the ids of a block, or of a family of blocks


class Clash(NamedTuple):
    """A stretch that the two sides order or fill differently: what stands there in each text."""

    base: tuple[Unit, ...]
    ours: tuple[Unit, ...]
    theirs: tuple[Unit, ...]


Place = Unit | Clash


class Orders(NamedTuple):
    """The units of the three texts in order; those of `base` that neither side still has are left out."""

    base: Sequence[Unit]
    ours: Sequence[Unit]
    theirs: Sequence[Unit]
    certain: bool = True  # whether the order of the base is known


def arrange(orders: Orders) -> list[Place]:
    """Every unit of both sides once, in a clash or by itself. Exchanging the sides exchanges the clashes' alone."""
    both = set(orders.ours) & set(orders.theirs)
    anchors = [unit for unit in orders.base if unit in both]
    ours, theirs = _runs(orders.ours, anchors), _runs(orders.theirs, anchors)
    places: list[Place] = []
    for start, end in _stretches(anchors, ours, theirs):
        places += _stretch(orders, anchors[max(start, 0) : end], ours[start + 1 : end + 1], theirs[start + 1 : end + 1])
    return places


class _Run(NamedTuple):
    """An anchor, None at the start of the text, and the units that follow it up to the next one."""

    anchor: Unit | None
    units: tuple[Unit, ...]


def _runs(units: Sequence[Unit], anchors: Sequence[Unit]) -> list[_Run]:
    """The text as runs: one more than there are anchors."""
    known = set(anchors)
    found: list[tuple[Unit | None, list[Unit]]] = [(None, [])]
    for unit in units:
        if unit in known:
            found.append((unit, []))
        else:
            found[-1][1].append(unit)
    return [_Run(anchor, tuple(rest)) for anchor, rest in found]


def _stretches(anchors: list[Unit], ours: list[_Run], theirs: list[_Run]) -> Iterator[tuple[int, int]]:
    """The smallest stretches of anchors that hold the same ones in all three texts; the start of the text is -1.

    A unit that both sides added at different places joins the stretches of both places.
    """
    rank: dict[Unit | None, int] = {None: -1, **{anchor: at for at, anchor in enumerate(anchors)}}
    tops = [list(accumulate((rank[run.anchor] for run in runs), max)) for runs in (ours, theirs)]
    homes = [{unit: at for at, run in enumerate(runs) for unit in run.units} for runs in (ours, theirs)]
    apart = [
        (min(at, homes[1][unit]), max(at, homes[1][unit]))
        for unit, at in homes[0].items()
        if unit in homes[1] and ours[at].anchor != theirs[homes[1][unit]].anchor
    ]
    reach = list(range(len(ours)))
    for low, high in apart:
        reach[low] = max(reach[low], high)
    start, farthest = 0, 0
    for at in range(len(ours)):
        farthest = max(farthest, reach[at], tops[0][at] + 1, tops[1][at] + 1)
        if farthest == at:
            yield start - 1, at
            start = at + 1


def _stretch(orders: Orders, base: list[Unit], ours: list[_Run], theirs: list[_Run]) -> Iterator[Place]:
    """The places of one stretch."""
    order = _order([run.anchor for run in ours], [run.anchor for run in theirs], base, orders.certain)
    left, right = ({run.anchor: run.units for run in runs} for runs in (ours, theirs))
    shared = {unit for run in ours for unit in run.units} & {unit for run in theirs for unit in run.units}
    apart = any(unit not in right[run.anchor] for run in ours for unit in run.units if unit in shared)
    if order is None or apart:
        yield _clash(orders, _all(ours), _all(theirs))
        return
    for anchor in order:
        if anchor is not None:
            yield anchor
        yield from _filled(orders, left[anchor], right[anchor])


def _order(
    ours: list[Unit | None], theirs: list[Unit | None], base: list[Unit], certain: bool
) -> list[Unit | None] | None:
    """The order of the side that moved something; None when both did, and not in the same way."""
    if ours == theirs:
        return ours
    before = [None, *base] if None in ours else list(base)
    if certain and before in (ours, theirs):
        return theirs if ours == before else ours
    return None


def _filled(orders: Orders, ours: tuple[Unit, ...], theirs: tuple[Unit, ...]) -> Iterator[Place]:
    """The units that follow one anchor: those of one side by themselves, those of both at one place as a clash."""
    common = [unit for unit in ours if unit in theirs]
    if common != [unit for unit in theirs if unit in ours]:
        yield _clash(orders, ours, theirs)
        return
    while ours or theirs:
        stop = common[0] if common else None
        left, ours = _until(ours, stop)
        right, theirs = _until(theirs, stop)
        if left and right:
            yield _clash(orders, left, right)
        else:
            yield from left or right
        if stop is not None:
            yield stop
            del common[0]


def _until(units: tuple[Unit, ...], stop: Unit | None) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """The units before this one, and those behind it."""
    if stop is None:
        return units, ()
    at = units.index(stop)
    return units[:at], units[at + 1 :]


def _clash(orders: Orders, ours: tuple[Unit, ...], theirs: tuple[Unit, ...]) -> Clash:
    here = {*ours, *theirs}
    return Clash(tuple(unit for unit in orders.base if unit in here), ours, theirs)


def _all(runs: list[_Run]) -> tuple[Unit, ...]:
    return tuple(unit for run in runs for unit in ((run.anchor,) if run.anchor else ()) + run.units)
