"""A sheet as the member `budget` of a revision: a flat object of integers and texts (FEDERATION.md, Revisions).

Reading never fails and drops nothing: what this version does not know, or finds wrong, stays in `others` and is written
again as it came. So an adaptation never loses a line that a newer site wrote.
"""

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pop_forum.domain.budget.amounts import Range
from pop_forum.domain.budget.sheet import (
    AIDS_MOST,
    AMOUNTS,
    CHOICES,
    EUROS,
    NAME_CHARS,
    NUMBERS,
    TEXTS,
    Aid,
    AidState,
    Sheet,
    Term,
)

Value = int | str
FORM = "sheet"  # the member that says which form of a sheet this is
VERSION = 1
UNKNOWN = "unknown"  # 1 when the answer is « je ne sais pas » for the whole measure; else absent
AID_MEMBERS = ("name", "amount", "term", "state", "public")


def read(document: Mapping[str, Any] | None) -> Sheet | None:
    """The sheet that a revision carries; None when nobody estimated it, or when it is of another form than ours."""
    if document is None or not _is_one(document.get(FORM)):
        return None
    rest: dict[str, Value] = dict(document)
    del rest[FORM]
    values: dict[str, Any] = {}
    values["known"] = not _is_one(rest.get(UNKNOWN))
    if not values["known"]:
        del rest[UNKNOWN]
    _take(rest, values, "fctva", _flag)
    for name in AMOUNTS:
        _take_range(rest, values, name)
    for name, bounds in NUMBERS.items():
        _take(rest, values, name, lambda value, bounds=bounds: _whole(value, bounds))
    for name, words in CHOICES.items():
        _take(rest, values, name, lambda value, words=words: words(value) if value in list(words) else None)
    for name, most in TEXTS.items():
        _take(rest, values, name, lambda value, most=most: _text(value, most))
    _take(rest, values, "date", _day)
    return Sheet(**values, aids=_aids(rest), others=tuple(sorted(rest.items())))


def write(sheet: Sheet) -> dict[str, Value]:
    """The object of a sheet; what is not known is absent. Members of ours prevail over those kept."""
    found: dict[str, Value] = {FORM: VERSION} if sheet.known else {FORM: VERSION, UNKNOWN: 1}
    for name in AMOUNTS:
        amount = getattr(sheet, name)
        if amount is not None:
            found |= {f"{name}_low": amount.low, f"{name}_high": amount.high}
    for name in (*NUMBERS, *CHOICES, *TEXTS, "date"):
        value = getattr(sheet, name)
        if value not in (None, ""):
            found[name] = value if type(value) is int else str(value)
    if sheet.fctva is not None:
        found["fctva"] = int(sheet.fctva)
    for place, aid in enumerate(sheet.aids, start=1):
        found |= {f"aid_{place}_{name}": _plain(getattr(aid, name)) for name in AID_MEMBERS}
    return dict(sheet.others) | found


def members() -> tuple[str, ...]:
    """The names that a sheet's own members have, beside those of aids: for tables of data."""
    amounts = tuple(f"{name}_{end}" for name in AMOUNTS for end in ("low", "high"))
    return (UNKNOWN, *amounts, "fctva", *NUMBERS, *CHOICES, *TEXTS, "date")


def differing(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The fields of a sheet (`investment`, `aids`, `others`…) that two budgets do not say alike, in their order.

    Nothing when both are the same. A budget that cannot be read as a sheet differs as a whole: `sheet`.
    """
    if one == other:
        return ()
    left, right = read(one), read(other)
    if (left is None and one is not None) or (right is None and other is not None):
        return (FORM,)
    blank = Sheet()
    names = [field.name for field in fields(Sheet)]
    found = [name for name in names if getattr(left or blank, name) != getattr(right or blank, name)]
    return tuple(found) if left is not None and right is not None else tuple(dict.fromkeys(["known", *found]))


def _take(rest: dict[str, Value], values: dict[str, Any], name: str, read_value: Any) -> None:
    """Nothing; the member goes from the rest to the values when it can be read."""
    if name in rest and (value := read_value(rest[name])) is not None:
        values[name] = value
        del rest[name]


def _take_range(rest: dict[str, Value], values: dict[str, Any], name: str) -> None:
    low, high = (_whole(rest.get(f"{name}_{end}"), EUROS) for end in ("low", "high"))
    if low is not None and high is not None and low <= high:
        values[name] = Range(low, high)
        del rest[f"{name}_low"], rest[f"{name}_high"]


def _aids(rest: dict[str, Value]) -> tuple[Aid, ...]:
    """The aids in their order, up to the first place that holds none."""
    found: list[Aid] = []
    for place in range(1, AIDS_MOST + 1):
        names = [f"aid_{place}_{name}" for name in AID_MEMBERS]
        aid = _aid(*(rest.get(name) for name in names))
        if aid is None:
            break
        found.append(aid)
        for name in names:
            del rest[name]
    return tuple(found)


def _aid(name: Any, amount: Any, term: Any, state: Any, public: Any) -> Aid | None:
    line, euros, counts = _text(name, NAME_CHARS), _whole(amount, EUROS), _flag(public)
    if line is None or euros is None or counts is None or term not in list(Term) or state not in list(AidState):
        return None
    return Aid(line, euros, Term(term), AidState(state), counts)


def _plain(value: Any) -> Value:
    return int(value) if isinstance(value, int) else str(value)


def _whole(value: Any, bounds: tuple[int, int]) -> int | None:
    return value if type(value) is int and bounds[0] <= value <= bounds[1] else None


def _is_one(value: Any) -> bool:
    return type(value) is int and value == 1


def _flag(value: Any) -> bool | None:
    return bool(value) if type(value) is int and value in (0, 1) else None


def _text(value: Any, most: int) -> str | None:
    """A text that we would have written: not empty, in NFC, with line feeds, and not too long."""
    plain = type(value) is str and value.strip() and "\r" not in value and unicodedata.is_normalized("NFC", value)
    return value if plain and len(value) <= most else None


def _day(value: Any) -> str | None:
    try:
        return value if type(value) is str and dt.date.fromisoformat(value).isoformat() == value else None
    except ValueError:
        return None
