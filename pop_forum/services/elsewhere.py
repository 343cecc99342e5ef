"""« Dans les autres communes »: what each made of a measure, those that decided first, a page at a time."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from pop_forum.domain.budget.formulas import PerYear
from pop_forum.domain.budget.programme import Spread
from pop_forum.domain.comparison import Passage
from pop_forum.errors import NotFound
from pop_forum.models import Revision, Stance
from pop_forum.services import budget_pages, editions
from pop_forum.services import programme_pages as pages
from pop_forum.services.editions import Change
from pop_forum.services.lineage import ADAPTED, ADOPTED, ASIDE
from pop_forum.services.network_pages import commune_names, shown_hosts
from pop_forum.services.programme_pages import CommuneLine, MeasurePage
from pop_forum.services.site import Site

PER_PAGE = 40
PASSAGES_SHOWN = 2  # of what a commune changed; the comparison has them all
PASSAGE_CHARS = 600  # of one that is shown in the list
DECIDED = (ADOPTED, ADAPTED, ASIDE)
NO_PAGE = "Cette page de la liste n’existe pas."


@dataclass(frozen=True, slots=True)
class Line:
    """One commune: what it holds, and what that changes in the text it comes from."""

    commune: CommuneLine
    change: Change | None
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One page of the communes; `counts` are of all of them, by kind of stance."""

    lines: tuple[Line, ...]
    costs: Mapping[str, PerYear | None]  # for a person and a year, of all that estimated it themselves, by host
    together: Spread | None
    counts: Counter[str]
    total: int
    page: int
    pages: int

    @property
    def taken(self) -> int:
        """How many took the measure, as it is or in their own words."""
        return self.counts[ADOPTED] + self.counts[ADAPTED]


def listed(site: Site, page: MeasurePage, number: int) -> Elsewhere:
    """The communes that decided, then the others, each by name. Raises NotFound beyond the last page."""
    hosts, names = shown_hosts(site)[1:], commune_names(site)
    of_measure = select(Stance).where(Stance.measure == page.measure.urn)
    stances = {row.host: row for row in site.session.scalars(of_measure) if row.kind in DECIDED}
    order = sorted(hosts, key=lambda host: (host not in stances, names[host].casefold(), host))
    last = max(1, -(-len(order) // PER_PAGE))
    if not 1 <= number <= last:
        raise NotFound(f"no page {number} of {last}", NO_PAGE)
    some = order[(number - 1) * PER_PAGE : number * PER_PAGE]
    lines = [_line(page, pages.commune_line(page, host, names[host], stances.get(host))) for host in some]
    counts = Counter(stances[host].kind for host in hosts if host in stances)
    priced, together = budget_pages.elsewhere(site, _priced(page, stances, hosts, names))
    costs = {one.host: one.costs.inhabitant for one in priced}
    return Elsewhere(tuple(lines), costs, together, counts, len(order), number, last)


def _priced(
    page: MeasurePage, stances: Mapping[str, Stance], hosts: Iterable[str], names: Mapping[str, str]
) -> list[CommuneLine]:
    """The communes whose text has a budget: few of many, and each is compared with the text it comes from."""
    held = ((host, page.versions.get(stances[host].digest)) for host in hosts if host in stances)
    wanted = [host for host, revision in held if revision is not None and revision.budget is not None]
    return [pages.commune_line(page, host, names[host], stances[host]) for host in wanted]


def _line(page: MeasurePage, commune: CommuneLine) -> Line:
    standing = commune.standing
    if standing is None or standing.current is standing.base or standing.kind == ASIDE:
        return Line(commune, None, ())
    change = editions.change_of(page.measure, standing.base, standing.current)
    return Line(commune, change, _shown(standing.base, standing.current))


def _shown(base: Revision, current: Revision) -> tuple[Passage, ...]:
    """The first passages that differ and are not too long for a list."""
    changed = (one for one in pages.differences(base, current) if one.status not in ("unchanged", "moved"))
    short = (one for one in changed if sum(len(piece.text) for piece in one.pieces) <= PASSAGE_CHARS)
    return tuple(one for one, _ in zip(short, range(PASSAGES_SHOWN), strict=False))
