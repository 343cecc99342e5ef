"""What the page of notices shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from pop_forum.errors import NotFound
from pop_forum.models import Notice, Person, Post, Thread
from pop_forum.services import backing, improvement_pages, improvements, version_notices
from pop_forum.services.improvement_pages import Told
from pop_forum.services.network_pages import commune_names, shown_hosts
from pop_forum.services.site import Site
from pop_forum.services.titles import TITLE, WITHDRAWN
from pop_forum.services.version_notices import TextLine

NOTICES_PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice; `key` is that of its first message, None when that is no longer shown."""

    kind: str
    title: str | None  # of the discussion; None once it is hidden from this person
    opened_at: datetime
    key: str | None
    actor: str | None
    place: str | None  # where the actor is from, None when from here
    messages: int
    at: datetime
    seen: bool


@dataclass(frozen=True, slots=True)
class NoticeList:
    """One page of the notices of a person; `until` is the moment to which it tells."""

    lines: tuple[NoticeLine, ...]
    texts: tuple[TextLine, ...]  # on the first page
    answers: tuple[Told, ...]  # to what this person proposed, on the first page
    void: tuple[Told, ...]  # what this person supported and was changed, on the first page
    unseen: int
    until: datetime
    page: int
    pages: int


def notice_list(site: Site, person_id: int, page: int) -> NoticeList:
    """The notices of this person, the newest first. Raises NotFound beyond the last page."""
    mine = Notice.account_id == person_id
    count, unseen = site.session.execute(
        select(func.count(), func.count().filter(Notice.seen_at.is_(None))).where(mine)
    ).one()
    pages = max(1, -(-count // NOTICES_PER_PAGE))
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    rows = site.session.execute(
        select(Notice, Thread, TITLE, Post.key, Post.host, Post.deleted_at, Person.name, Person.host.label("home"))
        .join(Thread, Thread.id == Notice.thread_id)
        .join(Post, Post.id == Notice.post_id)
        .outerjoin(Person, Person.id == Notice.actor_id)
        .where(mine)
        .order_by(Notice.made_at.desc(), Notice.id.desc())
        .offset((page - 1) * NOTICES_PER_PAGE)
        .limit(NOTICES_PER_PAGE)
    ).all()
    hosts, names = shown_hosts(site), commune_names(site)
    lines = tuple(
        NoticeLine(
            kind=row.Notice.kind,
            title=_title(row.Thread, row.title, person_id),
            opened_at=row.Thread.published,
            key=row.key if row.host in hosts else None,
            actor=row.name,
            place=None if row.home in (None, site.settings.host) else names.get(row.home, row.home),
            messages=row.Notice.messages,
            at=row.Notice.made_at,
            seen=row.Notice.seen_at is not None,
        )
        for row in rows
    )
    texts = tuple(version_notices.lines(site, person_id)) if page == 1 else ()
    answers = tuple(improvement_pages.told(site, person_id)) if page == 1 else ()
    void = tuple(improvement_pages.void(site, person_id)) if page == 1 else ()
    unseen += backing.unseen(site, person_id)
    unseen += version_notices.count(site, person_id) + improvements.unseen(site, person_id)
    return NoticeList(lines, texts, answers, void, unseen, site.clock.now(), page, pages)


def _title(thread: Thread, shown: str, person_id: int) -> str | None:
    """The title this person may read: that of a hidden discussion stays its author's own."""
    if shown != WITHDRAWN:
        return shown
    return thread.title if thread.author_id == person_id else None
