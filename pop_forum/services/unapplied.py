"""Entries that are kept without effect: those that wait for another, and those that this version does not know yet."""

from dataclasses import replace

from sqlalchemy import ColumnElement, func, or_, select, update

from pop_forum.errors import ForumError, InvalidInput
from pop_forum.federation import authenticity, kinds
from pop_forum.federation.activities import Activity
from pop_forum.federation.identifiers import Host
from pop_forum.models import Entry, Journal
from pop_forum.services import erasures, inbox, key_registers, picture_requests
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp
from pop_forum.services.outcomes import Outcome
from pop_forum.services.said_again import KEPT
from pop_forum.services.site import Site
from pop_forum.services.verifying import refuse_elsewhere

# What an entry that this version does not know waits for: other kinds than those that it reads and applies.
OTHER_KINDS = f"kinds other than {kinds.digest_of([*kinds.read_kinds(), *inbox.applied_kinds()])}"
AT_ONCE = 500  # entries tried again in one transaction, as many as a page holds
MOST_WAITING = 500  # entries of one origin that are tried again with what they wait for, in the same transaction
_DUE = (Entry.outcome == "postponed", Entry.waiting_on.is_(None))
APPLY = "apply"  # the kind of work that is owed once something comes for which entries were postponed


class Places:
    """The places for entries that wait, MOST_WAITING for each origin; what finds none is postponed (row 33).

    Either is kept, and names what it waits for. When that comes, what waits is applied at once and what was postponed
    becomes due: a task applies it, a page at a time. However much an origin leaves open, nobody else waits for it.
    """

    def __init__(self, site: Site) -> None:
        self._session = site.session
        self._free: dict[str, int] = {}

    def placed(self, host: str, outcome: Outcome) -> Outcome:
        """The same outcome, or `postponed` when too much of this origin waits already."""
        if outcome.state != "waiting":
            return outcome
        if host not in self._free:
            taken = select(func.count()).select_from(Entry).join(Journal, Journal.id == Entry.journal_id)
            waits = (Entry.outcome == "waiting", Journal.host == host)
            self._free[host] = MOST_WAITING - (self._session.scalar(taken.where(*waits)) or 0)
        if self._free[host] <= 0:
            return replace(outcome, state="postponed")
        self._free[host] -= 1
        return outcome


def handled(site: Site, known: Known, host: Host, activity: Activity, stamp: Stamp) -> Outcome:
    """The outcome of an entry, a refusal by a protocol rule included."""
    try:
        return inbox.handle(site, known, host, activity, stamp)
    except InvalidInput as error:
        return Outcome("refused", reason=str(error))


def awaited(outcome: Outcome) -> str | None:
    """What an entry with this outcome waits for, if for anything."""
    return OTHER_KINDS if outcome.state == "unsupported" else outcome.waiting_on


def apply_waiting(site: Site, known: Known, arrived: list[str]) -> None:
    """Apply what waited for something that has just come, and what waited for that in turn."""
    while arrived:
        _make_due(site, arrived)
        waiting = _held(site, None, Entry.outcome == "waiting", Entry.waiting_on.in_(arrived))
        arrived = []
        for entry, host in waiting:
            arrived += retry(site, known, entry, host)
        arrived += written(site, known)


def try_own(site: Site, row: Journal, at: Stamp) -> None:
    """Nothing; an entry of ours that came back has its effect, or waits for what it needs."""
    place = (Entry.journal_id == row.id, Entry.epoch == at.epoch, Entry.n == at.n)
    entry, known = site.session.scalars(select(Entry).where(*place)).one(), Known(site)
    arrived = [*retry(site, known, entry, Host(row.host)), *written(site, known)]
    entry.outcome = "own" if entry.outcome == "applied" else entry.outcome
    apply_waiting(site, known, arrived)


def retry_unsupported(site: Site) -> bool:
    """Whether there may be more: entries kept by a version of other kinds, tried again by this one, each once."""
    told = or_(Entry.waiting_on.is_(None), Entry.waiting_on != OTHER_KINDS)
    return _retry_some(site, Entry.outcome == "unsupported", told) == AT_ONCE


def apply_postponed(site: Site) -> bool:
    """Whether there is more: postponed entries for which what they wait for has come, applied."""
    _retry_some(site, *_DUE)
    return _is_due(site)


def sweep(site: Site) -> None:
    """Find postponed entries whose time has come and that no wake-up will bring."""
    if _is_due(site):
        site.wake(APPLY)


def _is_due(site: Site) -> bool:
    return site.session.scalar(select(Entry.id).where(*_DUE).limit(1)) is not None


def _make_due(site: Site, arrived: list[str]) -> None:
    """Make due what was postponed for something that has just come; a task applies it."""
    due = update(Entry).where(Entry.outcome == "postponed", Entry.waiting_on.in_(arrived)).values(waiting_on=None)
    if site.session.connection().execute(due).rowcount:
        site.wake(APPLY)


def _retry_some(site: Site, *which: ColumnElement[bool]) -> int:
    """How many such entries were tried again, AT_ONCE at most, with what waited for them."""
    known, places = Known(site), Places(site)
    arrived: list[str] = []
    found = _held(site, AT_ONCE, *which)
    for entry, host in found:
        arrived += retry(site, known, entry, host, places)
    apply_waiting(site, known, arrived + written(site, known))
    return len(found)


def written(site: Site, known: Known) -> list[str]:
    """What came as tombstones, once the rows of what was just applied are written."""
    site.session.flush()
    picture_requests.name(site, known.named)
    known.named = {}
    return erasures.carry_out(site, known)


def _held(site: Site, most: int | None, *which: ColumnElement[bool]) -> list[tuple[Entry, Host]]:
    """Such entries with the hosts of their journals, in the order of these."""
    rows = site.session.execute(
        select(Entry, Journal.host)
        .join(Journal, Journal.id == Entry.journal_id)
        .where(*which)
        .order_by(Entry.journal_id, Entry.epoch, Entry.n)
        .limit(most)
    )
    return [(entry, Host(host)) for entry, host in rows]


def retry(site: Site, known: Known, entry: Entry, host: Host, places: Places | None = None) -> tuple[str, ...]:
    """Handle a kept entry again; returns what it brought. Without places it keeps the one that it has."""
    if entry.activity is None:
        entry.outcome, entry.waiting_on = "erased", None
        return ()
    try:
        row = site.session.get_one(Journal, entry.journal_id)
        keys = key_registers.ring_of(site, row).at((entry.epoch, entry.n))
        activity = inbox.read(authenticity.verify_entry(entry.activity, host=host, keys=keys))
        refuse_elsewhere(activity, row.name)
    except ForumError as error:  # what this version reads otherwise, and refuses
        entry.outcome, entry.waiting_on, entry.reason, entry.creates = "refused", None, str(error), None
        return ()
    outcome = handled(site, known, host, activity, Stamp(entry.epoch, entry.n))
    outcome = outcome if places is None else places.placed(host, outcome)
    entry.type, entry.outcome = type(activity.content).__name__, outcome.state
    entry.waiting_on, entry.reason = awaited(outcome), outcome.reason
    uri = inbox.created(activity)
    entry.creates = uri if outcome.state in KEPT else None
    if uri is not None:
        known.forget_claim(uri)
    return outcome.arrived
