"""The budgets of the programme as data: one row a measure, and the whole with its years, its rate and its capacity."""

from datetime import date

from pop_forum.domain.budget import wire
from pop_forum.domain.budget.amounts import Range, rounded
from pop_forum.domain.budget.sheet import AMOUNTS, AidState, Competence, Confidence, Method, Sheet, Term
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.services import budget_pages
from pop_forum.services import programme_pages as pages
from pop_forum.services.budget_pages import Costs
from pop_forum.services.programme_pages import MeasureLine
from pop_forum.services.site import Site
from pop_forum.services.versions import is_common

ANSWERS = {"amounts": "montants", "unknown": "je ne sais pas", "": "pas encore chiffré", "unread": "autre forme"}
FRENCH = {
    "investment": "investissement",
    "start": "lancement",
    "running": "fonctionnement",
    "revenue": "recettes",
    "savings": "economies",
}
TERMS = {Term.ONCE: "une fois", Term.YEARLY: "chaque année"}
STATES = {
    AidState.CONSIDERED: "envisagée",
    AidState.REQUESTED: "demandée",
    AidState.GRANTED: "accordée",
    AidState.PAID: "versée",
    AidState.REFUSED: "refusée",
}
METHODS = {Method.COMPARISON: "comparaison", Method.CALCULATION: "calcul", Method.QUOTE: "devis"}
CONFIDENCES = {
    Confidence.MAGNITUDE: "ordre de grandeur",
    Confidence.ESTIMATE: "estimation",
    Confidence.QUOTE: "devis",
}
COMPETENCES = {
    Competence.COMMUNE: "commune",
    Competence.INTERCOMMUNALITY: "intercommunalité",
    Competence.SHARED: "commune et intercommunalité",
    Competence.DEPARTMENT: "département",
    Competence.REGION: "région",
    Competence.STATE: "État",
}
COMMON_TEXT = "texte commun"
COLUMNS = (
    "mesure",
    "titre",
    "reponse",
    "estimation_de",
    *(f"{FRENCH[name]}_{end}" for name in AMOUNTS for end in ("bas", "haut")),
    "aides",
    "fctva",
    "annees_d_utilisation",
    "annee_de_lancement",
    "population",
    "net_une_fois_bas",
    "net_une_fois_haut",
    "net_par_an_bas",
    "net_par_an_haut",
    "par_personne_bas",
    "par_personne_haut",
    "competence",
    "methode",
    "confiance",
    "qui_a_estime",
    "date",
    "hypotheses",
    "sources",
    "empreinte",
)

Cell = str | int


def rows(site: Site) -> list[tuple[Cell, ...]]:
    """Every measure under COLUMNS; an amount that nobody knows is an empty cell."""
    return [_row(site, line) for group in pages.programme(site) for line in group.measures]


def whole(site: Site) -> JsonObject:
    """The programme by year, with what it was worked out with."""
    found, stated = budget_pages.whole(site), site.settings.budget
    plan = found.plan
    years: list[Json] = [{"year": each.year, "low": each.net.low, "high": each.net.high} for each in plan.years]
    measures: list[Json] = [_measure(site, line) for group in pages.programme(site) for line in group.measures]
    capacity, fctva = stated.capacity, stated.fctva
    return {
        "commune": site.settings.name,
        "url": site.url("/budget"),
        "population": site.settings.population,
        "capacity": None if capacity is None else {"yearly": capacity.yearly, **_told(capacity.source, capacity.date)},
        "fctva": None if fctva is None else {"percent": f"{float(fctva.percent):g}", **_told(fctva.source, fctva.date)},
        "years": years,
        "undated": {"once": _ends(plan.undated_once), "yearly": _ends(plan.undated_yearly)},
        "priced": plan.priced,
        "unpriced": plan.unpriced,
        "partial": plan.partial,
        "borrowed": found.borrowed,
        "measures": measures,
    }


def _row(site: Site, line: MeasureLine) -> tuple[Cell, ...]:
    costs = budget_pages.costs(site, line.standing.current.budget)
    sheet = (costs and costs.sheet) or Sheet()
    amounts = [cell for name in AMOUNTS for cell in _cells(getattr(sheet, name))]
    person: tuple[Cell, Cell] = ("", "")
    if costs and costs.inhabitant:
        person = (rounded(costs.inhabitant.low), rounded(costs.inhabitant.high))
    return (
        line.slug,
        line.title,
        ANSWERS[_answer(costs)],
        _source(line) or "",
        *amounts,
        "\n".join(f"{aid.name}: {aid.amount} ({TERMS[aid.term]}, {STATES[aid.state]})" for aid in sheet.aids),
        "" if sheet.fctva is None else "oui" if sheet.fctva else "non",
        sheet.use_years or "",
        sheet.launch_year or "",
        sheet.population or "",
        *_cells(costs.once if costs else None),
        *_cells(costs.yearly if costs else None),
        *person,
        COMPETENCES[sheet.competence] if sheet.competence else "",
        METHODS[sheet.method] if sheet.method else "",
        CONFIDENCES[sheet.confidence] if sheet.confidence else "",
        sheet.by,
        sheet.date,
        sheet.hypotheses,
        sheet.sources,
        line.standing.current.digest,
    )


def _measure(site: Site, line: MeasureLine) -> JsonObject:
    costs = budget_pages.costs(site, line.standing.current.budget)
    return {
        "url": site.url(f"/programme/{line.slug}/budget"),
        "title": line.title,
        "answer": _answer(costs) or None,
        "estimated_by": _source(line),
        "net_once": _ends(costs.once) if costs else None,
        "net_yearly": _ends(costs.yearly) if costs else None,
        "sheet": line.standing.current.budget,
        "digest": line.standing.current.digest,
    }


def _answer(costs: Costs | None) -> str:
    """What became of the question of the cost: `amounts`, `unknown`, `unread`, or nothing yet."""
    if costs is None:
        return ""
    if costs.sheet is None:
        return "unread"
    return "amounts" if costs.sheet.is_priced else wire.UNKNOWN


def _source(line: MeasureLine) -> str | None:
    """The host of the commune whose estimate it is, « texte commun » for nobody's in particular; None without any."""
    source = line.standing.estimate
    if source.budget is None:
        return None
    return COMMON_TEXT if is_common(source) else source.host


def _told(source: str, day: date) -> dict[str, Json]:
    return {"source": source, "date": day.isoformat()}


def _ends(amount: Range | None) -> JsonObject | None:
    return None if amount is None else {"low": amount.low, "high": amount.high}


def _cells(amount: Range | None) -> tuple[Cell, Cell]:
    return ("", "") if amount is None else (amount.low, amount.high)
