"""What the front page shows: what is new here, what moves in the network, the themes of the programme."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select

from pop_forum.domain import french
from pop_forum.domain.calendar import upcoming
from pop_forum.domain.text import excerpt
from pop_forum.models import Measure, Person, Post, Revision, Stance, Support, Theme, Thread
from pop_forum.services.discussions import ThreadLine
from pop_forum.services.network_pages import commune_names, listed_hosts
from pop_forum.services.reading import shown_threads, thread_lines
from pop_forum.services.site import Site
from pop_forum.services.versions import published_by
from pop_forum.settings import Event

NEWS = 6
NETWORK_NEWS = 4
DATES = 5
LEAD_WINDOW = timedelta(days=7)
LEDE_CHARS = 180
QUOTE_CHARS = 120


@dataclass(frozen=True, slots=True)
class MeasureNews:
    """A version published by a commune; `place` is None when it is ours."""

    slug: str
    digest: str
    title: str
    role: str
    place: str | None
    summary: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lead:
    """The discussion with most replies this week, and its most supported reply."""

    line: ThreadLine
    lede: str
    quote: str
    quoted: str


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme and how many of its measures this commune adapted."""

    slug: str
    position: int
    title: str
    measures: int
    adapted: int


@dataclass(frozen=True, slots=True)
class FrontPage:
    """Everything on the front page, newest first."""

    lead: Lead | None
    here: tuple[ThreadLine | MeasureNews, ...]
    network: tuple[ThreadLine | MeasureNews, ...]
    themes: tuple[ThemeLine, ...]
    measures: int
    neighbours: int
    dates: tuple[Event, ...]
    more_dates: bool


def front_page(site: Site) -> FrontPage:
    """The front page as of now."""
    ours, others = [site.settings.host], listed_hosts(site)[1:]
    dates = upcoming(site.settings.dates, french.in_paris(site.clock.now()).date())
    themes, lead = _themes(site), _lead(site, [*ours, *others])
    return FrontPage(
        lead=lead,
        here=_newest(site, ours, NEWS, but=lead),
        network=_newest(site, others, NETWORK_NEWS, but=lead),
        themes=themes,
        measures=sum(theme.measures for theme in themes),
        neighbours=len(others),
        dates=dates[:DATES],
        more_dates=len(dates) > DATES,
    )


def _newest(site: Site, hosts: Sequence[str], count: int, but: Lead | None) -> tuple[ThreadLine | MeasureNews, ...]:
    """The newest discussions and versions of these communes, without the discussion that leads the page."""
    shown = shown_threads(site, hosts).where(Thread.id != (but.line.id if but else 0))
    query = shown.order_by(Thread.active_at.desc(), Thread.id.desc()).limit(count)
    threads = thread_lines(site, query)
    news: list[ThreadLine | MeasureNews] = [*threads, *_versions(site, hosts, count)]
    news.sort(key=lambda each: each.at if isinstance(each, MeasureNews) else each.active_at, reverse=True)
    return tuple(news[:count])


def _versions(site: Site, hosts: Sequence[str], count: int) -> list[MeasureNews]:
    names = commune_names(site)
    rows = site.session.execute(
        select(Revision, Measure.slug)
        .join(Measure, Measure.urn == Revision.measure)
        .where(published_by(site.settings.programme.home, hosts))
        .order_by(Revision.received_at.desc(), Revision.digest)
        .limit(count)
    ).all()
    here = site.settings.host
    return [
        MeasureNews(
            slug=row.slug,
            digest=row.Revision.digest,
            title=row.Revision.title,
            role=row.Revision.role,
            place=None if row.Revision.host == here else names.get(row.Revision.host, row.Revision.host),
            summary=row.Revision.summary,
            at=row.Revision.received_at,
        )
        for row in rows
    ]


def _lead(site: Site, hosts: Sequence[str]) -> Lead | None:
    since = site.clock.now() - LEAD_WINDOW
    replies = (
        select(Post.thread_id, func.count().label("count"))
        .where(~Post.opening, Post.deleted_at.is_(None), Post.received_at > since)
        .group_by(Post.thread_id)
        .subquery()
    )
    query = shown_threads(site, hosts).join(replies, replies.c.thread_id == Thread.id)
    lines = thread_lines(site, query.order_by(replies.c.count.desc(), Thread.id.desc()).limit(1))
    if not lines:
        return None
    opening = site.session.scalar(select(Post.source).where(Post.thread_id == lines[0].id, Post.opening))
    quote, quoted = _best_reply(site, lines[0].id, hosts)
    return Lead(lines[0], excerpt(opening or "", LEDE_CHARS), quote, quoted)


def _best_reply(site: Site, thread_id: int, hosts: Sequence[str]) -> tuple[str, str]:
    """The first words of the most supported reply, the earliest one when several are, and its author."""
    row = site.session.execute(
        select(Post.source, Person.name)
        .join(Person, Person.id == Post.author_id)
        .outerjoin(Support, and_(Support.object_uri == Post.uri, Support.active))
        .where(Post.thread_id == thread_id, ~Post.opening, Post.deleted_at.is_(None), Post.host.in_(hosts))
        .group_by(Post.id, Post.source, Post.order_key, Person.name)
        .order_by(func.count(Support.id).desc(), Post.order_key)
        .limit(1)
    ).first()
    return (excerpt(row.source, QUOTE_CHARS), row.name) if row else ("", "")


def _themes(site: Site) -> tuple[ThemeLine, ...]:
    here = site.settings.host
    adapted = and_(Stance.measure == Measure.urn, Stance.host == here, Stance.kind == "adapted", Measure.host == "")
    rows = site.session.execute(
        select(Theme, func.count(Measure.urn).label("measures"), func.count(Stance.id).label("adapted"))
        .outerjoin(Measure, and_(Measure.theme == Theme.slug, Measure.host.in_(("", here))))
        .outerjoin(Stance, adapted)
        .group_by(Theme.slug)
        .order_by(Theme.position)
    )
    return tuple(ThemeLine(theme.slug, theme.position, theme.title, measures, count) for theme, measures, count in rows)
