"""What a verified entry of another site changes here: one handler per kind of content.

A handler either applies its content, or says what it waits for, or refuses by a rule of the protocol. It refuses
before it writes, so that a refusal leaves nothing behind. Local limits, blocks and suspensions play no part here:
they filter what is shown, and so healthy sites cannot diverge (federation.md, "Storing is not showing").
"""

from collections.abc import Iterable
from functools import singledispatch

from pop_forum.domain import markdown
from pop_forum.domain.badges import DEPARTED
from pop_forum.errors import InvalidInput
from pop_forum.federation import parse
from pop_forum.federation.activities import (
    Activity,
    Content,
    Erase,
    KeyRegister,
    PersonDeclared,
    PollOpened,
    PostDeleted,
    PostEdited,
    PostRestored,
    PostWritten,
    SupportGiven,
    SupportWithdrawn,
    ThreadOpened,
    Unsupported,
)
from pop_forum.federation.authenticity import Verified
from pop_forum.federation.identifiers import Host, authority, commune_id
from pop_forum.federation.strict_json import JsonObject
from pop_forum.models import Post
from pop_forum.services import inbox_programme, mentions, messages, picture_requests, quotations
from pop_forum.services.inbox_programme import Context
from pop_forum.services.known import Known, Told
from pop_forum.services.messages import Stamp, Writing
from pop_forum.services.outcomes import APPLIED, Outcome
from pop_forum.services.site import Site


def read(verified: Verified[JsonObject]) -> Activity:
    """The activity a verified entry tells. Raises InvalidInput: the entry is then refused."""
    return parse.parse(verified.value, host=verified.host)


def handle(site: Site, known: Known, host: Host, activity: Activity, stamp: Stamp) -> Outcome:
    """The outcome of one entry, its effect written. Raises InvalidInput when a protocol rule refuses it."""
    return _apply(activity.content, Context(site, known, host, stamp, activity))


def applied_kinds() -> Iterable[str]:
    """The kinds of content that have a handler here."""
    kinds = {*_apply.registry, *inbox_programme.apply.registry} - {object}
    return (kind.__name__ for kind in kinds)


def mentioned(activity: Activity) -> Iterable[str]:
    """The addresses an entry's handler will look up, so that a page of entries is prefetched in one go."""
    content = activity.content
    yield activity.actor
    about = content.tombstone if isinstance(content, Erase) else content
    for name in ("uri", "author", "thread", "parent", "object"):
        value = getattr(about, name, None)
        if isinstance(value, str):
            yield value


def brought(activity: Activity) -> Iterable[str]:
    """The addresses of messages that an entry may bring."""
    if isinstance(activity.content, ThreadOpened | PostWritten):
        yield activity.content.uri


def created(activity: Activity) -> str | None:
    """The id that an entry gives to a message, if it gives one; only the first entry of its journal may."""
    match activity.content:
        case ThreadOpened() | PostWritten():
            return activity.content.uri
        case Erase():
            return None if activity.content.tombstone is None else activity.content.tombstone.uri
        case Unsupported():
            return activity.content.creates
        case _:
            return None


def tokens(host: str, activity: Activity) -> Iterable[tuple[str, str, str]]:
    """The supports an entry's handler will look up."""
    if isinstance(activity.content, SupportGiven | SupportWithdrawn):
        yield activity.content.object, host, activity.content.token


@singledispatch
def _apply(content: Content, context: Context) -> Outcome:
    return inbox_programme.apply(content, context)


@_apply.register
def _(content: KeyRegister, context: Context) -> Outcome:
    return APPLIED  # read by services.catchup before anything else of its page


@_apply.register
def _(content: Erase, context: Context) -> Outcome:
    """What it asks for is done once the rows of its page are written; a tombstone may wait for its thread."""
    left, known, place = content.tombstone, context.known, (context.stamp.epoch, context.stamp.n)
    known.erased.append(Told(context.host, content, *place))
    if left is None or known.is_decided(left.uri, place):
        return APPLIED
    post = known.post(left.uri)
    if post is not None and not post.thread.shared:
        return Outcome("waiting", waiting_on=left.uri)
    thread = None if left.thread is None else known.thread(left.thread)
    if left.thread is not None and (thread is None or not thread.shared):
        return Outcome("waiting", waiting_on=left.thread)
    return APPLIED


@_apply.register
def _(content: PersonDeclared, context: Context) -> Outcome:
    person = messages.put_person(context.site, context.known, content.uri)
    if (context.stamp.epoch, context.stamp.n) > (person.epoch, person.n):
        person.name, person.role, person.shared = content.name, content.role, True
        person.epoch, person.n = context.stamp.epoch, context.stamp.n
        if person.name == DEPARTED:
            quotations.erase(context.site, person)
    return APPLIED


@_apply.register
def _(content: ThreadOpened, context: Context) -> Outcome:
    _only_by_its_author(context, content.author)
    if _is_erased(context, content.uri):
        return APPLIED
    _refuse_second(context, content.uri)
    messages.put_thread(
        context.site,
        context.known,
        uri=content.uri,
        author=messages.put_person(context.site, context.known, content.author),
        writing=_writing(content.source, content.title),
        board=content.board,
        measure=content.measure,
        block=content.block,
        shared=True,
        published=content.published,
        stamp=context.stamp,
    )
    opening = context.known.post(content.uri)
    if opening is not None:
        context.known.name_pictures(opening, content.images)
    return Outcome("applied", arrived=(content.uri,))


@_apply.register
def _(content: PostWritten, context: Context) -> Outcome:
    _only_by_its_author(context, content.author)
    if _is_erased(context, content.uri):
        return APPLIED
    _refuse_second(context, content.uri)
    thread = context.known.thread(content.thread)
    if thread is None or not thread.shared:
        return Outcome("waiting", waiting_on=content.thread)
    post = messages.put_post(
        context.site,
        context.known,
        uri=content.uri,
        thread=thread,
        parent_uri=content.parent or content.thread,
        author=messages.put_person(context.site, context.known, content.author),
        writing=_writing(content.source),
        published=content.published,
        stamp=context.stamp,
    )
    context.known.name_pictures(post, content.images)
    if "@" in content.source:
        mentions.note(context.site, post)
    return Outcome("applied", arrived=(content.uri,))


@_apply.register
def _(content: PostEdited, context: Context) -> Outcome:
    post = _shared_post(context, content.uri)
    if post is None:
        return Outcome("waiting", waiting_on=content.uri)
    if post.author.uri != content.author or post.author.uri != context.activity.actor:
        raise InvalidInput(f"{context.activity.actor} is not the author of {content.uri}")
    if post.opening != (content.title is not None):
        raise InvalidInput("the opening of a thread has a title, a reply has none")
    is_latest = messages.put_edit(
        context.site,
        post,
        _writing(content.source, content.title),
        edited_at=content.updated,
        stamp=context.stamp,
        known=context.known,
    )
    if is_latest:
        context.known.name_pictures(post, content.images)
    return APPLIED


@_apply.register
def _(content: PostDeleted, context: Context) -> Outcome:
    return _deletion(content, context, active=True)


@_apply.register
def _(content: PostRestored, context: Context) -> Outcome:
    return _deletion(content, context, active=False)


@_apply.register
def _(content: PollOpened, context: Context) -> Outcome:
    thread = context.known.thread(content.thread)
    if thread is None or not thread.shared:
        return Outcome("waiting", waiting_on=content.thread)
    _only_by_its_author(context, thread.author.uri)
    thread.poll = True  # for good: what became of it is told on its own page
    return APPLIED


@_apply.register
def _(content: SupportGiven, context: Context) -> Outcome:
    return _support(content, context, active=True)


@_apply.register
def _(content: SupportWithdrawn, context: Context) -> Outcome:
    return _support(content, context, active=False)


def _deletion(content: PostDeleted | PostRestored, context: Context, *, active: bool) -> Outcome:
    """Kept whatever is known: whether its actor has authority is asked each time the message is shown or comes."""
    actor = context.activity.actor
    post = context.known.post(content.uri)
    if post is not None and not post.thread.shared:
        return Outcome("waiting", waiting_on=content.uri)
    if actor != commune_id(context.host) and authority(content.uri) != context.host:
        raise InvalidInput(f"{actor} speaks for no message of {authority(content.uri)}")
    messages.put_deletion(
        context.known, uri=content.uri, actor=actor, active=active, at=content.at, stamp=context.stamp
    )
    if post is not None and not active:
        picture_requests.want_again(context.site, post)
    if post is not None and post.author.name == DEPARTED:
        quotations.erase(context.site, post.author)
    return APPLIED


def _support(content: SupportGiven | SupportWithdrawn, context: Context, *, active: bool) -> Outcome:
    if context.activity.actor != commune_id(context.host):
        raise InvalidInput("supports are given by the commune, without a name")
    post = context.known.post(content.object)
    if post is not None and not post.thread.shared:
        return Outcome("waiting", waiting_on=content.object)
    messages.put_support(
        context.known,
        host=context.host,
        uri=content.object,
        token=content.token,
        active=active,
        at=context.activity.published,
        stamp=context.stamp,
    )
    return APPLIED


def _refuse_second(context: Context, uri: str) -> None:
    """Raises InvalidInput when an earlier entry gave this id, also one that has no effect yet.

    Whether what that one waits for has come must not decide: it would make the state depend on the order of arrival.
    """
    known, first = context.known, context.known.claim(uri)
    is_second = first is not None and first < (context.stamp.epoch, context.stamp.n)
    if is_second or known.thread(uri) is not None or known.post(uri) is not None:
        raise InvalidInput(f"{uri} was written before")


def _shared_post(context: Context, uri: str) -> Post | None:
    post = context.known.post(uri)
    return post if post is not None and post.thread.shared else None


def _is_erased(context: Context, uri: str) -> bool:
    """Whether this message is erased, or will be once its discussion is here: what tells of it changes nothing."""
    post = context.known.post(uri)
    return context.known.tombstone(uri) is not None if post is None else post.erased_at is not None


def _only_by_its_author(context: Context, author: str) -> None:
    if context.activity.actor != author:
        raise InvalidInput(f"{context.activity.actor} is not {author}")


def _writing(source: str, title: str | None = None) -> Writing:
    """The text rendered here, from its source: HTML made elsewhere is never shown (row 70)."""
    return Writing(source, markdown.render(source), title)
