"""A person's public page: who they are here, and what they wrote that this viewer may read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import aliased

from pop_forum.domain import permissions
from pop_forum.domain.badges import DEPARTED, badge_of
from pop_forum.domain.permissions import Viewer, Visibility
from pop_forum.domain.text import excerpt
from pop_forum.errors import Gone, NotFound
from pop_forum.federation.identifiers import origin
from pop_forum.models import Person, Post, Thread
from pop_forum.services.network_pages import commune_names, shown_hosts
from pop_forum.services.site import Site

WRITINGS_PER_PAGE = 30
EXCERPT_CHARS = 200
NOBODY = "Aucune personne n’a cette adresse ici."
LEFT = (
    "Cette personne a supprimé son compte. Les messages qu’elle a laissés restent dans leurs discussions, sans son nom."
)


@dataclass(frozen=True, slots=True)
class Writing:
    """A discussion that somebody opened, or a reply of theirs."""

    key: str
    thread_key: str
    title: str
    board: str
    opening: bool
    shared: bool
    excerpt: str
    published: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's page; `place` is None for somebody from here."""

    person_id: int
    key: str
    uri: str
    name: str
    badge: str
    role: str
    place: str | None
    known_to_network: bool
    since: datetime
    discussions: int
    replies: int
    writings: tuple[Writing, ...]
    page: int
    pages: int


def key_of(person: Person | Row[Any]) -> str:
    """The last part of a person's page address; empty once they have left."""
    return key_in(person.name, person.uri)


def key_in(name: str, uri: str) -> str:
    """The same for somebody of whom only their name and id are at hand."""
    return "" if name == DEPARTED else uri.rsplit("/", 1)[1]


def badge(person: Person) -> str:
    """The badge beside a person's name, empty for most."""
    return badge_of(person.role, person.form)


def find(site: Site, key: str) -> Person:
    """The person with this key: from here, else from a commune shown here. Raises NotFound, and Gone for who left."""
    hosts = shown_hosts(site)
    addresses = [f"{origin(host)}/p/{key}" for host in hosts]
    found = {row.uri: row for row in site.session.scalars(select(Person).where(Person.uri.in_(addresses)))}
    person = next((found[uri] for uri in addresses if uri in found), None)  # ours first: nobody takes its address
    if person is None:
        raise NotFound(f"no person {key[:40]!r}", NOBODY)
    if person.name == DEPARTED:
        raise Gone(f"{person.uri} has left", LEFT)
    return person


def profile(site: Site, viewer: Viewer, key: str, page: int) -> Profile:
    """The page of a person as this viewer sees it. Raises NotFound, also beyond the last page, and Gone."""
    person = find(site, key)
    names, here = commune_names(site), site.settings.host
    discussions, replies = _counts(site, person)
    pages = max(1, -(-(discussions + replies) // WRITINGS_PER_PAGE))
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    query = written(site, person).order_by(Post.published.desc(), Post.id.desc())
    rows = site.session.execute(query.offset((page - 1) * WRITINGS_PER_PAGE).limit(WRITINGS_PER_PAGE)).all()
    return Profile(
        person_id=person.id,
        key=key_of(person),
        uri=person.uri,
        name=person.name,
        badge=badge(person),
        role=person.role,
        place=None if person.host == here else names.get(person.host, person.host),
        known_to_network=person.shared,
        since=person.created_at,
        discussions=discussions,
        replies=replies,
        writings=tuple(_writing(*row) for row in rows if _visible(viewer, *row)),
        page=page,
        pages=pages,
    )


def written(site: Site, person: Person) -> Select[Post, Thread]:
    """What stands of a person's messages, in discussions that stand too, of communes shown here."""
    hosts, opening = shown_hosts(site), aliased(Post)
    return (
        select(Post, Thread)
        .join(Thread, Thread.id == Post.thread_id)
        .join(opening, and_(opening.thread_id == Thread.id, opening.opening))
        .where(Post.author_id == person.id, Post.deleted_at.is_(None), opening.deleted_at.is_(None))
        .where(Post.host.in_(hosts), Thread.host.in_(hosts))
    )


def _counts(site: Site, person: Person) -> tuple[int, int]:
    query = written(site, person).with_only_columns(Post.opening, func.count()).group_by(Post.opening)
    counts = {bool(opening): count for opening, count in site.session.execute(query)}
    return counts.get(True, 0), counts.get(False, 0)


def _visible(viewer: Viewer, post: Post, thread: Thread) -> bool:
    visibility = Visibility.SHARED if thread.shared else Visibility.LOCAL
    return permissions.may_see(viewer, visibility, post.deleted_at is not None, here=True, author_id=post.author_id)


def _writing(post: Post, thread: Thread) -> Writing:
    return Writing(
        key=post.key,
        thread_key=thread.key,
        title=thread.title,
        board=thread.board,
        opening=post.opening,
        shared=thread.shared,
        excerpt=excerpt(post.source, EXCERPT_CHARS),
        published=post.published,
    )
