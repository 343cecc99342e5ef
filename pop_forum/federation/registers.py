"""The key registers along a journal's entries: each read with the keys that may sign at its place."""

from collections.abc import Iterable

from pop_forum.errors import ForumError, InvalidInput
from pop_forum.federation import authenticity, parse, register
from pop_forum.federation.activities import KeyRegister
from pop_forum.federation.identifiers import Fingerprint, Host
from pop_forum.federation.journal import Head
from pop_forum.federation.keyring import Ring
from pop_forum.federation.keys import MAX_KEY_ID_CHARS, PublicKeys, proof_key_number
from pop_forum.federation.pages import Entry, Kept, Page
from pop_forum.federation.shapes import object_at, string_at
from pop_forum.federation.strict_json import JsonObject, load_object


def first(page: Page, root: Fingerprint) -> Ring:
    """The ring with which the first page of an origin begins. Raises InvalidInput, BadSignature."""
    entry = page.entries[0] if page.entries else None
    if not isinstance(entry, Kept):
        raise InvalidInput(f"the journal of {page.head.host} does not begin with its keys")
    verified = authenticity.verify_first_register(entry.activity, host=page.head.host, root=root)
    return Ring().told((page.epoch.number, entry.n), register.read(verified.value).keys)


def follow(ring: Ring, host: Host, epoch: int, entries: Iterable[Entry], after: int = 0) -> Ring:
    """The ring after these entries of an epoch; one that is not what a register must be changes nothing.

    Those up to entry `after` are in the ring already.
    """
    for entry in entries:
        if entry.n <= after or not isinstance(entry, Kept) or not register.is_one(document_of(entry)):
            continue
        place = epoch, int(entry.n)
        try:
            verified = authenticity.verify_register(entry.activity, host=host, ring=ring, place=place)
            content = parse.parse(verified.value, host=host).content
        except ForumError:  # whoever reads the entry says why it is refused
            continue
        if isinstance(content, KeyRegister):
            ring = ring.told(place, content.keys)
    return ring


def document_of(entry: Kept) -> JsonObject:
    """The activity of an entry, as its page has read it."""
    return load_object(entry.activity) if entry.document is None else entry.document


def of_head(ring: Ring, head: Head) -> dict[int, PublicKeys]:
    """The keys that may sign this head: those that may sign the entry at which it ends."""
    return ring.at((head.epoch.number, max(head.n, 1)))


def signs(ring: Ring, head: Head, document: JsonObject) -> bool:
    """Whether the key that is said to have signed this head is one of those. Raises InvalidInput."""
    return number_of(document) in of_head(ring, head)


def number_of(document: JsonObject) -> int:
    """The number of the key that is said to have signed this document. Raises InvalidInput."""
    return proof_key_number(string_at(object_at(document, "proof"), "verificationMethod", MAX_KEY_ID_CHARS))
