"""What a site signs once it has erased what an origin asked: every erasure of a journal up to one of its entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pop_forum.errors import BadSignature, InvalidInput
from pop_forum.federation import proofs, shapes
from pop_forum.federation import vocabulary as v
from pop_forum.federation.identifiers import EpochId, Host, Seq, parse_epoch_id, site_actor_id
from pop_forum.federation.journal import MAX_JOURNAL_NAME
from pop_forum.federation.keys import (
    MAX_KEY_ID_CHARS,
    PublicKeys,
    SiteKeys,
    ed25519_key,
    key_owner,
    proof_key_id,
    proof_key_number,
)
from pop_forum.federation.strict_json import JsonObject, load_object
from pop_forum.federation.timestamps import to_text

MAX_LISTED = 16  # as many as a link can carry journals


@dataclass(frozen=True)
class Acknowledgement:
    """Every erasure of this journal of `host`, up to entry `n` of this epoch, is carried out."""

    host: Host
    journal: str
    epoch_id: EpochId
    n: Seq
    time: datetime


def sign(said: Acknowledgement, by: Host, keys: SiteKeys) -> JsonObject:
    """The acknowledgement as a document, with the proof of the site that gives it."""
    actor = site_actor_id(by)
    document: JsonObject = {
        "type": v.ERASED,
        "actor": actor,
        "host": said.host,
        "journal": said.journal,
        "epoch_id": said.epoch_id,
        "n": said.n,
        "time": to_text(said.time),
    }
    return proofs.attach(document, keys.ed25519, proof_key_id(actor, keys.number), said.time)


def read_listed(vector: bytes) -> list[JsonObject]:
    """The acknowledgements that come with a position vector, not verified yet. Raises InvalidInput."""
    document = load_object(vector)
    if "erased" not in document:
        return []
    return [shapes.as_object(item, "acknowledgement") for item in shapes.list_at(document, "erased", MAX_LISTED)]


def verify(document: JsonObject, by: Host, keys: Mapping[int, PublicKeys]) -> Acknowledgement:
    """What a document says, its proof made by one of the keys of the site `by`. Raises InvalidInput, BadSignature."""
    if shapes.type_at(document) != v.ERASED or shapes.id_at(document, "actor") != site_actor_id(by):
        raise InvalidInput("not an acknowledgement of this site")
    method = shapes.string_at(shapes.object_at(document, "proof"), "verificationMethod", MAX_KEY_ID_CHARS)
    number = proof_key_number(method)
    if key_owner(method) != site_actor_id(by) or number not in keys:
        raise BadSignature("the acknowledgement is not signed by a key of its site")
    proofs.verify(document, ed25519_key(keys[number].ed25519))
    return Acknowledgement(
        Host(shapes.string_at(document, "host")),
        shapes.line_at(document, "journal", MAX_JOURNAL_NAME),
        parse_epoch_id(shapes.string_at(document, "epoch_id")),
        Seq(shapes.integer_at(document, "n", least=1)),
        shapes.time_at(document, "time"),
    )
