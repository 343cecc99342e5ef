"""One seed from its first step to its verdict."""

import logging
from collections import Counter
from dataclasses import dataclass, field

from pop_forum.adapters.logs import only
from pop_forum.errors import ForumError
from pop_forum.sim import checking, faults, healing
from pop_forum.sim.checking import DIVERGED, Finding
from pop_forum.sim.schedule import ENTRIES, FAULTS, Schedule, drawn
from pop_forum.sim.world import World


@dataclass
class Verdict:
    """What became of one seed."""

    schedule: Schedule
    findings: list[Finding] = field(default_factory=list)
    rounds: int | None = None
    entries: int = 0
    kinds: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    digest: str = ""
    trace: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether anything is not as it must be."""
        return bool(self.findings)


def schedule_of(seed: int, sites: tuple[int, int], days: int) -> Schedule:
    """The schedule of this seed."""
    return drawn(seed, *sites, days, tuple(faults.FAULTS))


def run(schedule: Schedule) -> Verdict:
    """The verdict on one schedule; what the sites log of its faults is not shown."""
    with only(logging.CRITICAL):
        return _lived(World(schedule), schedule)


def _lived(world: World, schedule: Schedule) -> Verdict:
    verdict = Verdict(schedule)
    try:
        world.live()
        world.top_up()
        world.end_all()
        for site in world.sites:
            world.sweep(site)
        put_off = checking.postponed(world)
        verdict.rounds = healing.heal(world)
        verdict.findings = put_off + checking.findings(world)
        if verdict.rounds is None:
            verdict.findings.append(Finding(DIVERGED, 0, f"not in step after {healing.rounds(schedule)} rounds"))
    except healing.Stalled as stalled:
        verdict.findings.append(Finding(DIVERGED, 0, str(stalled)))
    except (ForumError, LookupError, TypeError, ValueError, AssertionError, RuntimeError) as error:
        world.tell(f"{type(error).__name__}: {error}")
        verdict.findings.append(Finding(DIVERGED, 0, f"{type(error).__name__}: {error}"))
    verdict.entries, verdict.kinds = world.kinds.total(), len(world.kinds)
    verdict.struck, verdict.cells = world.struck, world.cells
    verdict.digest, verdict.trace = world.digest(), tuple(world.trace)
    return verdict


def is_enough(verdict: Verdict) -> bool:
    """Whether the seed has lived through what every seed must."""
    return verdict.entries >= ENTRIES and verdict.kinds >= 5 and sum(verdict.struck.values()) >= FAULTS
