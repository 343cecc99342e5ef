"""Budgets in words: amounts, the names of a sheet's fields and answers, and two sheets side by side."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from typing import Any

from flask_babel import gettext, lazy_gettext

from pop_forum.domain.budget import wire
from pop_forum.domain.budget.amounts import Range, rounded
from pop_forum.domain.budget.formulas import PerYear, is_under_own_share
from pop_forum.domain.budget.sheet import SECURED, Aid, AidState, Competence, Confidence, Method, Sheet, Term
from pop_forum.domain.budget.workings import Payer
from pop_forum.domain.french import format_date
from pop_forum.services.budget_pages import Costs
from pop_forum.web.language import language, number

LABELS = {
    "known": lazy_gettext("Réponse"),
    "investment": lazy_gettext("Investissement, une fois"),
    "start": lazy_gettext("Lancement, une fois"),
    "running": lazy_gettext("Fonctionnement, chaque année"),
    "revenue": lazy_gettext("Recettes, chaque année"),
    "savings": lazy_gettext("Économies, chaque année"),
    "aids": lazy_gettext("Aides"),
    "fctva": lazy_gettext("Ouvre droit au FCTVA"),
    "use_years": lazy_gettext("Années d’utilisation"),
    "launch_year": lazy_gettext("Année de lancement"),
    "population": lazy_gettext("Population"),
    "competence": lazy_gettext("Qui peut agir"),
    "method": lazy_gettext("Méthode"),
    "confidence": lazy_gettext("Confiance"),
    "by": lazy_gettext("Qui a estimé"),
    "date": lazy_gettext("Date de l’estimation"),
    "hypotheses": lazy_gettext("Hypothèses"),
    "sources": lazy_gettext("Sources"),
    "others": lazy_gettext("Autres lignes"),
    "sheet": lazy_gettext("La fiche"),
}
COMPETENCES = {
    Competence.COMMUNE: lazy_gettext("la commune"),
    Competence.INTERCOMMUNALITY: lazy_gettext("l’intercommunalité"),
    Competence.SHARED: lazy_gettext("la commune et l’intercommunalité"),
    Competence.DEPARTMENT: lazy_gettext("le département"),
    Competence.REGION: lazy_gettext("la région"),
    Competence.STATE: lazy_gettext("l’État"),
}
METHODS = {
    Method.COMPARISON: lazy_gettext("comparaison avec ce qui existe ailleurs"),
    Method.CALCULATION: lazy_gettext("calcul"),
    Method.QUOTE: lazy_gettext("devis"),
}
CONFIDENCES = {
    Confidence.MAGNITUDE: lazy_gettext("ordre de grandeur"),
    Confidence.ESTIMATE: lazy_gettext("estimation"),
    Confidence.QUOTE: lazy_gettext("devis"),
}
STATES = {
    AidState.CONSIDERED: lazy_gettext("envisagée"),
    AidState.REQUESTED: lazy_gettext("demandée"),
    AidState.GRANTED: lazy_gettext("accordée"),
    AidState.PAID: lazy_gettext("versée"),
    AidState.REFUSED: lazy_gettext("refusée"),
}
TERMS = {
    Term.ONCE: lazy_gettext("pour l’investissement, une fois"),
    Term.YEARLY: lazy_gettext("chaque année"),
}
STEPS = {
    "investment": lazy_gettext("Investis\u00adsement"),  # soft hyphens: beside two amounts, on a phone
    "start": lazy_gettext("Lancement"),
    "running": lazy_gettext("Fonction\u00adnement"),
    "vat": lazy_gettext("FCTVA rendu par l’État"),
    "revenue": lazy_gettext("Recettes"),
    "savings": lazy_gettext("Économies"),
    "aids": lazy_gettext("Aides"),
    "commune": lazy_gettext("Commune"),
}
WORDS: dict[str, Mapping[Any, Any]] = {"competence": COMPETENCES, "method": METHODS, "confidence": CONFIDENCES}
MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Row:
    """One field of two sheets that do not say the same."""

    label: str
    before: str
    after: str


def euros(amount: int | None) -> str:
    """« 12 000 € », « − 300 € » for a gain, « je ne sais pas » for None."""
    if amount is None:
        return str(gettext("je ne sais pas"))
    text = str(gettext("%(amount)s €", amount=number(abs(amount))))
    return f"{MINUS}\u202f{text}" if amount < 0 else text


def span(amount: Range | None) -> str:
    """« 11 400 € à 15 900 € », one figure when both ends are the same."""
    if amount is None or amount.is_single:
        return euros(amount.low if amount else None)
    return str(gettext("%(low)s à %(high)s", low=euros(amount.low), high=euros(amount.high)))


def cost_sentence(costs: Costs | None) -> str:
    """What a measure costs, in one sentence that ends with a full stop."""
    if costs is None:
        return str(gettext("Coût : pas encore chiffré."))
    if costs.sheet is None:
        return str(gettext("Coût : une fiche que ce site ne sait pas lire."))
    if not costs.sheet.is_priced:
        return str(gettext("Coût : nous ne savons pas encore."))
    once, yearly = span(costs.once), span(costs.yearly)
    if costs.yearly is None:
        return str(
            gettext("Coût, aides déduites : %(once)s une fois ; chaque année, nous ne savons pas encore.", once=once)
        )
    if costs.once is None:
        return str(
            gettext(
                "Coût, aides et recettes déduites : %(yearly)s chaque année ; une fois, nous ne savons pas encore.",
                yearly=yearly,
            )
        )
    return str(
        gettext(
            "Coût, aides et recettes déduites : %(yearly)s chaque année, %(once)s une fois.", yearly=yearly, once=once
        )
    )


def share_of_one(cost: PerYear | None) -> str:
    """The same for one inhabitant, to the nearest euro."""
    if cost is None:
        return euros(None)
    low, high = rounded_euros(cost.low), rounded_euros(cost.high)
    return low if low == high else str(gettext("%(low)s à %(high)s", low=low, high=high))


def rounded_euros(value: Fraction) -> str:
    """The nearest euro; « moins de 1 € » for less than one."""
    return str(gettext("moins de 1 €")) if 0 < value < 1 else euros(rounded(value))


def percent(share: Fraction) -> str:
    """« 17,6 % », to the nearest tenth; a share under the least one asked for never reads as reaching it."""
    tenths = rounded(share * 1_000)
    if is_under_own_share(share) and not is_under_own_share(Fraction(tenths, 1_000)):
        tenths -= 1
    whole, rest = divmod(int(tenths), 10)
    point = "," if language() == "fr" else "."
    return str(gettext("%(share)s %%", share=f"{whole}{point}{rest}" if rest else str(whole)))


def rate(percent: Fraction) -> str:
    """« 16,404 »: a stated rate, with all its decimals."""
    text = f"{float(percent):.3f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if language() == "fr" else text


def where(field: str) -> str:
    """« Investissement, une fois », « Aide 2 »: what a field of the form is about; nothing when its error says it."""
    name = field.removeprefix("b-")
    aid = re.match(r"aid_(\d)_", name)
    if aid:
        return str(gettext("Aide %(number)s", number=aid[1]))
    return str(LABELS.get(re.sub(r"_(low|high)$", "", name), "")) if name != "known" else ""


def tone(state: AidState) -> str:
    """The look of an aid's state; the word carries the meaning."""
    if state in SECURED:
        return "good"
    return "bad" if state is AidState.REFUSED else "warn"


def day(iso: str) -> str:
    """« 12 janvier 2026 » for the date of a sheet."""
    return format_date(date.fromisoformat(iso), language())


def compare(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Row]:
    """The fields that two budgets do not say alike, in the order of the form."""
    found = wire.differing(before, after)
    left, right = wire.read(before), wire.read(after)
    if "sheet" in found:
        return [Row(str(LABELS["sheet"]), _raw(before), _raw(after))]
    return [Row(str(LABELS[name]), said(left, name), said(right, name)) for name in found]


def totals(before: Costs | None, after: Costs | None) -> list[Row]:
    """The net costs that two budgets do not make alike; nothing when one of them says none."""
    if before is None or after is None or not (_is_priced(before) and _is_priced(after)):
        return []
    said = [
        Row(str(gettext("Coût net, chaque année")), span(before.yearly), span(after.yearly)),
        Row(str(gettext("Coût net, une fois")), span(before.once), span(after.once)),
        Row(str(gettext("Par personne et par an")), share_of_one(before.inhabitant), share_of_one(after.inhabitant)),
    ]
    return [row for row in said if row.before != row.after]


def lines(document: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Every line of a budget, as (label, text); of one that cannot be read, its members as they are."""
    sheet = wire.read(document)
    if sheet is None:
        return [(key, str(value)) for key, value in sorted((document or {}).items())]
    shown = [(str(LABELS[field.name]), said(sheet, field.name)) for field in fields(Sheet)]
    return [(label, text) for label, text in shown if text]


def said(sheet: Sheet | None, name: str) -> str:
    """What a sheet says in one of its fields, in words."""
    if sheet is None:
        return str(gettext("pas encore chiffré")) if name == "known" else ""
    value = getattr(sheet, name)
    if name == "known":
        return str(gettext("des montants") if value else gettext("je ne sais pas"))
    if isinstance(value, Range):
        return span(value)
    if name == "aids":
        return "\n".join(aid_line(aid) for aid in value)
    if name == "fctva" and value is not None:
        return str(gettext("oui") if value else gettext("non"))
    if name == "others":
        return "\n".join(f"{key} = {text}" for key, text in value)
    if name == "date" and value:
        return day(value)
    if name == "population" and value is not None:
        return number(value)
    return "" if value is None else str(WORDS.get(name, {}).get(value, value))


def aid_line(aid: Aid) -> str:
    """« Région : 2 000 €, chaque année, demandée »."""
    words = {
        "name": aid.name,
        "amount": euros(aid.amount),
        "term": str(TERMS[aid.term]),
        "state": str(STATES[aid.state]),
    }
    return str(gettext("%(name)s : %(amount)s, %(term)s, %(state)s", **words))


def payer(one: Payer) -> str:
    """« Région (aide demandée) », « Commune »."""
    if one.state is None:
        return str(STEPS[one.kind])
    return str(gettext("%(name)s (aide %(state)s)", name=one.name, state=STATES[one.state]))


def _is_priced(costs: Costs) -> bool:
    return costs.sheet is not None and costs.sheet.is_priced


def _raw(document: Mapping[str, Any] | None) -> str:
    """The whole of a budget as one text."""
    return "\n".join(f"{label} = {text}" for label, text in lines(document))
