"""What the pages of discussions show: rows as frozen values, in a number of statements that does not grow.

Lists and single messages; a thread's own page is in services/thread_pages.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, select

from pop_forum.domain.ordering import date_is_uncertain
from pop_forum.domain.permissions import Visibility
from pop_forum.errors import NotFound
from pop_forum.models import Follow, Person, Post, Revision, Stance, Thread
from pop_forum.services import readings
from pop_forum.services.arranging import is_pinned
from pop_forum.services.discussions import ThreadLine, ThreadList, Written
from pop_forum.services.network_pages import commune_names, is_shown, listed_hosts, shown_hosts
from pop_forum.services.profiles import badge, key_of
from pop_forum.services.replies import NO_MESSAGE, NO_THREAD
from pop_forum.services.site import Site
from pop_forum.services.titles import TITLE
from pop_forum.services.versions import first_texts
from pop_forum.settings import Category

REPLIES_PER_PAGE = 100
PASSAGE_THREADS = 3  # discussions named under one passage of a measure; the others are on its tab
PASSAGES_AT_ONCE = 200  # discussions on passages of one measure that are looked at
THREADS_PER_PAGE = 30
_BEFORE = select(func.count()).where(
    Post.thread_id == bindparam("thread"), ~Post.opening, Post.order_key < bindparam("key"), is_shown(Post.host)
)


def find_thread(site: Site, key: str) -> Thread:
    """The thread at this page address. Raises NotFound."""
    thread = site.session.scalar(select(Thread).where(Thread.key == key, Thread.host.in_(shown_hosts(site))))
    if thread is None:
        raise NotFound(f"no thread {key!r}", NO_THREAD)
    return thread


def find_post(site: Site, key: str) -> Post:
    """The message at this page address. Raises NotFound."""
    post = site.session.scalar(select(Post).where(Post.key == key, Post.host.in_(shown_hosts(site))))
    if post is None:
        raise NotFound(f"no message {key!r}", NO_MESSAGE)
    return post


def page_of(site: Site, post: Post) -> int:
    """On which page of its thread a message stands."""
    if post.opening:
        return 1
    values = {"thread": post.thread_id, "key": post.order_key, "here": site.settings.host}
    return page_after(site.session.connection().execute(_BEFORE, values).scalar() or 0)


def page_after(replies: int) -> int:
    """On which page of its thread a reply stands that has this many before it."""
    return replies // REPLIES_PER_PAGE + 1


def daily(site: Site, page: int, account: int | None = None) -> ThreadList:
    """The discussions of daily life, those with the newest messages first; unread ones counted for an account."""
    return _with_pinned(site, page, account, Thread.board == "quotidien")


def in_category(site: Site, category: Category, page: int, account: int | None = None) -> ThreadList:
    """The discussions of daily life in one category."""
    return _with_pinned(site, page, account, Thread.board == "quotidien", Thread.category == category.slug)


def on_measure(site: Site, urn: str, page: int, account: int | None = None) -> ThreadList:
    """The discussions of a measure, ours and the network's."""
    return _with_pinned(site, page, account, Thread.measure == urn)


def followed(site: Site, page: int, account: int) -> ThreadList:
    """The discussions this account follows, those with the newest messages first."""
    mine = exists().where(Follow.account_id == account, Follow.thread_id == Thread.id, Follow.active)
    return _thread_list(site, page, account, shown_hosts(site), mine)


def measure_titles(site: Site, urns: Iterable[str]) -> dict[str, str]:
    """The title of each measure as this commune holds it: its own text's, else the newest common one."""
    wanted = sorted(set(urns))
    common = select(Revision.measure, Revision.title).where(
        Revision.measure.in_(wanted), first_texts(site.settings.programme.home)
    )
    titles = dict(site.session.execute(common.order_by(Revision.epoch, Revision.n)).all())
    ours = (
        select(Stance.measure, Revision.title)
        .join(Revision, Revision.digest == Stance.digest)
        .where(Stance.kind != "aside", Stance.measure.in_(wanted), Stance.host == site.settings.host)
    )
    return {**titles, **dict(site.session.execute(ours).all())}


def thread_lines(site: Site, query: Select[Thread, Person], account: int | None = None) -> tuple[ThreadLine, ...]:
    """Lines for the threads that `query` selects, with their counts of replies and, for an account, of unread ones."""
    rows = site.session.execute(query).all()
    unread = readings.unread_counts(site, account, [row.Thread.id for row in rows]) if account else {}
    counts, last = _replies_of(site, [row.Thread.id for row in rows])
    names = commune_names(site)
    return tuple(
        ThreadLine(
            id=row.Thread.id,
            key=row.Thread.key,
            title=row.Thread.title,
            board=row.Thread.board,
            author=row.Person.name,
            author_key=key_of(row.Person),
            badge=badge(row.Person),
            place=place_name(site, names, row.Thread.host),
            shared=row.Thread.shared,
            category=site.settings.category(row.Thread.category),
            closed=row.Thread.closed_at is not None,
            published=row.Thread.published,
            active_at=row.Thread.active_at,
            replies=counts.get(row.Thread.id, 0),
            unread=unread.get(row.Thread.id, 0),
            uncertain=date_is_uncertain(row.Thread.published, row.Thread.received_at),
            last=last.get(row.Thread.id),
            uri=row.Thread.uri,
            measure=row.Thread.measure,
        )
        for row in rows
    )


def shown_threads(site: Site, hosts: Sequence[str]) -> Select[Thread, Person]:
    """The threads of these communes whose opening message stands."""
    return (
        select(Thread, Person)
        .join(Person, Person.id == Thread.author_id)
        .join(Post, and_(Post.thread_id == Thread.id, Post.opening))
        .where(Thread.host.in_(hosts), Post.deleted_at.is_(None))
    )


def on_passages(site: Site, urn: str) -> dict[str, list[tuple[str, str]]]:
    """The newest discussions on each passage of a measure, by its id: the key and the title of each."""
    told = shown_threads(site, listed_hosts(site)).where(Thread.measure == urn, Thread.block.is_not(None))
    newest = told.order_by(Thread.active_at.desc(), Thread.id.desc()).limit(PASSAGES_AT_ONCE)
    found: dict[str, list[tuple[str, str]]] = {}
    for block, key, title in site.session.execute(newest.with_only_columns(Thread.block, Thread.key, TITLE)):
        found.setdefault(block or "", []).append((key, title))
    return {block: threads[:PASSAGE_THREADS] for block, threads in found.items()}


def visibility(thread: Thread) -> Visibility:
    return Visibility.SHARED if thread.shared else Visibility.LOCAL


def _with_pinned(site: Site, page: int, account: int | None, *where: Any) -> ThreadList:
    """The same with the pinned ones at the head of the first page, and not among the others."""
    pinned = is_pinned(site.clock.now())
    found = _thread_list(site, page, account, listed_hosts(site), *where, ~pinned)
    if page > 1:
        return found
    query = shown_threads(site, listed_hosts(site)).where(*where, pinned).order_by(Thread.pinned_at.desc())
    until = site.session.scalar(select(func.min(Thread.pinned_until)).where(*where, pinned))
    return replace(found, pinned=thread_lines(site, query, account), until=until)


def _thread_list(site: Site, page: int, account: int | None, hosts: Sequence[str], *where: Any) -> ThreadList:
    query = shown_threads(site, hosts).where(*where)
    count = site.session.scalar(select(func.count()).select_from(query.with_only_columns(Thread.id).subquery())) or 0
    pages = page_count(count, THREADS_PER_PAGE)
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    ordered = query.order_by(Thread.active_at.desc(), Thread.id.desc())
    lines = thread_lines(site, ordered.offset((page - 1) * THREADS_PER_PAGE).limit(THREADS_PER_PAGE), account)
    return ThreadList(lines, page, pages)


def _replies_of(site: Site, ids: list[int]) -> tuple[dict[int, int], dict[int, Written]]:
    """How many replies each of these threads has, and the one that stands last: its place ends with its address."""
    query = select(Post.thread_id, func.count(), func.max(Post.order_key)).where(
        Post.thread_id.in_(ids), ~Post.opening, Post.deleted_at.is_(None), Post.host.in_(shown_hosts(site))
    )
    rows = site.session.execute(query.group_by(Post.thread_id)).all()
    uris = [place.partition(" ")[2] for _thread, _count, place in rows]
    last = select(Post.thread_id, Post.published, Post.received_at).where(Post.uri.in_(uris))
    dates = site.session.execute(last) if uris else ()
    written = {thread: Written(date, date_is_uncertain(date, received)) for thread, date, received in dates}
    return {thread: count for thread, count, _place in rows}, written


def place_name(site: Site, names: dict[str, str], host: str) -> str | None:
    return None if host == site.settings.host else names.get(host, host)


def page_count(count: int, size: int) -> int:
    return max(1, -(-count // size))
