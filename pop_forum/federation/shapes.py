"""The members of a foreign JSON object, each read as the one type it must have, or refused with its name."""

import re
from datetime import datetime

from pop_forum.errors import InvalidInput
from pop_forum.federation import timestamps
from pop_forum.federation.identifiers import ObjectId, parse_object_id
from pop_forum.federation.strict_json import Json, JsonObject

# Tab and line ends are text; the other control characters are not, and NUL cannot be stored by PostgreSQL.
MAX_NUMBER = 2**31 - 1  # a commune with an entry a second gets there in 68 years; what every database holds
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # what is read is not what stands there (CVE-2021-42574)
# What draws nothing, as a list: a category of Unicode could change with the reader's version of it.
_DRAWS_NOTHING = re.compile(
    "[\t-\r \u0085\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0]*"
)
_HEX = re.compile(r"(?:[0-9a-f]{2})*", re.ASCII)


def as_object(value: Json, what: str) -> JsonObject:
    """`value` as an object."""
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} must be an object")
    return value


def object_at(document: JsonObject, key: str) -> JsonObject:
    """The object under `key`."""
    return as_object(document.get(key), key)


def list_at(document: JsonObject, key: str, limit: int) -> list[Json]:
    """The list under `key`, of at most `limit` items."""
    value = document.get(key)
    if not isinstance(value, list) or len(value) > limit:
        raise InvalidInput(f"{key} must be a list of at most {limit}")
    return value


def strings_at(document: JsonObject, key: str, limit: int) -> tuple[str, ...]:
    """The strings of the list under `key`, at most `limit`."""
    values = [value for value in list_at(document, key, limit) if isinstance(value, str)]
    if len(values) != len(list_at(document, key, limit)):
        raise InvalidInput(f"{key} must be a list of strings")
    return tuple(values)


def string_at(document: JsonObject, key: str, limit: int = 256) -> str:
    """The string under `key`, not empty, of at most `limit` characters."""
    value = document.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= limit:
        raise InvalidInput(f"{key} must be a text of 1 to {limit} characters")
    return value


def line_at(document: JsonObject, key: str, limit: int) -> str:
    """The single line of text under `key`."""
    value = string_at(document, key, limit)
    if _LINE_CONTROL.search(value):
        raise InvalidInput(f"{key} holds a control character")
    return value


def shown_line_at(document: JsonObject, key: str, limit: int) -> str:
    """The line under `key` that stands alone in our pages, as a name or a title does."""
    return shown(line_at(document, key, limit), key)


def shown(line: str, what: str) -> str:
    """The same line, which draws something, in the order in which it stands. Raises InvalidInput."""
    if _REORDERING.search(line) or _DRAWS_NOTHING.fullmatch(line):
        raise InvalidInput(f"{what} draws nothing, or reorders what is read")
    return line


def text_at(document: JsonObject, key: str, limit: int) -> str:
    """The text under `key`, which may have several lines."""
    value = string_at(document, key, limit)
    if _CONTROL.search(value):
        raise InvalidInput(f"{key} holds a control character")
    return value


def type_at(document: JsonObject) -> str:
    """The one type of this object; an array of types means different things to different readers."""
    return string_at(document, "type", 64)


def id_at(document: JsonObject, key: str) -> ObjectId:
    """The one id under `key`; a list, a number or an embedded object is not an id."""
    value = document.get(key)
    if not isinstance(value, str):
        raise InvalidInput(f"{key} must be one URL")
    return parse_object_id(value)


def optional_id_at(document: JsonObject, key: str) -> ObjectId | None:
    """The one id under `key`, or None when there is no such member."""
    return id_at(document, key) if document.get(key) is not None else None


def integer_at(document: JsonObject, key: str, *, least: int = 0, most: int = MAX_NUMBER) -> int:
    """The integer under `key`, at least `least`; each counts something, at most `most` of it."""
    value = document.get(key)
    if type(value) is not int or not least <= value <= most:
        raise InvalidInput(f"{key} must be an integer from {least} to {most}")
    return value


def bytes_at(document: JsonObject, key: str, size: int = 32) -> bytes:
    """The `size` bytes that the lower-case hexadecimal text under `key` spells."""
    return as_bytes(document.get(key), key, size)


def as_bytes(value: Json, what: str, size: int = 32) -> bytes:
    """The `size` bytes that a lower-case hexadecimal text spells."""
    if not isinstance(value, str) or len(value) != 2 * size or not _HEX.fullmatch(value):
        raise InvalidInput(f"{what} must be {size} bytes in lower-case hexadecimal")
    return bytes.fromhex(value)


def time_at(document: JsonObject, key: str) -> datetime:
    """The moment under `key`, in UTC."""
    return timestamps.from_text(string_at(document, key, 32))
