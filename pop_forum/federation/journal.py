"""The hash chain of a journal: leafs, entry hashes, epochs, positions and signed heads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from pop_forum.errors import BadSignature, InvalidInput
from pop_forum.federation import proofs, shapes
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import (
    EpochId,
    Host,
    Seq,
    canonical_host,
    parse_epoch_id,
    site_actor_id,
)
from pop_forum.federation.keys import (
    MAX_KEY_ID_CHARS,
    PublicKeys,
    SiteKeys,
    ed25519_key,
    key_owner,
    proof_key_id,
    proof_key_number,
)
from pop_forum.federation.strict_json import JsonObject
from pop_forum.federation.timestamps import to_text

SCHEME = "pop-journal-1"
HEAD_TYPE = "pop:Head"
JOURNALS = ("programme", "forum")  # what a site keeps today
SALT_BYTES = 32  # as long as the hash: a leaf tells nothing about an erased activity
MAX_JOURNAL_NAME = 32


class Predecessor(NamedTuple):
    """Where the epoch before ended: its id, its last entry and that entry's hash."""

    epoch_id: EpochId
    n: int
    hash: bytes


@dataclass(frozen=True)
class Epoch:
    """A life of a journal; a site that lost its tail opens the next one. Numbers start at 1."""

    number: int
    id: EpochId
    predecessor: Predecessor | None = None


@dataclass(frozen=True)
class Position:
    """A place in a journal: after entry `n` (0: before the first) of this epoch, where the chain has this hash."""

    epoch: int
    epoch_id: EpochId
    n: int
    hash: bytes


@dataclass(frozen=True)
class Head:
    """What a site says about the end of one of its journals, at this time."""

    host: Host
    journal: str
    epoch: Epoch
    n: int
    hash: bytes
    time: datetime

    def position(self) -> Position:
        """The position of this head."""
        return Position(self.epoch.number, self.epoch.id, self.n, self.hash)


def leaf(salt: bytes, activity: bytes) -> bytes:
    """SHA-256 of the salt and the JCS bytes of the activity, proof included."""
    return hashlib.sha256(salt + activity).digest()


def entry_hash(host: str, journal: str, epoch_id: str, n: int, previous: bytes, leaf: bytes) -> bytes:
    """h_n: what ties entry `n` to everything before it."""
    place = b'%b,%d,"%b","%b"]' % (
        _beginning(host, journal, epoch_id),
        n,
        previous.hex().encode(),
        leaf.hex().encode(),
    )
    return hashlib.sha256(place).digest()


@lru_cache(maxsize=256)
def _beginning(host: str, journal: str, epoch_id: str) -> bytes:
    """What every entry of one epoch is hashed with: JCS of the list `[scheme, host, journal, epoch_id, …` so far."""
    return jcs([SCHEME, host, journal, epoch_id])[:-1]


def genesis_hash(host: str, journal: str, epoch_id: str, predecessor: tuple[EpochId, int, bytes] | None) -> bytes:
    """h_0 of an epoch: ties it to the end of the epoch before, or to none."""
    before = None if predecessor is None else [predecessor[0], predecessor[1], predecessor[2].hex()]
    return hashlib.sha256(jcs([SCHEME, host, journal, epoch_id, 0, before])).digest()


def start_of(host: str, journal: str, epoch: Epoch) -> Position:
    """The position before the first entry of an epoch."""
    return Position(epoch.number, epoch.id, 0, genesis_hash(host, journal, epoch.id, epoch.predecessor))


def after(host: str, journal: str, position: Position, leaf: bytes) -> Position:
    """The position after one more entry with this leaf."""
    n = Seq(position.n + 1)
    digest = entry_hash(host, journal, position.epoch_id, n, position.hash, leaf)
    return Position(position.epoch, position.epoch_id, n, digest)


def position_document(position: Position) -> JsonObject:
    """The position as sites exchange it: `{"epoch": 1, "epoch_id": "…", "n": 12, "hash": "hex"}`."""
    return {
        "epoch": position.epoch,
        "epoch_id": position.epoch_id,
        "n": position.n,
        "hash": position.hash.hex(),
    }


def read_position(document: JsonObject) -> Position:
    """The position that a document tells. Raises InvalidInput."""
    return Position(
        shapes.integer_at(document, "epoch", least=1),
        parse_epoch_id(shapes.string_at(document, "epoch_id")),
        shapes.integer_at(document, "n"),
        shapes.bytes_at(document, "hash"),
    )


def epoch_document(epoch: Epoch) -> JsonObject:
    """The epoch as sites exchange it: `{"number": 1, "id": "…", "predecessor": null}`."""
    before = epoch.predecessor
    return {
        "number": epoch.number,
        "id": epoch.id,
        "predecessor": None
        if before is None
        else {"epoch_id": before.epoch_id, "n": before.n, "hash": before.hash.hex()},
    }


def read_epoch(document: JsonObject) -> Epoch:
    """The epoch that a document tells. Raises InvalidInput; only the first epoch has no predecessor."""
    number = shapes.integer_at(document, "number", least=1)
    if (document.get("predecessor") is None) != (number == 1):
        raise InvalidInput(f"epoch {number} with or without a predecessor")
    predecessor = None if number == 1 else _read_predecessor(shapes.object_at(document, "predecessor"))
    return Epoch(number, parse_epoch_id(shapes.string_at(document, "id")), predecessor)


def sign_head(head: Head, keys: SiteKeys) -> JsonObject:
    """The head as a document with the site's proof."""
    document: JsonObject = {
        "type": HEAD_TYPE,
        "host": head.host,
        "journal": head.journal,
        "epoch": epoch_document(head.epoch),
        "n": head.n,
        "hash": head.hash.hex(),
        "time": to_text(head.time),
    }
    method = proof_key_id(site_actor_id(head.host), keys.number)
    return proofs.attach(document, keys.ed25519, method, head.time)


def read_head(document: JsonObject) -> Head:
    """What a head says, its proof not yet checked. Raises InvalidInput."""
    if shapes.type_at(document) != HEAD_TYPE:
        raise InvalidInput("not the head of a journal")
    host = shapes.string_at(document, "host")
    if canonical_host(host) != host:
        raise InvalidInput("host of a head not in its canonical spelling")
    return Head(
        Host(host),
        shapes.line_at(document, "journal", MAX_JOURNAL_NAME),
        read_epoch(shapes.object_at(document, "epoch")),
        shapes.integer_at(document, "n"),
        shapes.bytes_at(document, "hash"),
        shapes.time_at(document, "time"),
    )


def verify_head(document: JsonObject, keys: Mapping[int, PublicKeys]) -> Head:
    """The head, its proof made by one of its site's `keys` (by number). Raises InvalidInput, BadSignature."""
    head = read_head(document)
    method = shapes.string_at(shapes.object_at(document, "proof"), "verificationMethod", MAX_KEY_ID_CHARS)
    number = proof_key_number(method)
    if key_owner(method) != site_actor_id(head.host) or number not in keys:
        raise BadSignature("the head is not signed by a key of its site")
    proofs.verify(document, ed25519_key(keys[number].ed25519))
    return head


def _read_predecessor(document: JsonObject) -> Predecessor:
    return Predecessor(
        parse_epoch_id(shapes.string_at(document, "epoch_id")),
        shapes.integer_at(document, "n"),
        shapes.bytes_at(document, "hash"),
    )
