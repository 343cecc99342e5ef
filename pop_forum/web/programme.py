"""The programme: its themes, each measure with five tabs, and every version of its text."""

from collections import Counter
from datetime import date
from typing import Any

from flask import Blueprint, render_template

from pop_forum.domain import french, permissions
from pop_forum.services import budget_pages, improvement_pages, local_measures, measure_names, objects, reading
from pop_forum.services import elsewhere as others
from pop_forum.services import programme_pages as pages
from pop_forum.services.programme_pages import MeasurePage, ThemeLines
from pop_forum.services.site import Site
from pop_forum.web import (
    adaptation,
    budget_words,
    comparison,
    editions,
    funding,
    improvements,
    local_measure,
    measure_following,
    our_programme,
    papers,
    pricing,
    setting_aside,
    taking,
)
from pop_forum.web.kept import kept, show_until
from pop_forum.web.language import language
from pop_forum.web.threads import page_number
from pop_forum.web.viewer import commune, viewer

blueprint = Blueprint("programme", __name__)
blueprint.register_blueprint(comparison.blueprint)
blueprint.register_blueprint(adaptation.blueprint)
blueprint.register_blueprint(pricing.blueprint)
blueprint.register_blueprint(taking.blueprint)
blueprint.register_blueprint(setting_aside.blueprint)
blueprint.register_blueprint(our_programme.blueprint)
blueprint.register_blueprint(local_measure.blueprint)
blueprint.register_blueprint(measure_following.blueprint)
blueprint.register_blueprint(improvements.blueprint)
blueprint.register_blueprint(editions.blueprint)
blueprint.register_blueprint(papers.blueprint)


@blueprint.app_template_filter("plain_date")
def plain_date(value: date) -> str:
    """« 14 mars 2026 », without the day of the week."""
    return french.format_date(value, language())


@blueprint.get("/programme")
@kept()
def index() -> str:
    """All themes and measures."""
    with commune().reading() as site:
        themes = pages.programme(site)
        return render_template(
            "programme/index.html", themes=themes, edition=pages.edition(site), counts=_counts(themes)
        )


@blueprint.get("/programme/themes/<slug>")
@kept()
def theme(slug: str) -> str:
    """One theme and its measures."""
    with commune().reading() as site:
        [group] = pages.programme(site, theme=slug)
        themes = pages.themes(site)
        place = [each.slug for each in themes].index(slug)
        before, after = themes[place - 1] if place else None, (*themes, None)[place + 1]
        others, may_add = local_measures.others_in(site, slug), permissions.may_adapt(viewer(), site.settings.kind)
        return render_template(
            "programme/theme.html", group=group, before=before, after=after, others=others, may_add=may_add
        )


@blueprint.get("/programme/<slug>")
@kept()
def text(slug: str) -> str:
    """The text that this commune holds."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        newer = page.newer
        shown = _tab(
            site,
            "text",
            page,
            changed=comparison.what_changed(page.standing.base, newer) if newer else "",
            costs=budget_pages.costs(site, page.standing.current.budget),
            rights=_rights(page),
            related=measure_names.related(site, page.measure),
            following=(following := measure_following.following(site, page.measure)),
            on_passages=reading.on_passages(site, page.measure.urn),
        )
    if following.told:
        measure_following.see(page.measure)
    return shown


@blueprint.get("/programme/<slug>/budget")
@kept()
def budget(slug: str) -> str:
    """What the measure would cost, how that was found, and where money could be looked for."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        shown = pricing.shown(site, page)
        return _tab(site, "budget", page, outlook=funding.outlook(page.measure.facts), rights=_rights(page), **shown)


@blueprint.get("/programme/<slug>/discussion")
@kept("page")
def discussion(slug: str) -> str:
    """The discussions on this measure, ours and the network's."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        found = reading.on_measure(site, page.measure.urn, page_number(), viewer().person_id)
        if found.until is not None:
            show_until(found.until)
        return _tab(site, "discussion", page, found=found)


@blueprint.get("/programme/<slug>/historique")
@kept()
def history(slug: str) -> str:
    """Every version, ours and the common ones."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        ours, common = pages.history(site, page)
        every = pages.every_version(site, page)
        before, after = pages.last_step(page, ours or common, every)
        credits = improvement_pages.credits(site, page.measure.urn)
        return _tab(
            site, "history", page, credits=credits, ours=ours, common=common, every=every, before=before, after=after
        )


@blueprint.get("/programme/<slug>/communes")
@kept("page")
def elsewhere(slug: str) -> str:
    """What the other communes made of this measure."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        found, following = others.listed(site, page, page_number()), measure_following.following(site, page.measure)
        return _tab(site, "elsewhere", page, found=found, following=following, words=budget_words)


@blueprint.get("/programme/<slug>/versions/<digest>")
@kept()
def version(slug: str, digest: str) -> str:
    """One version, which never changes."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        line = pages.version_line(site, page, pages.version(page, digest))
        known = [page.versions.get(parent) for parent in line.revision.parents]
        parents = [pages.version_line(site, page, parent) for parent in known if parent is not None]
        document = objects.revision_id(site, line.revision.digest)
        lines = budget_words.lines(line.revision.budget)
        return render_template(
            "programme/version.html", page=page, line=line, parents=parents, document=document, budget=lines
        )


def _tab(site: Site, tab: str, page: MeasurePage, **context: Any) -> str:
    """One tab under the head that all five share."""
    current = pages.version_line(site, page, page.standing.current)
    return render_template(f"programme/{tab}.html", tab=tab, page=page, current=current, **context)


def _rights(page: MeasurePage) -> dict[str, bool]:
    """What the viewer may do with the text of a measure."""
    settings, who = commune().settings, viewer()
    return {
        "adapt": permissions.may_adapt(who, settings.kind),
        "revise": page.origin is None and permissions.may_revise_common(who, settings.is_programme_home),
    }


def _counts(themes: list[ThemeLines]) -> dict[str, int]:
    kinds = Counter(line.standing.kind for group in themes for line in group.measures)
    named = {kind: kinds[kind] for kind in ("adopted", "adapted", "aside", "common", "local")}
    total = kinds.total() - kinds["local"]
    return {"total": total, "decided": total - kinds["common"], **named}
