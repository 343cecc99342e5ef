"""Figures for a monitoring system, all read from rows: how far each exchange is, what waits, what was refused."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from pop_forum.domain.gauges import Gauge, Sample
from pop_forum.domain.health import Facts, Finding
from pop_forum.models import Entry, Envelope, Journal, Mail
from pop_forum.services import indexing, network_pages
from pop_forum.services.network_pages import PeerLine
from pop_forum.services.site import Site

MOST_PEERS = 100  # named each in the figures, those with the longest silence first; the others are only counted


def gauges(site: Site, facts: Facts, found: Iterable[Finding]) -> Iterator[Gauge]:
    """Every figure of this moment; ages are in seconds."""
    now = site.clock.now()
    troubles = Counter(finding.trouble.value for finding in found)
    yield Gauge("troubles", "What is wrong now, by kind", ("trouble",), _of(troubles))
    if facts.beat_at is not None:
        yield Gauge("worker_beat_age_seconds", "Since the worker's last sign", (), (((), _age(facts.beat_at, now)),))
    due = tuple(((kind,), _age(at, now)) for kind, at in facts.due.items())
    yield Gauge("work_oldest_due_seconds", "How long the oldest due work of a kind has waited", ("kind",), due)
    if facts.disk_used is not None:
        yield Gauge("disk_used_ratio", "Share of the data folder's disk that is taken", (), (((), facts.disk_used),))
    yield from _of_peers(network_pages.console(site), now)
    yield _of_entries(site)
    yield Gauge("envelopes", "Letters from other sites, by state", ("state",), _counted(site, Envelope.state))
    yield Gauge("mails", "Letters to people, by state", ("state",), _of(_mails(site, leaves=facts.mail_leaves)))
    yield Gauge("index_changes_owed", "Changes the search index does not know", (), (((), indexing.count_owed(site)),))


def _of_peers(lines: list[PeerLine], now: datetime) -> Iterator[Gauge]:
    yield Gauge("peers", "Communes, by state", ("state",), _of(Counter(line.state for line in lines)))
    carried = sorted(
        (line for line in lines if line.journals),
        key=lambda line: line.peer.contact_at or line.peer.created_at,
    )[:MOST_PEERS]
    silent = tuple(
        ((line.peer.host,), _age(line.peer.contact_at, now)) for line in carried if line.peer.contact_at is not None
    )
    yield Gauge("peer_contact_age_seconds", "Since the last exchange with a commune", ("peer",), silent)
    names, labels = ("peer", "journal"), ("entries_to_send", "entries_to_receive")
    for name, help_text in zip(labels, ("Our entries a commune lacks", "Its entries we lack"), strict=True):
        samples = tuple(
            ((line.peer.host, each.journal), float(each.to_send if name == "entries_to_send" else each.to_receive))
            for line in carried
            for each in line.journals
        )
        yield Gauge(f"peer_{name}", help_text, names, samples)


def _of_entries(site: Site) -> Gauge:
    rows = site.session.execute(
        select(Journal.name, Entry.outcome, func.count())
        .join(Journal, Journal.id == Entry.journal_id)
        .group_by(Journal.name, Entry.outcome)
        .order_by(Journal.name, Entry.outcome)
    )
    samples = tuple(((name, outcome), float(count)) for name, outcome, count in rows)
    return Gauge("journal_entries", "Entries kept, by journal and outcome", ("journal", "outcome"), samples)


def _mails(site: Site, *, leaves: bool) -> Mapping[str, int]:
    """How many letters there are, by state. Where none leaves, as in a demonstration, they are kept, not waiting."""
    states = {
        "waiting" if leaves else "kept": Mail.next_at.is_not(None),
        "sent": Mail.sent_at.is_not(None),
        "given_up": Mail.given_up_at.is_not(None),
    }
    return {
        name: site.session.scalar(select(func.count()).select_from(Mail).where(which)) or 0
        for name, which in states.items()
    }


def _counted(site: Site, column: InstrumentedAttribute[str]) -> tuple[Sample, ...]:
    rows = site.session.execute(select(column, func.count()).group_by(column).order_by(column))
    return tuple(((state,), float(count)) for state, count in rows)


def _of(counts: Mapping[str, int]) -> tuple[Sample, ...]:
    return tuple(((name,), float(count)) for name, count in sorted(counts.items()))


def _age(at: datetime, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds())
