"""What is one reader's own in a thread's page that was built for many: how far they have read, and their messages.

The page itself is built by services/thread_pages.py for somebody who holds the same roles and has done nothing here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, exists, select

from pop_forum.domain.marks import Mark
from pop_forum.domain.permissions import Viewer, Visibility
from pop_forum.federation.identifiers import ObjectId
from pop_forum.federation.supports import support_token
from pop_forum.models import Draft, Follow, Reading, Support, Thread
from pop_forum.services import poll_pages, readings
from pop_forum.services.discussions import Message, ThreadPage
from pop_forum.services.poll_pages import PollPart
from pop_forum.services.sign_ins import SignedIn
from pop_forum.services.site import Site
from pop_forum.services.thread_pages import allowed

SUPPORTS_KEPT = 2_000  # of one page, given on this site: a page with more is built anew for each reader

# Built once, and run without objects: every page of a thread asks.
_OWN = (
    select(
        Reading.read_key,
        Reading.seen_id,
        Reading.missed,
        Follow.active,
        exists().where(Draft.account_id == bindparam("me"), Draft.place == bindparam("place")).label("drafted"),
    )
    .select_from(Thread)
    .outerjoin(Reading, (Reading.thread_id == Thread.id) & (Reading.account_id == bindparam("me")))
    .outerjoin(Follow, (Follow.thread_id == Thread.id) & (Follow.account_id == bindparam("me")))
    .where(Thread.id == bindparam("thread"))
)


@dataclass(frozen=True, slots=True)
class Look:
    """What makes one message look different to one reader."""

    mine: bool
    supported: bool
    new: bool


def supporters(site: Site, page: ThreadPage) -> Mapping[str, frozenset[str]] | None:
    """The tokens of who supports each message of the page from here; None when they are too many to be kept."""
    uris = [message.uri for message in readings.messages(page) if message.supports]
    if not uris:
        return {}
    given = (Support.object_uri.in_(uris), Support.host == site.settings.host, Support.active)
    rows = site.session.execute(select(Support.object_uri, Support.token).where(*given).limit(SUPPORTS_KEPT + 1)).all()
    if len(rows) > SUPPORTS_KEPT:
        return None
    found: dict[str, set[str]] = {}
    for uri, token in rows:
        found.setdefault(uri, set()).add(token)
    return {uri: frozenset(tokens) for uri, tokens in found.items()}


def own(site: Site, account: SignedIn, page: ThreadPage, place: str) -> tuple[ThreadPage, bool]:
    """The page with what this account keeps of its thread, and whether a draft waits for the form at `place`.

    One statement; one more when something may be unread, and one while a poll runs.
    """
    me = account.person_id
    values = {"me": me, "thread": page.id, "place": place}
    row = site.session.connection().execute(_OWN, values).one_or_none()
    if row is None:
        return page, False
    mark = Mark(row.read_key, row.seen_id, frozenset(row.missed)) if row.seen_id is not None else None
    unread = readings.unread_in(site, me, page.id, mark, page.newest, page.furthest)
    mine = replace(
        page, mark=mark, unread=unread, followed=bool(row.active), poll=_own_poll(site, account.viewer, page)
    )
    return mine, row.drafted


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


def _own_poll(site: Site, viewer: Viewer, page: ThreadPage) -> PollPart:
    """What the page says of polls to this viewer."""
    there, opening = replace(viewer, moderates_here=page.may_arrange), page.opening
    standing = {"ours": page.place is None, "closed": page.closed, "deleted": opening.deleted_at is not None}
    may = poll_pages.allowed(there, opening.author_id, page.poll, **standing)
    return replace(page.poll, choices=poll_pages.choices(site, viewer, page.id, page.poll.shown), may=may)
