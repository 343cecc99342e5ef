"""Undoing one's own act for ten minutes: a message withdrawn, a change taken back, a removal taken back."""

from datetime import datetime

from sqlalchemy import delete, select

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.federation.revisions import slug_at
from pop_forum.models import FormerPictures, Post, PostVersion
from pop_forum.services import deletions, drafts, pictures, threads
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
        threads.delete(site, viewer, post)
        _give_back(site, post)
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


def _give_back(site: Site, post: Post) -> None:
    """The words of a withdrawn message, as a draft in the form they came from."""
    thread = post.thread
    if not post.opening:
        place = f"/discussions/{thread.key}/repondre"
    elif thread.measure is None:
        place = "/quotidien/ouvrir"
    else:
        place = f"/programme/{slug_at(thread.measure, site.settings.host)}/ouvrir"
    typed = {"text": post.source, "reach": "shared" if thread.shared else "local"}
    if post.opening:
        typed["title"] = thread.title
    drafts.save(site, post.author_id, place, typed)
