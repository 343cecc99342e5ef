"""Undoing one's own act for ten minutes: a message withdrawn, a change taken back, a removal taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.federation.images import Image
from pop_forum.federation.revisions import slug_at
from pop_forum.models import FormerPictures, Post, PostVersion
from pop_forum.services import deletions, drafts, pictures, threads
from pop_forum.services.draft_fields import above
from pop_forum.services.drafts import Holder, Source
from pop_forum.services.site import Site

PUBLISH, EDIT, DELETE = "publication", "modification", "retrait"
TOO_LATE = (
    "Les dix minutes pour annuler sont passées. Vous pouvez toujours modifier votre message ou le retirer. "
    "Le texte d’un message retiré est effacé au bout de dix minutes."
)
NOTHING = "Il n’y a plus rien à annuler : ce message a changé entre-temps."


def undo(site: Site, viewer: Viewer, post: Post, act: str) -> None:
    """The message as it was before its author's last act. Raises Forbidden, Conflict when it is too late."""
    if not viewer.is_person(post.author_id):
        raise Forbidden(f"{viewer} did not write {post.uri}")
    if act == PUBLISH:
        _check_time(site, viewer, post, None if post.deleted_at else post.published)
        shown = pictures.images_of(site, post)
        threads.delete(site, viewer, post)
        _give_back(site, post, shown)
    elif act == EDIT:
        _check_time(site, viewer, post, None if post.deleted_at else post.edited_at)
        _take_back_edit(site, viewer, post)
    elif act == DELETE:
        _check_time(site, viewer, post, deletions.withdrawn_at(site, post))
        threads.restore(site, viewer, post)
    else:
        raise InvalidInput(f"no act {act[:20]!r}")


def purge(site: Site) -> None:
    """Nothing; what was kept for changes that can no longer be taken back is gone."""
    site.session.execute(delete(FormerPictures).where(FormerPictures.at <= site.clock.now() - permissions.UNDO_FOR))


def _check_time(site: Site, viewer: Viewer, post: Post, at: datetime | None) -> None:
    if at is None:
        raise Conflict(f"nothing to undo on {post.uri}", NOTHING)
    if not permissions.may_undo(viewer, post.author_id, site.clock.now() - at):
        raise Conflict(f"{post.uri}: the time to undo is over", TOO_LATE)


def _take_back_edit(site: Site, viewer: Viewer, post: Post) -> None:
    """The text and the pictures before the present ones, as one more version: no published text leaves the history."""
    newest = select(PostVersion).where(PostVersion.post_id == post.id).order_by(PostVersion.id.desc())
    before = site.session.scalars(newest.offset(1).limit(1)).one_or_none()
    if before is None:
        raise Conflict(f"{post.uri} has one version", NOTHING)
    threads.edit(site, viewer, post, before.source, before.title, pictures.set_aside_for(site, post))


def _give_back(site: Site, post: Post, shown: Sequence[Image]) -> None:
    """A withdrawn message, as a draft in the form it came from; what waits there already stays, below it."""
    place, typed = _place_of(site, post), _typed(site, post, shown)
    drafts.one_at_a_time(site, post.author_id)
    waiting = drafts.find(site, Holder(post.author_id), place)
    fields = above(typed, waiting.fields) if waiting else typed
    of_no_tab = Source(submission=site.entropy.token(drafts.TOKEN_LETTERS))  # another tab sends its own text only
    drafts.save(site, post.author_id, place, fields, of_no_tab)


def _place_of(site: Site, post: Post) -> str:
    """Where the form that wrote this message is sent."""
    thread = post.thread
    if not post.opening:
        return f"/discussions/{thread.key}/repondre"
    if thread.measure is None:
        return "/quotidien/ouvrir"
    return f"/programme/{slug_at(thread.measure, site.settings.host)}/ouvrir"


def _typed(site: Site, post: Post, shown: Sequence[Image]) -> dict[str, str]:
    """What its author had typed and chosen to write this message."""
    typed = {"text": post.source, "reach": "shared" if post.thread.shared else "local"}
    if post.opening:
        typed |= {"title": post.thread.title, "category": post.thread.category or ""}
    else:
        answered = select(Post.key).where(Post.uri == post.parent_uri, ~Post.opening)
        typed["to"] = site.session.scalar(answered) or ""
    for number, image in enumerate(shown, 1):
        typed |= {
            f"gardee-{number}": image.sha256,
            f"alt-{number}": image.alt,
            f"deco-{number}": "" if image.alt else "1",
        }
    return typed
