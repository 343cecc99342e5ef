"""From ActivityPub to values: each kind of activity read strictly, or refused with its cause."""

from collections.abc import Callable

from pop_forum.errors import InvalidInput, TooLarge
from pop_forum.federation import activities as a
from pop_forum.federation import editions, handshake, images, register, revisions, shapes
from pop_forum.federation import journal as chain
from pop_forum.federation import vocabulary as v
from pop_forum.federation.build import revision_id
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
    _same_authority(host, id=identifier, actor=actor)
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
    uri = _own_object(page, actor, host)
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
    )


def _measure_of(page: JsonObject, board: str) -> str | None:
    """The measure a thread is about: named exactly when its board is that of a measure."""
    if (board == a.BOARD_MEASURE) != ("pop:measure" in page):
        raise InvalidInput("a thread names a measure exactly when it is on a measure's board")
    if board != a.BOARD_MEASURE:
        return None
    return revisions.parse_measure_urn(shapes.string_at(page, "pop:measure"))


def _post(note: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    uri = _own_object(note, actor, host)
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
    uri = _own_object(edited, actor, host)
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
        _only(actor, site_actor_id(host), v.MEMBER)
        return a.MemberRemoved(handshake.host_at(undone))
    if kind == v.SET_ASIDE:
        _only(actor, commune_id(host), v.SET_ASIDE)
        return a.MeasureReopened(revisions.parse_measure_urn(shapes.string_at(undone, "pop:measure")))
    if kind == v.LIKE:
        _only(actor, commune_id(host), v.LIKE)
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
        _same_authority(host, object=uri)
    return uri


def _poll_opened(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """That the actor opened the thread is compared with the stored rows."""
    uri = shapes.id_at(document, "object")
    _same_authority(host, object=uri)
    return a.PollOpened(uri)


def _support(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """What is supported may be of any site."""
    _only(actor, commune_id(host), v.LIKE)
    return a.SupportGiven(shapes.id_at(document, "object"), _token(document))


def _revision(article: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """A revision in the role that its commune gives it."""
    read = _article(article, actor, host)
    role = shapes.string_at(article, "pop:role")
    if read is None:
        return a.Unsupported(f"{v.CREATE}/{v.ARTICLE} of another schema")
    if role not in a.REVISION_ROLES:
        return a.Unsupported(f"{v.CREATE}/{v.ARTICLE} in the role {role[:40]}")
    return a.RevisionPublished(read, role, shapes.text_at(article, "summary", a.MAX_SUMMARY_CHARS))


def _article(article: JsonObject, actor: ObjectId, host: Host) -> revisions.Revision | None:
    """A revision whose digest is recomputed, None for one of another schema; what does not match it is refused."""
    _only(actor, commune_id(host), v.ARTICLE)
    uri = _own_object(article, actor, host)
    document = shapes.object_at(article, "pop:revision")
    if not revisions.is_readable(document):
        return None
    revision = revisions.from_document(document)
    digest = revisions.digest(revision)
    if revision.author != actor:
        raise InvalidInput("the author of a revision must be the commune that publishes it")
    if article.get("pop:digest") != digest or uri != revision_id(host, digest):
        raise InvalidInput("the content of the revision does not match its digest")
    return revision


def _offered(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """A version of the common text that a commune proposes."""
    article = shapes.object_at(document, "object")
    role, need = article.get("pop:role"), shapes.string_at(document, "pop:need")
    if shapes.type_at(article) != v.ARTICLE or role != a.IMPROVEMENT or need not in a.NEEDS:
        return a.Unsupported(f"{v.OFFER} of another kind")
    revision = _article(article, actor, host)
    if revision is None:
        return a.Unsupported(f"{v.OFFER}/{v.ARTICLE} of another schema")
    if not revision.parents or not revisions.is_of_programme(revision.measure):
        raise InvalidInput("an improvement is of the common programme, and says which version it improves")
    return a.ImprovementProposed(revision, need, shapes.text_at(article, "summary", a.MAX_SUMMARY_CHARS))


def _answered(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """What became of an improvement. That the programme's home says so is asked when it is shown."""
    kind, offer = shapes.type_at(document), shapes.object_at(document, "object")
    outcome = shapes.string_at(document, "pop:outcome")
    if shapes.type_at(offer) != v.OFFER or outcome not in a.OUTCOMES:
        return a.Unsupported(f"{kind} of another kind")
    _only(actor, commune_id(host), kind)
    proposer, uri = authority(shapes.id_at(offer, "actor")), shapes.id_at(offer, "object")
    digest = revisions.parse_digest(uri.rsplit("/", 1)[1])
    if uri != revision_id(proposer, digest) or offer.get("actor") != commune_id(proposer):
        raise InvalidInput("what is answered is no improvement of a commune")
    if (kind == v.ACCEPT) != (outcome in a.ACCEPTED) or (kind == v.ACCEPT) != ("pop:digest" in document):
        raise InvalidInput("an improvement is accepted with the version that came of it, and only then")
    result = revisions.parse_digest(shapes.string_at(document, "pop:digest")) if kind == v.ACCEPT else None
    sentence = shapes.text_at(document, "summary", a.MAX_SUMMARY_CHARS)
    return a.ImprovementDecided(proposer, digest, outcome, sentence, result)


def _adopted(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    _only(actor, commune_id(host), v.ADOPT)
    return a.MeasureAdopted(
        revisions.parse_measure_urn(shapes.string_at(document, "pop:measure")),
        revisions.parse_digest(shapes.string_at(document, "pop:digest")),
    )


def _set_aside(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    _only(actor, commune_id(host), v.SET_ASIDE)
    held = shapes.string_at(document, "pop:digest") if "pop:digest" in document else None
    return a.MeasureSetAside(
        revisions.parse_measure_urn(shapes.string_at(document, "pop:measure")),
        held and revisions.parse_digest(held),
        shapes.text_at(document, "summary", a.MAX_SUMMARY_CHARS),
    )


def _edition(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """An edition whose digest is recomputed. That the programme's home says so is asked when it is shown."""
    _only(actor, commune_id(host), v.EDITION)
    told = shapes.object_at(document, "pop:edition")
    if not editions.is_readable(told):
        return a.Unsupported(f"{v.EDITION} of another schema")
    edition = editions.from_document(told)
    if document.get("pop:digest") != editions.digest(edition):
        raise InvalidInput("the content of the edition does not match its digest")
    return a.EditionPublished(edition, shapes.text_at(document, "summary", a.MAX_SUMMARY_CHARS))


def _member(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """A commune of the programme. That it is the programme's home who says so is asked when the list is used."""
    _only(actor, site_actor_id(host), v.MEMBER)
    kind = shapes.line_at(document, "pop:kind", MAX_ROLE_CHARS)
    if kind not in handshake.KINDS:
        return a.Unsupported(f"{v.MEMBER} of the kind {kind}")
    return a.MemberListed(
        handshake.host_at(document),
        shapes.line_at(document, "name", a.MAX_NAME_CHARS),
        kind,
        handshake.fingerprint_at(document),
    )


def _erased(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    _only(actor, site_actor_id(host), v.ERASE)
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
    _same_authority(host, object=uri, attributedTo=author)
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
    _only(actor, site_actor_id(host), v.KEY_REGISTER)
    return register.read(document)


def _own_object(found: JsonObject, actor: ObjectId, host: Host) -> ObjectId:
    """The id of an object that the actor says is hers: of the same site, attributed to her alone."""
    uri = shapes.id_at(found, "id")
    _same_authority(host, object=uri)
    if shapes.id_at(found, "attributedTo") != actor:
        raise InvalidInput("attributedTo is another than the actor")
    return uri


def _same_authority(host: Host, **identifiers: ObjectId) -> None:
    """Refuses what one site says in the name of another."""
    for name, identifier in identifiers.items():
        if authority(identifier) != host:
            raise InvalidInput(f"{name} is of {authority(identifier)}, in the journal of {host}")


def _only(actor: ObjectId, expected: ObjectId, what: str) -> None:
    if actor != expected:
        raise InvalidInput(f"the actor of {what} must be {expected}")


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
        _same_authority(host, url=url)
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
    v.ADOPT: _adopted,
    v.OFFER: _offered,
    v.ACCEPT: _answered,
    v.REJECT: _answered,
    v.SET_ASIDE: _set_aside,
    v.EDITION: _edition,
    v.MEMBER: _member,
    v.ERASE: _erased,
    v.KEY_REGISTER: _registered,
}
READERS_BY_OBJECT: dict[str, dict[str, _Reader]] = {
    v.CREATE: {v.PERSON: _person_created, v.PAGE: _thread, v.NOTE: _post, v.ARTICLE: _revision},
    v.UPDATE: {v.PERSON: _person_updated, v.PAGE: _edited_page, v.NOTE: _edited_note},
}
