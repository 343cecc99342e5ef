"""The one reader of foreign JSON: size, depth, digits, no NaN, no duplicate keys (RFC 8259, I-JSON RFC 7493)."""

import json
import re
from itertools import accumulate
from typing import NoReturn, TypeAlias

from pop_forum.errors import InvalidInput

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = dict[str, "Json"]

MAX_BYTES = 1024 * 1024  # twice the largest page of a journal
MAX_DEPTH = 64  # our deepest document has 8 levels; the interpreter's own limit is far above
MAX_DIGITS = 16  # 2^53 has 16 digits
MAX_INTEGER = 2**53 - 1  # what every JSON reader can hold exactly (RFC 7493, section 2.2)

_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_STRUCTURE = bytes(set(range(256)) - set(_STEP) - {ord('"')})
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def loads(data: bytes, *, floats: bool = False) -> Json:
    """The value that `data` spells; floats are refused unless `floats`, as no format of ours has any.

    Raises InvalidInput with the cause.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"JSON of {len(data)} bytes; at most {MAX_BYTES}")
    _check_depth(data)
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float if floats else _no_float,
            parse_constant=_no_constant,
        )
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are both ValueErrors
        raise InvalidInput(f"not JSON: {error}") from error
    if _SURROGATE_ESCAPE.search(data):
        _check_surrogates(value)
    return value


def load_object(data: bytes, *, floats: bool = False) -> JsonObject:
    """The JSON object that `data` spells. Raises InvalidInput, also when it is another kind of value."""
    value = loads(data, floats=floats)
    if not isinstance(value, dict):
        raise InvalidInput(f"a JSON object was expected, not {type(value).__name__}")
    return value


def _check_depth(data: bytes) -> None:
    """Refuses deep nesting before the recursive parser sees it; brackets inside strings do not count."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside_strings = unescaped.translate(None, _NOT_STRUCTURE).split(b'"')[::2]
    brackets = b"".join(outside_strings)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise InvalidInput(f"JSON nested deeper than {MAX_DEPTH} levels")


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    """The object of these members; two members of one name mean different things to different readers."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise InvalidInput("duplicate key in a JSON object")
    return value


def _integer(digits: str) -> int:
    """The integer these digits spell, within what every JSON reader can hold."""
    if len(digits) > MAX_DIGITS + 1 or abs(number := int(digits)) > MAX_INTEGER:
        raise InvalidInput(f"integer of {len(digits)} digits beyond 2^53 - 1")
    return number


def _no_float(text: str) -> NoReturn:
    raise InvalidInput(f"number with a fraction or an exponent: {text[:24]}")


def _float(text: str) -> float:
    """The finite float this text spells."""
    if len(text) > 2 * MAX_DIGITS or abs(number := float(text)) == float("inf"):
        raise InvalidInput(f"number too long or too large: {text[:24]}")
    return number


def _no_constant(name: str) -> NoReturn:
    raise InvalidInput(f"{name} is not JSON")


def _check_surrogates(value: Json) -> None:
    """Refuses half of a surrogate pair: such a string has no UTF-8 form, so it could be neither kept nor hashed."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput("lone surrogate in a JSON string") from error
