"""A sheet as it is typed in a form: texts by member in, a sheet and a sentence for each wrong field out."""

import datetime as dt
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from pop_forum.domain.budget.amounts import Range, parse_amount
from pop_forum.domain.budget.sheet import (
    AIDS_MOST,
    AMOUNTS,
    BY_CHARS,
    FIRST_YEAR,
    LAST_YEAR,
    NAME_CHARS,
    TEXT_CHARS,
    YEARS_MOST,
    Aid,
    AidState,
    Competence,
    Confidence,
    Method,
    Sheet,
    Term,
)
from pop_forum.domain.text import TextTooLong, clean_line, clean_text, is_visible
from pop_forum.errors import InvalidInput

UNKNOWN = "unknown"  # the answer « je ne sais pas »
AID_FIELDS = ("name", "amount", "term", "state", "public")

OTHER_END = "Donnez les deux montants, ou laissez les deux cases vides."
UPSIDE_DOWN = "Le montant haut est plus petit que le montant bas."
SINGLE = "Un montant unique demande un devis. Sans devis, donnez un montant bas et un montant haut."
NO_COST = "Donnez un coût (investissement, ou fonctionnement annuel), ou répondez «\u202fje ne sais pas\u202f»."
BOTH_ANSWERS = "Vous répondez «\u202fje ne sais pas\u202f» et des montants sont là. Effacez-les, ou changez la réponse."
NO_METHOD = "Dites comment ces montants ont été trouvés."
NO_CONFIDENCE = "Dites quelle confiance ces montants méritent."
NO_QUOTE = "La confiance «\u202fdevis\u202f» demande que la méthode soit «\u202fdevis\u202f»."
NO_GROUND = "Écrivez au moins une hypothèse ou une source\u00a0: c’est ce qui permet de vérifier."
NO_DAY = "Écrivez la date comme 14/03/2026."
LATER = "Cette date n’est pas encore passée."
NO_YEARS = "Écrivez un nombre d’années entre 1 et 60."
NO_YEAR = "Écrivez une année entre 2020 et 2100."
NO_NAME = "Dites qui verserait cette aide."
NO_AMOUNT = "Donnez le montant de cette aide."
LONG_TEXT = "Ce texte dépasse 1\u202f200 caractères. Raccourcissez-le."
LONG_BY = "Ce texte dépasse 120 caractères. Raccourcissez-le."
LONG_NAME = "Ce nom dépasse 80 caractères. Raccourcissez-le."
NO_CHOICE = "Choisissez une réponse de la liste."

_FRENCH_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,4}", re.ASCII)
Word = TypeVar("Word", bound=StrEnum)


def read_typed(typed: Mapping[str, str], today: dt.date, present: Sheet | None) -> tuple[Sheet, dict[str, str]]:
    """The sheet that a form says, and what is wrong, by member.

    `present` gives what a form does not hold: the members that this version does not know.
    """
    reading = _Reading(typed)
    known = typed.get("known") != UNKNOWN
    method = reading.choice("method", Method)
    amounts = {name: reading.range(name, single=method is Method.QUOTE) for name in AMOUNTS}
    sheet = Sheet(
        known=known,
        investment=amounts["investment"],
        start=amounts["start"],
        running=amounts["running"],
        revenue=amounts["revenue"],
        savings=amounts["savings"],
        aids=reading.aids(),
        fctva={"1": True, "0": False}.get(typed.get("fctva", "")),
        use_years=reading.whole("use_years", 1, YEARS_MOST, NO_YEARS),
        launch_year=reading.whole("launch_year", FIRST_YEAR, LAST_YEAR, NO_YEAR),
        competence=reading.choice("competence", Competence),
        method=method,
        confidence=reading.choice("confidence", Confidence),
        by=reading.line("by", BY_CHARS, LONG_BY),
        date=reading.day(today),
        hypotheses=reading.text("hypotheses"),
        sources=reading.text("sources"),
        others=() if present is None else present.others,
    )
    _check_whole(sheet, reading.wrong)
    return sheet, reading.wrong


def _check_whole(sheet: Sheet, wrong: dict[str, str]) -> None:
    """Nothing; what does not fit together is added to what is wrong."""
    written = bool(sheet.aids) or any(getattr(sheet, name) is not None for name in AMOUNTS)
    if not sheet.known:
        if written or any(f"{name}_{end}" in wrong for name in AMOUNTS for end in ("low", "high")):
            wrong.setdefault("known", BOTH_ANSWERS)
        return
    if not sheet.is_priced and not any(name.startswith(("investment", "running")) for name in wrong):
        wrong["investment_low"] = NO_COST
    if sheet.method is None:
        wrong.setdefault("method", NO_METHOD)
    if sheet.confidence is None:
        wrong.setdefault("confidence", NO_CONFIDENCE)
    elif sheet.confidence is Confidence.QUOTE and sheet.method is not Method.QUOTE:
        wrong["confidence"] = NO_QUOTE
    if not sheet.hypotheses and not sheet.sources:
        wrong.setdefault("hypotheses", NO_GROUND)


class _Reading:
    """The fields of one form, and what was wrong with them so far."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed
        self.wrong: dict[str, str] = {}

    def range(self, name: str, *, single: bool) -> Range | None:
        """The two ends of an amount; with a quote, one end says both."""
        low, high = (self.amount(f"{name}_{end}") for end in ("low", "high"))
        if f"{name}_low" in self.wrong or f"{name}_high" in self.wrong or (low is None and high is None):
            return None
        if low is None or high is None:
            if not single:
                self.wrong[f"{name}_{'low' if low is None else 'high'}"] = OTHER_END
                return None
            low = high = high if low is None else low
        if low is None or high is None or low > high:
            self.wrong[f"{name}_high"] = UPSIDE_DOWN
            return None
        if low == high and low and not single:
            self.wrong[f"{name}_high"] = SINGLE
        return Range(low, high)

    def amount(self, name: str) -> int | None:
        """The euros in one field, None when it is empty or wrong."""
        if not is_visible(self._text(name)):
            return None
        try:
            return parse_amount(self._text(name))
        except InvalidInput as error:
            self.wrong[name] = error.public
            return None

    def whole(self, name: str, low: int, high: int, sentence: str) -> int | None:
        """A whole number between two bounds, None when the field is empty or wrong."""
        text = self._text(name).strip()
        if text and not (_WHOLE.fullmatch(text) and low <= int(text) <= high):
            self.wrong[name] = sentence
            return None
        return int(text) if text else None

    def choice(self, name: str, words: type[Word]) -> Word | None:
        """One of a list's words, None when none was chosen."""
        text = self._text(name)
        if text and text not in list(words):
            self.wrong[name] = NO_CHOICE
        return words(text) if text in list(words) else None

    def line(self, name: str, most: int, sentence: str) -> str:
        """One line, empty when nothing is written."""
        try:
            return clean_line(self._text(name), most) if is_visible(self._text(name)) else ""
        except TextTooLong:
            self.wrong[name] = sentence
            return ""

    def text(self, name: str) -> str:
        """Several lines, empty when nothing is written."""
        try:
            return clean_text(self._text(name), TEXT_CHARS) if is_visible(self._text(name)) else ""
        except TextTooLong:
            self.wrong[name] = LONG_TEXT
            return ""

    def day(self, today: dt.date) -> str:
        """The day of the estimate, as 2026-03-14."""
        text = self._text("date").strip()
        match = _FRENCH_DAY.fullmatch(text)
        try:
            found = dt.date(*(int(part) for part in match.groups()[::-1])) if match else dt.date.fromisoformat(text)
        except ValueError:
            self.wrong["date"] = NO_DAY
            return ""
        if found > today:
            self.wrong["date"] = LATER
        return found.isoformat()

    def aids(self) -> tuple[Aid, ...]:
        """The aids that are filled in, without the empty places."""
        return tuple(aid for place in range(1, AIDS_MOST + 1) if (aid := self._aid(f"aid_{place}_")) is not None)

    def _aid(self, place: str) -> Aid | None:
        if not is_visible(self._text(f"{place}name")) and not is_visible(self._text(f"{place}amount")):
            return None
        name = self.line(f"{place}name", NAME_CHARS, LONG_NAME)
        amount = self.amount(f"{place}amount")
        term, state = self.choice(f"{place}term", Term), self.choice(f"{place}state", AidState)
        if not name:
            self.wrong.setdefault(f"{place}name", NO_NAME)
        if amount is None:
            self.wrong.setdefault(f"{place}amount", NO_AMOUNT)
        public = self._text(f"{place}public") != "0"
        return Aid(name, amount or 0, term or Term.ONCE, state or AidState.CONSIDERED, public)

    def _text(self, name: str) -> str:
        return self._typed.get(name, "")
