"""What a site shows of each part of what others said, told once a night: the wire of federation.md, Anti-entropy.

A part is what one origin said in one journal of one board, with the other origins on whose journals it depends: a
reply stands in another commune's discussion. Two sites can compare a part when they stand at the same place of every
journal that it depends on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pop_forum.errors import InvalidInput
from pop_forum.federation import journal as chain
from pop_forum.federation import shapes
from pop_forum.federation import vocabulary as v
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Host, canonical_host
from pop_forum.federation.journal import MAX_JOURNAL_NAME, Position
from pop_forum.federation.strict_json import Json, JsonObject, load_object
from pop_forum.federation.timestamps import to_text

DIGESTS_TYPE = "pop:Digests"
SCHEMA = 2  # of what the digests are made of: sites of two schemas do not compare
MAX_PARTS = 3_000  # of one document: some 250 bytes each, below the 1 MiB that is read
MAX_BOARD_CHARS = 260
MAX_BESIDE = 40  # other origins that one part depends on
HELD = "tenu:"  # boards of what a commune holds for a measure; the bare word: nothing of its journal waits any more

_TERMS: dict[str, Json] = {name: f"pop:{name}" for name in ("beside", "board", "digest", "digests", "schema", "whole")}
CONTEXT: list[Json] = [*v.PAGE_CONTEXT, dict(_TERMS)]

Place = tuple[str, str]  # host and name of a journal


@dataclass(frozen=True, order=True, slots=True)
class Part:
    """What an origin said in one journal of one board; it depends on that journal of the origins `beside` too."""

    host: str
    journal: str
    board: str
    beside: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """The journals that it depends on."""
        return tuple((host, self.journal) for host in (self.host, *self.beside))


@dataclass(frozen=True)
class Night:
    """What a site shows at one moment: where it stands in each journal, and the digest of each part, in hexadecimal."""

    at: datetime
    positions: Mapping[Place, Position]
    digests: Mapping[Part, str]
    whole: bool = True  # False: it has more parts than a document holds


@dataclass(slots=True)
class Compared:
    """Parts of which both sites stand at the same places."""

    same: list[Part] = field(default_factory=list)
    different: list[Part] = field(default_factory=list)


def build(night: Night) -> bytes:
    """The document in JCS, with MAX_PARTS parts at the most."""
    parts = sorted(night.digests)
    listed: list[Json] = [_document(part, night.digests[part]) for part in parts[:MAX_PARTS]]
    places = {place for part in parts for place in part.places} & night.positions.keys()
    positions: list[Json] = [
        {"host": host, "journal": name, **chain.position_document(night.positions[host, name])}
        for host, name in sorted(places)
    ]
    return jcs(
        {
            "@context": CONTEXT,
            "type": DIGESTS_TYPE,
            "schema": SCHEMA,
            "time": to_text(night.at),
            "positions": positions,
            "digests": listed,
            "whole": night.whole and len(parts) <= MAX_PARTS,
        }
    )


def read(data: bytes) -> Night | None:
    """The night that a document tells; None for one whose digests are made otherwise. Raises InvalidInput."""
    document = load_object(data)
    if shapes.type_at(document) != DIGESTS_TYPE:
        raise InvalidInput("not a list of digests")
    if document.get("schema") != SCHEMA:
        return None
    whole = document.get("whole")
    if not isinstance(whole, bool):
        raise InvalidInput("whole must be true or false")
    positions = (shapes.as_object(item, "position") for item in shapes.list_at(document, "positions", MAX_PARTS))
    digests = (shapes.as_object(item, "digest") for item in shapes.list_at(document, "digests", MAX_PARTS))
    return Night(
        at=shapes.time_at(document, "time"),
        positions={(_host(item), _journal(item)): chain.read_position(item) for item in positions},
        digests=dict(_read(item) for item in digests),
        whole=whole,
    )


def compare(ours: Night, theirs: Night) -> Compared:
    """The parts that can be compared; one that a whole document does not name is empty there."""
    found = Compared()
    for part in sorted(ours.digests.keys() | theirs.digests.keys()):
        if not _is_comparable(part, ours, theirs):
            continue
        same = ours.digests.get(part) == theirs.digests.get(part)
        (found.same if same else found.different).append(part)
    return found


def _is_comparable(part: Part, ours: Night, theirs: Night) -> bool:
    nights = (ours, theirs)
    if not all(night.whole for night in nights if part not in night.digests):
        return False
    settled = Part(part.host, part.journal, HELD)
    if part.board.startswith(HELD) and not all(settled in night.digests for night in nights):
        return False
    return all(
        place in ours.positions and ours.positions[place] == theirs.positions.get(place) for place in part.places
    )


def _document(part: Part, digest: str) -> JsonObject:
    named: JsonObject = {"host": part.host, "journal": part.journal, "board": part.board, "digest": digest}
    return {**named, "beside": list(part.beside)} if part.beside else named


def _read(item: JsonObject) -> tuple[Part, str]:
    beside = shapes.list_at(item, "beside", MAX_BESIDE) if "beside" in item else []
    hosts = tuple(_host({"host": one}) for one in beside)
    if list(hosts) != sorted(set(hosts)):
        raise InvalidInput("the hosts beside are not in order")
    board = shapes.line_at(item, "board", MAX_BOARD_CHARS)
    return Part(_host(item), _journal(item), board, hosts), shapes.bytes_at(item, "digest").hex()


def _host(item: JsonObject) -> Host:
    host = shapes.string_at(item, "host")
    if canonical_host(host) != host:
        raise InvalidInput("host of a part not in its canonical spelling")
    return Host(host)


def _journal(item: JsonObject) -> str:
    return shapes.line_at(item, "journal", MAX_JOURNAL_NAME)
