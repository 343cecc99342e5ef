"""Budgets between communes: a priced version arrives whole, and counts for the commune that wrote its sheet."""

from pop_forum.commune import Commune
from pop_forum.domain.budget import wire
from pop_forum.domain.budget.amounts import NOTHING, Range
from pop_forum.domain.budget.sheet import Confidence, Method, Sheet
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.federation.revisions import measure_urn
from pop_forum.models import Measure, Revision
from pop_forum.services import budget_pages, budgets, local_measures, measures
from pop_forum.services import programme_pages as pages
from pop_forum.services.budget_pages import OtherCosts
from pop_forum.services.budgets import Estimate
from pop_forum.services.local_measures import LocalDraft
from pop_forum.services.measures import MeasureDraft
from tests.network import Network

SLUG = "navette-a-la-demande"
EDITOR = Viewer(0, Role.ADMIN, agreed=True)
SHEET = Sheet(
    investment=NOTHING,
    running=Range(11_400, 15_900),
    method=Method.CALCULATION,
    confidence=Confidence.ESTIMATE,
    date="2026-11-20",
    hypotheses="Deux demi-journées.",
)


def price(commune: Commune, slug: str = SLUG, sheet: Sheet = SHEET, *, common: bool = False) -> str:
    """The digest of a version of this commune with this sheet."""
    with commune.transaction() as site:
        measure = measures.by_slug(site, slug)
        publish = budgets.price_common if common else budgets.price_ours
        current = measures.common_revision if common else measures.current_revision
        base = current(site, measure.urn).digest
        return publish(site, EDITOR, measure, Estimate(sheet, "Pour en parler.", base)).digest


def adapt(commune: Commune, urn: str) -> None:
    """The first passage of a measure is this commune's own from now on."""
    with commune.transaction() as site:
        measure = site.session.get_one(Measure, urn)
        base = measures.current_revision(site, urn)
        draft = MeasureDraft(base.title, ((base.blocks[0]["id"], "Ici, autrement."),), "Chez nous.", base.digest)
        measures.adapt(site, EDITOR, measure, draft)


def elsewhere(commune: Commune, urn: str = measure_urn(SLUG)) -> list[OtherCosts]:
    """What the other communes estimated, as this one shows it."""
    with commune.reading() as site:
        page = pages.measure_page(site, site.session.get_one(Measure, urn).slug)
        return budget_pages.elsewhere(site, pages.elsewhere(site, page))[0]


def test_a_sheet_reaches_the_other_communes_as_it_was_written(trio: Network) -> None:
    here, there = trio.communes["valombre"], trio.communes["pont-hervel"]
    trio.wire.down.add(trio.communes["sainte-aure"].settings.host)
    digest = price(there)
    trio.settle()
    trio.wire.down.clear()
    trio.settle()
    for commune in (here, trio.communes["sainte-aure"]):
        with commune.reading() as site:
            budget = site.session.get_one(Revision, digest).budget
        sheet = wire.read(budget)
        assert sheet is not None and (sheet.running, sheet.population, sheet.others) == (SHEET.running, 3_870, ())
        [found] = elsewhere(commune)
        assert (found.host, found.costs.yearly) == (there.settings.host, SHEET.running)
        assert found.costs.inhabitant is not None and found.costs.population == 3_870
    assert elsewhere(there) == []


def test_a_sheet_that_came_with_a_text_counts_for_the_commune_that_wrote_it(trio: Network) -> None:
    here, there = trio.communes["valombre"], trio.communes["pont-hervel"]
    with there.transaction() as site:
        draft = LocalDraft("mieux-se-deplacer", "Des bancs", ("Un banc.",), "Les aînés.")
        measure = local_measures.add(site, EDITOR, draft)
        slug, urn = measure.slug, measure.urn
    price(there, slug)
    trio.settle()
    adapt(here, urn)
    trio.settle()
    [found] = elsewhere(trio.communes["sainte-aure"], urn)
    assert found.host == there.settings.host
    with here.reading() as site:
        page = pages.measure_page(site, site.session.get_one(Measure, urn).slug)
        assert page.standing.current.host == here.settings.host and page.standing.current.budget is not None
        source, whole = budget_pages.estimate(site, page), budget_pages.whole(site)
    assert (whole.borrowed, whole.plan.priced, whole.plan.unpriced) == (1, 0, 41)
    assert (source.ours, source.common, source.revision.host) == (False, False, there.settings.host)
    [own] = elsewhere(here, urn)
    assert own.host == there.settings.host


def test_the_sheet_of_the_common_text_is_nobodys_estimate_until_a_commune_writes_its_own(trio: Network) -> None:
    here, there = trio.communes["valombre"], trio.communes["pont-hervel"]
    price(here, common=True)
    trio.settle()
    adapt(there, measure_urn(SLUG))
    trio.settle()
    assert elsewhere(here) == []
    with there.reading() as site:
        page = pages.measure_page(site, SLUG)
        assert budget_pages.estimate(site, page).common and page.standing.current.budget is not None
    price(there)
    trio.settle()
    [found] = elsewhere(here)
    assert found.host == there.settings.host
