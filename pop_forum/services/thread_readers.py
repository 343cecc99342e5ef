"""What is one reader's own in a thread's page that was built for many: how far they have read, and their messages.

The page itself is built by services/thread_pages.py for somebody who holds the same roles and has done nothing here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Boolean, and_, bindparam, case, exists, or_, select

from pop_forum.domain.marks import Mark
from pop_forum.domain.permissions import Viewer, Visibility
from pop_forum.federation.identifiers import ObjectId
from pop_forum.federation.supports import support_token
from pop_forum.models import Draft, Follow, Post, Reading, Thread
from pop_forum.services import poll_pages, readings
from pop_forum.services.discussions import Message, ThreadPage
from pop_forum.services.poll_pages import PollPart
from pop_forum.services.sign_ins import SignedIn
from pop_forum.services.site import Site
from pop_forum.services.thread_pages import allowed

# Built once, and run without objects: every page of a thread asks.
_DRAFTED = exists().where(Draft.account_id == bindparam("me"), Draft.place == bindparam("place"))
_WITHDRAWN = exists().where(
    Post.thread_id == Thread.id, Post.author_id == bindparam("me"), Post.deleted_at.is_not(None)
)
_BEHIND = or_(Reading.seen_id < bindparam("newest"), Reading.read_key < bindparam("furthest"))
_OWN = (
    select(
        Reading.read_key,
        Reading.seen_id,
        Reading.missed,
        Follow.active,
        poll_pages.chosen(),
        case((_BEHIND, readings.later()), else_=0).label("later"),
        case((_BEHIND, readings.late()), else_=0).label("late"),
        or_(_DRAFTED, and_(bindparam("unbuilt", type_=Boolean), _WITHDRAWN)).label("alone"),
    )
    .select_from(Thread)
    .outerjoin(Reading, (Reading.thread_id == Thread.id) & (Reading.account_id == bindparam("me")))
    .outerjoin(Follow, (Follow.thread_id == Thread.id) & (Follow.account_id == bindparam("me")))
    .where(Thread.key == bindparam("thread"))
)
EVERYTHING = (2**62, "~")  # a number and a place after those of all messages


@dataclass(frozen=True, slots=True)
class Look:
    """What makes one message look different to one reader."""

    mine: bool
    supported: bool
    new: bool


@dataclass(frozen=True, slots=True)
class Own:
    """What an account keeps of a thread."""

    mark: Mark | None
    unread: int  # without those that were passed over before
    late: int
    followed: bool
    chosen: int | None  # in its poll
    alone: bool  # its page is for this account alone: a draft waits, or a message was taken back whose words it shows


def kept(site: Site, account: SignedIn, key: str, place: str, page: ThreadPage | None) -> Own | None:
    """What this account keeps of a thread, with the draft that waits for the form at `place`: one statement.

    `page` is the one it will be put in; None while that is to be built. None for a thread that is not there.
    """
    newest, furthest = (page.newest, page.furthest) if page else EVERYTHING
    values = {"me": account.person_id, "thread": key, "place": place, "here": site.settings.host}
    said = {**values, "newest": newest, "furthest": furthest, "unbuilt": page is None}
    row = site.session.connection().execute(_OWN, said).one_or_none()
    if row is None:
        return None
    mark = Mark(row.read_key, row.seen_id, frozenset(row.missed)) if row.seen_id is not None else None
    return Own(mark, row.later, row.late, bool(row.active), row.chosen, bool(row.alone))


def own(site: Site, account: SignedIn, page: ThreadPage, kept: Own) -> ThreadPage:
    """The page with what this account keeps of its thread; one statement when it passed over late messages before."""
    mark, unread = kept.mark, kept.unread
    if mark is not None and mark.missed:
        unread = readings.unread_in(site, account.person_id, page.id, mark, page.newest, page.furthest)
    poll = _own_poll(account.viewer, page, kept.chosen)
    return replace(page, mark=mark, unread=unread, late=kept.late, followed=kept.followed, poll=poll)


def looks(
    secret: bytes, account: SignedIn, page: ThreadPage, supported: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Message, Look]]:
    """The messages that look different to this account, and how; the page is the one that `own` gave."""
    mark = page.mark
    behind = mark is not None and not mark.has_read(page.newest, page.furthest)
    for message in readings.messages(page):
        mine = message.author_id == account.person_id
        tokens = supported.get(message.uri)
        given = tokens is not None and support_token(secret, ObjectId(account.uri), ObjectId(message.uri)) in tokens
        new = behind and not mine and mark is not None and mark.misses(message.id, message.order_key)
        if mine or given or new:
            yield message, Look(mine, given, new)


def seen(viewer: Viewer, page: ThreadPage, message: Message, look: Look) -> Message:
    """The message as this viewer sees it; their own must not be a deleted one, whose words the page does not hold."""
    there = replace(viewer, moderates_here=page.may_arrange)
    visibility = Visibility.SHARED if page.shared else Visibility.LOCAL
    ended = page.closed or page.opening.deleted_at is not None
    may = allowed(there, visibility, message, frozenset(), ended=ended) if look.mine else message.may
    return replace(message, may=may, supported=look.supported, new=look.new)


def _own_poll(viewer: Viewer, page: ThreadPage, chosen: int | None) -> PollPart:
    """What the page says of polls to this viewer."""
    there, opening = replace(viewer, moderates_here=page.may_arrange), page.opening
    standing = {"ours": page.place is None, "closed": page.closed, "deleted": opening.deleted_at is not None}
    may = poll_pages.allowed(there, opening.author_id, page.poll, **standing)
    return replace(page.poll, choices=poll_pages.choices(page.poll.shown, chosen), may=may)
