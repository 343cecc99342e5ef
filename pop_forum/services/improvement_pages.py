"""What the pages of improvements show: those that wait for an answer, and those that had one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, and_, exists, select
from sqlalchemy.orm import aliased

from pop_forum.models import Improvement, ImprovementAnswer, ImprovementAuthor, Measure, Revision
from pop_forum.services import backing, drafting, improvements
from pop_forum.services.drafting import OpinionLine
from pop_forum.services.improvements import Between
from pop_forum.services.network_pages import commune_names, shown_hosts
from pop_forum.services.programme_pages import MeasurePage
from pop_forum.services.reading import measure_titles
from pop_forum.services.site import Site

ANSWERED_SHOWN = 100  # the newest of them; what waits is always shown
TOLD_SHOWN = 20  # among the notices of an author

Found = Row[Improvement, ImprovementAnswer | None, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One improvement in a list; `outcome` is None while it waits for an answer, by `due` at best."""

    digest: str
    slug: str
    measure: str
    commune: str
    ours: bool
    need: str
    reason: str
    at: datetime
    due: datetime
    overdue: bool
    outcome: str | None
    sentence: str
    answered_at: datetime | None
    result: str | None
    supports: int
    replaces: str | None  # the digest of the one that this is a change of
    replaced_by: str | None  # that of the one that is a change of this


@dataclass(frozen=True, slots=True)
class Lines:
    """Those that wait, the oldest first, and those that were answered, the newest first; `until` is when one is due.

    One that was changed does not wait any more: the change does.
    """

    waiting: tuple[Line, ...]
    answered: tuple[Line, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Shared:
    """What the lines of one list are made with, looked up once."""

    names: dict[str, str]
    titles: dict[str, str]
    supports: dict[str, int]
    changes: dict[tuple[str, str], str]
    term: timedelta


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that an author is told of."""

    line: Line
    told_at: datetime
    seen: bool


@dataclass(frozen=True, slots=True)
class ImprovementPage:
    """One improvement: its line, the text, the common version it improves, and what it would change today."""

    line: Line
    proposed: Revision
    base: Revision
    today: Between
    opinions: tuple[OpinionLine, ...]


def lines(site: Site, urn: str | None = None) -> Lines:
    """The improvements of a measure, or of all, by the communes shown here."""
    hosts = shown_hosts(site)
    query = _query(site).where(Improvement.host.in_(hosts))
    if urn is not None:
        query = query.where(Improvement.measure == urn)
    later = aliased(Improvement)
    changed = exists().where(later.replaces == Improvement.digest, later.host == Improvement.host)
    waits = query.where(ImprovementAnswer.id.is_(None), ~changed).order_by(Improvement.at, Improvement.digest)
    done = query.where(ImprovementAnswer.id.is_not(None)).order_by(ImprovementAnswer.at.desc(), Improvement.digest)
    waiting = _lines(site, site.session.execute(waits).all())
    answered = _lines(site, site.session.execute(done.limit(ANSWERED_SHOWN)).all())
    due = [line.due for line in waiting if not line.overdue]
    return Lines(waiting, answered, min(due, default=None))


def page(site: Site, measure: MeasurePage, digest: str) -> ImprovementPage:
    """One improvement of this measure. Raises NotFound."""
    improvements.find(site, measure.measure, digest)
    found = site.session.execute(_query(site).where(Improvement.digest == digest)).all()
    proposed = site.session.get_one(Revision, digest)
    base = site.session.get_one(Revision, proposed.parents[0])
    [line] = _lines(site, found)
    today = improvements.proposed_against_common(measure, proposed)
    return ImprovementPage(line, proposed, base, today, drafting.opinions(site, digest))


def told(site: Site, account: int) -> list[Told]:
    """The newest answers to what this author proposed."""
    query = _query(site).add_columns(ImprovementAuthor.told_at, ImprovementAuthor.seen_at)
    mine = and_(ImprovementAuthor.digest == Improvement.digest, ImprovementAuthor.account_id == account)
    rows = site.session.execute(
        query.join(ImprovementAuthor, mine)
        .where(ImprovementAuthor.told_at.is_not(None))
        .order_by(ImprovementAuthor.told_at.desc(), Improvement.digest)
        .limit(TOLD_SHOWN)
    ).all()
    return [
        Told(line, row.told_at, row.seen_at is not None) for line, row in zip(_lines(site, rows), rows, strict=True)
    ]


def void(site: Site, account: int) -> list[Told]:
    """The newest improvements that this person supported and that were changed since."""
    said = backing.void(site, account)
    rows = site.session.execute(_query(site).where(Improvement.digest.in_([one.digest for _, one in said]))).all()
    by_digest = {line.digest: line for line in _lines(site, rows)}
    return [
        Told(by_digest[one.digest], backer.told_at, backer.seen_at is not None)
        for backer, one in said
        if backer.told_at is not None and one.digest in by_digest
    ]


def credits(site: Site, urn: str | None = None) -> dict[str, tuple[str, ...]]:
    """The communes that improved it, by name, for each common version that came of improvements."""
    said = select(ImprovementAnswer.result, Improvement.host).join(
        Improvement, Improvement.digest == ImprovementAnswer.digest
    )
    said = said.where(ImprovementAnswer.host == site.settings.programme.home, ImprovementAnswer.result.is_not(None))
    names, found = commune_names(site), dict[str, set[str]]()
    for result, host in site.session.execute(said if urn is None else said.where(Improvement.measure == urn)):
        found.setdefault(result or "", set()).add(names.get(host, host))
    return {result: tuple(sorted(communes)) for result, communes in found.items()}


def _query(site: Site) -> Select[Improvement, ImprovementAnswer | None, str]:
    said = and_(ImprovementAnswer.digest == Improvement.digest, ImprovementAnswer.host == site.settings.programme.home)
    return (
        select(Improvement, ImprovementAnswer, Measure.slug)
        .join(Measure, Measure.urn == Improvement.measure)
        .outerjoin(ImprovementAnswer, said)
    )


def _lines(site: Site, rows: Iterable[Found]) -> tuple[Line, ...]:
    found = list(rows)
    names, now = commune_names(site), site.clock.now()
    titles = measure_titles(site, {row.Improvement.measure for row in found})
    shared = Shared(names, titles, backing.counts(site, found_in(found)), _changes(site, found), drafting.term(site))
    return tuple(_line(site, row, shared, now) for row in found)


def found_in(rows: Iterable[Found]) -> list[Improvement]:
    """The improvements of these rows."""
    return [row.Improvement for row in rows]


def _changes(site: Site, rows: Iterable[Found]) -> dict[tuple[str, str], str]:
    """The digest of the newest change of each, by commune and digest."""
    wanted = [row.Improvement.digest for row in rows]
    later = select(Improvement).where(Improvement.replaces.in_(wanted)).order_by(Improvement.at, Improvement.digest)
    return {(one.host, one.replaces or ""): one.digest for one in site.session.scalars(later)}


def _line(site: Site, row: Found, shared: Shared, now: datetime) -> Line:
    one, said, slug = row.Improvement, row.ImprovementAnswer, row.slug
    due, changed = one.at + shared.term, shared.changes.get((one.host, one.digest))
    return Line(
        digest=one.digest,
        slug=slug,
        measure=shared.titles.get(one.measure, slug),
        commune=shared.names.get(one.host, one.host),
        ours=one.host == site.settings.host,
        need=one.need,
        reason=one.reason,
        at=one.at,
        due=due,
        overdue=said is None and changed is None and now > due,
        outcome=said.outcome if said else None,
        sentence=said.sentence if said else "",
        answered_at=said.at if said else None,
        result=said.result if said else None,
        supports=shared.supports.get(one.digest, 0),
        replaces=one.replaces,
        replaced_by=changed,
    )
