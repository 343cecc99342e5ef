"""Position vectors: where a site stands in each journal it holds, exchanged on every sync."""

from collections.abc import Sequence
from dataclasses import dataclass

from pop_forum.errors import InvalidInput
from pop_forum.federation import journal as chain
from pop_forum.federation import shapes
from pop_forum.federation import vocabulary as v
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Host, canonical_host
from pop_forum.federation.journal import MAX_JOURNAL_NAME, Position
from pop_forum.federation.strict_json import Json, JsonObject, load_object

VECTOR_TYPE = "pop:Vector"
MAX_POSITIONS = 10_000  # an intercommunality has some thirty communes with two or three journals each


@dataclass(frozen=True)
class Held:
    """One journal as a site holds it: its own, or what it has of another's."""

    host: Host
    journal: str
    position: Position


def build_vector(positions: list[Held], erased: Sequence[JsonObject] = ()) -> bytes:
    """The document that tells these positions, and what was erased for who asks, in JCS."""
    listed: list[Json] = [
        {"host": held.host, "journal": held.journal, **chain.position_document(held.position)} for held in positions
    ]
    document: JsonObject = {"@context": v.PAGE_CONTEXT, "type": VECTOR_TYPE, "positions": listed}
    return jcs({**document, "erased": list(erased)} if erased else document)


def read_vector(data: bytes) -> tuple[Held, ...]:
    """The positions that a document tells. Raises InvalidInput."""
    document = load_object(data)
    if shapes.type_at(document) != VECTOR_TYPE:
        raise InvalidInput("not a position vector")
    items = shapes.list_at(document, "positions", MAX_POSITIONS)
    return tuple(_read_held(shapes.as_object(item, "position")) for item in items)


def _read_held(item: JsonObject) -> Held:
    host = shapes.string_at(item, "host")
    if canonical_host(host) != host:
        raise InvalidInput("host of a position not in its canonical spelling")
    return Held(Host(host), shapes.line_at(item, "journal", MAX_JOURNAL_NAME), chain.read_position(item))
