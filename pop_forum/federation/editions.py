"""Editions of the common programme: a dated, frozen set of versions, addressed by its content like a version is."""

import re
from dataclasses import dataclass
from datetime import date

from pop_forum.errors import InvalidInput, TooLarge
from pop_forum.federation import revisions, shapes
from pop_forum.federation.strict_json import Json, JsonObject

SCHEMA = 1
MEMBERS = frozenset({"schema", "id", "date", "title", "texts"})
TEXT_MEMBERS = frozenset({"measure", "digest"})
MAX_TEXTS = 500  # at 300 bytes each, below one journal entry
MAX_EDITION_TITLE_CHARS = 200

_ID = re.compile(r"[12]\d{3}-[1-9]\d{0,2}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class Edition:
    """« 2026-1 »: its day, its title, and the version of each measure, in the order of the programme."""

    id: str
    date: date
    title: str
    texts: tuple[tuple[str, str], ...]  # the measure's URN, the version's digest


def digest(edition: Edition) -> str:
    """The address of what the edition holds: the same everywhere."""
    return revisions.content_digest(to_document(edition))


def to_document(edition: Edition) -> JsonObject:
    """The JSON object that is hashed, and that travels."""
    texts: list[Json] = [{"measure": urn, "digest": digest} for urn, digest in edition.texts]
    return {
        "schema": SCHEMA,
        "id": edition.id,
        "date": edition.date.isoformat(),
        "title": edition.title,
        "texts": texts,
    }


def from_document(document: JsonObject) -> Edition:
    """The valid edition that an object tells. Raises InvalidInput, TooLarge."""
    if document.get("schema") != SCHEMA or document.keys() != MEMBERS:
        raise InvalidInput("unknown schema of an edition, or other members than its")
    day = shapes.string_at(document, "date")
    try:
        read = date.fromisoformat(day if _DAY.fullmatch(day) else "")
    except ValueError as error:
        raise InvalidInput(f"date {day[:40]!r} is no day") from error
    title = shapes.shown_line_at(document, "title", MAX_EDITION_TITLE_CHARS)
    texts = tuple(map(_text, shapes.list_at(document, "texts", MAX_TEXTS)))
    return validated(Edition(shapes.string_at(document, "id"), read, title, texts))


def is_readable(document: JsonObject) -> bool:
    """Whether this version of the software knows all that stands in this object."""
    return document.get("schema") == SCHEMA and document.keys() <= MEMBERS


def validated(edition: Edition) -> Edition:
    """The same edition when it keeps every rule. Raises InvalidInput, TooLarge."""
    if not _ID.fullmatch(edition.id):
        raise InvalidInput(f"not the name of an edition: {edition.id[:40]!r}")
    if edition.title != revisions.normal_text(edition.title) or not edition.title.strip():
        raise InvalidInput("the title of an edition is one line in NFC, and not empty")
    if len(edition.title) > MAX_EDITION_TITLE_CHARS:
        raise TooLarge(f"title of {len(edition.title)} characters; at most {MAX_EDITION_TITLE_CHARS}")
    if not 0 < len(edition.texts) <= MAX_TEXTS:
        raise TooLarge(f"{len(edition.texts)} texts in an edition; 1 to {MAX_TEXTS}")
    for urn, one in edition.texts:
        revisions.parse_measure_urn(urn)
        revisions.parse_digest(one)
        if not revisions.is_of_programme(urn):
            raise InvalidInput("an edition holds measures of the common programme")
    if len(dict(edition.texts)) != len(edition.texts):
        raise InvalidInput("an edition holds one version of each measure")
    return edition


def _text(value: Json) -> tuple[str, str]:
    found = shapes.as_object(value, "text")
    if found.keys() != TEXT_MEMBERS:
        raise InvalidInput("a text of an edition with other members than its")
    return shapes.string_at(found, "measure"), shapes.string_at(found, "digest")
