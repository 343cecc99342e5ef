"""What the pages of discussions are made of: frozen values, from which templates only read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pop_forum.domain.marks import Mark
from pop_forum.services.deletions import Elsewhere
from pop_forum.services.pictures import Shown
from pop_forum.services.poll_pages import PollPart
from pop_forum.settings import Category


@dataclass(frozen=True, slots=True)
class Written:
    """When a reply was written, as its discussion shows it."""

    published: datetime
    uncertain: bool


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One discussion in a list; `place` is None when it comes from here."""

    id: int
    key: str
    title: str
    board: str
    author: str
    author_key: str  # of their page; empty once they have left
    badge: str
    place: str | None
    shared: bool
    category: Category | None
    closed: bool
    published: datetime
    active_at: datetime
    replies: int
    unread: int  # for who looks, since they last read it; 0 when they never did
    uncertain: bool = False  # `published` lies well ahead of when we received it
    last: Written | None = None  # its last reply
    uri: str = ""
    measure: str | None = None  # the URN of the one it is on


@dataclass(frozen=True, slots=True)
class ThreadList:
    """One page of a list of discussions."""

    lines: tuple[ThreadLine, ...]
    page: int
    pages: int
    pinned: tuple[ThreadLine, ...] = ()  # at the head of the first page
    until: datetime | None = None  # when the first of the pinned ones goes back among the others


@dataclass(frozen=True, slots=True)
class Parent:
    """The reply that a reply answers."""

    key: str
    author: str
    here: bool  # on the same page


@dataclass(frozen=True, slots=True)
class Message:
    """One message as its page shows it; `may` names what this viewer may do with it."""

    id: int
    key: str
    uri: str
    order_key: str
    number: int  # 0 for the opening message
    author_id: int
    author: str
    author_key: str
    badge: str
    place: str | None
    html: str
    pictures: tuple[Shown, ...]
    published: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    deleted_by: str | None
    erased_at: datetime | None
    reason: str | None  # why the moderation of this commune hid it
    decided: Elsewhere | None  # or which other one did
    supports: int
    supported: bool
    parent: Parent | None
    new: bool  # came, or was passed over, since this viewer last read the discussion
    may: frozenset[str]
    uncertain: bool = False  # `published` lies well ahead of when we received it
    shortened: bool = False  # `html` is its beginning: the whole is on its own page


@dataclass(frozen=True, slots=True)
class MeasureLink:
    """The measure a discussion is about; `stance` is None, adopted or adapted."""

    slug: str
    title: str
    stance: str | None


@dataclass(frozen=True, slots=True)
class ActLine:
    """One thing the moderation did with a thread."""

    act: str
    sentence: str
    moved_to: str | None
    at: datetime
    moderator: str


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A discussion: its opening message and one page of its replies."""

    id: int
    key: str
    uri: str
    title: str
    board: str
    shared: bool
    place: str | None
    opening: Message
    replies: tuple[Message, ...]
    total: int
    removed: int  # of them, only a line is left
    people: int
    communes: int
    network: int
    page: int
    pages: int
    measure: MeasureLink | None
    category: Category | None
    closed: bool
    pinned: bool
    acts: Sequence[ActLine]
    may_reply: bool
    may_arrange: bool
    newest: int  # the number of the message that came last
    furthest: str  # the place of the last one
    unread: int
    late: int  # of them, came since this viewer read the discussion and sort before where they had read
    mark: Mark | None  # how far this viewer had read when the page was asked for
    followed: bool
    poll: PollPart


@dataclass(frozen=True, slots=True)
class Version:
    """One text a message has had; the first one is number 1."""

    number: int
    title: str | None
    html: str
    written_at: datetime
    shortened: bool = False  # `html` is its beginning: the whole has an address of its own


@dataclass(frozen=True, slots=True)
class History:
    """Some of the texts of a message, the newest first."""

    key: str
    thread_key: str
    thread_title: str
    author: str
    author_key: str
    place: str | None
    versions: tuple[Version, ...]
    count: int  # of all texts
    page: int
    pages: int
