"""A thread's own page: its opening message and a hundred of its replies.

The number of statements depends neither on the replies nor on where in the thread the page lies: with the session of
who is signed in, ten at most. Which actions are offered is decided here by domain/permissions.py, so that templates
hold no rule.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Subquery, and_, case, exists, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from pop_forum.domain import permissions
from pop_forum.domain.marks import Mark
from pop_forum.domain.ordering import date_is_uncertain
from pop_forum.domain.permissions import Viewer, Visibility
from pop_forum.errors import NotFound
from pop_forum.models import Follow, Measure, Person, Post, Reading, Revision, Stance, Thread, ThreadAct
from pop_forum.services import deletions, mentions, message_parts, page_weights, poll_pages, readings, titles
from pop_forum.services.discussions import MeasureLink, Message, Parent, ThreadPage
from pop_forum.services.message_parts import Parts
from pop_forum.services.network_pages import Communes, communes
from pop_forum.services.profiles import badge, key_of
from pop_forum.services.reading import (
    REPLIES_PER_PAGE,
    page_count,
    place_name,
    visibility,
)
from pop_forum.services.replies import NO_THREAD
from pop_forum.services.scopes import there
from pop_forum.services.site import Site
from pop_forum.services.threads import token_for
from pop_forum.services.versions import first_texts


def thread_page(
    site: Site, viewer: Viewer, me: str | None, key: str, page: int, known: Communes | None = None
) -> ThreadPage:
    """A discussion as this viewer sees it; `me` is their id, for their supports. Raises NotFound.

    `known` is what `communes` would say now, for who has kept it.
    """
    return _page(site, viewer, me or "", key, page, known)[0]


def for_many(
    site: Site, viewer: Viewer, key: str, page: int, known: Communes
) -> tuple[ThreadPage, Mapping[str, frozenset[str]] | None]:
    """The page as this viewer sees it who has done nothing, and the tokens of who supports its messages from here.

    None instead of the tokens when they are too many to be kept. Raises NotFound.
    """
    built, parts = _page(site, viewer, None, key, page, known)
    return built, parts.supporters


def _page(
    site: Site, viewer: Viewer, me: str | None, key: str, page: int, known: Communes | None
) -> tuple[ThreadPage, Parts]:
    hosts, names = known or communes(site)
    asker = {"me": viewer.person_id, "here": site.settings.host}
    row = site.session.execute(_opening(site, viewer, key, hosts), asker).one_or_none()
    if row is None:
        raise NotFound(f"no thread {key!r}", NO_THREAD)
    thread, mark, removed = row.Thread, readings.mark_of(row.Reading), row.Post.deleted_at is not None
    viewer = there(site, viewer, thread)
    pages = page_count(row.replies, REPLIES_PER_PAGE)
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    first = (page - 1) * REPLIES_PER_PAGE
    rows = site.session.execute(_replies(thread.id, hosts, first)).all()
    unread = row.later
    if mark is not None and mark.missed:
        unread = readings.unread_in(site, viewer.person_id or 0, thread.id, mark, row.newest, row.furthest)
    posts = [each.Post for each in (row, *rows)]
    mine = None if me is None else [token_for(site, me, post.uri) for post in posts] if me else []
    parts = message_parts.of_page(site, posts, mine, thread.id if row.acted else None)
    view = _View(site, viewer, parts, names, thread, mark, [row, *rows])
    opening, replies = _bounded(view.message(row, 0), [view.message(each, first + n) for n, each in enumerate(rows, 1)])
    built = ThreadPage(
        id=thread.id,
        key=thread.key,
        uri=thread.uri,
        title=titles.shown(thread, row.Post.deleted_at),
        board=thread.board,
        shared=thread.shared,
        place=place_name(site, names, thread.host),
        opening=opening,
        replies=replies,
        total=row.replies,
        removed=row.gone,
        people=row.people,
        communes=row.communes,
        network=len(hosts),
        page=page,
        pages=pages,
        measure=_measure_link(row),
        category=site.settings.category(thread.category),
        closed=thread.closed_at is not None,
        pinned=thread.pinned_at is not None,
        acts=parts.acts,
        may_reply=permissions.may_reply(viewer, thread.shared, thread.closed_at is not None, removed),
        may_arrange=permissions.may_arrange(viewer),
        newest=row.newest,
        furthest=row.furthest,
        unread=unread,
        late=row.late,
        mark=mark,
        followed=bool(row.followed),
        poll=poll_pages.part(site, viewer, row, page=page, deleted=removed),
    )
    return built, parts


def _bounded(opening: Message, replies: Sequence[Message]) -> tuple[Message, tuple[Message, ...]]:
    """The same as they fit into their page; the opening message stands on the first page only."""
    if replies and replies[0].number > 1:
        return opening, page_weights.bounded(replies)
    opening, *shown = page_weights.bounded([opening, *replies])
    return opening, tuple(shown)


class _View:
    """What the messages of one page share: what hangs on them, parents, names, and who looks."""

    def __init__(
        self,
        site: Site,
        viewer: Viewer,
        parts: Parts,
        names: dict[str, str],
        thread: Thread,
        mark: Mark | None,
        rows: Sequence[Any],
    ) -> None:
        self._site, self._viewer, self._names, self._thread, self._mark = site, viewer, names, thread, mark
        posts: list[Post] = [row.Post for row in rows]
        self._ended = thread.closed_at is not None or posts[0].deleted_at is not None
        self._parts = parts
        here = {post.uri for post in posts}
        self._parents = {
            row.Post.id: Parent(row.parent_key, row.parent_author, row.Post.parent_uri in here)
            for row in rows
            if not row.Post.opening and row.parent_key is not None
        }

    def message(self, row: Any, number: int) -> Message:
        post: Post = row.Post
        wished = self._parts.wishes.get(post.uri, deletions.NONE)
        may = allowed(self._viewer, visibility(self._thread), post, wished.who, ended=self._ended)
        count, mine = self._parts.supports.get(post.uri, (0, False))
        return Message(
            id=post.id,
            key=post.key,
            uri=post.uri,
            order_key=post.order_key,
            number=number,
            author_id=post.author_id,
            author=row.Person.name,
            author_key=key_of(row.Person),
            badge=badge(row.Person),
            place=place_name(self._site, self._names, post.host),
            html=mentions.shown(post, self._parts.named) if "see" in may else "",
            pictures=() if post.deleted_at else self._parts.pictures.get(post.id, ()),
            published=post.published,
            edited_at=post.edited_at,
            deleted_at=wished.at,
            deleted_by=wished.by,
            erased_at=post.erased_at,
            reason=self._parts.reasons.get(post.uri) if deletions.HERE in wished.who else None,
            decided=wished.decided_in(post, self._names),
            supports=count,
            supported=mine,
            parent=self._parents.get(post.id),
            new=self._is_new(post),
            may=may,
            uncertain=date_is_uncertain(post.published, post.received_at),
        )

    def _is_new(self, post: Post) -> bool:
        if self._mark is None or self._viewer.is_person(post.author_id):
            return False
        return self._mark.misses(post.id, post.order_key)


def allowed(
    viewer: Viewer, seen: Visibility, post: Post | Message, wishes: frozenset[str], *, ended: bool
) -> frozenset[str]:
    """What this viewer, with the rights they have in its thread, may do with a message of that visibility.

    `wishes`: who wants it hidden, as services/deletions.py says. `ended`: its thread takes no more replies.
    """
    shared = seen == Visibility.SHARED
    deleted, author, erased = post.deleted_at is not None, post.author_id, post.erased_at is not None
    own = viewer.is_person(author)
    wish = deletions.AUTHOR if own else deletions.HERE
    may = {
        "see": not erased and permissions.may_see(viewer, seen, deleted, True, author),
        "edit": permissions.may_edit(viewer, author, shared, deleted),
        "delete": permissions.may_delete(viewer, author, deleted),
        "restore": wish in wishes and permissions.may_restore(viewer, author, by_author=own, erased=erased),
        "support": permissions.may_support(viewer, author, deleted),
        "withdraw": permissions.may_withdraw_support(viewer) and not deleted,
        "reply": permissions.may_reply(viewer, shared, thread_closed=ended) and not deleted,
        "report": permissions.may_report(viewer, author, deleted),
    }
    return frozenset(name for name, allowed in may.items() if allowed)


def _opening(site: Site, viewer: Viewer, key: str, hosts: Sequence[str]) -> Any:
    """The opening message of a thread, with its counts, its measure and what this viewer keeps of it."""
    counts = _totals(key, hosts)
    mine = (Reading.thread_id == Thread.id) & (Reading.account_id == viewer.person_id)
    follows = (Follow.thread_id == Thread.id) & (Follow.account_id == viewer.person_id)
    both = select(Post, Person, Thread, *counts.c[1:]).join(Thread, Thread.id == Post.thread_id)
    both = both.join(counts, counts.c.thread_id == Thread.id).where(Thread.key == key, Thread.host.in_(hosts))
    acted = exists().where(ThreadAct.thread_id == Thread.id).label("acted")
    named = both.join(Person, Person.id == Post.author_id).where(Post.opening)
    named = _with_measure(site, named).add_columns(acted, *poll_pages.COLUMNS)
    for join in poll_pages.JOINS:
        named = named.outerjoin(*join)
    if not viewer.signed_in:
        nothing = (literal(None).label(name) for name in ("Reading", "followed", "chosen"))
        return named.add_columns(*nothing, literal(0).label("later"), literal(0).label("late"))
    own = (Reading, Follow.active.label("followed"), poll_pages.chosen())
    since = (readings.later().label("later"), readings.late().label("late"))
    return named.add_columns(*own, *since).outerjoin(Reading, mine).outerjoin(Follow, follows)


def _shown(thread_id: int, hosts: Sequence[str]) -> tuple[Any, ...]:
    return Post.thread_id == thread_id, Post.host.in_(hosts)


def _totals(key: str, hosts: Sequence[str]) -> Subquery:
    """Counts over all messages of a thread; of the tombstones only those in the pages' number."""
    thread = select(Thread.id).where(Thread.key == key).scalar_subquery()
    counts = select(
        Post.thread_id,
        func.count().filter(~Post.opening).label("replies"),
        func.count().filter(~Post.opening, Post.deleted_at.is_not(None)).label("gone"),
        _distinct(Post.author_id).label("people"),
        _distinct(Post.host).label("communes"),
        func.max(Post.id).label("newest"),
        func.max(Post.order_key).label("furthest"),
    )
    return counts.where(Post.thread_id == thread, Post.host.in_(hosts)).group_by(Post.thread_id).subquery()


def _distinct(column: InstrumentedAttribute[Any]) -> Any:
    return func.count(case((Post.deleted_at.is_(None), column)).distinct())


def _replies(thread_id: int, hosts: Sequence[str], first: int) -> Select[Post, Person, str, str]:
    """A page of replies, with the reply that each answers; those before it are counted off in the index alone."""
    numbers = select(Post.id).where(*_shown(thread_id, hosts), ~Post.opening).order_by(Post.order_key)
    page = numbers.offset(first).limit(REPLIES_PER_PAGE).subquery()
    parent, author = aliased(Post), aliased(Person)
    answered = (parent.uri == Post.parent_uri) & ~parent.opening
    rows = select(Post, Person, parent.key.label("parent_key"), author.name.label("parent_author"))
    rows = rows.join(page, page.c.id == Post.id).join(Person, Person.id == Post.author_id)
    return rows.outerjoin(parent, answered).outerjoin(author, author.id == parent.author_id).order_by(Post.order_key)


def _with_measure(site: Site, query: Any) -> Any:
    """The same with the measure and the title this commune holds: its own text's, else the newest common one."""
    common = (
        select(Revision.title)
        .where(Revision.measure == Thread.measure, first_texts(site.settings.programme.home))
        .order_by(Revision.epoch.desc(), Revision.n.desc())
        .limit(1)
        .scalar_subquery()
    )
    ours = aliased(Revision)
    stance = and_(Stance.measure == Measure.urn, Stance.host == site.settings.host)
    return (
        query.add_columns(Measure.slug, Stance.kind, ours.title.label("own_title"), common.label("common_title"))
        .outerjoin(Measure, Measure.urn == Thread.measure)
        .outerjoin(Stance, stance)
        .outerjoin(ours, and_(ours.digest == Stance.digest, Stance.kind != "aside"))
    )


def _measure_link(row: Any) -> MeasureLink | None:
    return MeasureLink(row.slug, row.own_title or row.common_title or row.slug, row.kind) if row.slug else None
