"""The form in which a measure is priced: every field a text, named as in the sheet that travels."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from flask_babel import gettext

from pop_forum.domain.budget.sheet import AIDS_MOST, AMOUNTS, CHOICES, NUMBERS, TEXTS, Sheet
from pop_forum.domain.budget.typed import AID_FIELDS, NO_COST, UNKNOWN, read_typed
from pop_forum.domain.budget.wire import read
from pop_forum.domain.french import format_number
from pop_forum.models import Revision
from pop_forum.services.budgets import Estimate
from pop_forum.web.measure_form import wrong_reason

PREFIX = "b-"  # of the names of these fields, in forms and in drafts
AIDS_LEAST = 1  # places shown when there are fewer aids
ENDS = ("low", "high")
FIGURES = (
    "known",
    *(f"{name}_{end}" for name in AMOUNTS for end in ENDS),
    "fctva",
    *(name for name in NUMBERS if name != "population"),
    *(f"aid_{place}_{name}" for place in range(1, AIDS_MOST + 1) for name in AID_FIELDS),
)  # what the totals are worked out from
NAMES = (
    *FIGURES,
    *CHOICES,
    "by",
    "date",
    "hypotheses",
    "sources",
)


@dataclass(frozen=True, slots=True)
class BudgetForm:
    """What was typed, by the name of each field; `base` is the version that the person began to write from."""

    fields: Mapping[str, str]
    reason: str
    base: str
    places: int = AIDS_LEAST

    @classmethod
    def of(cls, revision: Revision, today: dt.date) -> "BudgetForm":
        """The form as it is first shown: the present sheet, no reason yet."""
        sheet = read(revision.budget) or Sheet(date=today.isoformat())
        return cls(_texts(sheet), "", revision.digest, _places(len(sheet.aids)))

    @classmethod
    def kept(cls, fields: Mapping[str, str]) -> "BudgetForm":
        """The form as its draft left it."""
        texts = {name: fields.get(PREFIX + name, "") for name in NAMES}
        return cls(texts, fields.get("reason", ""), fields.get("base", ""), _places(_last_aid(texts)))

    @classmethod
    def typed(cls, *, more: bool = False) -> "BudgetForm":
        """The form as it was sent; with `more`, there is a place for one more aid."""
        texts = {name: request.form.get(PREFIX + name, "").replace("\r\n", "\n") for name in NAMES}
        shown = sum(f"{PREFIX}aid_{place}_name" in request.form for place in range(1, AIDS_MOST + 1))
        places = max(_places(_last_aid(texts)), min(AIDS_MOST, shown + more))
        return cls(texts, request.form.get("reason", ""), request.form.get("base", ""), places)

    @property
    def draft(self) -> dict[str, str]:
        """What its draft holds."""
        return {"reason": self.reason, "base": self.base, **{PREFIX + name: text for name, text in self.fields.items()}}

    def changes(self, present: Revision, today: dt.date) -> bool:
        """Whether somebody wrote something in it."""
        fresh = self.of(present, today)
        return (self.fields, self.reason) != (fresh.fields, fresh.reason)

    def read(self, present: Revision, today: dt.date) -> tuple[Sheet, dict[str, str]]:
        """The sheet, and what is wrong as sentences by the name of the field, in the order of the form."""
        sheet, wrong = read_typed(self.fields, today, read(present.budget))
        found = {PREFIX + name: str(gettext(wrong[name])) for name in NAMES if name in wrong}
        found |= wrong_reason(self.reason)
        return sheet, found

    def wrong_figures(self, wrong: Mapping[str, str], *, typing: bool = False) -> dict[str, str]:
        """What is wrong with what the totals are worked out from; while `typing`, only where something is written."""
        missing = gettext(NO_COST)
        figures = {PREFIX + name: self.fields[name] for name in FIGURES}
        return {
            field: said
            for field, said in wrong.items()
            if field in figures and said != missing and not (typing and not figures[field].strip())
        }

    def estimate(self, sheet: Sheet) -> Estimate:
        """What the service publishes."""
        return Estimate(sheet, self.reason, self.base)


def _texts(sheet: Sheet) -> dict[str, str]:
    """The fields that a sheet fills."""
    texts = dict.fromkeys(NAMES, "")
    texts["known"] = "amounts" if sheet.known else UNKNOWN
    for name in AMOUNTS:
        amount = getattr(sheet, name)
        if amount is not None:
            texts |= {f"{name}_low": format_number(amount.low), f"{name}_high": format_number(amount.high)}
    for name in (*CHOICES, *TEXTS, "date", "use_years", "launch_year"):
        texts[name] = str(getattr(sheet, name) or "")
    texts["fctva"] = "" if sheet.fctva is None else str(int(sheet.fctva))
    for place, aid in enumerate(sheet.aids, start=1):
        said = (aid.name, format_number(aid.amount), str(aid.term), str(aid.state), str(int(aid.public)))
        texts |= {f"aid_{place}_{name}": text for name, text in zip(AID_FIELDS, said, strict=True)}
    return texts


def _last_aid(texts: Mapping[str, str]) -> int:
    filled = [place for place in range(1, AIDS_MOST + 1) if texts[f"aid_{place}_name"] or texts[f"aid_{place}_amount"]]
    return max(filled, default=0)


def _places(aids: int) -> int:
    """How many places for aids are shown: one is free while there is room."""
    return min(AIDS_MOST, max(AIDS_LEAST, aids + 1))
