"""How two communes meet: the actor of a site, an invitation, its acceptance or refusal."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from pop_forum.errors import BadSignature, InvalidInput
from pop_forum.federation import register, shapes
from pop_forum.federation import vocabulary as v
from pop_forum.federation.identifiers import (
    MAX_HOST_CHARS,
    Fingerprint,
    Host,
    ObjectId,
    authority,
    canonical_host,
    origin,
    site_actor_id,
)
from pop_forum.federation.journal import MAX_JOURNAL_NAME
from pop_forum.federation.keys import (
    MAX_KEY_ID_CHARS,
    MAX_PEM_CHARS,
    PublicKeys,
    ed25519_key,
    fingerprint,
    key_owner,
    proof_key_id,
    proof_key_number,
    rsa_key,
    rsa_key_id,
)
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.federation.timestamps import to_text

KINDS = frozenset({"citoyenne", "partisane", "municipale"})
MAX_JOURNALS = 16
MAX_REASON_CHARS = 500
MAX_LATITUDE, MAX_LONGITUDE = 90_000_000, 180_000_000  # millionths of a degree: the wire has integers only


@dataclass(frozen=True)
class SiteActor:
    """What a site says about itself; `root` is the fingerprint of its first key, by which it is recognised.

    `keys` sign now; `older` ones, of before a change, may still sign.
    """

    host: Host
    name: str
    kind: str
    insee: str
    journals: tuple[str, ...]
    keys: PublicKeys
    root: Fingerprint
    older: tuple[PublicKeys, ...] = ()
    place: tuple[int, int] | None = None  # latitude and longitude, in millionths of a degree

    def key(self, number: int) -> PublicKeys:
        """The key of this number, when it may sign. Raises BadSignature."""
        for each in (self.keys, *self.older):
            if each.number == number:
                return each
        raise BadSignature(f"key {number} is not among those of {self.host}")


@dataclass(frozen=True)
class Invite:
    """One site proposes another to keep these journals in step; `root` is the inviter's fingerprint."""

    id: ObjectId
    actor: ObjectId
    target: ObjectId
    journals: tuple[str, ...]
    root: Fingerprint
    published: datetime


@dataclass(frozen=True)
class Accept:
    """The invited site accepts; `root` is its own fingerprint, `journals` are those both will carry."""

    id: ObjectId
    actor: ObjectId
    invite: ObjectId
    inviter: ObjectId
    journals: tuple[str, ...]
    root: Fingerprint
    published: datetime


@dataclass(frozen=True)
class Reject:
    """The invited site declines, or either side withdraws later; `reason` may be shown."""

    id: ObjectId
    actor: ObjectId
    invite: ObjectId
    inviter: ObjectId
    reason: str | None
    published: datetime


Handshake: TypeAlias = Invite | Accept | Reject


def site_actor(site: SiteActor) -> JsonObject:
    """The Application that a site answers at `/acteur`.

    It has one assertionMethod, that of the key which signs: communes of an older version refuse two. Those that read
    `pop:keys` know the others.
    """
    actor = site_actor_id(site.host)
    return {
        "@context": v.ACTOR_CONTEXT,
        "id": actor,
        "type": v.APPLICATION,
        "name": site.name,
        "preferredUsername": "acteur",
        "inbox": inbox_url(site.host),
        "url": f"{origin(site.host)}/",
        "publicKey": {"id": rsa_key_id(actor), "owner": actor, "publicKeyPem": site.keys.rsa_pem},
        "assertionMethod": [
            {
                "id": proof_key_id(actor, site.keys.number),
                "type": "Multikey",
                "controller": actor,
                "publicKeyMultibase": site.keys.ed25519,
            }
        ],
        "pop:journals": list(site.journals),
        "pop:fingerprint": site.root,
        "pop:insee": site.insee,
        "pop:kind": site.kind,
        **({"pop:keys": register.listed((site.keys, *site.older))} if site.older else {}),
        **({} if site.place is None else {"pop:latitude": site.place[0], "pop:longitude": site.place[1]}),
    }


def parse_site_actor(document: JsonObject, *, host: Host) -> SiteActor:
    """The site that an actor document fetched from `host` tells. Raises InvalidInput."""
    actor = site_actor_id(host)
    if shapes.id_at(document, "id") != actor or shapes.type_at(document) != v.APPLICATION:
        raise InvalidInput(f"not the actor of the site {host}")
    if shapes.id_at(document, "inbox") != inbox_url(host):
        raise InvalidInput("the inbox is not at the place where communes have it")
    keys, *older = _read_keys(document, actor)
    root = Fingerprint(fingerprint_at(document))
    if any(key.number == 1 and fingerprint(key) != root for key in (keys, *older)):
        raise InvalidInput("the fingerprint is not that of the first key")
    kind = shapes.string_at(document, "pop:kind")
    if kind not in KINDS:
        raise InvalidInput(f"unknown kind of commune: {kind[:40]!r}")
    name = shapes.shown_line_at(document, "name", 100)
    insee = shapes.line_at(document, "pop:insee", 5)
    return SiteActor(host, name, kind, insee, _journals(document), keys, root, tuple(older), _place(document))


def _place(document: JsonObject) -> tuple[int, int] | None:
    """Where a commune says that it lies; None when it does not, or says it in a way that is no place."""
    latitude, longitude = document.get("pop:latitude"), document.get("pop:longitude")
    if type(latitude) is not int or type(longitude) is not int:
        return None
    return (latitude, longitude) if abs(latitude) <= MAX_LATITUDE and abs(longitude) <= MAX_LONGITUDE else None


def inbox_url(host: str) -> ObjectId:
    """Where a site takes invitations, and later what foreign software sends."""
    return ObjectId(f"{origin(host)}/boite")


def build(document: Handshake) -> JsonObject:
    """The invitation, acceptance or refusal as an activity, without a proof."""
    envelope: JsonObject = {
        "@context": v.CONTEXT,
        "id": document.id,
        "actor": document.actor,
        "published": to_text(document.published),
    }
    if isinstance(document, Invite):
        terms = _terms(document.journals, document.root)
        return {**envelope, "type": v.INVITE, "to": [document.target], "object": document.target, **terms}
    answered: JsonObject = {
        "id": document.invite,
        "type": v.INVITE,
        "actor": document.inviter,
        "object": document.actor,
    }
    envelope |= {"to": [document.inviter], "object": answered}
    if isinstance(document, Accept):
        return {**envelope, "type": v.ACCEPT, **_terms(document.journals, document.root)}
    return {**envelope, "type": v.REJECT, **({} if document.reason is None else {"summary": document.reason})}


def parse(document: JsonObject) -> Handshake:
    """The invitation, acceptance or refusal that an activity tells, one site's actor to another's.

    Raises InvalidInput. Whether the invitation that is answered was ever sent is the service's question.
    """
    actor = _site_at(document, "actor")
    identifier = shapes.id_at(document, "id")
    if authority(identifier) != authority(actor):
        raise InvalidInput("id and actor are of different sites")
    published = shapes.time_at(document, "published")
    kind = shapes.type_at(document)
    if kind == v.INVITE:
        target = _site_at(document, "object")
        return Invite(identifier, actor, target, _journals(document), fingerprint_at(document), published)
    if kind not in (v.ACCEPT, v.REJECT):
        raise InvalidInput(f"{kind[:40]!r} is neither an invitation nor an answer to one")
    invite, inviter = _answered(shapes.object_at(document, "object"), actor)
    if kind == v.REJECT:
        reason = shapes.text_at(document, "summary", MAX_REASON_CHARS) if "summary" in document else None
        return Reject(identifier, actor, invite, inviter, reason, published)
    return Accept(identifier, actor, invite, inviter, _journals(document), fingerprint_at(document), published)


def _answered(invite: JsonObject, actor: ObjectId) -> tuple[ObjectId, ObjectId]:
    """The id and the actor of the invitation that is answered, which must have been sent to `actor`."""
    if shapes.type_at(invite) != v.INVITE or shapes.id_at(invite, "object") != actor:
        raise InvalidInput("this answers no invitation to its actor")
    identifier, inviter = shapes.id_at(invite, "id"), _site_at(invite, "actor")
    if authority(identifier) != authority(inviter):
        raise InvalidInput("the invitation's id and actor are of different sites")
    return identifier, inviter


def _terms(journals: tuple[str, ...], root: Fingerprint) -> JsonObject:
    return {"pop:journals": list(journals), "pop:fingerprint": root}


def _site_at(document: JsonObject, key: str) -> ObjectId:
    """The id of a site's actor under `key`."""
    identifier = shapes.id_at(document, key)
    if identifier != site_actor_id(authority(identifier)):
        raise InvalidInput(f"{key} must be the actor of a site")
    return identifier


def _journals(document: JsonObject) -> tuple[str, ...]:
    names = shapes.strings_at(document, "pop:journals", MAX_JOURNALS)
    if len(set(names)) != len(names) or any(not 0 < len(name) <= MAX_JOURNAL_NAME for name in names):
        raise InvalidInput("pop:journals must be different short names")
    return names


def host_at(document: JsonObject) -> Host:
    """The host under `pop:host`, in its one spelling. Raises InvalidInput."""
    host = shapes.string_at(document, "pop:host", MAX_HOST_CHARS + 6)
    if canonical_host(host) != host:
        raise InvalidInput("pop:host is not in its canonical spelling")
    return Host(host)


def fingerprint_at(document: JsonObject) -> Fingerprint:
    """The fingerprint under `pop:fingerprint`. Raises InvalidInput."""
    text = shapes.string_at(document, "pop:fingerprint", 52)
    return parse_fingerprint(text)


def parse_fingerprint(text: str) -> Fingerprint:
    """The fingerprint that a text spells, whole and without spaces. Raises InvalidInput."""
    if len(text) != 52 or not set(text) <= set("abcdefghijklmnopqrstuvwxyz234567"):
        raise InvalidInput("a fingerprint is 52 characters of lower-case base32")
    return Fingerprint(text)


def _read_keys(document: JsonObject, actor: ObjectId) -> list[PublicKeys]:
    """The keys of an actor document, the newest first, each said to be the actor's by its id and its owner."""
    main = shapes.object_at(document, "publicKey")
    if main.get("id") != rsa_key_id(actor) or shapes.id_at(main, "owner") != actor:
        raise InvalidInput("publicKey is not the actor's")
    pem = shapes.string_at(main, "publicKeyPem", MAX_PEM_CHARS)
    rsa_key(pem)
    methods = shapes.list_at(document, "assertionMethod", register.MAX_KEYS)
    found = {key.number: key for key in (_read_method(method, actor, pem) for method in methods)}
    if not found or len(found) != len(methods):
        raise InvalidInput("an assertionMethod for each key was expected")
    newest = max(found)
    for key in register.read_keys(document) if "pop:keys" in document else ():
        if key != found.setdefault(key.number, key) and (
            key.number == newest or key.ed25519 != found[key.number].ed25519
        ):
            raise InvalidInput(f"key {key.number} is told in two ways")
        found[key.number] = key
    if max(found) != newest:
        raise InvalidInput("the newest key has no assertionMethod")
    return [found[number] for number in sorted(found, reverse=True)]


def _read_method(value: Json, actor: ObjectId, rsa_pem: str) -> PublicKeys:
    method = shapes.as_object(value, "assertionMethod")
    method_id = shapes.string_at(method, "id", MAX_KEY_ID_CHARS)
    if key_owner(method_id) != actor or shapes.id_at(method, "controller") != actor:
        raise InvalidInput("assertionMethod is not the actor's")
    ed25519 = shapes.string_at(method, "publicKeyMultibase")
    ed25519_key(ed25519)
    return PublicKeys(proof_key_number(method_id), ed25519, rsa_pem)
