"""Notices: what an account of this site is told of, in its pages.

Writing a message costs nothing here. Who is to be told of it is found afterwards, by one pass over the messages that
came since the last pass, from here and from the network alike (`sweep`, `pass_on`): the answered authors and those
who follow. `tell` is for what is known at once: a mention, a decision of the moderation.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, Row, Select, delete, exists, func, null, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from pop_forum.models import Account, Follow, Notice, Position, Post, Reading
from pop_forum.services.known import SQL_LIST
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.site import Site

NOTIFY = "notify"  # the kind of work
REPLY = "reply"  # to a message of theirs
FOLLOWED = "followed"  # in a thread they follow
MENTION = "mention"
MODERATION = "moderation"  # what was decided on a message of theirs
SPEECH = frozenset({REPLY, FOLLOWED, MENTION})  # nobody is told of their own words

BATCH = 2_000  # messages gone through in one transaction
SETTLING = timedelta(minutes=1)  # no transaction that writes a message takes longer
KEPT = timedelta(days=90)  # a notice is a reminder, not an archive: the messages stay

Found = Row[int, int, int | None, int, int, int]  # account, thread, about, first, last, messages


class Told(Protocol):
    """The message a notice is about: a Post, or the little that is known of one."""

    @property
    def id(self) -> int: ...

    @property
    def thread_id(self) -> int: ...

    @property
    def author_id(self) -> int: ...


def tell(site: Site, person_id: int, kind: str, post: Told) -> None:
    """A notice for this person, once per message and kind; none when they have no account here.

    Of speech (a mention) the author is named; a decision of the moderation is nobody's in particular.
    """
    if kind in SPEECH and post.author_id == person_id:
        return
    session = site.session
    same = exists().where(Notice.account_id == person_id, Notice.kind == kind, Notice.post_id == post.id)
    if session.scalar(select(Account.person_id).where(Account.person_id == person_id, ~same)) is None:
        return
    actor = post.author_id if kind in SPEECH else None
    session.add(_notice(site.clock.now(), person_id, kind, post.thread_id, post.id, actor))
    session.flush()


def see_all(site: Site, person_id: int, until: datetime) -> None:
    """Every notice of this person up to this moment marked as seen; a later one stays new."""
    _see(site, person_id, Notice.made_at <= until)


def see_read(site: Site, person_id: int, post_ids: Collection[int]) -> None:
    """The notices that lead to messages this person is now reading, marked as seen."""
    _see(site, person_id, Notice.post_id.in_(post_ids))


def sweep(site: Site) -> None:
    """Owe a pass when messages came since the last one."""
    newest = site.session.scalar(select(func.max(Post.id))) or 0
    if newest > (site.session.scalar(select(Position.post_id).where(Position.name == Notice.__tablename__)) or 0):
        site.wake(NOTIFY)


def purge(site: Site) -> None:
    """Old notices gone, seen or not."""
    site.session.execute(delete(Notice).where(Notice.made_at <= site.clock.now() - KEPT))


def pass_on(site: Site) -> bool:
    """Tell of the messages after our position, at most BATCH of them; returns whether more wait."""
    site.one_at_a_time(NOTIFY)
    position = site.session.get(Position, Notice.__tablename__)
    if position is None:
        position = Position(name=Notice.__tablename__, post_id=0)
        site.session.add(position)
    came = site.session.execute(
        select(Post.id, Post.received_at).where(Post.id > position.post_id).order_by(Post.id).limit(BATCH)
    ).all()
    last = _complete(came, position.post_id, site.clock.now())
    if last > position.post_id:
        _tell_of(site, position.post_id, last)
        position.post_id = last
    return len(came) == BATCH and last == came[-1].id


def _complete(came: Sequence[Row[int, datetime]], after: int, now: datetime) -> int:
    """The last number up to which no message can still come.

    PostgreSQL gives numbers before it commits: behind a gap, a message may be on its way for as long as SETTLING.
    """
    last = after
    for number, received in came:
        if number != last + 1 and now - received < SETTLING:
            break
        last = number
    return last


def _tell_of(site: Site, after: int, last: int) -> None:
    """Notices of the messages numbered from `after` (without) to `last`."""
    hosts = shown_hosts(site)
    for kind, query in ((REPLY, _answered()), (FOLLOWED, _followed())):
        between = (Post.id > after, Post.id <= last, Post.host.in_(hosts), Post.deleted_at.is_(None))
        found = site.session.execute(query.where(*between)).all()
        _keep(site, kind, found)


def _answered() -> Select[int, int, int | None, int, int, int]:
    """Whose messages were answered, with the answers to each counted."""
    parent = aliased(Post)
    return (
        select(Account.person_id, Post.thread_id, parent.id, func.min(Post.id), func.max(Post.id), func.count(Post.id))
        .join(parent, parent.uri == Post.parent_uri)
        .join(Account, Account.person_id == parent.author_id)
        .where(Post.author_id != parent.author_id, *_news_to(Account.person_id))
        .group_by(Account.person_id, Post.thread_id, parent.id)
        .order_by(func.min(Post.id), Account.person_id)
    )


def _followed() -> Select[int, int, int | None, int, int, int]:
    """In whose followed threads something was written, but for what answers them and is told as such."""
    parent = aliased(Post)
    answers = exists().where(parent.uri == Post.parent_uri, parent.author_id == Follow.account_id)
    return (
        select(
            Follow.account_id,
            Post.thread_id,
            null(),
            func.min(Post.id),
            func.max(Post.id),
            func.count(Post.id),
        )
        .join(Follow, (Follow.thread_id == Post.thread_id) & Follow.active)
        .where(Post.author_id != Follow.account_id, Post.received_at > Follow.since, ~answers)
        .where(*_news_to(Follow.account_id))
        .group_by(Follow.account_id, Post.thread_id)
        .order_by(func.min(Post.id), Follow.account_id)
    )


def _news_to(account: InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
    """That a message is news to this account: it was neither mentioned in it nor has it read it meanwhile."""
    mentioned = exists().where(Notice.account_id == account, Notice.kind == MENTION, Notice.post_id == Post.id)
    read = exists().where(
        Reading.account_id == account,
        Reading.thread_id == Post.thread_id,
        Reading.seen_id >= Post.id,
        Reading.read_key >= Post.order_key,
    )
    return ~mentioned, ~read


def _keep(site: Site, kind: str, found: Sequence[Found]) -> None:
    """What was found joined to the unseen notice of the same, or as a new one."""
    authors = _authors(site, [last for *_, last, _ in found])
    now = site.clock.now()
    for start in range(0, len(found), SQL_LIST):
        some = found[start : start + SQL_LIST]
        unseen = _unseen(site, kind, some)
        for account, thread, about, first, last, messages in some:
            notice = unseen.get((account, thread, about))
            if notice is None:
                notice = _notice(now, account, kind, thread, first, authors[last], about, messages)
                site.session.add(notice)
            else:
                notice.actor_id, notice.made_at = authors[last], now
                notice.messages += messages
    site.session.flush()


def _unseen(site: Site, kind: str, found: Sequence[Found]) -> dict[tuple[int, int, int | None], Notice]:
    accounts, threads = {row[0] for row in found}, {row[1] for row in found}
    rows = site.session.scalars(
        select(Notice).where(
            Notice.account_id.in_(accounts),
            Notice.thread_id.in_(threads),
            Notice.kind == kind,
            Notice.seen_at.is_(None),
        )
    )
    return {(row.account_id, row.thread_id, row.about_id): row for row in rows}


def _authors(site: Site, post_ids: Sequence[int]) -> dict[int, int]:
    authors: dict[int, int] = {}
    for start in range(0, len(post_ids), SQL_LIST):
        some = post_ids[start : start + SQL_LIST]
        authors.update(dict(site.session.execute(select(Post.id, Post.author_id).where(Post.id.in_(some))).all()))
    return authors


def _notice(
    now: datetime,
    account: int,
    kind: str,
    thread: int,
    post: int,
    actor: int | None,
    about: int | None = None,
    messages: int = 1,
) -> Notice:
    return Notice(
        account_id=account,
        kind=kind,
        thread_id=thread,
        about_id=about,
        post_id=post,
        actor_id=actor,
        messages=messages,
        made_at=now,
    )


def _see(site: Site, person_id: int, *which: ColumnElement[bool]) -> None:
    unseen = (Notice.account_id == person_id, Notice.seen_at.is_(None), *which)
    site.session.execute(update(Notice).where(*unseen).values(seen_at=site.clock.now()))
