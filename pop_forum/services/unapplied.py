"""Entries that are kept without effect: those that wait for another, and those that this version does not know yet."""

from sqlalchemy import or_, select

from pop_forum import __version__
from pop_forum.errors import ForumError, InvalidInput
from pop_forum.federation import authenticity
from pop_forum.federation.activities import Activity
from pop_forum.federation.identifiers import Host
from pop_forum.federation.keys import PublicKeys
from pop_forum.models import Entry, Journal, RegisteredKey
from pop_forum.services import inbox, picture_requests
from pop_forum.services.inbox import Outcome
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site

THIS_VERSION = f"pop_forum > {__version__}"  # what an entry that this version does not know waits for
AT_ONCE = 500  # entries tried again in one transaction, as many as a page holds


def keys_of(site: Site, host: str) -> dict[int, PublicKeys]:
    """The keys that this host has registered here, by number."""
    rows = site.session.scalars(select(RegisteredKey).where(RegisteredKey.host == host))
    return {row.number: PublicKeys(row.number, row.ed25519, row.rsa_pem) for row in rows}


def handled(site: Site, known: Known, host: Host, activity: Activity, stamp: Stamp) -> Outcome:
    """The outcome of an entry, a refusal by a protocol rule included."""
    try:
        return inbox.handle(site, known, host, activity, stamp)
    except InvalidInput as error:
        return Outcome("refused", reason=str(error))


def apply_waiting(site: Site, known: Known, arrived: list[str]) -> None:
    """Apply what waited for something that has just come, and what waited for that in turn."""
    while arrived:
        waiting = site.session.execute(
            select(Entry, Journal.host)
            .join(Journal, Journal.id == Entry.journal_id)
            .where(Entry.outcome == "waiting", Entry.waiting_on.in_(arrived))
            .order_by(Entry.journal_id, Entry.epoch, Entry.n)
        ).all()
        arrived = []
        for entry, host in waiting:
            arrived += _retry(site, known, entry, Host(host))
    site.session.flush()
    picture_requests.name(site, known.named)


def retry_unsupported(site: Site) -> bool:
    """Whether there may be more: entries that another version did not know, tried again by this one, each once."""
    told = or_(Entry.waiting_on.is_(None), Entry.waiting_on != THIS_VERSION)
    kept = site.session.execute(
        select(Entry, Journal.host)
        .join(Journal, Journal.id == Entry.journal_id)
        .where(Entry.outcome == "unsupported", told)
        .order_by(Entry.journal_id, Entry.epoch, Entry.n)
        .limit(AT_ONCE)
    ).all()
    known = Known(site)
    arrived: list[str] = []
    for entry, host in kept:
        try:
            arrived += _retry(site, known, entry, Host(host))
        except ForumError as error:  # what this version reads, and refuses
            entry.outcome, entry.reason = "refused", str(error)
        if entry.outcome == "unsupported":
            entry.waiting_on = THIS_VERSION
    site.session.flush()
    apply_waiting(site, known, arrived)
    return len(kept) == AT_ONCE


def _retry(site: Site, known: Known, entry: Entry, host: Host) -> tuple[str, ...]:
    """Handle a kept entry again; returns what it brought."""
    if entry.activity is None:
        return ()
    verified = authenticity.verify_entry(entry.activity, host=host, keys=keys_of(site, host))
    activity = inbox.read(verified)
    outcome = handled(site, known, host, activity, Stamp(entry.epoch, entry.n))
    entry.type, entry.outcome = type(activity.content).__name__, outcome.state
    entry.waiting_on, entry.reason = outcome.waiting_on, outcome.reason
    return outcome.arrived
