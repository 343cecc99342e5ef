"""The key register: which keys may sign for a site, told by its own journal."""

from collections.abc import Sequence

from pop_forum.errors import InvalidInput
from pop_forum.federation import journal as chain
from pop_forum.federation import shapes
from pop_forum.federation.activities import KeyRegister
from pop_forum.federation.keys import MAX_KEY_NUMBER, MAX_PEM_CHARS, PublicKeys, ed25519_key, rsa_key
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.federation.vocabulary import KEY_REGISTER

MAX_KEYS = 8  # of which a rotation needs two


def is_one(activity: JsonObject) -> bool:
    """Whether an activity says to be a key register."""
    return activity.get("type") == KEY_REGISTER


def members(epoch: chain.Epoch, keys: Sequence[PublicKeys]) -> JsonObject:
    """The members that a pop:KeyRegister activity has beyond its envelope."""
    return {"pop:epoch": chain.epoch_document(epoch), "pop:keys": listed(keys)}


def listed(keys: Sequence[PublicKeys]) -> list[Json]:
    """The keys as a register, or an actor, lists them, by number."""
    return [
        {"number": key.number, "ed25519": key.ed25519, "rsa": key.rsa_pem}
        for key in sorted(keys, key=lambda key: key.number)
    ]


def read(activity: JsonObject) -> KeyRegister:
    """The register that an activity tells, each key checked. Raises InvalidInput."""
    epoch = chain.read_epoch(shapes.object_at(activity, "pop:epoch"))
    return KeyRegister(epoch, read_keys(activity))


def read_keys(document: JsonObject) -> tuple[PublicKeys, ...]:
    """The keys that a register, or an actor, lists under `pop:keys`, each checked. Raises InvalidInput."""
    keys = tuple(map(_read_key, shapes.list_at(document, "pop:keys", MAX_KEYS)))
    if not keys or len({key.number for key in keys}) != len(keys):
        raise InvalidInput("a register needs keys, with different numbers")
    return keys


def by_number(register: KeyRegister) -> dict[int, PublicKeys]:
    """The keys of a register by number, as the verifiers take them."""
    return {key.number: key for key in register.keys}


def _read_key(value: Json) -> PublicKeys:
    entry = shapes.as_object(value, "key")
    key = PublicKeys(
        shapes.integer_at(entry, "number", least=1, most=MAX_KEY_NUMBER),
        shapes.string_at(entry, "ed25519"),
        shapes.string_at(entry, "rsa", MAX_PEM_CHARS),
    )
    ed25519_key(key.ed25519)
    rsa_key(key.rsa_pem)
    return key
