"""From values to ActivityPub: each kind of content as the members of its activity."""

from datetime import datetime
from functools import singledispatch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pop_forum.federation import editions, images, proofs, register, revisions
from pop_forum.federation import vocabulary as v
from pop_forum.federation.activities import (
    ACCEPTED,
    IMPROVEMENT,
    Activity,
    Content,
    EditionPublished,
    Erase,
    GroupSettled,
    ImprovementDecided,
    ImprovementProposed,
    KeyRegister,
    MeasureAdopted,
    MeasureReopened,
    MeasureSetAside,
    MemberListed,
    MemberRemoved,
    OpinionGiven,
    PersonDeclared,
    PollOpened,
    PostDeleted,
    PostEdited,
    PostRestored,
    PostWritten,
    RevisionPublished,
    SupportGiven,
    SupportWithdrawn,
    ThreadOpened,
    Tombstone,
)
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Host, ObjectId, authority, commune_id, origin
from pop_forum.federation.keys import SiteKeys, proof_key_id
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.federation.timestamps import to_text


def build(activity: Activity) -> JsonObject:
    """The activity as a JSON object, without a proof."""
    document: JsonObject = {
        "@context": context_of(activity.content),
        "id": activity.id,
        "actor": activity.actor,
        "published": to_text(activity.published),
        **_addressing(activity),
        **_members(activity.content, activity),
    }
    return document


def signed(activity: Activity, keys: SiteKeys, created: datetime) -> bytes:
    """The bytes of a journal entry: the JCS of the activity with its proof, made with the site's key."""
    method = proof_key_id(activity.actor, keys.number)
    return jcs(proofs.attach(build(activity), keys.ed25519, method, created))


def rotation(activity: Activity, old: SiteKeys, new: SiteKeys, created: datetime) -> bytes:
    """The bytes of a key rotation: a register with the proofs of the old and the new key, in this order."""
    document = build(activity)
    pairs: list[tuple[Ed25519PrivateKey, int]] = [(old.ed25519, old.number), (new.ed25519, new.number)]
    made: list[Json] = [
        proofs.make_proof(document, key, proof_key_id(activity.actor, number), created) for key, number in pairs
    ]
    return jcs({**document, "proof": made})


def context_of(content: Content) -> list[Json]:
    """The context of what says this; without images it is the same as ever, to the byte."""
    return v.IMAGE_CONTEXT if getattr(content, "images", ()) else v.CONTEXT


def revision_id(host: str, digest: str) -> ObjectId:
    """The address of a revision at the site that published it."""
    return ObjectId(f"{origin(host)}/v/{digest}")


def _addressing(activity: Activity) -> JsonObject:
    """`to` and `cc`, present on every activity and object: Lemmy insists."""
    return {"to": [v.PUBLIC], "cc": [activity.audience] if activity.audience else []}


@singledispatch
def _members(content: Content, activity: Activity) -> JsonObject:
    """The members of the activity beyond its envelope."""
    raise TypeError(f"{type(content).__name__} is read, never written")


@_members.register
def _(content: PersonDeclared, activity: Activity) -> JsonObject:
    person: JsonObject = {
        "id": content.uri,
        "type": v.PERSON,
        "name": content.name,
        "pop:role": content.role,
    }
    return {"type": v.UPDATE if content.update else v.CREATE, "object": person}


@_members.register
def _(content: ThreadOpened, activity: Activity) -> JsonObject:
    page: JsonObject = {
        "id": content.uri,
        "type": v.PAGE,
        "attributedTo": content.author,
        "name": content.title,
        **_body(content.source, content.html),
        **images.attachment(content.images, authority(content.uri)),
        "published": to_text(content.published),
        "context": content.uri,
        "pop:board": content.board,
        **_when("pop:measure", content.measure),
        **_when("pop:block", content.block),
        **_placing(activity, content.url),
    }
    return {"type": v.CREATE, "object": page}


@_members.register
def _(content: PostWritten, activity: Activity) -> JsonObject:
    note: JsonObject = {
        "id": content.uri,
        "type": v.NOTE,
        "attributedTo": content.author,
        **_body(content.source, content.html),
        **images.attachment(content.images, authority(content.uri)),
        "published": to_text(content.published),
        "context": content.thread,
        "inReplyTo": content.parent or content.thread,
        **_placing(activity, content.url),
    }
    return {"type": v.CREATE, "object": note}


@_members.register
def _(content: PostEdited, activity: Activity) -> JsonObject:
    edited: JsonObject = {
        "id": content.uri,
        "type": v.NOTE if content.title is None else v.PAGE,
        "attributedTo": content.author,
        **_when("name", content.title),
        **_body(content.source, content.html),
        **images.attachment(content.images, authority(content.uri)),
        "updated": to_text(content.updated),
        **_placing(activity, None),
    }
    return {"type": v.UPDATE, "object": edited}


@_members.register
def _(content: PostDeleted, activity: Activity) -> JsonObject:
    return {"type": v.DELETE, "object": content.uri}


@_members.register
def _(content: PostRestored, activity: Activity) -> JsonObject:
    return {"type": v.UNDO, "object": {"type": v.DELETE, "actor": content.actor, "object": content.uri}}


@_members.register
def _(content: PollOpened, activity: Activity) -> JsonObject:
    return {"type": v.OPEN_POLL, "object": content.thread}


@_members.register
def _(content: SupportGiven, activity: Activity) -> JsonObject:
    return {"type": v.LIKE, "object": content.object, "pop:token": content.token}


@_members.register
def _(content: SupportWithdrawn, activity: Activity) -> JsonObject:
    like: JsonObject = {
        "type": v.LIKE,
        "actor": activity.actor,
        "object": content.object,
        "pop:token": content.token,
    }
    return {"type": v.UNDO, "object": like}


@_members.register
def _(content: RevisionPublished, activity: Activity) -> JsonObject:
    digest = revisions.digest(content.revision)
    article: JsonObject = {
        "id": revision_id(authority(activity.actor), digest),
        "type": v.ARTICLE,
        "attributedTo": activity.actor,
        "name": content.revision.title,
        "summary": content.summary,
        "pop:digest": digest,
        "pop:revision": revisions.to_document(content.revision),
        "pop:role": content.role,
        **_placing(activity, None),
    }
    return {"type": v.CREATE, "object": article}


@_members.register
def _(content: MeasureAdopted, activity: Activity) -> JsonObject:
    return {"type": v.ADOPT, "pop:measure": content.measure, "pop:digest": content.digest}


@_members.register
def _(content: ImprovementProposed, activity: Activity) -> JsonObject:
    made = _members(RevisionPublished(content.revision, IMPROVEMENT, content.reason), activity)
    replaced = _when("pop:replaces", content.replaces)
    return {"type": v.OFFER, "object": made["object"], "pop:need": content.need, **replaced}


@_members.register
def _(content: ImprovementDecided, activity: Activity) -> JsonObject:
    return {
        "type": v.ACCEPT if content.outcome in ACCEPTED else v.REJECT,
        "object": _offer(content.host, content.digest),
        "summary": content.sentence,
        "pop:outcome": content.outcome,
        **_when("pop:digest", content.result),
    }


@_members.register
def _(content: OpinionGiven, activity: Activity) -> JsonObject:
    return {
        "type": v.OPINION,
        "object": _offer(content.host, content.digest),
        "pop:editor": content.editor,
        "pop:outcome": content.outcome,
        "summary": content.sentence,
    }


@_members.register
def _(content: GroupSettled, activity: Activity) -> JsonObject:
    return {
        "type": v.DRAFTING_GROUP,
        "pop:editors": list(content.editors),
        "pop:quorum": content.quorum,
        "pop:days": content.days,
    }


@_members.register
def _(content: MeasureSetAside, activity: Activity) -> JsonObject:
    held = _when("pop:digest", content.held)
    return {"type": v.SET_ASIDE, "pop:measure": content.measure, "summary": content.summary, **held}


@_members.register
def _(content: MeasureReopened, activity: Activity) -> JsonObject:
    aside: JsonObject = {"type": v.SET_ASIDE, "actor": activity.actor, "pop:measure": content.measure}
    return {"type": v.UNDO, "object": aside}


@_members.register
def _(content: EditionPublished, activity: Activity) -> JsonObject:
    return {
        "type": v.EDITION,
        "pop:edition": editions.to_document(content.edition),
        "pop:digest": editions.digest(content.edition),
        "summary": content.summary,
    }


@_members.register
def _(content: MemberListed, activity: Activity) -> JsonObject:
    return {
        "type": v.MEMBER,
        "name": content.name,
        "pop:host": content.host,
        "pop:kind": content.kind,
        "pop:fingerprint": content.root,
    }


@_members.register
def _(content: MemberRemoved, activity: Activity) -> JsonObject:
    member: JsonObject = {"type": v.MEMBER, "actor": activity.actor, "pop:host": content.host}
    return {"type": v.UNDO, "object": member}


@_members.register
def _(content: Erase, activity: Activity) -> JsonObject:
    return {
        "type": v.ERASE,
        "pop:journal": content.journal,
        "pop:epochId": content.epoch_id,
        "pop:n": content.n,
        **({} if content.tombstone is None else {"object": _tombstone(content.tombstone)}),
    }


@_members.register
def _(content: KeyRegister, activity: Activity) -> JsonObject:
    return {"type": v.KEY_REGISTER, **register.members(content.epoch, content.keys)}


def _offer(host: Host, digest: str) -> JsonObject:
    """How an answer names the improvement that it answers."""
    return {"type": v.OFFER, "actor": commune_id(host), "object": revision_id(host, digest)}


def _tombstone(left: Tombstone) -> JsonObject:
    """What is left of an erased message; its thread and what it answered tell where the line stands that says so."""
    place: JsonObject = (
        {"context": left.uri, "pop:board": left.board, **_when("pop:measure", left.measure)}
        if left.thread is None
        else {"context": left.thread, "inReplyTo": left.parent or left.thread}
    )
    return {
        "id": left.uri,
        "type": v.TOMBSTONE,
        "formerType": v.PAGE if left.thread is None else v.NOTE,
        "attributedTo": left.author,
        "published": to_text(left.published),
        **place,
    }


def _body(source: str, html: str) -> JsonObject:
    """The text as it was written and as foreign software shows it."""
    return {
        "content": html,
        "mediaType": v.HTML,
        "source": {"content": source, "mediaType": v.MARKDOWN},
    }


def _placing(activity: Activity, url: ObjectId | None) -> JsonObject:
    """Where an object belongs: its addressing, its Group, its page."""
    return {**_addressing(activity), **_when("audience", activity.audience), **_when("url", url)}


def _when(key: str, value: str | None) -> JsonObject:
    """The member, or none at all: null is read differently by different software."""
    return {} if value is None else {key: value}
