"""The message that a reply answers, as the form for that reply shows and quotes it."""

from dataclasses import dataclass

from sqlalchemy import select

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer, Visibility
from pop_forum.errors import NotFound
from pop_forum.models import Person, Post, Thread
from pop_forum.services import quotations
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.replies import NO_MESSAGE
from pop_forum.services.site import Site


@dataclass(frozen=True, slots=True)
class Answered:
    """A message, with its words when this viewer may read them."""

    key: str
    author: str
    source: str
    html: str
    opening: bool
    deleted: bool
    address: str  # that a quotation of it names


def answered(site: Site, viewer: Viewer, thread: Thread, key: str) -> Answered:
    """The message at this address, in this thread. Raises NotFound."""
    query = select(Post, Person).join(Person, Person.id == Post.author_id)
    here = (Post.key == key, Post.thread_id == thread.id, Post.host.in_(shown_hosts(site)))
    row = site.session.execute(query.where(*here)).one_or_none()
    if row is None:
        raise NotFound(f"no message {key!r} in {thread.key}", NO_MESSAGE)
    post: Post = row.Post
    deleted = post.deleted_at is not None
    visibility = Visibility.SHARED if thread.shared else Visibility.LOCAL
    readable = permissions.may_see(viewer, visibility, deleted, True, post.author_id)
    words = (post.source, post.html) if readable else ("", "")
    address = quotations.address_of(site, post.uri, post.key, shared=thread.shared)
    return Answered(post.key, row.Person.name, *words, post.opening, deleted, address)
