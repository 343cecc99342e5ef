"""What a draft holds of the fields of its form."""

import re
from collections.abc import Mapping
from typing import Any

FIELDS = ("title", "text", "reach", "to", "category")
# Pictures: descriptions, names of those here, those that were lost; passages and budget of a measure; judgements;
# polls; what is done with discussions; choices.
MORE = re.compile(
    r"(?:alt|deco|gardee)-[1-9]|(?:text|block)-[1-9][0-9]{0,2}|b-[a-z0-9_]{1,30}|reason|base|head"
    r"|(?:sondage-)?(?:decision|reason|sentence)|warn|suspend"
    r"|multiple|ends|raison|jusqua|ou|perdue-[1-9]"
    r"|(?:choix|autre)-(?:titre|budget|(?:texte|repris):[a-z0-9][a-z0-9-]{0,79})"
)
TYPED = re.compile(
    r"title|text(?:-[0-9]+)?|b-[a-z0-9_]+|reason|raison|(?:alt|gardee)-[1-9]|(?:sondage-)?sentence|choix-.+"
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
