"""Authenticity as a type: handlers take only Verified values, and only this module makes them."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Generic, TypeVar

from pop_forum.errors import BadSignature, InvalidInput
from pop_forum.federation import proofs, register, shapes
from pop_forum.federation.canonical import jcs_of_read
from pop_forum.federation.identifiers import Fingerprint, Host, ObjectId, authority, site_actor_id
from pop_forum.federation.keyring import Place, Ring
from pop_forum.federation.keys import (
    MAX_KEY_ID_CHARS,
    PublicKeys,
    ed25519_key,
    fingerprint,
    key_owner,
    proof_key_number,
)
from pop_forum.federation.pages import Kept
from pop_forum.federation.strict_json import JsonObject, load_object
from pop_forum.federation.vocabulary import KEY_REGISTER

T = TypeVar("T")
_TOKEN = object()


@dataclass(frozen=True)
class Verified(Generic[T]):
    """A value whose origin is proved: it was signed by a key of `host`."""

    value: T
    host: Host
    token: InitVar[object]

    def __post_init__(self, token: object) -> None:
        if token is not _TOKEN:
            raise TypeError("only federation.authenticity makes Verified values")


def verify_entry(activity: bytes, *, host: Host, keys: Mapping[int, PublicKeys]) -> Verified[JsonObject]:
    """The activity of a journal entry of `host`, its bytes canonical and signed by one of `keys` (by number).

    Raises InvalidInput for malformed bytes, BadSignature for a proof that is missing, foreign or wrong.
    """
    return _verified(activity, _canonical_document(activity), host, keys)


def verify_kept(entry: Kept, *, host: Host, keys: Mapping[int, PublicKeys]) -> Verified[JsonObject]:
    """The same for an entry of a page: parse_page has made its bytes from its document, which saves a reading."""
    if entry.document is None:
        return verify_entry(entry.activity, host=host, keys=keys)
    return _verified(entry.activity, entry.document, host, keys)


def verify_first_register(activity: bytes, *, host: Host, root: Fingerprint) -> Verified[JsonObject]:
    """The first key register of an origin, signed by a key it lists whose fingerprint is the `root` held here."""
    keys = _registered_keys(_canonical_document(activity), host)
    trusted = {number: key for number, key in keys.items() if fingerprint(key) == root}
    if not trusted:
        raise BadSignature(f"no key in the register of {host} has the fingerprint known here")
    return verify_entry(activity, host=host, keys=trusted)


def verify_register(activity: bytes, *, host: Host, ring: Ring, place: Place) -> Verified[JsonObject]:
    """A key register further on in a journal, at this place: one that introduces a key, or one that does not.

    Raises BadSignature for one that somebody else than the site could have made, InvalidInput for a malformed one.
    """
    document = _canonical_document(activity)
    listed = _registered_keys(document, host)
    valid = ring.at(place)
    if isinstance(document.get("proof"), list):
        verified = verify_rotation(activity, host=host, keys=valid)
        _check_introduced(listed, valid, ring)
    else:
        verified = _verified(activity, document, host, valid)
        number = _key_number(proofs.only_proof(document), _actor_of(document, host))
        if number not in listed:
            raise BadSignature(f"the register is signed by key {number}, which it does not list")
        if new := sorted(listed.keys() - valid.keys()):
            raise BadSignature(f"key {new[0]} is new, without the proofs of a rotation")
    for number, key in listed.items():
        if ring.ever(number) - {key}:
            raise BadSignature(f"key {number} is another one than before, without a number of its own")
    return verified


def verify_rotation(activity: bytes, *, host: Host, keys: Mapping[int, PublicKeys]) -> Verified[JsonObject]:
    """A later key register, signed by one of the valid `keys` and by a key that it introduces."""
    document = _canonical_document(activity)
    actor = _actor_of(document, host)
    introduced = _registered_keys(document, host)
    listed = shapes.list_at(document, "proof", 2)
    if len(listed) != 2:
        raise BadSignature("a rotation needs the proofs of the old and of the new key")
    bare = proofs.unsigned(document)
    for item, candidates in zip(listed, (keys, introduced), strict=True):
        proof = shapes.as_object(item, "proof")
        number = _key_number(proof, actor)
        if number not in candidates or (candidates is introduced and number in keys):
            raise BadSignature(f"key {number} may not sign this rotation in this place")
        proofs.verify_proof(bare, proof, ed25519_key(candidates[number].ed25519))
    return Verified(document, host, _TOKEN)


def _check_introduced(listed: Mapping[int, PublicKeys], valid: Mapping[int, PublicKeys], ring: Ring) -> None:
    """Raises BadSignature unless one key is new, the one that signed, and its number comes after all others.

    A key that was dropped may come back under its own number: an origin that lost its last entries says them anew.
    """
    new = sorted(listed.keys() - valid.keys())
    if len(new) != 1:
        raise BadSignature(f"a rotation introduces one key, not {len(new)}")
    if new[0] < ring.highest() and not ring.ever(new[0]):
        raise BadSignature(f"key {new[0]} comes after key {ring.highest()}: out of order")


def _verified(
    activity: bytes, document: JsonObject, host: Host, keys: Mapping[int, PublicKeys]
) -> Verified[JsonObject]:
    """The document, whose JCS is `activity`, once its one proof is checked."""
    actor = _actor_of(document, host)
    number = _key_number(proofs.only_proof(document), actor)
    if number not in keys:
        raise BadSignature(f"key {number} is not in the register of {host}: here {_told(keys)} may sign")
    proofs.verify_canonical(activity, document, ed25519_key(keys[number].ed25519))
    return Verified(document, host, _TOKEN)


def _told(keys: Mapping[int, PublicKeys]) -> str:
    return f"key {' or '.join(map(str, sorted(keys)))}" if keys else "no key"


def _canonical_document(activity: bytes) -> JsonObject:
    """The activity that these bytes spell in the one canonical way."""
    document = load_object(activity)
    if jcs_of_read(document) != activity:
        raise InvalidInput("the bytes of the activity are not canonical")
    return document


def _actor_of(document: JsonObject, host: Host) -> ObjectId:
    """The actor of an activity, who must be of `host`."""
    actor = shapes.id_at(document, "actor")
    if authority(actor) != host:
        raise BadSignature(f"the actor is of {authority(actor)}, in the journal of {host}")
    return actor


def _key_number(proof: JsonObject, actor: ObjectId) -> int:
    """The number of the key that made this proof, which must be the actor's own."""
    try:
        method = shapes.string_at(proof, "verificationMethod", MAX_KEY_ID_CHARS)
        owner, number = key_owner(method), proof_key_number(method)
    except InvalidInput as error:
        raise BadSignature(f"proof without a usable verificationMethod: {error}") from error
    if owner != actor:
        raise BadSignature("the key of the proof is not the actor's")
    return number


def _registered_keys(document: JsonObject, host: Host) -> dict[int, PublicKeys]:
    """The keys that a register of `host` lists, by number."""
    if shapes.type_at(document) != KEY_REGISTER or shapes.id_at(document, "actor") != site_actor_id(host):
        raise InvalidInput("a key register of the site was expected")
    return register.by_number(register.read(document))
