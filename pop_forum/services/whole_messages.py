"""A message on its own page, whole: where it stands, long messages may be shown shortened."""

from dataclasses import dataclass
from datetime import datetime

from pop_forum.domain import permissions
from pop_forum.domain.ordering import date_is_uncertain
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Gone
from pop_forum.services import mentions, page_weights, pictures, titles
from pop_forum.services.network_pages import commune_names
from pop_forum.services.pictures import Shown
from pop_forum.services.profiles import badge, key_of
from pop_forum.services.reading import find_post, place_name, visibility
from pop_forum.services.scopes import there
from pop_forum.services.site import Site

GONE = "Ce message a été retiré."


@dataclass(frozen=True, slots=True)
class Whole:
    """A message and the discussion it stands in."""

    key: str
    thread_key: str
    thread_title: str
    author: str
    author_key: str
    badge: str
    place: str | None
    html: str
    pictures: tuple[Shown, ...]
    published: datetime
    uncertain: bool
    edited_at: datetime | None
    deleted_at: datetime | None


def whole(site: Site, viewer: Viewer, key: str) -> Whole:
    """The message with all its words. Raises Gone when it was removed and this viewer could not restore it."""
    post = find_post(site, key)
    thread, deleted = post.thread, post.deleted_at is not None
    viewer = there(site, viewer, thread)
    seen = permissions.may_see(viewer, visibility(thread), deleted, True, post.author_id)
    if not seen or post.erased_at is not None:
        raise Gone(f"text of {post.uri}", GONE)
    html = mentions.shown(post, mentions.named_in(site, [post]))
    shown = () if deleted else pictures.shown_in(site, [post]).get(post.id, ())
    return Whole(
        key=post.key,
        thread_key=thread.key,
        thread_title=titles.title_of(site, thread),
        author=post.author.name,
        author_key=key_of(post.author),
        badge=badge(post.author),
        place=place_name(site, commune_names(site), post.host),
        html=html,
        pictures=page_weights.alone(shown, html),
        published=post.published,
        uncertain=date_is_uncertain(post.published, post.received_at),
        edited_at=post.edited_at,
        deleted_at=post.deleted_at,
    )
