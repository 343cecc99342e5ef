"""The measures by name: those that a form lets choose, and those that a measure points to."""

from sqlalchemy import select

from pop_forum.federation.revisions import measure_urn
from pop_forum.models import Measure
from pop_forum.services.network_pages import listed_hosts
from pop_forum.services.reading import measure_titles
from pop_forum.services.site import Site


def choices(site: Site) -> list[tuple[str, str]]:
    """The slug and the title of every measure that is listed here, in the order of the titles."""
    shown = select(Measure.urn, Measure.slug).where(Measure.host.in_(["", *listed_hosts(site)]))
    slugs = dict(site.session.execute(shown).all())
    titles = measure_titles(site, slugs)
    return sorted(((slug, titles.get(urn, slug)) for urn, slug in slugs.items()), key=lambda one: one[1].casefold())


def related(site: Site, measure: Measure) -> dict[str, str]:
    """The titles of the measures that this one points to, by slug."""
    urns = {measure_urn(slug): slug for slug in measure.facts.get("related", ())}
    return {urns[urn]: title for urn, title in measure_titles(site, urns).items()}
