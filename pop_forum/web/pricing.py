"""Pricing a measure, and what the whole programme costs by year."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.domain import permissions
from pop_forum.domain.budget import wire
from pop_forum.domain.budget.programme import Plan
from pop_forum.domain.budget.sheet import AIDS_MOST, BY_CHARS, NAME_CHARS, TEXT_CHARS, Sheet, Term
from pop_forum.domain.budget.workings import Payer, payers, workings
from pop_forum.domain.french import in_paris
from pop_forum.errors import Conflict, Forbidden, ForumError, InvalidInput, NoConsent, TooLarge
from pop_forum.models import Revision
from pop_forum.services import budget_pages, budgets, drafts
from pop_forum.services import programme_pages as pages
from pop_forum.services.budgets import Estimate
from pop_forum.services.drafts import Kept
from pop_forum.services.measures import NO_COMMON_TEXT
from pop_forum.services.programme_pages import MeasurePage
from pop_forum.services.site import Site
from pop_forum.web import budget_words
from pop_forum.web.adaptation import NOT_EDITOR, NOT_HERE, NOT_HOME
from pop_forum.web.budget_form import PREFIX, BudgetForm
from pop_forum.web.comparison import budget_rows
from pop_forum.web.drafts import forget_sent, restored
from pop_forum.web.errors import sentence
from pop_forum.web.kept import kept
from pop_forum.web.measure_form import MAX_REASON_CHARS
from pop_forum.web.viewer import commune, require_account, viewer

blueprint = Blueprint("pricing", __name__)

Answer: TypeAlias = "str | Response | tuple[str, int]"
Publish: TypeAlias = Callable[..., Revision]
ACTIONS = ("relire", "publier", "calculer", "aide", "totaux")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: its figures in words, and where it begins and ends, in percent of the widest."""

    label: str
    value: str
    low: str
    width: str
    firm: bool = True


@blueprint.app_template_filter("euros")
def _euros(amount: int | None) -> str:
    return budget_words.euros(amount)


@blueprint.app_template_filter("cost_sentence")
def _cost_sentence(costs: budget_pages.Costs | None) -> str:
    return budget_words.cost_sentence(costs)


@blueprint.app_template_filter("span")
def _span(amount: Any) -> str:
    return budget_words.span(amount)


@blueprint.route("/programme/<slug>/budget/chiffrer", methods=["GET", "POST"])
def ours(slug: str) -> Answer:
    """The form of our own sheet."""
    require_account()
    if not permissions.may_adapt(viewer(), commune().settings.kind):
        raise NoConsent("may not price") if not viewer().agreed else Forbidden("may not price", NOT_HERE)
    return _write(slug, "ours", budgets.price_ours)


@blueprint.route("/programme/<slug>/budget/chiffrer-texte-commun", methods=["GET", "POST"])
def common(slug: str) -> Answer:
    """The form of the common text's sheet."""
    require_account()
    at_home = commune().settings.is_programme_home
    if not permissions.may_revise_common(viewer(), at_home):
        raise Forbidden("may not price the common text", NOT_EDITOR if at_home else NOT_HOME)
    return _write(slug, "common", budgets.price_common)


@blueprint.get("/budget")
@kept()
def whole() -> str:
    """What the programme costs by year, against what the commune states that it can spend."""
    with commune().reading() as site:
        found = budget_pages.whole(site)
        stated = site.settings.budget
        bars, limit = year_bars(found.plan, stated.capacity.yearly if stated.capacity else None)
        return render_template("programme/costs.html", found=found, stated=stated, bars=bars, limit=limit)


def shown(site: Site, page: MeasurePage) -> dict[str, Any]:
    """What the tab « Budget » of a measure shows: our sheet, its workings, and what other communes estimated."""
    costs = budget_pages.costs(site, page.standing.current.budget)
    sheet, rate = costs.sheet if costs else None, budgets.rate(site)
    others, together = budget_pages.elsewhere(site, pages.elsewhere(site, page))
    terms = (Term.YEARLY, Term.ONCE)
    return {
        "costs": costs,
        "workings": [(term, workings(sheet, term, rate)) for term in terms] if sheet else [],
        "charts": [(term, payer_bars(payers(sheet, term, rate))) for term in terms] if sheet else [],
        "source": budget_pages.estimate(site, page),
        "others": others,
        "together": together,
        "stated": site.settings.budget,
        "words": budget_words,
    }


def year_bars(plan: Plan, capacity: int | None) -> tuple[list[Bar], str | None]:
    """A bar from low to high for each year, and where the capacity stands, in percent of the chart's width."""
    beside = (capacity or 0) + (capacity or 0) // 50  # its line is drawn whole, even at the end
    most = max([1, beside, *(year.net.high for year in plan.years)])
    bars = [
        Bar(
            str(year.year),
            budget_words.span(year.net),
            _percent(year.net.low, most),
            _percent(max(year.net.high, 0) - max(year.net.low, 0), most),
            firm=False,
        )
        for year in plan.years
    ]
    return bars, None if capacity is None else _percent(capacity, most)


def payer_bars(found: Sequence[Payer]) -> list[Bar]:
    """A bar for each payer, of the share that it bears; none for the commune alone."""
    if len(found) < 2:
        return []
    total = sum(payer.amount for payer in found)
    return [
        Bar(
            budget_words.payer(payer),
            budget_words.euros(payer.amount),
            "0%",
            _percent(payer.amount, total),
            payer.firm,
        )
        for payer in found
    ]


def _percent(amount: int, most: int) -> str:
    return f"{float(Fraction(100 * max(amount, 0), most)):.2f}%"


def _write(slug: str, mode: str, publish: Publish) -> Answer:
    """The form, its totals, the form with its preview, or the published sheet."""
    if request.method == "GET":
        with commune().reading() as site:
            page, kept = pages.measure_page(site, slug), restored(site, request.path)
            known = kept if kept and "base" in kept.fields else None
            form = BudgetForm.kept(known.fields) if known else BudgetForm.of(_present(page, mode), _today(site))
            return _form_page(site, page, mode, form, kept=kept)
    action = request.form.get("action", "relire")
    if action not in ACTIONS:
        raise InvalidInput(f"unknown button {action[:40]!r}")
    form = BudgetForm.typed(more=action == "aide")
    if action == "totaux":
        return _totals(slug, mode, form)
    _keep(slug, mode, form)
    if action in ("calculer", "aide"):
        with commune().reading() as site:
            page = pages.measure_page(site, slug)
            wrong = _wrong_figures(site, page, mode, form) if action == "calculer" else {}
            return _form_page(site, page, mode, form, more=action == "aide", wrong=wrong)
    return _read_again(slug, mode, form, publish if action == "publier" else None)


def _totals(slug: str, mode: str, form: BudgetForm) -> str:
    """The totals alone: what the script puts in the page."""
    with commune().reading() as site:
        sheet, errors = form.read(_present(pages.measure_page(site, slug), mode), _today(site))
        costs, wrong = budget_pages.worked_out(site, sheet, {}), form.wrong_figures(errors, typing=True)
        return render_template("programme/totals.html", costs=costs, words=budget_words, wrong=wrong)


def _wrong_figures(site: Site, page: MeasurePage, mode: str, form: BudgetForm) -> dict[str, str]:
    """What the totals do not count, or count wrong, as sentences by the name of the field."""
    _, errors = form.read(_present(page, mode), _today(site))
    return form.wrong_figures(errors)


def _keep(slug: str, mode: str, form: BudgetForm) -> None:
    """Nothing; what was typed is a draft until it is published, if it is more than the present sheet."""
    with commune().transaction() as site:
        if form.changes(_present(pages.measure_page(site, slug), mode), _today(site)):
            with suppress(TooLarge):  # then the form alone holds it
                drafts.save(site, require_account().person_id, request.path, form.draft)
        else:
            forget_sent(site)


def _read_again(slug: str, mode: str, form: BudgetForm, publish: Publish | None) -> Answer:
    """The published sheet, or the form again with what is wrong or what would change; what was typed is kept."""
    with commune().reading() as site:
        present = _present(pages.measure_page(site, slug), mode)
        sheet, errors = form.read(present, _today(site))
    if publish is not None and not errors:
        try:
            return _published(slug, form.estimate(sheet), publish)
        except Conflict:
            return _both_sheets(slug, mode, form), Conflict.status
        except ForumError as error:
            if error.retry or error.status in (401, 403, 404):
                raise
            errors = {f"{PREFIX}known": sentence(error)}
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        return _form_page(site, page, mode, form, errors=errors, preview=not errors), 400 if errors else 200


def _published(slug: str, estimate: Estimate, publish: Publish) -> Response:
    with commune().transaction() as site:
        publish(site, viewer(), pages.find_measure(site, slug), estimate)
        forget_sent(site)
    flash(
        gettext("Le budget est publié, dans une nouvelle version de la mesure. Les autres communes le recevront."),
        "good",
    )
    return redirect(url_for("programme.budget", slug=slug), 303)


def _both_sheets(slug: str, mode: str, form: BudgetForm) -> str:
    """The form after a conflict: what the sheet saved meanwhile says otherwise; it may now be published on that one."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        saved = _present(page, mode)
        return _form_page(site, page, mode, replace(form, base=saved.digest), conflict=saved)


def _form_page(
    site: Site,
    page: MeasurePage,
    mode: str,
    form: BudgetForm,
    *,
    errors: dict[str, str] | None = None,
    preview: bool = False,
    conflict: Revision | None = None,
    kept: Kept | None = None,
    more: bool = False,
    wrong: dict[str, str] | None = None,
) -> str:
    present = _present(page, mode)
    sheet, _ = form.read(present, _today(site))
    return render_template(
        "programme/price.html",
        page=page,
        mode=mode,
        form=form,
        errors=errors or wrong or {},
        wrong=wrong or {},
        preview=preview,
        conflict=conflict and pages.version_line(site, page, conflict),
        rows=budget_rows(site, present.budget, _as_published(site, mode, sheet)) if preview or conflict else [],
        source=budget_pages.estimate(site, page) if mode == "ours" and present.budget is not None else None,
        unread=present.budget is not None and wire.read(present.budget) is None,
        costs=budget_pages.worked_out(site, sheet, {}),
        kept=kept,
        posted=request.method == "POST",
        focus=f"{PREFIX}aid_{form.places}_name" if more else "",
        words=budget_words,
        most={"aids": AIDS_MOST, "name": NAME_CHARS, "by": BY_CHARS, "text": TEXT_CHARS, "reason": MAX_REASON_CHARS},
    )


def _as_published(site: Site, mode: str, sheet: Sheet) -> dict[str, Any]:
    population = site.settings.population if mode == "ours" else None
    return {**wire.write(replace(sheet, population=population))}


def _present(page: MeasurePage, mode: str) -> Revision:
    """The version that the form begins from: ours, or the common one, which a measure of one commune has not."""
    if mode == "common" and page.origin is not None:
        raise InvalidInput("a measure of one commune", NO_COMMON_TEXT)
    return page.standing.current if mode == "ours" else page.heads[0]


def _today(site: Site) -> date:
    return in_paris(site.clock.now()).date()
