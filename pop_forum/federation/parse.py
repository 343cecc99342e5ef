"""From ActivityPub to values: each kind of activity read strictly, or refused with its cause."""

from collections.abc import Callable

from pop_forum.errors import InvalidInput, TooLarge
from pop_forum.federation import activities as a
from pop_forum.federation import handshake, images, register, revisions, shapes
from pop_forum.federation import journal as chain
from pop_forum.federation import parse_programme as programme
from pop_forum.federation import vocabulary as v
from pop_forum.federation.identifiers import (
    Host,
    ObjectId,
    Seq,
    authority,
    commune_id,
    parse_epoch_id,
    parse_object_id,
    site_actor_id,
)
from pop_forum.federation.parse_rules import only, own_object, same_authority
from pop_forum.federation.strict_json import Json, JsonObject

MAX_ROLE_CHARS = 20
UNDONE = (v.DELETE, v.LIKE, v.MEMBER, v.SET_ASIDE)


def parse(document: JsonObject, *, host: Host) -> a.Activity:
    """The activity that `document` tells, in the journal of `host`. Raises InvalidInput with the cause.

    Whatever is said to be of the journal's site must bear its authority: id, actor, author and object. What the
    stored rows say (who wrote the post that is edited) is the service's to compare.
    """
    actor = shapes.id_at(document, "actor")
    identifier = shapes.id_at(document, "id")
    same_authority(host, id=identifier, actor=actor)
    try:
        content = _content(document, actor, host)
    except TooLarge as error:
        raise InvalidInput(str(error)) from error
    return a.Activity(identifier, actor, shapes.time_at(document, "published"), content, _audience(document))


def _content(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """What the activity says, by its type and that of its object."""
    kind = shapes.type_at(document)
    reader = READERS.get(kind)
    if reader is not None:
        return reader(document, actor, host)
    inner = READERS_BY_OBJECT.get(kind)
    if inner is None:
        return a.Unsupported(kind)
    found = shapes.object_at(document, "object")
    inner_kind = shapes.type_at(found)
    inner_reader = inner.get(inner_kind)
    if inner_reader is None:
        return a.Unsupported(f"{kind}/{inner_kind}", _created(kind, found, host))
    attached = images.unknown(found) if inner_kind in (v.PAGE, v.NOTE) else None
    if attached is not None:
        return a.Unsupported(f"{kind}/{inner_kind} with {attached}", _created(kind, found, host))
    return inner_reader(found, actor, host)


def _created(kind: str, found: JsonObject, host: Host) -> ObjectId | None:
    """The id of this site that an activity gives to an object of which this version knows no more."""
    if kind != v.CREATE:
        return None
    try:
        uri = shapes.id_at(found, "id")
    except InvalidInput:
        return None
    return uri if authority(uri) == host else None


def _person_created(person: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    return _person(person, actor, update=False)


def _person_updated(person: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    return _person(person, actor, update=True)


def _person(person: JsonObject, actor: ObjectId, *, update: bool) -> a.PersonDeclared:
    """A person speaks for herself only."""
    uri = shapes.id_at(person, "id")
    if uri != actor:
        raise InvalidInput("a person is declared by herself only")
    name = shapes.shown_line_at(person, "name", a.MAX_NAME_CHARS)
    return a.PersonDeclared(uri, name, shapes.line_at(person, "pop:role", MAX_ROLE_CHARS), update)


def _thread(page: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    uri = own_object(page, actor, host)
    if shapes.id_at(page, "context") != uri:
        raise InvalidInput("the context of a thread must be the thread itself")
    board = shapes.string_at(page, "pop:board")
    if board not in a.BOARDS:
        return a.Unsupported(f"{v.CREATE}/{v.PAGE} on the board {board[:40]}", uri)
    source, html = _body(page)
    return a.ThreadOpened(
        uri,
        actor,
        shapes.shown_line_at(page, "name", a.MAX_TITLE_CHARS),
        source,
        html,
        board,
        _measure_of(page, board),
        shapes.time_at(page, "published"),
        _url(page, host),
        images.read(page, host),
        revisions.parse_block_id(shapes.string_at(page, "pop:block")) if _has_block(page, board) else None,
    )


def _has_block(page: JsonObject, board: str) -> bool:
    """Whether a thread is about one passage, which only a measure has."""
    if "pop:block" in page and board != a.BOARD_MEASURE:
        raise InvalidInput("a passage is of a measure")
    return "pop:block" in page


def _measure_of(page: JsonObject, board: str) -> str | None:
    """The measure a thread is about: named exactly when its board is that of a measure."""
    if (board == a.BOARD_MEASURE) != ("pop:measure" in page):
        raise InvalidInput("a thread names a measure exactly when it is on a measure's board")
    if board != a.BOARD_MEASURE:
        return None
    return revisions.parse_measure_urn(shapes.string_at(page, "pop:measure"))


def _post(note: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    uri = own_object(note, actor, host)
    thread, parent = shapes.id_at(note, "context"), shapes.id_at(note, "inReplyTo")
    if uri in (thread, parent):
        raise InvalidInput("a post cannot answer itself")
    source, html = _body(note)
    published = shapes.time_at(note, "published")
    above = None if parent == thread else parent
    shown = images.read(note, host)
    return a.PostWritten(uri, thread, above, actor, source, html, published, _url(note, host), shown)


def _edited_page(page: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    return _edited(page, actor, host, shapes.shown_line_at(page, "name", a.MAX_TITLE_CHARS))


def _edited_note(note: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    return _edited(note, actor, host, None)


def _edited(edited: JsonObject, actor: ObjectId, host: Host, title: str | None) -> a.PostEdited:
    uri = own_object(edited, actor, host)
    source, html = _body(edited)
    updated = shapes.time_at(edited, "updated")
    return a.PostEdited(uri, actor, title, source, html, updated, images.read(edited, host))


def _deleted(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    uri = _object_of(document, actor, host)
    return a.PostDeleted(uri, actor, shapes.time_at(document, "published"))


def _undone(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """An Undo embeds what it undoes, and only the same actor may undo."""
    undone = shapes.object_at(document, "object")
    kind = shapes.type_at(undone)
    if kind not in UNDONE:
        return a.Unsupported(f"{v.UNDO}/{kind}")
    if shapes.id_at(undone, "actor") != actor:
        raise InvalidInput("only the actor of an activity may undo it")
    if kind == v.MEMBER:
        only(actor, site_actor_id(host), v.MEMBER)
        return a.MemberRemoved(handshake.host_at(undone))
    if kind == v.SET_ASIDE:
        only(actor, commune_id(host), v.SET_ASIDE)
        return a.MeasureReopened(revisions.parse_measure_urn(shapes.string_at(undone, "pop:measure")))
    if kind == v.LIKE:
        only(actor, commune_id(host), v.LIKE)
        return a.SupportWithdrawn(shapes.id_at(undone, "object"), _token(undone))
    uri = _object_of(undone, actor, host)
    return a.PostRestored(uri, actor, shapes.time_at(document, "published"))


def _object_of(deletion: JsonObject, actor: ObjectId, host: Host) -> ObjectId:
    """What a Delete is about: a message of the actor's own site, or any one when the commune speaks.

    A commune moderates the threads opened on its site, whoever replied; that the message is in one of them is
    compared with the stored rows (row 32).
    """
    uri = shapes.id_at(deletion, "object")
    if actor != commune_id(host):
        same_authority(host, object=uri)
    return uri


def _poll_opened(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """That the actor opened the thread is compared with the stored rows."""
    uri = shapes.id_at(document, "object")
    same_authority(host, object=uri)
    return a.PollOpened(uri)


def _support(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """What is supported may be of any site."""
    only(actor, commune_id(host), v.LIKE)
    return a.SupportGiven(shapes.id_at(document, "object"), _token(document))


def _erased(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    only(actor, site_actor_id(host), v.ERASE)
    return a.Erase(
        shapes.line_at(document, "pop:journal", chain.MAX_JOURNAL_NAME),
        parse_epoch_id(shapes.string_at(document, "pop:epochId")),
        Seq(shapes.integer_at(document, "pop:n", least=1)),
        _tombstone(shapes.object_at(document, "object"), host) if "object" in document else None,
    )


def _tombstone(left: JsonObject, host: Host) -> a.Tombstone:
    """What is left of an erased message, which was written by a person of the same site."""
    if shapes.type_at(left) != v.TOMBSTONE:
        raise InvalidInput("an erased message leaves a tombstone")
    uri, author = shapes.id_at(left, "id"), shapes.id_at(left, "attributedTo")
    same_authority(host, object=uri, attributedTo=author)
    published, context = shapes.time_at(left, "published"), shapes.id_at(left, "context")
    former = shapes.string_at(left, "formerType")
    if former not in (v.PAGE, v.NOTE) or (former == v.PAGE) != (context == uri):
        raise InvalidInput("a tombstone is of a thread, in its own context, or of a reply in that of its thread")
    if former == v.PAGE:
        board = shapes.string_at(left, "pop:board")
        if board not in a.BOARDS:
            raise InvalidInput(f"a tombstone on the board {board[:40]}")
        return a.Tombstone(uri, author, published, board, _measure_of(left, board))
    parent = shapes.id_at(left, "inReplyTo")
    return a.Tombstone(uri, author, published, thread=context, parent=None if parent == context else parent)


def _registered(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    only(actor, site_actor_id(host), v.KEY_REGISTER)
    return register.read(document)


def _body(found: JsonObject) -> tuple[str, str]:
    """The Markdown source and the HTML of a text."""
    source = shapes.object_at(found, "source")
    if source.get("mediaType") != v.MARKDOWN or found.get("mediaType") != v.HTML:
        raise InvalidInput(f"a text needs {v.HTML} with its source in {v.MARKDOWN}")
    return (
        shapes.text_at(source, "content", a.MAX_SOURCE_CHARS),
        shapes.text_at(found, "content", a.MAX_HTML_CHARS),
    )


def _url(found: JsonObject, host: Host) -> ObjectId | None:
    """The page of an object for people, on the same site."""
    url = shapes.optional_id_at(found, "url")
    if url is not None:
        same_authority(host, url=url)
    return url


def _token(document: JsonObject) -> str:
    return shapes.bytes_at(document, "pop:token").hex()


def _audience(document: JsonObject) -> ObjectId | None:
    """The Group that the activity is addressed to; everything in a journal is public."""
    to, cc = document.get("to"), shapes.strings_at(document, "cc", 1)
    expected: list[Json] = [v.PUBLIC]
    if to != expected:
        raise InvalidInput("an activity in a journal is addressed to the public")
    return parse_object_id(cc[0]) if cc else None


_Reader = Callable[[JsonObject, ObjectId, Host], a.Content]
READERS: dict[str, _Reader] = {
    v.DELETE: _deleted,
    v.UNDO: _undone,
    v.LIKE: _support,
    v.OPEN_POLL: _poll_opened,
    v.ADOPT: programme.adopted,
    v.OFFER: programme.offered,
    v.ACCEPT: programme.answered,
    v.REJECT: programme.answered,
    v.SET_ASIDE: programme.set_aside,
    v.OPINION: programme.opinion,
    v.DRAFTING_GROUP: programme.group,
    v.EDITION: programme.edition,
    v.MEMBER: programme.member,
    v.ERASE: _erased,
    v.KEY_REGISTER: _registered,
}
READERS_BY_OBJECT: dict[str, dict[str, _Reader]] = {
    v.CREATE: {v.PERSON: _person_created, v.PAGE: _thread, v.NOTE: _post, v.ARTICLE: programme.revision},
    v.UPDATE: {v.PERSON: _person_updated, v.PAGE: _edited_page, v.NOTE: _edited_note},
}
