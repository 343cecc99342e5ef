"""The other half of parse.py: the kinds of the journal `programme`, read strictly, or refused with their cause."""

from pop_forum.errors import InvalidInput
from pop_forum.federation import activities as a
from pop_forum.federation import editions, handshake, revisions, shapes
from pop_forum.federation import vocabulary as v
from pop_forum.federation.build import revision_id
from pop_forum.federation.identifiers import Host, ObjectId, authority, commune_id, parse_object_id, site_actor_id
from pop_forum.federation.parse_rules import only, own_object, same_authority
from pop_forum.federation.strict_json import JsonObject

MAX_KIND_CHARS = 20


def revision(article: JsonObject, actor: ObjectId, host: Host) -> a.Content:
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
    only(actor, commune_id(host), v.ARTICLE)
    uri = own_object(article, actor, host)
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


def offered(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
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
    replaces = shapes.string_at(document, "pop:replaces") if "pop:replaces" in document else None
    reason = shapes.text_at(article, "summary", a.MAX_SUMMARY_CHARS)
    return a.ImprovementProposed(revision, need, reason, replaces and revisions.parse_digest(replaces))


def answered(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """What became of an improvement. That the programme's home says so is asked when it is shown."""
    kind, outcome = shapes.type_at(document), shapes.string_at(document, "pop:outcome")
    if not _is_of_offer(document, outcome):
        return a.Unsupported(f"{kind} of another kind")
    only(actor, commune_id(host), kind)
    proposer, digest = _offer(document)
    if (kind == v.ACCEPT) != (outcome in a.ACCEPTED) or (kind == v.ACCEPT) != ("pop:digest" in document):
        raise InvalidInput("an improvement is accepted with the version that came of it, and only then")
    result = revisions.parse_digest(shapes.string_at(document, "pop:digest")) if kind == v.ACCEPT else None
    sentence = shapes.text_at(document, "summary", a.MAX_SUMMARY_CHARS)
    return a.ImprovementDecided(proposer, digest, outcome, sentence, result)


def opinion(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """What an editor thinks of an improvement. That she is one is asked when it is shown."""
    outcome = shapes.string_at(document, "pop:outcome")
    if not _is_of_offer(document, outcome):
        return a.Unsupported(f"{v.OPINION} of another kind")
    only(actor, commune_id(host), v.OPINION)
    proposer, digest = _offer(document)
    editor = shapes.id_at(document, "pop:editor")
    same_authority(host, editor=editor)
    sentence = shapes.text_at(document, "summary", a.MAX_SUMMARY_CHARS)
    return a.OpinionGiven(proposer, digest, editor, outcome, sentence)


def group(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """Who answers improvements, and by when. That the programme's home says so is asked when it is used."""
    only(actor, site_actor_id(host), v.DRAFTING_GROUP)
    editors = tuple(map(parse_object_id, shapes.strings_at(document, "pop:editors", a.MAX_EDITORS)))
    if len(set(editors)) != len(editors):
        raise InvalidInput("an editor is named twice")
    quorum = shapes.integer_at(document, "pop:quorum", least=a.QUORUM_LEAST, most=a.MAX_QUORUM)
    return a.GroupSettled(editors, quorum, shapes.integer_at(document, "pop:days", least=a.DAYS_LEAST, most=a.MAX_DAYS))


def adopted(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """A version that a commune holds as it is."""
    only(actor, commune_id(host), v.ADOPT)
    return a.MeasureAdopted(
        revisions.parse_measure_urn(shapes.string_at(document, "pop:measure")),
        revisions.parse_digest(shapes.string_at(document, "pop:digest")),
    )


def set_aside(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """A measure that a commune sets aside."""
    only(actor, commune_id(host), v.SET_ASIDE)
    held = shapes.string_at(document, "pop:digest") if "pop:digest" in document else None
    return a.MeasureSetAside(
        revisions.parse_measure_urn(shapes.string_at(document, "pop:measure")),
        held and revisions.parse_digest(held),
        shapes.text_at(document, "summary", a.MAX_SUMMARY_CHARS),
    )


def edition(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """An edition whose digest is recomputed. That the programme's home says so is asked when it is shown."""
    only(actor, commune_id(host), v.EDITION)
    told = shapes.object_at(document, "pop:edition")
    if not editions.is_readable(told):
        return a.Unsupported(f"{v.EDITION} of another schema")
    read = editions.from_document(told)
    if document.get("pop:digest") != editions.digest(read):
        raise InvalidInput("the content of the edition does not match its digest")
    return a.EditionPublished(read, shapes.text_at(document, "summary", a.MAX_SUMMARY_CHARS))


def member(document: JsonObject, actor: ObjectId, host: Host) -> a.Content:
    """A commune of the programme. That it is the programme's home who says so is asked when the list is used."""
    only(actor, site_actor_id(host), v.MEMBER)
    kind = shapes.line_at(document, "pop:kind", MAX_KIND_CHARS)
    if kind not in handshake.KINDS:
        return a.Unsupported(f"{v.MEMBER} of the kind {kind}")
    return a.MemberListed(
        handshake.host_at(document),
        shapes.line_at(document, "name", a.MAX_NAME_CHARS),
        kind,
        handshake.fingerprint_at(document),
    )


def _is_of_offer(document: JsonObject, outcome: str) -> bool:
    return shapes.type_at(shapes.object_at(document, "object")) == v.OFFER and outcome in a.OUTCOMES


def _offer(document: JsonObject) -> tuple[Host, str]:
    """The commune that proposed what is answered, and the digest of its text. Raises InvalidInput."""
    offer = shapes.object_at(document, "object")
    proposer, uri = authority(shapes.id_at(offer, "actor")), shapes.id_at(offer, "object")
    digest = revisions.parse_digest(uri.rsplit("/", 1)[1])
    if uri != revision_id(proposer, digest) or offer.get("actor") != commune_id(proposer):
        raise InvalidInput("what is answered is no improvement of a commune")
    return proposer, digest
