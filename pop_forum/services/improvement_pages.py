"""What the pages of improvements show: those that wait for an answer, and those that had one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, and_, select

from pop_forum.models import Improvement, ImprovementAnswer, ImprovementAuthor, Measure, Revision
from pop_forum.services import improvements
from pop_forum.services.improvements import ANSWER_WITHIN, Between
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


@dataclass(frozen=True, slots=True)
class Lines:
    """Those that wait, the oldest first, and those that were answered, the newest first; `until` is when one is due."""

    waiting: tuple[Line, ...]
    answered: tuple[Line, ...]
    until: datetime | None


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


def lines(site: Site, urn: str | None = None) -> Lines:
    """The improvements of a measure, or of all, by the communes shown here."""
    hosts = shown_hosts(site)
    query = _query(site).where(Improvement.host.in_(hosts))
    if urn is not None:
        query = query.where(Improvement.measure == urn)
    waits = query.where(ImprovementAnswer.id.is_(None)).order_by(Improvement.at, Improvement.digest)
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
    return ImprovementPage(line, proposed, base, improvements.proposed_against_common(measure, proposed))


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
    return tuple(_line(site, row, names, titles, now) for row in found)


def _line(site: Site, row: Found, names: dict[str, str], titles: dict[str, str], now: datetime) -> Line:
    one, said, slug = row.Improvement, row.ImprovementAnswer, row.slug
    due = one.at + ANSWER_WITHIN
    return Line(
        digest=one.digest,
        slug=slug,
        measure=titles.get(one.measure, slug),
        commune=names.get(one.host, one.host),
        ours=one.host == site.settings.host,
        need=one.need,
        reason=one.reason,
        at=one.at,
        due=due,
        overdue=said is None and now > due,
        outcome=said.outcome if said else None,
        sentence=said.sentence if said else "",
        answered_at=said.at if said else None,
        result=said.result if said else None,
    )
