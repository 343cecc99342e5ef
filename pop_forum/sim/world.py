"""One seed lived through: steps, faults, healing; what was written meanwhile, and a trace of everything."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from pop_forum import tasks
from pop_forum.errors import ForumError
from pop_forum.services.site import Site
from pop_forum.sim import faults, schedule
from pop_forum.sim.chance import Chance
from pop_forum.sim.clocks import WorldClock
from pop_forum.sim.network import Network
from pop_forum.sim.operations import OPERATIONS
from pop_forum.sim.schedule import ENTRIES, FAULTS, Schedule, Step
from pop_forum.sim.sites import Crashed, SimSite
from pop_forum.sim.template import template

KINDS = {  # columns of the table, by the type of an entry
    "ThreadOpened": "thread",
    "PostWritten": "reply",
    "PostEdited": "edit",
    "PostDeleted": "deletion",
    "PostRestored": "restoration",
    "SupportGiven": "support",
    "SupportWithdrawn": "withdrawal",
    "RevisionPublished": "revision",
    "MeasureAdopted": "adoption",
    "PersonDeclared": "person",
    "Erase": "erasure",
}
OF_OPERATION = {  # what an operation that a crash swallowed would have written
    "delete": "deletion",
    "restore": "restoration",
    "withdraw": "withdrawal",
    "revise": "revision",
    "adapt": "revision",
    "adopt": "adoption",
}
CRASHES = {"before commit": "crash before", "after commit": "crash after"}
RESTARTS = 50  # of a hundred crashes: the worker begins anew; else another process goes on beside the old claims


@dataclass(frozen=True, slots=True)
class Written:
    """An entry that a site has committed, and whether its author was told so."""

    host: str
    journal: str
    place: tuple[int, int]  # epoch, n
    hash: str
    activity: str  # its id: it keeps it when it is said again in another epoch
    kind: str
    acknowledged: bool


@dataclass
class World:
    """The sites of one seed and what happens to them."""

    schedule: Schedule
    clock: WorldClock = field(default_factory=WorldClock)
    trace: list[str] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)  # of every entry ever written, also of those lost to everybody
    struck: Counter[str] = field(default_factory=Counter)
    cells: Counter[tuple[str, str]] = field(default_factory=Counter)  # (fault, kind of entry)
    under: dict[str, int] = field(default_factory=dict)  # faults that last, and until which step
    ends: list[tuple[int, Callable[[], None]]] = field(default_factory=list)  # what ends them
    inside: list[Step] = field(default_factory=list)
    nested: bool = False
    _hit: set[tuple[str, int]] = field(default_factory=set)
    doing: str = ""  # the kind of entry that is being written

    def __post_init__(self) -> None:
        self.sites = template().restore(self.schedule.sites, self.schedule.shape)
        chance = Chance("network", self.schedule.seed)
        self.network = Network(self.clock, chance, self.sites, trace=self.tell, meanwhile=self._meanwhile)
        self.network.struck = self.strike
        for site in self.sites:
            site.begin(self.clock, Chance("entropy", self.schedule.seed, site.number), self.network)
            site.on_crash = self._crash_of(site)
        self._seen = {(site.settings.host, name): at for site in self.sites for name, at in site.own_places().items()}

    def tell(self, line: str) -> None:
        """One more line of the trace."""
        self.trace.append(f"{self.network.step} {self.clock.moment:%m-%d %H:%M:%S.%f} {line}")

    def digest(self) -> str:
        """What identifies the whole trace."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def live(self) -> None:
        """Every step of the schedule."""
        for step in self.schedule.steps:
            self.network.step += 1
            self._end_faults()
            self.network.deliver_late()
            if step.inside and not self.nested:
                self.inside.append(step)
            else:
                self.take(step)
        while self.inside:
            self.take(self.inside.pop(0))

    def take(self, step: Step) -> None:
        """One step; it does what the present state allows."""
        self.tell(str(step))
        site, chance = self._up(step.site), Chance(self.schedule.seed, step)
        match step.kind:
            case schedule.OPERATION:
                self.operate(site, step.name, chance)
            case schedule.WORK:
                self.work(site)
            case schedule.SWEEP:
                self.sweep(site)
            case schedule.WAIT:
                self.clock.pass_by(timedelta(seconds=step.number))
            case schedule.FAULT:
                faults.FAULTS[step.name](self, site, chance)

    def operate(self, site: SimSite, name: str, chance: Chance) -> None:
        """Somebody does something at this site; it is acknowledged when nothing fell over."""
        self.doing = OF_OPERATION.get(name, name)
        returned = False
        try:
            with site.transaction() as unit:
                OPERATIONS[name](unit, chance)
            returned = True
        except Crashed as crash:
            self.tell(str(crash))
        except ForumError as error:
            self.tell(f"{site.number} {name}: {error}")
        self.doing = ""
        self.notice(site, acknowledged=returned)

    def work(self, site: SimSite) -> None:
        """The worker of this site does what it was woken for."""
        for kind in list(site.bell.outstanding):
            if kind in site.bell.outstanding:
                self._run(site, lambda kind=kind: tasks.run(site, kind), kind)  # type: ignore[misc]

    def sweep(self, site: SimSite) -> None:
        """The timer of the worker: the sweep, and what it wakes."""
        self._run(site, lambda: tasks.run(site, tasks.SWEEP), tasks.SWEEP)
        self.work(site)

    def start(self, site: SimSite) -> None:
        """The site is up again, and its worker begins."""
        site.up = True
        self._run(site, lambda: tasks.start(site), "start")

    def administer(self, site: SimSite, act: Callable[[Site], None]) -> None:
        """What an admin does by hand, again if a process ends under it."""
        try:
            with site.transaction() as unit:
                act(unit)
        except Crashed as crash:
            self.tell(str(crash))
            self.administer(site, act)

    def strike(self, fault: str) -> None:
        """A fault has done its harm: to what is being written, and to what is not everywhere yet."""
        window = fault, self.under.get(fault, -1)
        if window[1] < self.network.step or window not in self._hit:
            self.struck[fault] += 1  # once, however many requests a lasting one harms
        self._hit.add(window)
        self.tell(f"struck: {fault}")
        if self.doing in KINDS.values():
            self.cells[fault, self.doing] += 1
        for entry in self.under_way():
            self.cells[fault, entry.kind] += 1

    def last(self, fault: str, steps: int, end: Callable[[], None]) -> None:
        """A fault lasts for so many steps; what is written meanwhile has suffered it too."""
        until = self.network.step + steps
        self.under[fault] = max(until, self.under.get(fault, 0))
        self.ends.append((until, end))

    def under_way(self) -> list[Written]:
        """The entries that some site does not have yet."""
        held = [{(host, name): (epoch, n) for host, name, epoch, n in _positions(site)} for site in self.sites]
        return [
            entry
            for entry in self.written
            if any(one.get((entry.host, entry.journal), (0, 0)) < entry.place for one in held)
        ]

    def end_all(self) -> None:
        """Every fault is over: the network carries, clocks are right, every site runs."""
        self._end_faults(everything=True)
        self.network.weather.drop = self.network.weather.duplicate = self.network.weather.late = 0
        self.network.weather.fail, self.network.weather.apart = 0, frozenset()
        for site in self.sites:
            site.crash_at_commit = site.crash_at_request = None
        self.network.deliver_late(everything=True)

    def top_up(self) -> None:
        """At least so many entries and faults, whatever the steps came to."""
        self._write_more()
        if self.kinds.total() < ENTRIES:  # who is in reprise writes nothing before the others are back
            self._end_faults(everything=True)
            for site in self.sites * 3:
                self.clock.pass_by(timedelta(minutes=2))
                self.sweep(site)
            self._write_more()
        for turn in range(FAULTS):
            if sum(self.struck.values()) >= FAULTS:
                break
            self.network.step += faults.LONGEST  # what still lasts is over: nobody may be alone
            self._end_faults()
            faults.FAULTS["power"](self, self._up(turn), Chance(self.schedule.seed, "power", turn))

    def _write_more(self) -> None:
        for turn in range(10 * ENTRIES):
            if self.kinds.total() >= ENTRIES:
                break
            name = ("reply", "edit", "thread", "support")[turn % 4]
            self.operate(self._up(turn), name, Chance(self.schedule.seed, "more", turn))

    def notice(self, site: SimSite, *, acknowledged: bool) -> None:
        """What the site has appended to its journals is remembered, apart from all it keeps itself."""
        host, known = site.settings.host, {entry.activity for entry in self.written}
        for name, place in site.own_places().items():
            seen = self._seen.get((host, name), (0, 0))
            self._seen[host, name] = place
            for epoch, n, hash_, activity, type_ in _entries(site, name, seen):
                if type_ in KINDS and activity not in known:
                    self._remember(Written(host, name, (epoch, n), hash_, activity, KINDS[type_], acknowledged))

    def restored(self, site: SimSite) -> None:
        """What stood in no store but this one is lost to everybody; what the site writes now comes after its backup."""
        for name, place in site.own_places().items():
            self._seen[site.settings.host, name] = place
        held = {activity for one in self.sites for (activity,) in one.memory.execute("SELECT activity_id FROM entries")}
        self.written = [entry for entry in self.written if entry.activity in held]
        self.network.forget(site)

    def _remember(self, entry: Written) -> None:
        self.written.append(entry)
        self.kinds[entry.kind] += 1
        for fault, until in self.under.items():
            if until >= self.network.step:
                self.cells[fault, entry.kind] += 1

    def _run(self, site: SimSite, work: Callable[[], None], what: str) -> None:
        """One task of the worker, if the machine runs; a crash ends it and nothing else."""
        if not site.up or site.open_units:
            return
        self.tell(f"{site.number} {what}")
        try:
            work()
        except Crashed as crash:
            self.tell(f"crash: {crash}")
            site.bell.outstanding[what if what in tasks.KINDS else tasks.SWEEP] = None  # the queue gives it out again
            if site.up and self.network.seed.happens(RESTARTS):
                self.start(site)

    def _meanwhile(self) -> None:
        """A step that was kept for the time in which a request is under way."""
        if self.inside and not self.nested:
            self.nested = True
            try:
                self.take(self.inside.pop(0))
            finally:
                self.nested = False

    def _up(self, number: int) -> SimSite:
        """The site with this number, or the next one that runs."""
        count = len(self.sites)
        order = [self.sites[(number + turn) % count] for turn in range(count)]
        return next(site for site in order if site.up)

    def _end_faults(self, *, everything: bool = False) -> None:
        due = [end for until, end in self.ends if everything or until <= self.network.step]
        self.ends = [] if everything else [one for one in self.ends if one[0] > self.network.step]
        for end in due:
            end()

    def _crash_of(self, site: SimSite) -> Callable[[str], None]:
        return lambda what: self.strike(CRASHES.get(what, "failpoint"))


def _positions(site: SimSite) -> list[tuple[str, str, int, int]]:
    return list(site.memory.execute("SELECT host, name, epoch, n FROM journals"))


def _entries(site: SimSite, name: str, since: tuple[int, int]) -> list[tuple[int, int, str, str, str]]:
    query = (
        "SELECT entries.epoch, entries.n, entries.hash, activity_id, type FROM entries "
        "JOIN journals ON journals.id = journal_id "
        "WHERE host = ? AND name = ? AND (entries.epoch, entries.n) > (?, ?) ORDER BY entries.epoch, entries.n"
    )
    return list(site.memory.execute(query, (site.settings.host, name, *since)))
