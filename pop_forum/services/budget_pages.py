"""What the pages of budgets show: one measure's sheet, what other communes spend, and the whole programme by year."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from pop_forum.domain.budget import formulas, wire
from pop_forum.domain.budget.amounts import Range
from pop_forum.domain.budget.formulas import PerYear
from pop_forum.domain.budget.programme import Plan, Spread, plan, spread
from pop_forum.domain.budget.sheet import Sheet
from pop_forum.domain.french import in_paris
from pop_forum.models import Revision
from pop_forum.services import budgets, lineage
from pop_forum.services import programme_pages as pages
from pop_forum.services.programme_pages import CommuneLine, MeasureLine, MeasurePage, Standing, VersionLine
from pop_forum.services.site import Site
from pop_forum.services.versions import is_common


@dataclass(frozen=True, slots=True)
class Costs:
    """A sheet and all that its page works out from it; `sheet` is None for a budget of another form than ours."""

    sheet: Sheet | None
    members: tuple[tuple[str, int | str], ...]
    vat: Range | None
    once: Range | None
    yearly: Range | None
    inhabitant: PerYear | None
    share: Fraction | None
    population: int

    @property
    def is_under_own_share(self) -> bool:
        """Whether the commune would pay less than the law asks for, exemptions apart."""
        return self.share is not None and formulas.is_under_own_share(self.share)


@dataclass(frozen=True, slots=True)
class OtherCosts:
    """What another commune estimated, in its own version of a measure."""

    host: str
    name: str
    revision: Revision
    costs: Costs


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A measure of the programme that is priced, with what it costs."""

    line: MeasureLine
    costs: Costs


@dataclass(frozen=True, slots=True)
class ProgrammeCosts:
    """The whole programme: by year, the measures that are priced, and those that are not.

    `borrowed` of the latter carry the estimate of another commune, which says nothing of what ours would pay.
    """

    plan: Plan
    priced: tuple[PricedLine, ...]
    unpriced: tuple[MeasureLine, ...]
    borrowed: int


def costs(site: Site, document: dict[str, Any] | None) -> Costs | None:
    """What a version's budget says, for our population when it names none; None when nobody estimated anything."""
    return None if document is None else worked_out(site, wire.read(document), document)


def worked_out(site: Site, sheet: Sheet | None, document: dict[str, Any]) -> Costs:
    """The same for a sheet that has been read."""
    rate, population = budgets.rate(site), (sheet and sheet.population) or site.settings.population
    if sheet is None:
        return Costs(None, tuple(sorted(document.items())), None, None, None, None, None, population)
    return Costs(
        sheet=sheet,
        members=sheet.others,
        vat=formulas.returned_vat(sheet, rate),
        once=formulas.net_once(sheet, rate),
        yearly=formulas.net_yearly(sheet),
        inhabitant=formulas.per_inhabitant(replace(sheet, population=population), rate),
        share=formulas.lowest_own_share(sheet),
        population=population,
    )


def elsewhere(site: Site, lines: Sequence[CommuneLine]) -> tuple[list[OtherCosts], Spread | None]:
    """Those of these communes that priced their own text, and what they spend for an inhabitant from three of them up.

    A version that carries the sheet of the common text, or of another commune, on unchanged is no estimate of its own.
    """
    found = []
    for line in lines:
        revision = line.standing.current if line.standing else None
        if revision is None or revision.host != line.host or not _is_of(line.host, line.standing):
            continue
        sheet = wire.read(revision.budget)
        if sheet is not None and sheet.is_priced and sheet.population is not None:
            shown = worked_out(site, sheet, revision.budget or {})
            found.append(OtherCosts(line.host, line.name, revision, shown))
    return found, spread(one.costs.inhabitant for one in found if one.costs.inhabitant is not None)


def estimate(site: Site, page: MeasurePage) -> VersionLine:
    """The version that the budget of our text was written for: ours, the common one, or another commune's."""
    return pages.version_line(site, page, page.standing.estimate)


def whole(site: Site) -> ProgrammeCosts:
    """What this commune holds and has not set aside, over six years from the stated one, else from the present one."""
    stated = site.settings.budget.capacity
    first = stated.first_year if stated else in_paris(site.clock.now()).year
    every = [line for group in pages.programme(site) for line in group.measures]
    lines = [line for line in every if line.standing.kind != lineage.ASIDE]
    borrowed = [is_borrowed(site, line.standing) for line in lines]
    sheets = [
        None if other else wire.read(line.standing.current.budget) for line, other in zip(lines, borrowed, strict=True)
    ]
    priced, unpriced = [], []
    for line, sheet in zip(lines, sheets, strict=True):
        if sheet is not None and sheet.is_priced:
            priced.append(PricedLine(line, worked_out(site, sheet, line.standing.current.budget or {})))
        else:
            unpriced.append(line)
    by_year = plan(sheets, budgets.rate(site), first)
    return ProgrammeCosts(by_year, tuple(priced), tuple(unpriced), sum(borrowed))


def is_borrowed(site: Site, standing: Standing) -> bool:
    """Whether the budget of our text is another commune's, made for its own residents."""
    source = standing.estimate
    return source.budget is not None and not is_common(source) and source.host != site.settings.host


def _is_of(host: str, standing: Standing | None) -> bool:
    """Whether a commune wrote the budget of its text, too."""
    return standing is not None and standing.estimate.host == host and not is_common(standing.estimate)
