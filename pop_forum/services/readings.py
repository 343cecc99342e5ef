"""How far an account has read a thread, and what is new in it since.

Read is told by two things, because messages of other communes come late and sort among older ones: the place up to
which one has read, and the number of the message that had come last. What sorts before that place and came since is
unread; so is what came so before and was passed over (`missed`). Who jumps ahead has read what lies between.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, false, func, insert, or_, select, update

from pop_forum.domain.marks import Mark
from pop_forum.models import Post, Reading, Thread
from pop_forum.services import notices
from pop_forum.services.discussions import Message, ThreadPage
from pop_forum.services.network_pages import is_shown, shown_hosts
from pop_forum.services.site import Site

_HAS_ROW = exists().where(Reading.account_id == bindparam("me"), Reading.thread_id == bindparam("thread"))
_FIRST = select(
    bindparam("me", type_=Reading.account_id.type),
    bindparam("thread", type_=Reading.thread_id.type),
    bindparam("furthest", type_=Reading.read_key.type),
    bindparam("newest", type_=Reading.seen_id.type),
    bindparam("none", type_=Reading.missed.type),
    bindparam("now", type_=Reading.at.type),
).where(~_HAS_ROW)
_BEGUN = insert(Reading).from_select(["account_id", "thread_id", "read_key", "seen_id", "missed", "at"], _FIRST)

MISSED_KEPT = 500  # late messages of one thread remembered, the first in its order; more count as read
KEPT = timedelta(days=400)  # a thread not opened for more than a year begins anew


def mark_of(row: Reading | None) -> Mark | None:
    """The mark this row keeps; None for who never opened the thread."""
    return Mark(row.read_key, row.seen_id, frozenset(row.missed)) if row is not None else None


def is_unread(mark: Mark | None) -> ColumnElement[bool]:
    """The same as `misses`, as a condition on Post."""
    if mark is None:
        return false()
    return or_(Post.order_key > mark.read_key, Post.id > mark.seen_id, Post.id.in_(mark.missed))


def later() -> Any:
    """How many messages of the thread of a row came, or sort, after what `me` had read; `here` is this site.

    What was passed over before is not among them: `unread_in` counts that.
    """
    return _counted(or_(Post.order_key > Reading.read_key, Post.id > Reading.seen_id))


def late() -> Any:
    """How many of them sort before where `me` had read."""
    return _counted(and_(Post.id > Reading.seen_id, Post.order_key <= Reading.read_key))


def _counted(which: ColumnElement[bool]) -> Any:
    stands = (Post.deleted_at.is_(None), Post.author_id != bindparam("me"), is_shown(Post.host))
    counted = select(func.count()).select_from(Post).where(Post.thread_id == Thread.id, which, *stands)
    return counted.correlate(Thread, Reading).scalar_subquery()


def unread_counts(site: Site, account: int, thread_ids: Sequence[int]) -> dict[int, int]:
    """How many messages of each of these threads are unread; threads never opened are left out. Two statements."""
    mine = (Reading.account_id == account, Reading.thread_id.in_(thread_ids))
    rows = site.session.execute(select(Reading.thread_id, Reading.missed).where(*mine))
    missed = {thread: len(numbers) for thread, numbers in rows}
    if not missed:
        return {}
    since = or_(Post.order_key > Reading.read_key, Post.id > Reading.seen_id)
    counts = (
        select(Reading.thread_id, func.count())
        .join(Post, Post.thread_id == Reading.thread_id)
        .where(*mine, since, Post.author_id != account, Post.deleted_at.is_(None), Post.host.in_(shown_hosts(site)))
        .group_by(Reading.thread_id)
    )
    later = dict(site.session.execute(counts).all())
    return {thread: later.get(thread, 0) + before for thread, before in missed.items()}


def brings_news(page: ThreadPage) -> bool:
    """Whether reading this page changes how far its thread is read."""
    mark = page.mark
    if mark is None or mark.seen_id < page.newest or (mark.missed and not page.unread):
        return True
    if mark.has_read(page.newest, page.furthest):
        return False
    return any(mark.misses(message.id, message.order_key) for message in messages(page))


def note(site: Site, account: int, page: ThreadPage, *, told: bool = True) -> None:
    """Keep that this account has read this page, and as seen what it was `told` of it.

    The mark that came with the page is trusted, unless another window of theirs may have changed it meanwhile.
    """
    trusted = page.mark is None or not page.mark.missed
    if not (trusted and _write(site, account, page, page.mark)):
        _write(site, account, page, mark_of(site.session.get(Reading, (account, page.id), with_for_update=True)))
    if told:
        notices.see_read(site, account, {message.id for message in messages(page)})


def unread_in(site: Site, account: int, thread: int, mark: Mark | None, newest: int, furthest: str) -> int:
    """How many messages of this thread are unread; asks nothing when none can be."""
    if mark is None or mark.has_read(newest, furthest):
        return 0
    stands = (Post.deleted_at.is_(None), Post.author_id != account, is_shown(Post.host))
    query = select(func.count()).where(Post.thread_id == thread, is_unread(mark), *stands)
    return site.session.connection().execute(query, {"here": site.settings.host}).scalar() or 0


def purge(site: Site) -> None:
    """Forgotten, what was read of threads that were not opened for long."""
    site.session.execute(delete(Reading).where(Reading.at <= site.clock.now() - KEPT))


def messages(page: ThreadPage) -> Sequence[Message]:
    """The messages that stand on this page."""
    return (page.opening, *page.replies) if page.page == 1 else page.replies


def _write(site: Site, account: int, page: ThreadPage, mark: Mark | None) -> bool:
    """Whether how far this account has read is written; not when its row does not say `mark` (none: there is one)."""
    furthest, connection = max(message.order_key for message in messages(page)), site.session.connection()
    said = {"me": account, "thread": page.id, "now": site.clock.now()}
    if mark is None:
        found = connection.execute(_BEGUN, {**said, "furthest": furthest, "newest": page.newest, "none": []})
        return found.rowcount > 0
    here = {message.id for message in messages(page)}
    before = _late(site, account, mark, page) if _passes_over(account, mark, page) else ()
    missed = [number for number in before if number not in here][:MISSED_KEPT]
    values = {"read_key": max(mark.read_key, furthest), "seen_id": max(mark.seen_id, page.newest), "missed": missed}
    was = (Reading.read_key == mark.read_key, Reading.seen_id == mark.seen_id)
    mine = (Reading.account_id == account, Reading.thread_id == page.id)
    return connection.execute(update(Reading).where(*mine, *was).values(at=said["now"], **values)).rowcount > 0


def _passes_over(account: int, mark: Mark, page: ThreadPage) -> bool:
    """Whether messages that are unread and sort before where one had read may stand on other pages than this one."""
    if mark != page.mark or mark.missed:
        return True
    shown = (each for each in messages(page) if each.deleted_at is None and each.author_id != account)
    return page.late != sum(each.id > mark.seen_id and each.order_key <= mark.read_key for each in shown)


def _late(site: Site, account: int, mark: Mark, page: ThreadPage) -> Iterable[int]:
    """What was passed over before and still stands, and what has come since and sorts before where one had read."""
    came = and_(Post.id > mark.seen_id, Post.id <= page.newest, Post.order_key <= mark.read_key)
    return site.session.scalars(
        select(Post.id)
        .where(Post.thread_id == page.id, or_(came, Post.id.in_(mark.missed)))
        .where(Post.author_id != account, Post.deleted_at.is_(None), is_shown(Post.host))
        .order_by(Post.order_key)
        .limit(MISSED_KEPT + len(page.replies)),
        {"here": site.settings.host},
    )
