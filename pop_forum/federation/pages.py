"""Pages of a journal: built from stored bytes, read strictly, and checked against the chain."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pop_forum.errors import Conflict, InvalidInput
from pop_forum.federation import journal as chain
from pop_forum.federation import shapes
from pop_forum.federation.canonical import jcs, jcs_of_read
from pop_forum.federation.identifiers import ObjectId, Seq, origin
from pop_forum.federation.journal import Epoch, Head, Position
from pop_forum.federation.strict_json import Json, JsonObject, load_object
from pop_forum.federation.vocabulary import PAGE_CONTEXT

PAGE_ENTRIES = 500
PAGE_BYTES = 512 * 1024  # with hashes and head still far below the strict reader's 1 MiB
ENTRY_BYTES = 256 * 1024  # so that any single entry fits in a page
ENTRY_OVERHEAD = 256  # number, salt and hash of an entry, in hexadecimal and with their names
PAGE_TYPE = "OrderedCollectionPage"
MANY = shapes.MAX_NUMBER + 1  # later than any epoch


@dataclass(frozen=True)
class Kept:
    """An entry with its activity, as JCS bytes; `document` is the same activity when parse_page has just read it."""

    n: Seq
    salt: bytes
    activity: bytes
    document: JsonObject | None = field(default=None, compare=False, repr=False)

    def leaf(self) -> bytes:
        """The leaf of this entry."""
        return chain.leaf(self.salt, self.activity)


@dataclass(frozen=True)
class Erased:
    """An entry whose activity and salt are gone: entry `erased_by` says so, of the same epoch or of `erased_in`."""

    n: Seq
    erased_leaf: bytes
    erased_by: Seq
    erased_in: int | None = None

    def leaf(self) -> bytes:
        """The leaf of this entry, all that is left of it."""
        return self.erased_leaf


Entry: TypeAlias = Kept | Erased


@dataclass(frozen=True)
class Page:
    """A page as received: entries after `start`, the hash after each, and the head (not yet verified)."""

    start: int
    previous: bytes
    entries: tuple[Entry, ...]
    hashes: tuple[bytes, ...]
    epoch: Epoch
    head: Head
    head_document: JsonObject
    next: ObjectId | None


def journal_url(host: str, journal: str) -> ObjectId:
    """The address of a site's own journal."""
    return ObjectId(f"{origin(host)}/journal/{journal}")


def mirror_url(mirror: str, host: str, journal: str) -> ObjectId:
    """The address at which the site `mirror` serves what it holds of the journal of `host`, its own included."""
    return journal_url(mirror, journal if mirror == host else f"{host}/{journal}")


def page_url(host: str, journal: str, since: int) -> ObjectId:
    """The address of the page of entries after `since`."""
    return after(journal_url(host, journal), since)


def after(address: str, since: int) -> ObjectId:
    """The address of the page after entry `since` of the journal that this address serves."""
    return ObjectId(f"{address}?since={since}")


def cut(entries: Iterable[Entry]) -> list[Entry]:
    """The first page's worth of these entries: 500 or 512 KiB, at least one when there is any."""
    page: list[Entry] = []
    size = 0
    for entry in entries:
        size += ENTRY_OVERHEAD + (len(entry.activity) if isinstance(entry, Kept) else 0)
        if page and (size > PAGE_BYTES or len(page) == PAGE_ENTRIES):
            break
        page.append(entry)
    return page


def build_page(
    *,
    host: str,
    journal: str,
    start: Position,
    entries: Sequence[Entry],
    hashes: Sequence[bytes],
    epoch: Epoch,
    head_document: JsonObject,
    more: bool,
    mirror: str | None = None,
) -> bytes:
    """The page of `entries` after `start`; activities go in as they are stored, byte for byte.

    `mirror` is the site that serves it when that is not the origin.
    """
    address = mirror_url(mirror or host, host, journal)
    frame: JsonObject = {
        "@context": PAGE_CONTEXT,
        "id": after(address, start.n),
        "type": PAGE_TYPE,
        "partOf": address,
        "startIndex": start.n,
        "epoch": chain.epoch_document(epoch),
        "previous": start.hash.hex(),
        "hashes": [digest.hex() for digest in hashes],
        "head": head_document,
    }
    if more:
        frame["next"] = after(address, start.n + len(entries))
    items = b",".join(_entry_bytes(entry) for entry in entries)
    return jcs(frame)[:-1] + b',"orderedItems":[' + items + b"]}"


def parse_page(data: bytes, *, host: str, journal: str) -> Page:
    """The page that `data` holds of this journal, its shape checked. Raises InvalidInput."""
    document = load_object(data)
    if shapes.type_at(document) != PAGE_TYPE:
        raise InvalidInput("not a page of a journal")
    shapes.id_at(document, "id")
    shapes.id_at(document, "partOf")
    head_document = shapes.object_at(document, "head")
    page = Page(
        start=shapes.integer_at(document, "startIndex"),
        previous=shapes.bytes_at(document, "previous"),
        entries=tuple(map(_read_entry, shapes.list_at(document, "orderedItems", PAGE_ENTRIES))),
        hashes=tuple(shapes.as_bytes(item, "hash") for item in shapes.list_at(document, "hashes", PAGE_ENTRIES)),
        epoch=chain.read_epoch(shapes.object_at(document, "epoch")),
        head=chain.read_head(head_document),
        head_document=head_document,
        next=shapes.optional_id_at(document, "next"),
    )
    if (page.head.host, page.head.journal) != (host, journal):
        raise InvalidInput(f"the page is of {page.head.host}/{page.head.journal}, not of {host}/{journal}")
    if any(isinstance(entry, Erased) and (entry.erased_in or MANY) <= page.epoch.number for entry in page.entries):
        raise InvalidInput("an entry is said to be erased in an earlier epoch than its own, or in it by its number")
    return page


def verify_chain(page: Page, start: Position) -> tuple[bytes, ...]:
    """The hash after each entry, recomputed from `start`.

    Raises Conflict for a gap (the page does not follow `start`) and for a fork (the same place with another
    hash), InvalidInput for a page that contradicts itself. The head's proof is verify_head's business.
    """
    _check_start(page, start)
    _check_head(page, _walked(page, start))
    return page.hashes


def is_proved(page: Page) -> bool:
    """Whether its hashes follow from its entries and end in its signed head: what it tells, the origin signed.

    What a page tells of its place counts against an origin only then: `previous` and `hashes` bear no signature of
    their own. Raises InvalidInput for a page that contradicts itself.
    """
    start = Position(page.epoch.number, page.epoch.id, page.start, page.previous)
    end = _walked(page, start)
    return (end.n, end.hash) == (page.head.n, page.head.hash)


def _walked(page: Page, start: Position) -> Position:
    """Where the entries lead from `start`. Raises InvalidInput when that is not what the page lists."""
    if len(page.hashes) != len(page.entries):
        raise InvalidInput(f"{len(page.hashes)} hashes for {len(page.entries)} entries")
    position = start
    for entry, listed in zip(page.entries, page.hashes, strict=True):
        if entry.n != position.n + 1:
            raise InvalidInput(f"entry {entry.n} where {position.n + 1} was expected")
        position = chain.after(page.head.host, page.head.journal, position, entry.leaf())
        if position.hash != listed:
            raise InvalidInput(f"the hash after entry {entry.n} is not the listed one")
    return position


def answer(position: Position | None) -> bytes:
    """The body of an answer to a pushed page, with 200 or 409: where this site is now; null when it has nothing."""
    return jcs({"position": None if position is None else chain.position_document(position)})


def read_answer(data: bytes) -> Position | None:
    """The position that an answer to a push tells; None when the peer has nothing. Raises InvalidInput."""
    document = load_object(data)
    if "position" in document and document["position"] is None:
        return None
    return chain.read_position(shapes.object_at(document, "position"))


def etag(last_hash: bytes, erasures: int) -> str:
    """The ETag of a page, quoted: it changes with the last hash and with each erasure in the page."""
    return f'"{hashlib.sha256(last_hash).hexdigest()[:32]}-{erasures}"'


def _entry_bytes(entry: Entry) -> bytes:
    """The entry as it stands in a page, members in JCS order."""
    if isinstance(entry, Kept):
        return b'{"activity":%b,"n":%d,"salt":"%b"}' % (entry.activity, entry.n, entry.salt.hex().encode())
    later = b"" if entry.erased_in is None else b'"erased_in":%d,' % entry.erased_in
    return b'{"erased_by":%d,%b"leaf":"%b","n":%d}' % (entry.erased_by, later, entry.leaf().hex().encode(), entry.n)


def _read_entry(value: Json) -> Entry:
    """The entry that an item of a page tells: either kept whole, or erased."""
    item = shapes.as_object(value, "entry")
    n = Seq(shapes.integer_at(item, "n", least=1))
    if "erased_by" in item:
        if "activity" in item or "salt" in item:
            raise InvalidInput(f"entry {n} is said to be erased but carries its activity or salt")
        later = shapes.integer_at(item, "erased_in", least=2) if "erased_in" in item else None
        erased_by = Seq(shapes.integer_at(item, "erased_by", least=n + 1 if later is None else 1))
        return Erased(n, shapes.bytes_at(item, "leaf"), erased_by, later)
    document = shapes.object_at(item, "activity")
    activity = jcs_of_read(document)
    if len(activity) > ENTRY_BYTES:
        raise InvalidInput(f"entry {n} has {len(activity)} bytes; at most {ENTRY_BYTES}")
    return Kept(n, shapes.bytes_at(item, "salt", chain.SALT_BYTES), activity, document)


def _check_start(page: Page, start: Position) -> None:
    """Refuses a page that does not begin exactly where the reader stands."""
    if page.epoch.id != start.epoch_id:
        raise Conflict(f"the page is of epoch {page.epoch.number}, the reader is in {start.epoch}")
    if page.start != start.n:
        raise Conflict(f"gap: the page begins after entry {page.start}, the reader is at {start.n}")
    genesis = chain.start_of(page.head.host, page.head.journal, page.epoch)
    if page.previous != start.hash or (start.n == 0 and start != genesis):
        raise Conflict(f"fork: another hash after entry {start.n} of epoch {start.epoch}")


def _check_head(page: Page, end: Position) -> None:
    """Refuses a head of another epoch, one older than the entries, and one that ends elsewhere."""
    if page.head.epoch != page.epoch:
        raise InvalidInput("the head is of another epoch than the page")
    if page.head.n < end.n:
        raise InvalidInput(f"the head ends at {page.head.n}, the entries at {end.n}")
    if page.head.n == end.n and page.head.hash != end.hash:
        raise InvalidInput(f"the head has another hash after entry {end.n} than the entries lead to")
