"""JCS, the one byte form of a JSON value that is hashed and signed (RFC 8785), for integers only."""

import json
from collections.abc import Iterable
from typing import cast

from pop_forum.errors import InvalidInput
from pop_forum.federation.strict_json import MAX_INTEGER, Json

_SORTED = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_AS_GIVEN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def jcs(value: object) -> bytes:
    """The JCS bytes of `value`, which is made of dict, list, str, int, bool and None.

    The interpreter's own encoder writes exactly what RFC 8785 asks for, except for floats (refused: no format of ours
    has any) and for the order of keys beyond the Basic Multilingual Plane. Raises InvalidInput.
    """
    plain = _check(value)
    text = _SORTED(value) if plain else _AS_GIVEN(_in_utf16_order(cast(Json, value)))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput("lone surrogate in a string: it has no UTF-8 form") from error


def jcs_of_read(value: Json) -> bytes:
    """The same for a value that strict_json has read without floats, so that only the order of keys is in question.

    By code point it is the one of RFC 8785 wherever no character takes two UTF-16 units.
    """
    text = _SORTED(value)
    if not text.isascii() and len(text.encode("utf-16-le")) != 2 * len(text):
        return jcs(value)
    return text.encode("utf-8")


def _check(value: object) -> bool:
    """Whether sorting keys by code point is right; raises InvalidInput for what has no canonical form."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        if not -MAX_INTEGER <= cast(int, value) <= MAX_INTEGER:
            raise InvalidInput("integer beyond 2^53 - 1")
        return True
    if kind is list:
        return _check_all(cast(list[object], value))
    if kind is dict:
        members = cast(dict[object, object], value)
        keys_are_plain = _check_keys(members)
        return _check_all(members.values()) and keys_are_plain
    raise InvalidInput(f"a {kind.__name__} has no canonical form here")


def _check_all(values: Iterable[object]) -> bool:
    """Whether every value is plain; strings, the most frequent, are passed over without a call."""
    plain = True
    for value in values:
        if type(value) is not str and not _check(value):
            plain = False
    return plain


def _check_keys(keys: Iterable[object]) -> bool:
    """Whether no key holds a character that UTF-16 would sort differently."""
    plain = True
    for key in keys:
        if type(key) is not str:
            raise InvalidInput("the key of an object is not a string")
        if not key.isascii() and max(key) > "\uffff":
            plain = False
    return plain


def _in_utf16_order(value: Json) -> Json:
    """The same value with the members of its objects sorted by UTF-16 code units (RFC 8785, section 3.2.3)."""
    if isinstance(value, list):
        return [_in_utf16_order(item) for item in value]
    if isinstance(value, dict):
        return {key: _in_utf16_order(value[key]) for key in sorted(value, key=_utf16)}
    return value


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")
