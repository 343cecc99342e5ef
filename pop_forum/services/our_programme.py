"""« Notre programme »: the measures that this commune took or adapted, in the order that it chose."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import delete, select

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import InvalidInput
from pop_forum.federation.activities import LOCAL
from pop_forum.models import Rank
from pop_forum.services import consents
from pop_forum.services import programme_pages as pages
from pop_forum.services.lineage import ADAPTED, ADOPTED, ASIDE
from pop_forum.services.programme_pages import MeasureLine
from pop_forum.services.site import Site


@dataclass(frozen=True, slots=True)
class OurProgramme:
    """What is held, in our order; what is set aside, in the programme's; and how many measures of each kind."""

    held: tuple[MeasureLine, ...]
    aside: tuple[MeasureLine, ...]
    counts: Counter[str]

    @property
    def total(self) -> int:
        """How many measures there are to decide on: our own are decided."""
        return self.counts.total() - self.counts[LOCAL]

    @property
    def open(self) -> int:
        """How many are still to be decided."""
        return self.counts["common"]


def ours(site: Site) -> OurProgramme:
    """The programme of this commune. Measures without a place follow in the order of the common programme."""
    every = [line for group in pages.programme(site) for line in group.measures]
    ranks = dict(site.session.execute(select(Rank.measure, Rank.position)).all())
    held = [line for line in every if line.standing.kind in (ADOPTED, ADAPTED, LOCAL)]
    held.sort(key=lambda line: ranks.get(line.urn, len(every)))
    aside = tuple(line for line in every if line.standing.kind == ASIDE)
    return OurProgramme(tuple(held), aside, Counter(line.standing.kind for line in every))


def move(site: Site, viewer: Viewer, slug: str, by: int) -> None:
    """Nothing; the measure has changed places with its neighbour, `by` being ±1. Raises Forbidden, InvalidInput."""
    if not permissions.may_adapt(viewer, site.settings.kind):
        raise consents.refusal(viewer, f"{viewer} may not order the programme")
    site.one_at_a_time("order of our programme")
    held = ours(site).held
    slugs, order = [line.slug for line in held], [line.urn for line in held]
    if slug not in slugs or by not in (-1, 1):
        raise InvalidInput(f"{slug[:80]!r} is not of our programme")
    place = slugs.index(slug)
    other = min(max(place + by, 0), len(order) - 1)
    order[place], order[other] = order[other], order[place]
    site.session.execute(delete(Rank))
    site.session.add_all(Rank(measure=one, position=at) for at, one in enumerate(order))
    site.session.flush()
