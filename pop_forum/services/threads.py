"""Threads and replies as people of this commune write them: permission, cleaning, row, journal entry, wake-up."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from pop_forum.domain import markdown, permissions
from pop_forum.domain.consent import covers_sharing
from pop_forum.domain.permissions import VISITOR, Role, Viewer
from pop_forum.domain.searching import INDEX
from pop_forum.domain.text import clean_line, clean_text
from pop_forum.errors import Conflict, Forbidden, InvalidInput, NotFound
from pop_forum.federation.activities import (
    BOARD_DAILY,
    BOARD_MEASURE,
    Activity,
    PostDeleted,
    PostRestored,
    SupportGiven,
    SupportWithdrawn,
)
from pop_forum.federation.identifiers import Host, ObjectId, commune_id
from pop_forum.federation.revisions import parse_block_id, parse_measure_urn
from pop_forum.federation.supports import support_token
from pop_forum.models import Account, Measure, Person, Post, Thread
from pop_forum.services import (
    catchup,
    consents,
    deletions,
    follows,
    journal,
    mentions,
    messages,
    picture_requests,
    pictures,
    replies,
    translation,
)
from pop_forum.services.arranging import NO_CATEGORY
from pop_forum.services.declarations import FORUM, declare, number, number_text
from pop_forum.services.known import Known
from pop_forum.services.messages import Writing
from pop_forum.services.pictures import Attached
from pop_forum.services.replies import OBJECT_LETTERS, Answered, Author, Place
from pop_forum.services.scopes import there
from pop_forum.services.site import Site
from pop_forum.settings import Instance

OWN_MESSAGE = "C’est votre message : un soutien vient de quelqu’un d’autre."
ERASED = "Ce message a été retiré il y a plus de dix minutes : son texte est effacé, personne ne peut le rétablir."


@dataclass(frozen=True, slots=True)
class ThreadDraft:
    """A thread as a form gives it: `measure` is a URN, or None for daily life; `submission` names the form."""

    title: str
    text: str
    measure: str | None
    shared: bool
    submission: str | None = None
    category: str | None = None  # of daily life
    pictures: tuple[Attached, ...] = ()
    block: str | None = None  # the passage of the measure that it is about


def open_thread(site: Site, author: Person, draft: ThreadDraft) -> Thread:
    """A new thread with its opening message; to the network when its author chose to share it. Raises Forbidden."""
    viewer = viewer_of(site, author)
    if not permissions.may_open_thread(viewer, draft.shared):
        raise consents.refusal(viewer, f"{author.uri} may not open a thread", shared=draft.shared)
    title = clean_line(draft.title, site.settings.limits.title_chars)
    writing = written(site.settings, draft.text, title)
    if draft.measure is not None and site.session.get(Measure, parse_measure_urn(draft.measure)) is None:
        raise NotFound(f"no measure {draft.measure}")
    category = site.settings.category(draft.category) if draft.measure is None else None
    if draft.category and category is None:
        raise InvalidInput(f"category {draft.category[:40]!r}", NO_CATEGORY)
    known, shown = Known(site), pictures.chosen(site, draft.pictures)
    thread = messages.put_thread(
        site,
        known,
        uri=_new_object_id(site),
        author=author,
        writing=writing,
        board=BOARD_DAILY if draft.measure is None else BOARD_MEASURE,
        measure=draft.measure,
        block=None if draft.block is None or draft.measure is None else parse_block_id(draft.block),
        shared=draft.shared,
        published=site.clock.now(),
    )
    thread.category = category.slug if category else None
    opening = known.post(thread.uri)
    if opening is not None:
        opening.submission = draft.submission
        site.session.flush()
        pictures.attach(site, opening, shown)
    if thread.shared and opening is not None:
        declare(site, author)
        content = translation.thread_opened(thread, opening, shown)
        activity = translation.said_by(site, author.uri, content, translation.audience_of(thread))
        number_text(site, opening, journal.append(site, FORUM, activity))
    if opening is not None:
        mentions.note(site, opening)
    site.session.flush()
    site.wake(INDEX)
    follows.follow_own(site, author.id, thread.id)
    return thread


def reply(site: Site, author: Person, thread: Thread, text: str, to: Post | None = None) -> Post:
    """A new reply as `replies.write` makes it, for who already holds its author and its thread as objects.

    Raises Forbidden, Conflict and NotFound as that does.
    """
    opening = Known(site).post(thread.uri)
    place = Place(
        id=thread.id,
        uri=thread.uri,
        key=thread.key,
        board=thread.board,
        measure=thread.measure,
        shared=thread.shared,
        closed=thread.closed_at is not None,
        order_key=opening.order_key if opening is not None and opening.deleted_at is None else None,
    )
    answered = Answered(to.uri, to.thread_id, to.order_key) if to else None
    site.session.flush()  # what was made here so far, for statements that do not look for it
    who = Author(author.id, author.uri, author.shared, viewer_of(site, author))
    made = replies.write(site, who, place, written(site.settings, text), answered)
    site.session.refresh(thread, ["active_at"])
    return site.session.scalars(select(Post).where(Post.uri == made.uri)).one()


def edit(
    site: Site,
    viewer: Viewer,
    post: Post,
    text: str,
    title: str | None = None,
    shown: Sequence[Attached] | None = None,
) -> Post:
    """The message with another text and these pictures (None: as they are). Former texts stay in its public history.

    Raises Forbidden.
    """
    check_edit(viewer, post)
    title = clean_line(title or post.thread.title, site.settings.limits.title_chars) if post.opening else None
    writing = written(site.settings, text, title)
    before = pictures.images_of(site, post)
    images = before if shown is None else pictures.chosen(site, shown)
    if writing.source == post.source and title in (None, post.thread.title) and images == before:
        return post
    messages.put_edit(site, post, writing, edited_at=site.clock.now())
    pictures.attach(site, post, images)
    if images != before:
        pictures.set_aside(site, post, before)
    if post.thread.shared:
        content = translation.post_edited(post, images)
        activity = translation.said_by(site, post.author.uri, content, translation.audience_of(post.thread))
        number_text(site, post, journal.append(site, FORUM, activity))
    mentions.note(site, post)
    return post


def check_edit(viewer: Viewer, post: Post) -> None:
    """Nothing; raises Forbidden for who may not change this message now."""
    shared = post.thread.shared
    if not permissions.may_edit(viewer, post.author_id, shared, deleted=post.deleted_at is not None):
        own = shared and viewer.is_person(post.author_id)
        raise consents.refusal(viewer, f"{viewer} may not edit {post.uri}", shared=own)


def delete(site: Site, viewer: Viewer, post: Post) -> None:
    """The message hidden here at once and everywhere soon; a tombstone stays. Raises Forbidden."""
    viewer = there(site, viewer, post.thread)
    if not permissions.may_delete(viewer, post.author_id, deleted=post.deleted_at is not None):
        raise Forbidden(f"{viewer} may not delete {post.uri}")
    actor = _authority(site, viewer, post)
    _change_deletion(site, post, actor, active=True)


def delete_own(site: Site, author: Person, post: Post) -> None:
    """The author's own deletion of their message, also of one that a moderator removed before."""
    if post.author_id != author.id:
        raise Forbidden(f"{author.uri} did not write {post.uri}")
    _change_deletion(site, post, author.uri, active=True)


def hide(site: Site, viewer: Viewer, post: Post) -> None:
    """The commune's own deletion of a message, also beside that of its author. Raises Forbidden."""
    viewer = there(site, viewer, post.thread)
    if not permissions.may_judge(viewer, post.author_id):
        raise Forbidden(f"{viewer} may not hide {post.uri}")
    _change_deletion(site, post, _authority(site, viewer, post), active=True)


def restore(site: Site, viewer: Viewer, post: Post) -> None:
    """The deletion undone by the authority that decided it; one by another authority stays.

    Raises Forbidden, and Conflict once the message is erased.
    """
    if post.deleted_at is None:
        return
    if post.erased_at is not None:
        raise Conflict(f"{post.uri} is erased", ERASED)
    viewer, own = there(site, viewer, post.thread), viewer.is_person(post.author_id)
    wish = deletions.AUTHOR if own else deletions.HERE
    if not permissions.may_restore(viewer, post.author_id, by_author=own):
        raise consents.refusal(viewer, f"{viewer} may not restore {post.uri}")
    if wish not in deletions.wished(site, post):
        raise Forbidden(f"{viewer} did not hide {post.uri}")
    actor = post.author.uri if own else commune_id(Host(site.settings.host))
    _change_deletion(site, post, actor, active=False)


def support(site: Site, person: Person, post: Post) -> None:
    """This person's support of a message; a second one changes nothing. Raises Forbidden and Conflict."""
    _change_support(site, person, post, active=True)


def withdraw_support(site: Site, person: Person, post: Post) -> None:
    """This person's support of a message taken back. Raises Forbidden."""
    _change_support(site, person, post, active=False)


def viewer_of(site: Site, person: Person) -> Viewer:
    """Somebody of this commune as the rules see them; people of other communes are visitors here."""
    if person.host != site.settings.host:
        return VISITOR
    account = site.session.get(Account, person.id)
    if account is None:
        return Viewer(person.id, Role(person.role))
    until = account.suspended_until
    suspended = until is not None and until > site.clock.now()
    given = consents.in_force(site, person.id)
    shares, grants = covers_sharing(given.version if given else None), frozenset(account.grants.split())
    return Viewer(person.id, Role(account.role), suspended, grants, given is not None, shares)


def token_for(site: Site, person_uri: str, object_uri: str) -> str:
    """The token that stands for this person's support of this message."""
    return support_token(site.secret, ObjectId(person_uri), ObjectId(object_uri))


def written(settings: Instance, text: str, title: str | None = None) -> Writing:
    """A text as it is kept: cleaned, within the commune's limit, with its HTML. Raises InvalidInput and TooLarge."""
    source = clean_text(text, settings.limits.message_chars)
    return Writing(source, markdown.render(source), title)


def _authority(site: Site, viewer: Viewer, post: Post) -> str:
    """In whose name this viewer deletes: the author's own, or the commune's, which must have a say (row 32)."""
    if viewer.is_person(post.author_id):
        return post.author.uri
    here = site.settings.host
    if here not in (post.host, post.thread.host):
        raise Forbidden(
            f"{post.uri} is neither written here nor in a thread of ours",
            "Ce message vient d’une autre commune, dans une discussion d’une autre commune : "
            "seule leur modération peut le retirer.",
        )
    return commune_id(Host(here))


def _change_deletion(site: Site, post: Post, actor: str, *, active: bool) -> None:
    site.one_at_a_time(catchup.TAKING)  # or a deletion that arrives meanwhile would not see this one
    site.session.refresh(post, ["deleted_at", "deleted_by"])
    at, activity = site.clock.now(), None
    if post.thread.shared:
        kind = PostDeleted if active else PostRestored
        content = kind(ObjectId(post.uri), ObjectId(actor), at)
        activity = translation.said_by(site, actor, content, translation.audience_of(post.thread))
        at = activity.published  # what the others are told, and show
    row = messages.put_deletion(Known(site), uri=post.uri, actor=actor, active=active, at=at)
    picture_requests.want_again(site, post)
    if activity is not None:
        number(row, journal.append(site, FORUM, activity))


def _change_support(site: Site, person: Person, post: Post, *, active: bool) -> None:
    viewer = viewer_of(site, person)
    if not (permissions.may_support(viewer, post.author_id) if active else permissions.may_withdraw_support(viewer)):
        own = OWN_MESSAGE if viewer.is_person(post.author_id) else None
        raise consents.refusal(viewer, f"{person.uri} may not support {post.uri}", own)
    if active and post.deleted_at is not None:
        raise Conflict("support of a deleted message", "Ce message a été retiré : il ne reçoit plus de soutien.")
    known, host = Known(site), site.settings.host
    token = token_for(site, person.uri, post.uri)
    row = known.support(post.uri, host, token)
    if (row is not None and row.active) == active:
        return
    site.touched_thread(post.thread.key)
    row = messages.put_support(known, host=host, uri=post.uri, token=token, active=active, at=site.clock.now())
    if post.thread.shared:
        kind = SupportGiven if active else SupportWithdrawn
        activity: Activity = translation.said_by_commune(site, kind(ObjectId(post.uri), token))
        number(row, journal.append(site, FORUM, activity))


def _new_object_id(site: Site) -> ObjectId:
    return ObjectId(site.url(f"/o/{site.entropy.token(OBJECT_LETTERS)}"))
