"""What the form that failed held, to be given back on the page that says so."""

import re
from dataclasses import dataclass

from flask import g, request
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge

from pop_forum.domain.moderation import Reason

SECRET_FIELDS = ("csrf_token", "password", "current")
WORDS = (
    "title",
    "text",
    "reason",
    "raison",
    "details",
    "sentence",
    "profiles",
)  # without any of these, nothing is given back
DESCRIPTION = "alt-"  # begins the name of the field that describes a picture
AMOUNTS = re.compile(  # the short fields of a budget: given back, and not shown
    r"b-(?:[a-z]+_(?:low|high)|aid_[1-9]_(?:name|amount)|use_years|launch_year|by)"
)
BUDGET = ("b-hypotheses", "b-sources")
POLL = "sondage-"  # begins the same names in the second form of a page
DAY = "jusqua"  # shown beside the words: a wrong one may be what failed
LONG_FIELD = 80  # a typed value above this, or with a line end, comes back in a tall field


@dataclass(frozen=True, slots=True)
class Kept:
    """One value of the form that failed, to be sent again."""

    name: str
    value: str

    @property
    def words(self) -> bool:
        """Whether somebody wrote this; a form also holds codes that it chose among."""
        name = self.name.removeprefix(POLL)
        written = name in (*WORDS, *BUDGET) or name.startswith(DESCRIPTION) or self.is_amount
        return written and bool(self.value.strip()) and not (name == "reason" and self.value in set(Reason))

    @property
    def is_amount(self) -> bool:
        """Whether it is a short field of a budget, which means nothing away from its form."""
        return AMOUNTS.fullmatch(self.name) is not None

    @property
    def shown(self) -> bool:
        """Whether it can be changed before it is sent again."""
        return (self.words and not self.is_amount) or self.name == DAY

    @property
    def tall(self) -> bool:
        """Whether it needs more than one line."""
        return "\n" in self.value or len(self.value) > LONG_FIELD or self.name == "text"

    @property
    def type(self) -> str:
        """The kind of a short field."""
        return "date" if self.name == DAY else "text"

    @property
    def label(self) -> str:
        """What stands above it."""
        if self.name == "title":
            return str(gettext("Titre"))
        if self.name in BUDGET:
            return str(gettext("Hypothèses") if self.name == BUDGET[0] else gettext("Sources"))
        if self.name == DAY:
            return str(gettext("Jusqu’au, si vous le souhaitez"))
        if self.name.startswith(DESCRIPTION):
            return str(gettext("La description de l’image"))
        return str(gettext("Votre texte"))


def give_back_too(name: str, value: str) -> None:
    """Nothing; if this request fails, the form holds this as well: what was sent as a file, under its name here."""
    g.setdefault("given_back_too", []).append(Kept(name, value))


def given_back() -> list[Kept]:
    """The fields of a failed form, in their order, without secrets; nothing when nobody wrote anything in it."""
    try:
        pairs = list(request.form.items(multi=True)) if request.method == "POST" else []
    except RequestEntityTooLarge:
        return []
    fields = [Kept(name, value) for name, value in pairs if name not in SECRET_FIELDS]
    if any(name in ("password", "current") for name, _ in pairs) or not any(field.words for field in fields):
        return []
    return fields + list(g.get("given_back_too", []))
