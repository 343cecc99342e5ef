"""What happens in one seed, as steps drawn beforehand: each stands for itself, so that any may be left out."""

from dataclasses import dataclass
from datetime import timedelta

from pop_forum.sim import shapes
from pop_forum.sim.chance import Chance

OPERATION, WORK, SWEEP, WAIT, FAULT = "operation", "work", "sweep", "wait", "fault"
ENTRIES = 25  # at least, for each seed
FAULTS = 8
OPERATIONS_DRAWN = 32  # some find nothing to do, or are lost in a crash before their commit
FAULTS_DRAWN = 11
INSIDE = 25  # of a hundred steps: happen while a request of another one is under way
# How often each is drawn: replies most of all, as in life.
MIX = (
    *("thread",) * 4,
    *("reply",) * 8,
    *("edit",) * 4,
    *("delete",) * 4,
    *("restore",) * 2,
    *("support",) * 4,
    *("withdraw",) * 2,
    *("revise",) * 3,
    *("adapt",) * 3,
    *("adopt",) * 2,
    "person",
    "local",
)
FIRST = ("thread", "reply", "support", "revise", "adapt", "adopt", "edit", "delete")
# The smaller ones come more often: a network of eight has 28 times as many pairs as one of two.
SIZES = {2: 16, 3: 16, 4: 4, 5: 1, 6: 1, 7: 1, 8: 1}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what, at which site, with which seed of its own; `inside` while another one's request is under way."""

    kind: str
    name: str
    site: int
    number: int
    inside: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.site} {self.number}{' inside' if self.inside else ''}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A seed, how many sites it has, its steps, and who of them is linked with whom."""

    seed: int
    sites: int
    steps: tuple[Step, ...]
    shape: str = shapes.MESH

    def to_text(self) -> str:
        """The schedule as it is printed and kept."""
        shape = "" if self.shape == shapes.MESH else f" {self.shape}"
        return "\n".join([f"seed {self.seed} sites {self.sites}{shape}", *map(str, self.steps)])


def from_text(text: str) -> Schedule:
    """The schedule that `to_text` wrote."""
    first, *lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    _, seed, _, sites, *shape = first.split()
    return Schedule(int(seed), int(sites), tuple(_step(line.split(" ")) for line in lines), *shape)


def drawn(seed: int, smallest: int, largest: int, days: int, faults: tuple[str, ...]) -> Schedule:
    """The schedule of a seed."""
    chance = Chance("schedule", seed)
    sizes = [size for size, weight in SIZES.items() for _ in range(weight) if smallest <= size <= largest]
    count = chance.pick(sizes)
    names = list(FIRST) + [chance.pick(MIX) for _ in range(OPERATIONS_DRAWN - len(FIRST))]
    steps = [step for name in names for step in _around(chance, count, Step(OPERATION, name, 0, 0))]
    for turn in range(FAULTS_DRAWN):
        fault = faults[(seed * FAULTS_DRAWN + turn) % len(faults)]
        place = chance.below(len(steps) - len(FIRST)) + 3
        steps[place:place] = _around(chance, count, Step(FAULT, fault, 0, 0))
    return Schedule(seed, count, _spread(chance, steps, timedelta(days=days)), shapes.drawn(seed, count))


def _step(words: list[str]) -> Step:
    inside = words[-1] == "inside"
    kind, *name, site, number = words[:-1] if inside else words
    return Step(kind, " ".join(name), int(site), int(number), inside)


def _around(chance: Chance, count: int, step: Step) -> list[Step]:
    """The step with a seed and a site of its own, and what often follows it there."""
    site = chance.below(count)
    inside = chance.happens(INSIDE)
    steps = [Step(step.kind, step.name, site, chance.below(10**6), inside)]
    if chance.happens(40):
        steps.append(Step(WORK, "", site if chance.happens(60) else chance.below(count), chance.below(10**6)))
    if chance.happens(10):
        steps.append(Step(SWEEP, "", chance.below(count), chance.below(10**6)))
    return steps


def _spread(chance: Chance, steps: list[Step], over: timedelta) -> tuple[Step, ...]:
    """The steps with waits between some: seconds, minutes, or a good part of all the time there is."""
    spread: list[Step] = []
    longest = max(1, int(over.total_seconds()) // 8)
    for step in steps:
        if chance.happens(20):
            spread.append(Step(WAIT, "", 0, chance.between(1, chance.pick((10, 120, 3_600, longest)))))
        spread.append(step)
    return tuple(spread)
