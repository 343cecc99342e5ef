"""What the pages of discussions show: rows as frozen values, in a number of statements that does not grow.

A thread page takes at most ten statements, whatever the number of replies. Which actions are offered is decided
here by domain/permissions.py, so that templates hold no rule.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, select

from pop_forum.domain import permissions
from pop_forum.domain.ordering import date_is_uncertain
from pop_forum.domain.permissions import Viewer, Visibility
from pop_forum.errors import Gone, NotFound
from pop_forum.models import Measure, Person, Post, PostVersion, Revision, Stance, Support, Thread
from pop_forum.services import mentions, pictures
from pop_forum.services.discussions import (
    History,
    MeasureLink,
    Message,
    Parent,
    ThreadLine,
    ThreadList,
    ThreadPage,
    Version,
)
from pop_forum.services.moderation import reasons_of
from pop_forum.services.network_pages import commune_names, is_shown, shown_hosts
from pop_forum.services.profiles import badge, key_of
from pop_forum.services.replies import NO_MESSAGE, NO_THREAD
from pop_forum.services.scopes import there
from pop_forum.services.site import Site
from pop_forum.services.threads import token_for

MessageRow = Row[Post, Thread, Person]

REPLIES_PER_PAGE = 100
THREADS_PER_PAGE = 30
GONE = "Ce message a été retiré : ses versions ne sont plus publiques."
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


def daily(site: Site, page: int) -> ThreadList:
    """The discussions of daily life, those with the newest messages first."""
    return _thread_list(site, page, Thread.board == "quotidien")


def thread_page(site: Site, viewer: Viewer, me: str | None, key: str, page: int) -> ThreadPage:
    """A discussion as this viewer sees it; `me` is their id, for their supports. Raises NotFound."""
    hosts, names = shown_hosts(site), commune_names(site)
    row = site.session.execute(_messages().where(Thread.key == key, Post.opening, Thread.host.in_(hosts))).one_or_none()
    if row is None:
        raise NotFound(f"no thread {key!r}", NO_THREAD)
    thread: Thread = row.Thread
    viewer = there(site, viewer, thread)
    total, people, communes = site.session.execute(
        select(func.count(), func.count(Post.author_id.distinct()), func.count(Post.host.distinct())).where(
            Post.thread_id == thread.id, Post.host.in_(hosts), Post.deleted_at.is_(None)
        )
    ).one()
    count = site.session.scalar(select(func.count()).where(*_replies_of(site, thread.id, hosts))) or 0
    pages = _page_count(count, REPLIES_PER_PAGE)
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    first = (page - 1) * REPLIES_PER_PAGE
    rows = site.session.execute(
        _messages().where(*_replies_of(site, thread.id, hosts)).order_by(Post.order_key)
        .offset(first).limit(REPLIES_PER_PAGE)
    ).all()  # fmt: skip
    view = _View(site, viewer, me, names, [row, *rows])
    return ThreadPage(
        key=thread.key,
        uri=thread.uri,
        title=thread.title,
        board=thread.board,
        shared=thread.shared,
        place=_place(site, names, thread.host),
        opening=view.message(row, 0),
        replies=tuple(view.message(each, first + number) for number, each in enumerate(rows, 1)),
        total=count,
        people=people,
        communes=communes,
        network=len(hosts),
        page=page,
        pages=pages,
        measure=_measure_link(site, thread.measure) if thread.measure else None,
        may_reply=permissions.may_reply(viewer, thread_deleted=row.Post.deleted_at is not None),
    )


def history(site: Site, viewer: Viewer, key: str) -> History:
    """The public history of a message. Raises Gone when it was removed and this viewer could not restore it."""
    post = find_post(site, key)
    viewer = there(site, viewer, post.thread)
    if not permissions.may_see(viewer, _visibility(post.thread), post.deleted_at is not None, True, post.author_id):
        raise Gone(f"history of {post.uri}", GONE)
    versions = site.session.scalars(
        select(PostVersion)
        .where(PostVersion.post_id == post.id)
        .order_by(PostVersion.written_at.desc(), PostVersion.id.desc())
    )
    return History(
        key=post.key,
        thread_key=post.thread.key,
        thread_title=post.thread.title,
        author=post.author.name,
        author_key=key_of(post.author),
        place=_place(site, commune_names(site), post.host),
        versions=tuple(Version(each.title, each.html, each.written_at) for each in versions),
    )


def measure_titles(site: Site, urns: Iterable[str]) -> dict[str, str]:
    """The title of each measure as this commune holds it: its own text's, else the newest common one."""
    wanted = sorted(set(urns))
    home = (Revision.role == "common") & (Revision.host == site.settings.programme.home)
    common = select(Revision.measure, Revision.title).where(
        Revision.measure.in_(wanted), (Revision.role == "edition") | home
    )
    titles = dict(site.session.execute(common.order_by(Revision.epoch, Revision.n)).all())
    ours = (
        select(Stance.measure, Revision.title)
        .join(Revision, Revision.digest == Stance.digest)
        .where(Stance.measure.in_(wanted), Stance.host == site.settings.host)
    )
    return {**titles, **dict(site.session.execute(ours).all())}


def thread_lines(site: Site, query: Select[Thread, Person]) -> tuple[ThreadLine, ...]:
    """Lines for the threads that `query` selects, with their counts of replies."""
    rows = site.session.execute(query).all()
    counts = _reply_counts(site, [row.Thread.id for row in rows])
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
            place=_place(site, names, row.Thread.host),
            shared=row.Thread.shared,
            published=row.Thread.published,
            active_at=row.Thread.active_at,
            replies=counts.get(row.Thread.id, 0),
            uncertain=date_is_uncertain(row.Thread.published, row.Thread.received_at),
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


class _View:
    """What the messages of one page share: supports, parents, names, and who looks."""

    def __init__(
        self, site: Site, viewer: Viewer, me: str | None, names: dict[str, str], rows: Sequence[MessageRow]
    ) -> None:
        self._site, self._viewer, self._names = site, viewer, names
        self._thread: Thread = rows[0].Thread
        uris = [row.Post.uri for row in rows]
        self._counts = _support_counts(site, uris)
        self._mine = _supported_by(site, me, uris)
        self._pictures = pictures.shown_in(site, [row.Post for row in rows])
        self._named = mentions.named_in(site, [row.Post for row in rows])
        self._parents = _parents(site, self._thread, rows)
        self._reasons = reasons_of(site, [row.Post.uri for row in rows if row.Post.deleted_by == "moderation"])

    def message(self, row: MessageRow, number: int) -> Message:
        post: Post = row.Post
        may = _allowed(self._viewer, post, self._thread)
        return Message(
            key=post.key,
            uri=post.uri,
            number=number,
            author=row.Person.name,
            author_key=key_of(row.Person),
            badge=badge(row.Person),
            place=_place(self._site, self._names, post.host),
            html=mentions.shown(post, self._named) if "see" in may else "",
            pictures=() if post.deleted_at else self._pictures.get(post.id, ()),
            published=post.published,
            edited_at=post.edited_at,
            deleted_at=post.deleted_at,
            deleted_by=post.deleted_by,
            reason=self._reasons.get(post.uri),
            supports=self._counts.get(post.uri, 0),
            supported=post.uri in self._mine,
            parent=self._parents.get(post.parent_uri or ""),
            may=may,
            uncertain=date_is_uncertain(post.published, post.received_at),
        )


def _allowed(viewer: Viewer, post: Post, thread: Thread) -> frozenset[str]:
    deleted, author = post.deleted_at is not None, post.author_id
    by_author = post.deleted_by == "author"
    may = {
        "see": permissions.may_see(viewer, _visibility(thread), deleted, True, author),
        "edit": permissions.may_edit(viewer, author, deleted),
        "delete": permissions.may_delete(viewer, author, deleted),
        "restore": deleted and permissions.may_restore(viewer, author, by_author),
        "support": permissions.may_support(viewer, deleted),
        "reply": permissions.may_reply(viewer) and not deleted,
        "report": permissions.may_report(viewer, author, deleted),
    }
    return frozenset(name for name, allowed in may.items() if allowed)


def _visibility(thread: Thread) -> Visibility:
    return Visibility.SHARED if thread.shared else Visibility.LOCAL


def _messages() -> Select[Post, Thread, Person]:
    both = select(Post, Thread, Person).join(Thread, Thread.id == Post.thread_id)
    return both.join(Person, Person.id == Post.author_id)


def _replies_of(site: Site, thread_id: int, hosts: Sequence[str] | None = None) -> tuple[Any, ...]:
    return Post.thread_id == thread_id, ~Post.opening, Post.host.in_(hosts or shown_hosts(site))


def _support_counts(site: Site, uris: list[str]) -> dict[str, int]:
    query = select(Support.object_uri, func.count()).where(Support.object_uri.in_(uris), Support.active)
    return dict(site.session.execute(query.group_by(Support.object_uri)).all())


def _supported_by(site: Site, me: str | None, uris: list[str]) -> set[str]:
    if me is None:
        return set()
    tokens = [token_for(site, me, uri) for uri in uris]
    query = select(Support.object_uri).where(Support.token.in_(tokens), Support.object_uri.in_(uris), Support.active)
    return set(site.session.scalars(query))


def _parents(site: Site, thread: Thread, rows: Sequence[MessageRow]) -> dict[str, Parent]:
    """The replies that the messages of this page answer, where that is not the opening message."""
    here = {row.Post.uri for row in rows}
    wanted = {row.Post.parent_uri for row in rows} - {None, thread.uri}
    query = select(Post.uri, Post.key, Person.name).join(Person, Person.id == Post.author_id)
    found = site.session.execute(query.where(Post.uri.in_(wanted))) if wanted else ()
    return {uri: Parent(key, name, uri in here) for uri, key, name in found}


def _measure_link(site: Site, urn: str) -> MeasureLink | None:
    row = site.session.execute(
        select(Measure.slug, Stance.kind)
        .outerjoin(Stance, and_(Stance.measure == Measure.urn, Stance.host == site.settings.host))
        .where(Measure.urn == urn)
    ).one_or_none()
    return MeasureLink(row.slug, measure_titles(site, [urn]).get(urn, row.slug), row.kind) if row else None


def _thread_list(site: Site, page: int, *where: Any) -> ThreadList:
    query = shown_threads(site, shown_hosts(site)).where(*where)
    count = site.session.scalar(select(func.count()).select_from(query.with_only_columns(Thread.id).subquery())) or 0
    pages = _page_count(count, THREADS_PER_PAGE)
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    ordered = query.order_by(Thread.active_at.desc(), Thread.id.desc())
    lines = thread_lines(site, ordered.offset((page - 1) * THREADS_PER_PAGE).limit(THREADS_PER_PAGE))
    return ThreadList(lines, page, pages)


def _reply_counts(site: Site, ids: list[int]) -> dict[int, int]:
    query = select(Post.thread_id, func.count()).where(
        Post.thread_id.in_(ids), ~Post.opening, Post.deleted_at.is_(None), Post.host.in_(shown_hosts(site))
    )
    return dict(site.session.execute(query.group_by(Post.thread_id)).all())


def _place(site: Site, names: dict[str, str], host: str) -> str | None:
    return None if host == site.settings.host else names.get(host, host)


def _page_count(count: int, size: int) -> int:
    return max(1, -(-count // size))
