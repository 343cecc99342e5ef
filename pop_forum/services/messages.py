"""How messages change: the one set of rules behind the form, the journal entry and the command line.

A change from here carries `Stamp(0, 0)` until its journal entry gives it a number; one from the network carries
the (epoch, n) of its entry. Whatever the order of arrival, the same set of changes gives the same rows
(federation.md, "State is a function of the set of entries alone").
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from pop_forum.domain import markdown, ordering
from pop_forum.domain.badges import DEPARTED
from pop_forum.federation.identifiers import ObjectId, authority, origin
from pop_forum.models import Deletion, Person, Post, Support, Thread
from pop_forum.services import quotations
from pop_forum.services.known import Known
from pop_forum.services.site import Site

KEY_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a change stands in its origin's journal; (0, 0) for one that is in none (yet)."""

    epoch: int
    n: int


NO_STAMP = Stamp(0, 0)


@dataclass(frozen=True, slots=True)
class Writing:
    """The text of a message: Markdown source and its cleaned HTML."""

    source: str
    html: str
    title: str | None = None


def put_person(site: Site, known: Known, uri: str) -> Person:
    """The person with this id; one met before her name is shown as somebody of her commune until it comes."""
    person = known.person(uri)
    if person is None:
        host, now = authority(ObjectId(uri)), site.clock.now()
        person = Person(uri=uri, host=host, name="", role="resident", shared=True, epoch=0, n=0, created_at=now)
        known.add(person)
    return person


def page_key(uri: str, host: str) -> str:
    """The 12 letters in our page address: the id's own for one of ours, a digest of the id for a remote one."""
    if authority(ObjectId(uri)) == host:
        return uri.rsplit("/", 1)[1]
    return base64.b32encode(hashlib.sha256(uri.encode()).digest()).decode().lower()[:KEY_LETTERS]


def put_thread(
    site: Site,
    known: Known,
    *,
    uri: str,
    author: Person,
    writing: Writing,
    board: str,
    measure: str | None,
    shared: bool,
    published: datetime,
    stamp: Stamp = NO_STAMP,
    block: str | None = None,
) -> Thread:
    """A new thread with its opening message."""
    now = site.clock.now()
    thread = Thread(
        uri=uri,
        key=page_key(uri, site.settings.host),
        host=authority(ObjectId(uri)),
        author=author,
        title=writing.title or "",
        board=board,
        measure=measure,
        block=block,
        shared=shared,
        published=published,
        received_at=now,
        active_at=now,
        poll=False,
    )
    known.add(thread)
    put_post(
        site,
        known,
        uri=uri,
        thread=thread,
        parent_uri=None,
        author=author,
        writing=writing,
        published=published,
        stamp=stamp,
    )
    return thread


def put_post(
    site: Site,
    known: Known,
    *,
    uri: str,
    thread: Thread,
    parent_uri: str | None,
    author: Person,
    writing: Writing,
    published: datetime,
    stamp: Stamp = NO_STAMP,
) -> Post:
    """A new message in a thread; without a parent it is the opening one.

    Its parent may come later: until then it is ordered by its own date, and again once the parent is here.
    """
    now, writing = site.clock.now(), current(site, writing)
    parent = known.post(parent_uri) if parent_uri else None
    post = Post(
        uri=uri,
        key=page_key(uri, site.settings.host),
        host=authority(ObjectId(uri)),
        thread=thread,
        parent_uri=parent_uri,
        author=author,
        opening=parent_uri is None,
        pictures=0,
        source=writing.source,
        html=writing.html,
        published=published,
        received_at=now,
        order_key=ordering.order_key(published, parent.order_key if parent else None, uri),
        epoch=stamp.epoch,
        n=stamp.n,
    )
    known.add(post)
    thread.active_at = now
    _remember(known, post, writing, published, stamp)
    if stamp != NO_STAMP:  # a message written here just now was neither deleted nor answered before
        refresh_deletion(known, post)
        order_replies(known, post)
        _erase_if_left(site, author)
    return post


def order_replies(known: Known, post: Post) -> None:
    """Give the replies that came before what they answer, and theirs, the place that follows from it.

    Messages of several sites may answer each other in a circle (row 37), in which none comes first: all of its
    members then stand at the date of the latest, by id, whoever of them arrived last.
    """
    below = _below(known, post)
    circle = _circle(below, post)
    latest = max((member.published for member in circle.values()), default=None)
    for member in circle.values():
        member.order_key = ordering.order_key(latest or member.published, None, member.uri)
    placed = {post.uri: post}
    for reply in below.values():
        if reply.uri not in circle:
            above = placed[reply.parent_uri or ""]
            reply.order_key = ordering.order_key(reply.published, above.order_key, reply.uri)
        placed[reply.uri] = reply


def _below(known: Known, post: Post) -> dict[str, Post]:
    """The replies to a message, theirs and so on by address, each after the one that it answers."""
    found: dict[str, Post] = {}
    pending = [post]
    while pending:
        fresh = [reply for reply in known.replies(pending.pop().uri) if reply.uri not in found and reply is not post]
        found.update((reply.uri, reply) for reply in fresh)
        pending += fresh
    return found


def _circle(below: dict[str, Post], post: Post) -> dict[str, Post]:
    """The messages that answer each other in a circle with this one, by address; usually none."""
    circle, above = {post.uri: post}, post.parent_uri
    while above is not None and above in below:
        circle[above] = below[above]
        above = below[above].parent_uri
    return circle if above == post.uri else {}


def put_edit(
    site: Site,
    post: Post,
    writing: Writing,
    *,
    edited_at: datetime,
    stamp: Stamp = NO_STAMP,
    known: Known | None = None,
) -> bool:
    """Whether the message now has this text; an older change than the one shown only joins the history."""
    if post.erased_at is not None:
        return False
    writing = current(site, writing)
    _remember(known or Known(site), post, writing, edited_at, stamp)
    if stamp != NO_STAMP and (stamp.epoch, stamp.n) <= (post.epoch, post.n):
        return False
    post.source, post.html, post.edited_at = writing.source, writing.html, edited_at
    if stamp != NO_STAMP:
        post.epoch, post.n = stamp.epoch, stamp.n
    if post.opening and writing.title:
        post.thread.title = writing.title
    _erase_if_left(site, post.author)
    return True


def put_deletion(
    known: Known,
    *,
    uri: str,
    actor: str,
    active: bool,
    at: datetime,
    stamp: Stamp = NO_STAMP,
) -> Deletion:
    """One actor's deletion of a message, or its undoing; kept also when the message is not known yet."""
    row = next((row for row in known.deletions(uri) if row.actor == actor), None)
    if row is None:
        row = Deletion(object_uri=uri, actor=actor, active=active, at=at, epoch=stamp.epoch, n=stamp.n)
        known.add_deletion(row)
    elif stamp == NO_STAMP or (stamp.epoch, stamp.n) > (row.epoch, row.n):
        row.active, row.at, row.epoch, row.n = active, at, stamp.epoch, stamp.n
    post = known.post(uri)
    if post is not None:
        refresh_deletion(known, post)
    return row


def refresh_deletion(known: Known, post: Post) -> None:
    """Hide or show a message according to the deletions whose actor has authority over it.

    Its author has, and so have the commune it was written in and the commune whose thread it is in (row 32 of the
    attack list: nobody else).
    """
    decided = known.deletions(post.uri)
    if not decided and post.erased_at is None:
        return
    moderators = {commune_of(post.uri), commune_of(post.thread.uri)}
    authorised = {post.author.uri, *moderators}
    active = [row for row in decided if row.active and row.actor in authorised]
    post.deleted_at = min((row.at for row in active), default=None)
    by_author = any(row.actor == post.author.uri for row in active)
    post.deleted_by = None if not active else "author" if by_author else "moderation"
    if post.erased_at is not None and not active:  # its words are gone: there is nothing to show again
        post.deleted_at, post.deleted_by = post.erased_at, "author"


def commune_of(uri: str) -> str:
    """The id of the commune (the Organization) on whose site this id lives."""
    return f"{origin(authority(ObjectId(uri)))}/commune"


def put_support(
    known: Known,
    *,
    host: str,
    uri: str,
    token: str,
    active: bool,
    at: datetime,
    stamp: Stamp = NO_STAMP,
) -> Support:
    """One token's support of a message, given or withdrawn; kept also when the message is not known yet."""
    row = known.support(uri, host, token)
    if row is None:
        row = Support(host=host, object_uri=uri, token=token, active=active, at=at, epoch=stamp.epoch, n=stamp.n)
        known.add_support(row)
    elif stamp == NO_STAMP or (stamp.epoch, stamp.n) > (row.epoch, row.n):
        row.active, row.at, row.epoch, row.n = active, at, stamp.epoch, stamp.n
    return row


def current(site: Site, writing: Writing) -> Writing:
    """The text with its quotations of people who have left as they may stand."""
    source = quotations.current(site, writing.source)
    return writing if source == writing.source else Writing(source, markdown.render(source), writing.title)


def _erase_if_left(site: Site, author: Person) -> None:
    """Nothing; what comes of somebody who has left meanwhile is erased with the rest."""
    if author.name == DEPARTED:
        quotations.erase(site, author)


def _remember(known: Known, post: Post, writing: Writing, at: datetime, stamp: Stamp) -> None:
    values = {
        "title": writing.title,
        "source": writing.source,
        "html": writing.html,
        "written_at": at,
        "epoch": stamp.epoch,
        "n": stamp.n,
    }
    known.add_version(post, values)
