"""A reply by a person of this commune, the most frequent thing a site writes.

Its statements are built once and run without objects: loading and flushing the same rows through the unit of work
takes three times as long as everything else a reply needs. The rules are those of services/messages.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, bindparam, func, insert, select, update

from pop_forum.domain import markdown, ordering, permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.searching import INDEX
from pop_forum.errors import Conflict, NotFound
from pop_forum.federation.images import Image
from pop_forum.models import Person, Post, PostVersion, Thread
from pop_forum.services import consents, follows, journal, mentions, pictures, quotations, translation
from pop_forum.services.declarations import FORUM, declare
from pop_forum.services.messages import NO_STAMP, Stamp, Writing, page_key
from pop_forum.services.network_pages import is_shown
from pop_forum.services.pictures import Attached
from pop_forum.services.site import Site

OBJECT_LETTERS = 12
NO_THREAD = "Cette discussion n’existe pas, ou n’existe plus à cette adresse."
WITHDRAWN = "Cette discussion a été retirée : elle n’accepte plus de réponse."
CLOSED = "Cette discussion est close : elle n’accepte plus de réponse."
NO_MESSAGE = "Ce message n’existe pas, ou n’existe plus à cette adresse."

_ADD = insert(Post).returning(Post.id)
_ADD_VERSION = insert(PostVersion)
_BEFORE = (
    select(func.count())
    .where(
        Post.thread_id == bindparam("thread"), ~Post.opening, Post.order_key < bindparam("place"), is_shown(Post.host)
    )
    .scalar_subquery()
)
_STIR = update(Thread).where(Thread.id == bindparam("thread")).values(active_at=bindparam("now")).returning(_BEFORE)


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, as the rules see them; `shared` once the network was told of them."""

    id: int
    uri: str
    shared: bool
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Place:
    """The thread that is replied in."""

    id: int
    uri: str
    key: str
    board: str
    measure: str | None
    shared: bool
    order_key: str | None  # of its opening message, as long as that stands
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that is replied to, when it is not the opening one."""

    uri: str
    thread_id: int
    order_key: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that was written, and where it stands in its thread."""

    uri: str
    key: str
    parent_uri: str
    source: str
    html: str
    published: datetime
    order_key: str
    images: tuple[Image, ...] = ()
    before: int = 0  # replies that are shown and stand before it
    opening: bool = False


def _places() -> Select[int, str, str, str, str | None, bool, str, bool]:
    opening = (Post.uri == Thread.uri) & Post.deleted_at.is_(None)
    closed = Thread.closed_at.is_not(None)
    columns = (Thread.id, Thread.uri, Thread.key, Thread.board, Thread.measure, Thread.shared, Post.order_key, closed)
    return select(*columns).outerjoin(Post, opening).where(Thread.key == bindparam("key"), is_shown(Thread.host))


_PLACE = _places()
_ANSWERED = select(Post.uri, Post.thread_id, Post.order_key).where(Post.key == bindparam("key"), is_shown(Post.host))


def find_place(site: Site, key: str) -> Place:
    """The thread at this page address. Raises NotFound."""
    found = site.session.connection().execute(_PLACE, {"key": key, "here": site.settings.host}).one_or_none()
    if found is None:
        raise NotFound(f"no thread {key!r}", NO_THREAD)
    return Place(*found)


def find_answered(site: Site, key: str) -> Answered:
    """The message at this page address. Raises NotFound."""
    found = site.session.connection().execute(_ANSWERED, {"key": key, "here": site.settings.host}).one_or_none()
    if found is None:
        raise NotFound(f"no message {key!r}", NO_MESSAGE)
    return Answered(*found)


def ended(place: Place) -> str | None:
    """Why nobody may reply there any more, as a sentence; None where one may."""
    if place.order_key is None:
        return WITHDRAWN
    return CLOSED if place.closed else None


def refuse_ended(place: Place) -> None:
    """Nothing; raises Conflict for a thread that was removed or closed."""
    sentence = ended(place)
    if sentence is not None:
        raise Conflict(f"reply in {place.uri}, which has ended", sentence)


def write(
    site: Site,
    author: Author,
    place: Place,
    writing: Writing,
    to: Answered | None = None,
    submission: str | None = None,
    shown: Sequence[Attached] = (),
) -> Reply:
    """A new reply, to the opening message unless `to` says otherwise; it inherits the thread's visibility.

    Raises Forbidden for who may not reply, Conflict for a thread that was removed or closed and when the form with this
    `submission` has published a message already.
    """
    if not permissions.may_reply(author.viewer, place.shared):
        raise consents.refusal(author.viewer, f"{author.viewer} may not reply", shared=place.shared)
    refuse_ended(place)
    if to is not None and to.thread_id != place.id:
        raise NotFound(f"message {to.uri} is not in thread {place.key}")
    writing = _current(site, writing)
    now, uri = site.clock.now(), site.url(f"/o/{site.entropy.token(OBJECT_LETTERS)}")
    reply = Reply(
        uri=uri,
        key=page_key(uri, site.settings.host),
        parent_uri=to.uri if to else place.uri,
        source=writing.source,
        html=writing.html,
        published=now,
        order_key=ordering.order_key(now, to.order_key if to else place.order_key, uri),
        images=pictures.chosen(site, shown),
    )
    stamp = _journalled(site, author, place, reply) if place.shared else NO_STAMP
    site.wake(INDEX)
    written = replace(reply, before=_keep(site, author, place, reply, stamp, submission))
    if "@" in writing.source:
        mentions.note_at(site, uri)
    return written


def _current(site: Site, writing: Writing) -> Writing:
    """The text with its quotations of people who left since it was begun as they may stand."""
    if quotations.LINKED not in writing.source:
        return writing
    source = quotations.current(site, writing.source)
    return replace(writing, source=source, html=markdown.render(source))


def _journalled(site: Site, author: Author, place: Place, reply: Reply) -> Stamp:
    """Where the reply stands in our journal; its author is declared there before her first one."""
    if not author.shared:
        declare(site, site.session.get_one(Person, author.id))
    content = translation.post_written(reply, place, author.uri, reply.images)
    activity = translation.said_by(site, author.uri, content, translation.audience_of(place))
    entry = journal.append(site, FORUM, activity)
    return Stamp(entry.epoch, entry.n)


def _keep(site: Site, author: Author, place: Place, reply: Reply, stamp: Stamp, submission: str | None) -> int:
    """How many replies stand before this one, once its rows are written and its thread is among the newest."""
    connection = site.session.connection()
    text = {"source": reply.source, "html": reply.html}
    values = {
        **text,
        "uri": reply.uri,
        "key": reply.key,
        "host": site.settings.host,
        "thread_id": place.id,
        "parent_uri": reply.parent_uri,
        "author_id": author.id,
        "opening": False,
        "published": reply.published,
        "received_at": reply.published,
        "order_key": reply.order_key,
        "epoch": stamp.epoch,
        "n": stamp.n,
        "submission": submission,
        "pictures": len(reply.images),
    }
    number = connection.execute(_ADD, values).scalar_one()
    pictures.put(site, number, reply.images)
    version = {**text, "post_id": number, "epoch": stamp.epoch, "n": stamp.n, "written_at": reply.published}
    connection.execute(_ADD_VERSION, version)
    site.touched_thread(place.key)
    stirred = {"now": reply.published, "place": reply.order_key, "here": site.settings.host}
    follows.follow_own(site, author.id, place.id)
    before: int = connection.execute(_STIR, {"thread": place.id, **stirred}).scalar_one()
    return before
