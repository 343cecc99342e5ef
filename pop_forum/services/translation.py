"""From rows to activities: the only module that knows both the tables and the vocabulary."""

from datetime import datetime
from typing import Protocol

from pop_forum.federation.activities import (
    BOARD_MEASURE,
    Activity,
    Content,
    PersonDeclared,
    PostEdited,
    PostWritten,
    ThreadOpened,
)
from pop_forum.federation.identifiers import Host, ObjectId, authority, commune_id, origin, site_actor_id
from pop_forum.federation.images import Image
from pop_forum.federation.revisions import slug_at
from pop_forum.models import Person, Post, Thread
from pop_forum.services import journal
from pop_forum.services.site import Site

DAILY_GROUP = "/g/quotidien"


class Discussion(Protocol):
    """What an activity tells of a thread: a row of the table, or the columns that a statement chose."""

    @property
    def uri(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def board(self) -> str: ...

    @property
    def measure(self) -> str | None: ...


class Message(Protocol):
    """What an activity tells of a message."""

    @property
    def uri(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def opening(self) -> bool: ...

    @property
    def parent_uri(self) -> str | None: ...

    @property
    def source(self) -> str: ...

    @property
    def html(self) -> str: ...

    @property
    def published(self) -> datetime: ...


def said_by(site: Site, actor: str, content: Content, audience: ObjectId | None = None) -> Activity:
    """The activity of ours that says this, now."""
    return Activity(journal.new_activity_id(site), ObjectId(actor), site.clock.now(), content, audience)


def said_by_commune(site: Site, content: Content, audience: ObjectId | None = None) -> Activity:
    """The same, said by the commune itself."""
    return said_by(site, commune_id(Host(site.settings.host)), content, audience)


def said_by_site(site: Site, content: Content) -> Activity:
    """The same, said by the site."""
    return said_by(site, site_actor_id(Host(site.settings.host)), content)


def person_declared(person: Person, *, update: bool = False) -> PersonDeclared:
    """What the network is told of a person: her name and her role."""
    return PersonDeclared(ObjectId(person.uri), person.name, person.role, update)


def thread_opened(thread: Thread, opening: Post, images: tuple[Image, ...] = ()) -> ThreadOpened:
    """The opening of a thread."""
    return ThreadOpened(
        uri=ObjectId(thread.uri),
        author=ObjectId(thread.author.uri),
        title=thread.title,
        source=opening.source,
        html=opening.html,
        board=thread.board,
        measure=thread.measure,
        published=thread.published,
        url=page_of(thread, opening),
        images=images,
        block=thread.block,
    )


def post_written(post: Message, thread: Discussion, author: str, images: tuple[Image, ...] = ()) -> PostWritten:
    """A reply by the person with this id."""
    return PostWritten(
        uri=ObjectId(post.uri),
        thread=ObjectId(thread.uri),
        parent=ObjectId(post.parent_uri) if post.parent_uri not in (None, thread.uri) else None,
        author=ObjectId(author),
        source=post.source,
        html=post.html,
        published=post.published,
        url=page_of(thread, post),
        images=images,
    )


def post_edited(post: Post, images: tuple[Image, ...] = ()) -> PostEdited:
    """The present text and pictures of a message, after a change."""
    return PostEdited(
        uri=ObjectId(post.uri),
        author=ObjectId(post.author.uri),
        title=post.thread.title if post.opening else None,
        source=post.source,
        html=post.html,
        updated=post.edited_at or post.published,
        images=images,
    )


def page_of(thread: Discussion, post: Message) -> ObjectId:
    """Where people read this message: on the site it was written on, which has the thread under its own key."""
    base = origin(authority(ObjectId(post.uri)))
    return ObjectId(f"{base}/discussions/{thread.key}" if post.opening else f"{base}/messages/{post.key}")


def audience_of(thread: Discussion) -> ObjectId:
    """The Group a thread is addressed to: its measure, or daily life, on the thread's own site."""
    host = authority(ObjectId(thread.uri))
    base = origin(host)
    if thread.board == BOARD_MEASURE and thread.measure:
        return ObjectId(f"{base}/m/{slug_at(thread.measure, host)}")
    return ObjectId(f"{base}{DAILY_GROUP}")
