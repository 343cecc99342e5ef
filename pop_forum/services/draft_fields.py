"""What a draft holds of the fields of its form."""

import re
from collections.abc import Mapping
from typing import Any

from pop_forum.federation.images import MAX_IMAGES

FIELDS = ("title", "text", "reach", "to", "category")
# Pictures: descriptions, names of those here, those that were lost; passages and budget of a measure; judgements;
# polls; what is done with discussions; choices; reports; improvements and their answers; roles; other communes.
MORE = re.compile(
    r"(?:alt|deco|gardee)-[1-9]|(?:text|block)-[1-9][0-9]{0,2}|b-[a-z0-9_]{1,30}|reason|base|head"
    r"|(?:sondage-)?(?:decision|reason|sentence)|warn|suspend"
    r"|details|choice|passage|role|scope|form|state|profiles|quorum|days"
    r"|multiple|ends|raison|jusqua|ou|perdue-[1-9]"
    r"|(?:choix|autre)-(?:titre|budget|(?:texte|repris):[a-z0-9][a-z0-9-]{0,79})"
)
_PICTURE = re.compile(r"(?:alt|deco|gardee|perdue)-[1-9]")
TYPED = re.compile(
    r"title|text(?:-[0-9]+)?|b-[a-z0-9_]+|reason|raison|details|profiles|(?:alt|gardee)-[1-9]|(?:sondage-)?sentence|choix-.+"
)  # without any of these a form is empty
SHORT = {
    "reach": 20,
    "to": 12,
    "category": 40,
    "multiple": 20,
    "ends": 40,
    "jusqua": 40,
    "ou": 120,
}  # a longer one is not ours


def fields_of(draft: Mapping[str, Any]) -> dict[str, str]:
    """The fields that a draft holds."""
    return {name: value for name in FIELDS if (value := draft[name])} | (draft["more"] or {})


def words(fields: Mapping[str, str]) -> dict[str, str]:
    """What somebody typed in a form, however its lines end."""
    filled = {name: value.replace("\r\n", "\n").strip() for name, value in fields.items() if TYPED.fullmatch(name)}
    return {name: value for name, value in filled.items() if value}


def above(returned: Mapping[str, str], waiting: Mapping[str, str]) -> dict[str, str]:
    """One draft of two for the same form: what is given back, and below it what was typed there meanwhile.

    A form has one title and few places for pictures: another title, and descriptions without a place, join the text.
    """
    fields = {**waiting, **{name: value for name, value in returned.items() if value}}
    slots = _slots(returned)
    slots += [slot for slot in _slots(waiting) if slot not in slots]
    title = waiting.get("title", "").strip()
    texts = [
        returned.get("text", ""),
        title if title != fields.get("title", "").strip() else "",
        waiting.get("text", "") if words(waiting).get("text") != words(returned).get("text") else "",
        *(slot.get("alt", "") for slot in slots[MAX_IMAGES:]),
    ]
    fields["text"] = "\n\n".join(text.replace("\r\n", "\n").strip() for text in texts if text.strip())
    kept = {name: value for name, value in fields.items() if not _PICTURE.fullmatch(name)}
    for number, slot in enumerate(slots[:MAX_IMAGES], 1):
        kept |= {f"{name}-{number}": value for name, value in slot.items()}
    return kept


def _slots(fields: Mapping[str, str]) -> list[dict[str, str]]:
    """What a draft holds of each picture: its name, its description, that it decorates, that it was lost."""
    found: dict[str, dict[str, str]] = {}
    for name in sorted(name for name, value in fields.items() if value and _PICTURE.fullmatch(name)):
        kind, _, number = name.partition("-")
        found.setdefault(number, {})[kind] = fields[name]
    return [found[number] for number in sorted(found)]
