"""The public log of the moderation: what was decided on messages, and what was done with discussions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, func, literal, select, union_all

from pop_forum.domain.french import in_paris
from pop_forum.domain.moderation import Act, Reason
from pop_forum.errors import NotFound
from pop_forum.models import Decision, Person, Post, Thread, ThreadAct
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.site import Site
from pop_forum.services.titles import TITLE

LOG_PER_PAGE = 50
PERSONAL = (Act.WARN, Act.SUSPEND, Act.LIFT)  # in no line: its hour, beside that of a removal, would say whom
PRIVATE = (Act.KEEP,)  # in the log without saying what it is about


@dataclass(frozen=True, slots=True)
class LogLine:
    """One act as everybody may read it; whom a warning is about stays between them and the moderation."""

    act: str  # of domain.moderation or of domain.arrangement
    reason: Reason | None  # the rule it was decided under; None for an act on a discussion
    sentence: str
    at: datetime
    moderator: str
    thread: str | None = None
    message_key: str | None = None
    thread_key: str | None = None
    ends_at: datetime | None = None
    moved_to: str | None = None
    shared: bool = False  # whether the discussion is shared with the network


@dataclass(frozen=True, slots=True)
class Log:
    """One page of the log, the newest first."""

    lines: tuple[LogLine, ...]
    page: int
    pages: int
    warnings: int  # counted up to the end of last month, so that no single one shows
    suspensions: int


def log(site: Site, page: int) -> Log:
    """One page of what was decided and done. Raises NotFound beyond the last one."""
    every = _every_act()
    count = site.session.scalar(select(func.count()).select_from(every.subquery())) or 0
    pages = max(1, -(-count // LOG_PER_PAGE))
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    newest = every.order_by(every.selected_columns.at.desc(), every.selected_columns.id.desc(), "arranged")
    chosen = site.session.execute(newest.offset((page - 1) * LOG_PER_PAGE).limit(LOG_PER_PAGE)).all()
    decided = _decisions(site, [row.id for row in chosen if not row.arranged])
    arranged = _acts(site, [row.id for row in chosen if row.arranged])
    lines = tuple((arranged if row.arranged else decided)[row.id] for row in chosen)
    return Log(lines, page, pages, _count(site, Act.WARN), _count(site, Act.SUSPEND))


def _count(site: Site, act: Act) -> int:
    """How many such decisions were taken before this month."""
    month = in_paris(site.clock.now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    taken = select(func.count()).select_from(Decision).where(Decision.act == act, Decision.at < month)
    return site.session.scalar(taken) or 0


def _every_act() -> CompoundSelect[Any]:
    """Both kinds of acts, by number and instant."""
    decided = select(literal(0).label("arranged"), Decision.id.label("id"), Decision.at.label("at")).where(
        Decision.act.not_in(PERSONAL)
    )
    return union_all(decided, select(literal(1), ThreadAct.id, ThreadAct.at))


def _decisions(site: Site, ids: list[int]) -> dict[int, LogLine]:
    rows = site.session.execute(
        select(Decision, Post.key, TITLE, Thread.shared)
        .outerjoin(Post, (Post.uri == Decision.object_uri) & Post.host.in_(shown_hosts(site)))
        .outerjoin(Thread, Thread.id == Post.thread_id)
        .where(Decision.id.in_(ids))
    )
    return {row.Decision.id: _decision(*row) for row in rows}


def _decision(decision: Decision, key: str | None, title: str | None, shared: bool | None) -> LogLine:
    hidden = decision.act in PRIVATE
    return LogLine(
        act=decision.act,
        reason=Reason(decision.reason),
        sentence="" if hidden else decision.sentence,
        at=decision.at,
        moderator=decision.moderator.name,
        thread=None if hidden else title,
        message_key=None if hidden else key,
        ends_at=decision.ends_at,
        shared=bool(shared) and not hidden,
    )


def _acts(site: Site, ids: list[int]) -> dict[int, LogLine]:
    rows = site.session.execute(
        select(ThreadAct, Person.name, Thread.key, TITLE, Thread.shared)
        .join(Person, Person.id == ThreadAct.moderator_id)
        .outerjoin(Thread, (Thread.id == ThreadAct.thread_id) & Thread.host.in_(shown_hosts(site)))
        .where(ThreadAct.id.in_(ids))
    )
    return {row.ThreadAct.id: _act(*row) for row in rows}


def _act(done: ThreadAct, moderator: str, key: str | None, title: str | None, shared: bool | None) -> LogLine:
    return LogLine(
        act=done.act,
        reason=None,
        sentence=done.sentence,
        at=done.at,
        moderator=moderator,
        thread=title,
        thread_key=key,
        moved_to=done.moved_to,
        shared=bool(shared),
    )
