"""What the sites hold after healing, against what the entries tell and what people were told."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from pop_forum.models import Person, Post, Thread
from pop_forum.models.base import EPOCH
from pop_forum.services import measures
from pop_forum.sim.oracle import Expected, fold
from pop_forum.sim.sites import SimSite
from pop_forum.sim.world import World

LOST, RESURRECTED, DIVERGED = "lost", "resurrected", "diverged"
JOURNALS = ("forum", "programme")
SLACK = 60_000  # milliseconds that pass while the other sites sweep


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be."""

    harm: str  # lost | resurrected | diverged
    site: int
    what: str

    def __str__(self) -> str:
        return f"{self.harm} at {self.site}: {self.what}"


def findings(world: World) -> list[Finding]:
    """Everything that is wrong once the network has healed."""
    expected = fold((site.settings.host, _activities(site, name)) for site in world.sites for name in JOURNALS)
    found: list[Finding] = []
    erased = _erased(world)
    for site in world.sites:
        found += _entries(world, site, erased)
        found += _words(expected, site)
        found += _rows(expected, site)
        found += _messages(expected, site)
        found += _orders_and_heads(expected, site)
        found += _nights(site)
    return found


def _activities(site: SimSite, name: str) -> list[bytes]:
    """The entries of a site's own journal."""
    query = (
        "SELECT activity FROM entries JOIN journals ON journals.id = journal_id "
        "WHERE host = ? AND name = ? AND activity IS NOT NULL ORDER BY entries.epoch, entries.n"
    )
    return [bytes(row[0]) for row in site.memory.execute(query, (site.settings.host, name))]


def _erased(world: World) -> set[str]:
    """The activities that some site knows to be erased: whoever comes later never learns their ids."""
    query = "SELECT activity_id FROM entries WHERE outcome = 'erased' AND activity_id IS NOT NULL"
    return {activity for site in world.sites for (activity,) in site.memory.execute(query)}


def _words(expected: Expected, site: SimSite) -> Iterable[Finding]:
    """No entry that its origin erased is whole anywhere."""
    query = (
        "SELECT host, name, epochs.epoch_id, entries.n FROM entries JOIN journals ON journals.id = entries.journal_id "
        "JOIN epochs ON epochs.journal_id = journals.id AND epochs.number = entries.epoch WHERE activity IS NOT NULL"
    )
    for whole in expected.erased & set(site.memory.execute(query)) if expected.erased else ():
        yield Finding(RESURRECTED, site.number, f"entry {whole}, erased by its origin")


def _entries(world: World, site: SimSite, erased: set[str]) -> Iterable[Finding]:
    """Every entry that was ever committed is here, the same, and nothing waits or was refused."""
    query = (
        "SELECT host, name, entries.epoch, entries.n, entries.hash, activity_id, outcome, reason FROM entries "
        "JOIN journals ON journals.id = journal_id"
    )
    held = {tuple(row[:4]): row[4:] for row in site.memory.execute(query)}
    activities = {activity for _, activity, _, _ in held.values()}
    for entry in world.written:
        here = held.get((entry.host, entry.journal, *entry.place))
        is_here = entry.activity in activities or entry.activity in erased
        if not is_here or (here is not None and here[0] != entry.hash):
            yield Finding(LOST, site.number, f"{entry.kind} {entry.host}/{entry.journal}/{entry.place}")
    for key, (_, _, outcome, reason) in held.items():
        if outcome not in ("own", "applied", "erased"):
            yield Finding(DIVERGED, site.number, f"{key} {outcome}: {reason}")
    for host, name, why in site.memory.execute(
        "SELECT host, name, quarantined FROM journals WHERE quarantined IS NOT NULL"
    ):
        yield Finding(DIVERGED, site.number, f"{host}/{name}: {why}")


def _nights(site: SimSite) -> Iterable[Finding]:
    """No comparison in the night found a difference between sites that show what the entries tell."""
    for host, board in site.memory.execute("SELECT host, board FROM state_differences"):
        yield Finding(DIVERGED, site.number, f"{host}/{board} is said to differ at a neighbour")
    for host, mended in site.memory.execute("SELECT host, mended FROM state_repairs WHERE mended > 0"):
        yield Finding(DIVERGED, site.number, f"{mended} entries of {host} had to be applied over again")


def _rows(expected: Expected, site: SimSite) -> Iterable[Finding]:
    """People, threads, supports, versions and stances, each exactly as told."""
    ask = site.memory.execute
    shared = "SELECT uri, title, board, coalesce(measure, '') FROM threads WHERE shared"
    active = (
        "SELECT object_uri, supports.host, token FROM supports JOIN posts ON posts.uri = object_uri "
        "JOIN threads ON threads.id = thread_id WHERE active AND shared"
    )
    known = "SELECT digest, host, role, measure FROM revisions WHERE role != 'edition'"
    yield from _same(site, "people", _pairs(ask("SELECT uri, name, role FROM people WHERE shared")), expected.people)
    yield from _same(site, "thread", _pairs(ask(shared)), expected.threads)
    yield from _same(site, "support", dict.fromkeys(ask(active)), dict.fromkeys(expected.supports))
    yield from _same(site, "revision", _pairs(ask(known)), expected.revisions)
    held = {(host, measure): rest for host, measure, *rest in ask("SELECT host, measure, kind, digest FROM stances")}
    yield from _same(site, "stance", {key: tuple(rest) for key, rest in held.items()}, expected.stances)
    stranger = ask("SELECT count(*) FROM threads WHERE NOT shared AND host != ?", (site.settings.host,)).fetchone()[0]
    if stranger:
        yield Finding(DIVERGED, site.number, f"{stranger} local threads of other communes")


def _messages(expected: Expected, site: SimSite) -> Iterable[Finding]:
    """Messages with their text, their history, and whether they are removed."""
    with site.reading() as unit:
        rows = unit.session.execute(
            select(Post.uri, Post.source, Post.deleted_by, Thread.uri, Post.parent_uri, Person.uri, Post.id)
            .join(Thread, Thread.id == Post.thread_id)
            .join(Person, Person.id == Post.author_id)
            .where(Thread.shared)
        ).all()
    versions = Counter(row[0] for row in site.memory.execute("SELECT post_id FROM post_versions"))
    held = {row[0]: row for row in rows}
    for uri, message in expected.messages.items():
        row = held.pop(uri, None)
        if row is None:
            yield Finding(LOST, site.number, f"message {uri}")
        elif not message.visible and row[2] is None:
            yield Finding(RESURRECTED, site.number, f"message {uri}, removed by {message.deleted_by}")
        elif message.erased and row[1]:
            yield Finding(RESURRECTED, site.number, f"words of {uri}, which is erased")
        elif (row[1], row[2] or "") != (message.texts[-1], message.deleted_by):
            yield Finding(DIVERGED, site.number, f"message {uri}: {row[1]!r} {row[2]}, not {message}")
        elif (row[3], row[4], row[5]) != (message.thread, message.parent, message.author):
            yield Finding(DIVERGED, site.number, f"message {uri} stands elsewhere")
        elif versions[row[6]] != len(message.texts) and not message.erased:
            yield Finding(DIVERGED, site.number, f"{versions[row[6]]} texts of {uri}, not {len(message.texts)}")
    for uri in held:
        yield Finding(DIVERGED, site.number, f"message {uri} is told by no entry")


def _orders_and_heads(expected: Expected, site: SimSite) -> Iterable[Finding]:
    """Threads read in one order everywhere, and every head of a common text is there."""
    with site.reading() as unit:
        for thread in expected.threads:
            query = select(Post.uri).join(Thread, Thread.id == Post.thread_id).where(Thread.uri == thread)
            if list(unit.session.scalars(query.order_by(Post.order_key))) != expected.order(thread):
                yield Finding(DIVERGED, site.number, f"the order of {thread}")
        for measure, heads in expected.heads.items():
            here = {row.digest for row in measures.common_heads(unit, measure)}
            if here != heads:
                yield Finding(LOST if heads - here else DIVERGED, site.number, f"heads of {measure}")


def postponed(world: World) -> list[Finding]:
    """Work put off for longer than its failures explain, or leased for too long, whatever a clock once showed."""
    now = int((world.clock.moment - EPOCH).total_seconds() * 1000)
    found = []
    for site in world.sites:
        for table, kind in (("links", "push"), ("peers", "sync")):
            query = f"SELECT {kind}_due_at - ?, {kind}_claimed_until - ?, {kind}_failures FROM {table}"
            for due, claimed, failures in site.memory.execute(query, (now, now)):
                longest = min(2_000 * 2 ** max(failures - 1, 0), 86_400_000)
                if (due or 0) > max(longest, 60_000) + SLACK or (claimed or 0) > 60_000 + SLACK:
                    found.append(Finding(DIVERGED, site.number, f"{table} wait {due} ms, leased for {claimed} ms"))
    return found


def _pairs(rows: Iterable[tuple[object, ...]]) -> dict[object, object]:
    return {key: tuple(rest) for key, *rest in rows}


def _same(site: SimSite, what: str, held: Mapping[Any, object], expected: Mapping[Any, object]) -> Iterable[Finding]:
    """One finding for each key that is missing, too many, or another."""
    for key in sorted({*held, *expected}, key=str):
        if key not in held:
            yield Finding(LOST, site.number, f"{what} {key}")
        elif key not in expected:
            harm = RESURRECTED if what == "support" else DIVERGED
            yield Finding(harm, site.number, f"{what} {key} is told by no entry")
        elif held[key] != expected[key]:
            yield Finding(DIVERGED, site.number, f"{what} {key}: {held[key]}, not {expected[key]}")
