"""Where in a long thread somebody wants to go: to a day, or to what they have not read."""

from datetime import date, datetime, time

from sqlalchemy import select

from pop_forum.domain import ordering
from pop_forum.domain.french import PARIS
from pop_forum.models import Post, Reading
from pop_forum.services import readings
from pop_forum.services.network_pages import communes
from pop_forum.services.reading import find_thread, page_of
from pop_forum.services.site import Site


def first_on(site: Site, key: str, day: date) -> tuple[int, str]:
    """The page and the key of the first message of that day in Paris or after; of the last one when none is.

    Raises NotFound for an unknown thread.
    """
    thread, (hosts, _) = find_thread(site, key), communes(site)
    start = ordering.order_key(datetime.combine(day, time(), PARIS), None, "")
    replies = select(Post).where(Post.thread_id == thread.id, Post.host.in_(hosts), ~Post.opening)
    found = site.session.scalar(replies.where(Post.order_key >= start).order_by(Post.order_key).limit(1))
    found = found or site.session.scalar(replies.order_by(Post.order_key.desc()).limit(1))
    return (page_of(site, found), found.key) if found else (1, thread.key)


def first_unread(site: Site, account: int, key: str) -> tuple[int, str]:
    """The page and the key of the first message this account has not read; of the last one when it has read all."""
    thread, (hosts, _) = find_thread(site, key), communes(site)
    mark = readings.mark_of(site.session.get(Reading, (account, thread.id)))
    shown = select(Post).where(Post.thread_id == thread.id, Post.host.in_(hosts))
    unread = shown.where(readings.is_unread(mark), Post.author_id != account, Post.deleted_at.is_(None))
    found = site.session.scalar(unread.order_by(Post.order_key).limit(1)) if mark else None
    if mark is not None and found is None:
        found = site.session.scalar(shown.order_by(Post.order_key.desc()).limit(1))
    return (page_of(site, found), found.key) if found else (1, thread.key)
