"""Revisions of a measure: immutable texts addressed by their content, identical on every site."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

import base58

from pop_forum.errors import InvalidInput, TooLarge
from pop_forum.federation import shapes, timestamps
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import MAX_ID_CHARS, parse_object_id
from pop_forum.federation.strict_json import Json, JsonObject

SCHEMA = 1
MEMBERS = frozenset({"schema", "measure", "parents", "title", "blocks", "budget", "author", "created"})
BLOCK_TYPES = frozenset({"paragraph"})
BLOCK_MEMBERS = frozenset({"id", "type", "text"})
MAX_PARENTS = 2  # a revision, or a merge of two
MAX_BLOCKS = 200
MAX_TITLE_CHARS = 200
MAX_BLOCK_CHARS = 20_000
MAX_TEXT_CHARS = 60_000  # all blocks together, at four bytes a character: below one journal entry
MAX_BUDGET_BYTES = 16 * 1024
PROGRAMME = "urn:pop:programme-commun"  # the author of the first edition
MAX_LOCAL_ID = 60
ELSEWHERE = "~"  # in no slug: between the id of another commune's measure and the letters of its host
HOST_LETTERS = 8

_SHA256_MULTIHASH = b"\x12\x20"  # the hash function's code and its length of 32 bytes
_SLUG_FORM = "[a-z0-9]+(?:-[a-z0-9]+)*"
_LOCAL_URN = re.compile(rf"urn:pop:([a-z0-9][a-z0-9.:-]*):({_SLUG_FORM}):({_SLUG_FORM})", re.ASCII)
_DIGEST = re.compile(r"Qm[1-9A-HJ-NP-Za-km-z]{44}", re.ASCII)
_URN = re.compile(r"urn:pop:[a-z0-9][a-z0-9.:-]{0,191}", re.ASCII)
_BLOCK_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class Block:
    """A passage with an id that stays when its text changes; text in NFC with line feeds."""

    id: str
    type: str
    text: str


@dataclass(frozen=True)
class Revision:
    """One state of a measure's text. `author` is a commune's id, never a person; `budget` is None until known."""

    measure: str
    parents: tuple[str, ...]
    title: str
    blocks: tuple[Block, ...]
    budget: JsonObject | None
    author: str
    created: str


def normal_text(text: str) -> str:
    """The text in NFC with line feeds only, so that the same words give the same digest everywhere."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def measure_urn(slug: str) -> str:
    """The network's name of a measure of the common programme."""
    return f"{PROGRAMME}:{slug}"


def local_measure_urn(host: str, local_id: str) -> str:
    """The network's name of a measure of one commune."""
    return f"urn:pop:{host}:{local_id}"


@dataclass(frozen=True)
class LocalName:
    """The three parts of the name of a measure of one commune: whose it is, the theme it stands in, and its own id."""

    host: str
    theme: str
    id: str

    @property
    def urn(self) -> str:
        """The name in the network."""
        return local_measure_urn(self.host, f"{self.theme}:{self.id}")


def local_name(urn: str) -> LocalName | None:
    """The parts of a measure's name, or None when it is of the common programme, or names no theme."""
    found = None if is_of_programme(urn) else _LOCAL_URN.fullmatch(urn)
    return LocalName(*found.groups()) if found else None


def is_of_programme(urn: str) -> bool:
    """Whether this is the name of a measure of the common programme."""
    return urn.startswith(f"{PROGRAMME}:")


def slug_at(urn: str, host: str) -> str:
    """What names a measure in the addresses of this host: those of other communes never meet its own."""
    last, name = urn.rsplit(":", 1)[1], local_name(urn)
    if name is None or name.host == host:
        return last
    return f"{last}{ELSEWHERE}{hashlib.sha256(name.host.encode()).hexdigest()[:HOST_LETTERS]}"


def parse_measure_urn(text: str) -> str:
    """The measure's URN, when it is one. Raises InvalidInput."""
    if not _URN.fullmatch(text):
        raise InvalidInput(f"not the name of a measure: {text[:80]!r}")
    return text


def parse_digest(text: str) -> str:
    """The digest, when it has the form of one. Raises InvalidInput."""
    if not _DIGEST.fullmatch(text):
        raise InvalidInput(f"not the digest of a revision: {text[:80]!r}")
    return text


def digest(revision: Revision) -> str:
    """The address of a revision: `Qm…`, base58btc of the SHA-256 multihash of its JCS, without a multibase prefix.

    Without the prefix it is the form that IPFS made known, and fits in a URL as it is.
    """
    return content_digest(to_document(revision))


def parse_block_id(text: str) -> str:
    """The id of a passage, when it has the form of one. Raises InvalidInput."""
    if not _BLOCK_ID.fullmatch(text):
        raise InvalidInput(f"not the id of a passage: {text[:80]!r}")
    return text


def content_digest(document: JsonObject) -> str:
    """The same of any object."""
    hashed = hashlib.sha256(jcs(document)).digest()
    return base58.b58encode(_SHA256_MULTIHASH + hashed).decode("ascii")


def to_document(revision: Revision) -> JsonObject:
    """The JSON object that is hashed, and that travels."""
    blocks: list[Json] = [{"id": block.id, "type": block.type, "text": block.text} for block in revision.blocks]
    return {
        "schema": SCHEMA,
        "measure": revision.measure,
        "parents": list(revision.parents),
        "title": revision.title,
        "blocks": blocks,
        "budget": revision.budget,
        "author": revision.author,
        "created": revision.created,
    }


def from_document(document: JsonObject) -> Revision:
    """The valid revision that an object tells: each member, and no other one, or the digest would be of another object.

    Raises InvalidInput, TooLarge.
    """
    if document.get("schema") != SCHEMA or document.keys() != MEMBERS:
        raise InvalidInput("unknown schema of a revision, or other members than its")
    budget = document.get("budget")
    return validated(
        Revision(
            measure=shapes.string_at(document, "measure"),
            parents=shapes.strings_at(document, "parents", MAX_PARENTS),
            title=shapes.line_at(document, "title", MAX_TITLE_CHARS),
            blocks=tuple(map(_read_block, shapes.list_at(document, "blocks", MAX_BLOCKS))),
            budget=None if budget is None else shapes.as_object(budget, "budget"),
            author=shapes.string_at(document, "author", MAX_ID_CHARS),
            created=shapes.string_at(document, "created", 32),
        )
    )


def is_readable(document: JsonObject) -> bool:
    """Whether this version of the software knows the schema and all that stands in this object.

    It hashes what it knows: what it does not would be dropped from the digest without a word.
    """
    blocks, budget = document.get("blocks"), document.get("budget")
    known = [_is_known(block) for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    if isinstance(budget, dict) and not _is_plain(budget):
        return False
    return document.get("schema") == SCHEMA and document.keys() <= MEMBERS and all(known)


def validated(revision: Revision) -> Revision:
    """The same revision when it keeps every rule. Raises InvalidInput, TooLarge."""
    parse_measure_urn(revision.measure)
    if len(set(revision.parents)) != len(revision.parents) or len(revision.parents) > MAX_PARENTS:
        raise InvalidInput(f"parents must be different, and at most {MAX_PARENTS}")
    for parent in revision.parents:
        parse_digest(parent)
    _check_title(revision.title)
    _check_blocks(revision.blocks)
    if revision.budget is not None and not _is_plain(revision.budget):
        raise InvalidInput("a budget holds integers and texts only")
    if revision.budget is not None and len(jcs(revision.budget)) > MAX_BUDGET_BYTES:
        raise TooLarge(f"budget of more than {MAX_BUDGET_BYTES} bytes")
    if revision.author != PROGRAMME and parse_object_id(revision.author) != revision.author:
        raise InvalidInput("author is not an id in its canonical spelling")
    timestamps.from_text(f"{revision.created}T00:00:00Z" if _DAY.fullmatch(revision.created) else revision.created)
    return revision


def first_edition_revision(measure_slug: str, title: str, summary: str, date: str) -> Revision:
    """The revision of a measure in the first edition; `date` is the edition's. The same on every site."""
    return validated(
        Revision(
            measure=measure_urn(measure_slug),
            parents=(),
            title=normal_text(title),
            blocks=(Block(f"{measure_slug}-1", "paragraph", normal_text(summary)),),
            budget=None,
            author=PROGRAMME,
            created=date,
        )
    )


def _is_known(block: JsonObject) -> bool:
    return block.get("type") in BLOCK_TYPES and block.keys() <= BLOCK_MEMBERS


def _is_plain(budget: JsonObject) -> bool:
    """Whether each value is an integer or a text; True and False are integers in Python, and none here."""
    return all(type(value) in (int, str) for value in budget.values())


def _read_block(value: Json) -> Block:
    block = shapes.as_object(value, "block")
    if block.keys() != BLOCK_MEMBERS:
        raise InvalidInput("a block with other members than its")
    return Block(shapes.string_at(block, "id"), shapes.type_at(block), shapes.text_at(block, "text", MAX_BLOCK_CHARS))


def _check_title(title: str) -> None:
    if not title.strip() or title != normal_text(title) or "\n" in title:
        raise InvalidInput("the title must be one line in NFC, and not empty")
    shapes.shown(title, "title")
    if len(title) > MAX_TITLE_CHARS:
        raise TooLarge(f"title of {len(title)} characters; at most {MAX_TITLE_CHARS}")


def _check_blocks(blocks: tuple[Block, ...]) -> None:
    if not blocks:
        raise InvalidInput("a revision needs a block")
    if len(blocks) > MAX_BLOCKS:
        raise TooLarge(f"{len(blocks)} blocks; at most {MAX_BLOCKS}")
    if len({block.id for block in blocks}) != len(blocks):
        raise InvalidInput("two blocks have the same id")
    if sum(len(block.text) for block in blocks) > MAX_TEXT_CHARS:
        raise TooLarge(f"text of more than {MAX_TEXT_CHARS} characters")
    for block in blocks:
        _check_block(block)


def _check_block(block: Block) -> None:
    if not _BLOCK_ID.fullmatch(block.id) or block.type not in BLOCK_TYPES:
        raise InvalidInput(f"block with the id {block.id[:80]!r} and the type {block.type[:40]!r}")
    if not block.text.strip() or block.text != normal_text(block.text):
        raise InvalidInput(f"the text of block {block.id} must be in NFC with line feeds, and not empty")
    if len(block.text) > MAX_BLOCK_CHARS:
        raise TooLarge(f"block {block.id} of {len(block.text)} characters; at most {MAX_BLOCK_CHARS}")
