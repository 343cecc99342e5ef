"""What the network is told of a person, and which entry of our journal wrote a row."""

from typing import Any

from sqlalchemy import select

from pop_forum.models import Person, Post, PostVersion
from pop_forum.services import journal, translation
from pop_forum.services.journal import Appended
from pop_forum.services.site import Site

FORUM = "forum"


def declare(site: Site, person: Person, *, update: bool = False) -> None:
    """Tell the network the person's name and role, once before her first shared message, and when they change."""
    if person.shared and not update:
        return
    again = person.shared
    person.shared = True
    content = translation.person_declared(person, update=again)
    number(person, journal.append(site, FORUM, translation.said_by(site, person.uri, content)))


def number_text(site: Site, post: Post, entry: Appended) -> None:
    """The same for a message and for its newest text: where our journal holds it is known when it is to be erased."""
    number(post, entry)
    site.session.flush()
    newest = select(PostVersion).where(PostVersion.post_id == post.id).order_by(PostVersion.id.desc()).limit(1)
    number(site.session.scalars(newest).one(), entry)


def number(row: Any, entry: Appended) -> None:
    """Note on a row which entry of our journal wrote its present content."""
    row.epoch, row.n = entry.epoch, entry.n
