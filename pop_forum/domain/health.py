"""What an admin must hear of: the troubles of a site, judged from what its rows and its machine say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

WORKER_SILENT = timedelta(seconds=60)  # the worker gives a sign every BEAT_EVERY; more than this and it is gone
BEAT_EVERY = timedelta(seconds=30)
STALL = timedelta(minutes=15)  # work due for so long that nobody has tried
PEER_SILENT = timedelta(hours=24)
CLOCKS_APART = timedelta(seconds=60)  # more than this, and dates of messages look wrong to somebody
CLOCKS_TOLD = timedelta(hours=24)  # for so long a test message tells of clocks: either may have been set since
DISK_FULL_SHARE = 0.85


class Trouble(StrEnum):
    """What can be wrong; who runs the site reads a sentence for each."""

    WORKER = "worker"  # no worker has given a sign
    QUEUE = "queue"  # the broker does not answer: work is found by the sweep only
    STALLED = "stalled"  # work of one kind is due and not begun
    SILENT = "silent"  # a commune has not been heard of for a day
    DIVERGENT = "divergent"  # a journal tells two stories
    DIFFERENT = "different"  # a commune shows otherwise what both have read
    ALTERED = "altered"  # a commune passed on another one's journal changed
    CLOCK = "clock"  # a commune's clock and ours differ
    DISK = "disk"
    REPRISE = "reprise"  # the site takes back what it had published, and writes nothing shared


@dataclass(frozen=True, slots=True)
class Contact:
    """A commune we exchange with, and when we last heard of it (or began to exchange)."""

    host: str
    name: str
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A journal from which nothing is taken, and since when as far as is known."""

    host: str
    journal: str


@dataclass(frozen=True, slots=True)
class Altered:
    """A journal that is read from a commune no more, because it had changed a page of it."""

    mirror: str
    journal: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A commune that shows otherwise than we what this origin said, after its journal was applied over again."""

    peer: str
    host: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """How far a commune's clock was from ours when a test message came back."""

    host: str
    apart: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one moment; `None` is « not looked at here », never « fine »."""

    beat_at: datetime | None  # the worker's last sign
    up_since: datetime | None  # since when its signs have come without a gap
    due: Mapping[str, datetime] = field(default_factory=dict)  # the oldest due work of each kind
    mail_leaves: bool = True
    contacts: tuple[Contact, ...] = ()
    quarantines: tuple[Quarantine, ...] = ()
    altered: tuple[Altered, ...] = ()
    differences: tuple[Difference, ...] = ()
    clocks: tuple[Clock, ...] = ()
    resuming_since: datetime | None = None
    queue_answers: bool | None = None
    disk_used: float | None = None  # share of the data folder's disk, 0 to 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One trouble; `subject` tells which kind of work, which commune or which journal."""

    trouble: Trouble
    subject: str = ""
    since: datetime | None = None


def findings(facts: Facts, now: datetime) -> tuple[Finding, ...]:
    """Everything that is wrong, the gravest first.

    After a pause of the whole site, what waited is given a quarter of an hour before anybody is told of it.
    """
    found: list[Finding] = []
    if not is_attended(facts, now):
        found.append(Finding(Trouble.WORKER, since=facts.beat_at))
    if facts.queue_answers is False:
        found.append(Finding(Trouble.QUEUE))
    if facts.disk_used is not None and facts.disk_used >= DISK_FULL_SHARE:
        found.append(Finding(Trouble.DISK))
    if facts.resuming_since is not None:
        found.append(Finding(Trouble.REPRISE, since=facts.resuming_since))
    found += [Finding(Trouble.DIVERGENT, f"{one.host}/{one.journal}") for one in facts.quarantines]
    found += [Finding(Trouble.ALTERED, f"{one.mirror} ({one.journal})", one.since) for one in facts.altered]
    found += [Finding(Trouble.DIFFERENT, f"{one.peer} ({one.host})", one.since) for one in facts.differences]
    found += [
        Finding(Trouble.CLOCK, one.host, one.at)
        for one in facts.clocks
        if abs(one.apart) > CLOCKS_APART and now - one.at < CLOCKS_TOLD
    ]
    if _has_settled(facts, now):
        found += [
            Finding(Trouble.STALLED, kind, since) for kind, since in sorted(facts.due.items()) if now - since >= STALL
        ]
        found += [
            Finding(Trouble.SILENT, one.host, one.heard_at)
            for one in facts.contacts
            if now - one.heard_at >= PEER_SILENT
        ]
    return tuple(found)


def is_attended(facts: Facts, now: datetime) -> bool:
    """Whether a worker gave a sign lately; a sign from the future is that of a wrong clock, and counts."""
    return facts.beat_at is not None and now - facts.beat_at <= WORKER_SILENT


def _has_settled(facts: Facts, now: datetime) -> bool:
    return facts.up_since is not None and now - facts.up_since >= STALL
