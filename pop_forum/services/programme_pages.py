"""What the pages of the programme show: themes, measures, versions, and what each commune made of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select

from pop_forum.domain.comparison import Passage, compare, count_differences
from pop_forum.domain.lineage.ancestry import line_of
from pop_forum.errors import NotFound
from pop_forum.federation.revisions import measure_urn
from pop_forum.models import Edition, KeptText, Measure, Person, Revision, Stance, Theme, Thread
from pop_forum.services.lineage import ADAPTED, ADOPTED, ASIDE
from pop_forum.services.network_pages import commune_names, listed_hosts, shown_hosts
from pop_forum.services.reading import measure_titles, shown_threads
from pop_forum.services.site import Site
from pop_forum.services.versions import COMMON_ROLES, Versions, blocks_of, is_common

NO_MEASURE = "Cette mesure n’existe pas dans le programme. Retrouvez toutes les mesures sur la page Programme."
NO_THEME = "Ce thème n’existe pas dans le programme. Retrouvez tous les thèmes sur la page Programme."
NO_VERSION = "Cette version n’existe pas, ou nous ne l’avons pas encore reçue. Voyez l’historique de la mesure."


@dataclass(frozen=True, slots=True)
class Standing:
    """What a commune holds for a measure. `kind`: common (nothing decided yet), adopted, adapted or aside.

    `base` is the common version that `current` comes from; `differences` counts the passages that are not the same.
    """

    kind: str
    current: Revision
    base: Revision
    number: int
    differences: int
    priced: bool = False  # `current` has another budget than `base`
    reason: str = ""  # why it is set aside
    decided_at: datetime | None = None  # when it was set aside


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure in a list."""

    slug: str
    title: str
    summary: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class ThemeLines:
    """One theme and its measures, in the order of the programme."""

    theme: Theme
    measures: tuple[MeasureLine, ...]


@dataclass(frozen=True, slots=True)
class MeasurePage:
    """The head that the five tabs of a measure share."""

    measure: Measure
    theme: Theme
    versions: Versions
    heads: tuple[Revision, ...]
    standing: Standing
    discussions: int
    kept: Mapping[str, datetime]  # the common versions that this commune keeps its text beside, and since when

    @property
    def ahead(self) -> tuple[Revision, ...]:
        """The common versions that our text has not taken in, the first to look at first: usually none or one."""
        if self.standing.kind not in (ADOPTED, ADAPTED):
            return ()
        line = line_of(self.versions.parents(), self.standing.current.digest)
        return tuple(head for head in self.heads if head.digest not in line)

    @property
    def newer(self) -> Revision | None:
        """The common version to look at when the common text went on without us, or None."""
        return next((head for head in self.ahead if head.digest not in self.kept), None)

    @property
    def beside(self) -> Revision | None:
        """The common version that our text is kept beside, while nothing newer is to be looked at."""
        return next((head for head in self.ahead if head.digest in self.kept), None) if self.newer is None else None


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version in a history; `whose` is common, ours or the name of another commune."""

    revision: Revision
    number: int
    commune: str | None
    ours: bool
    common: bool
    current: bool


@dataclass(frozen=True, slots=True)
class CommuneLine:
    """What another commune made of a measure; no standing when it has decided nothing."""

    host: str
    name: str
    standing: Standing | None


def edition(site: Site) -> Edition | None:
    """The edition of the programme that is loaded, or None before `programme load`."""
    return site.session.scalars(select(Edition).order_by(Edition.date.desc())).first()


def themes(site: Site) -> list[Theme]:
    """The themes in their order."""
    return list(site.session.scalars(select(Theme).order_by(Theme.position)))


def programme(site: Site, theme: str | None = None) -> list[ThemeLines]:
    """The themes with their measures; only one theme when it is named. Raises NotFound for an unknown one."""
    wanted = [each for each in themes(site) if theme in (None, each.slug)]
    if theme is not None and not wanted:
        raise NotFound(f"no theme {theme!r}", NO_THEME)
    lines = _measure_lines(site, [each.slug for each in wanted])
    return [ThemeLines(each, tuple(lines[each.slug])) for each in wanted]


def _measure_lines(site: Site, slugs: Sequence[str]) -> dict[str, list[MeasureLine]]:
    measures = site.session.scalars(select(Measure).where(Measure.theme.in_(slugs)).order_by(Measure.position)).all()
    urns = [measure.urn for measure in measures]
    ours = {stance.measure: stance for stance in _stances(site, urns) if stance.host == site.settings.host}
    versions = _versions(site, urns, [site.settings.host])
    lines: dict[str, list[MeasureLine]] = defaultdict(list)
    for measure in measures:
        standing = _standing(versions[measure.urn], ours.get(measure.urn))
        current = standing.current
        lines[measure.theme].append(MeasureLine(measure.slug, current.title, first_words(current), standing))
    return lines


def find_measure(site: Site, slug: str) -> Measure:
    """The measure with this address. Raises NotFound."""
    measure = site.session.scalars(select(Measure).where(Measure.slug == slug)).one_or_none()
    if measure is None:
        raise NotFound(f"no measure {slug!r}", NO_MEASURE)
    return measure


def measure_page(site: Site, slug: str) -> MeasurePage:
    """All that the pages of one measure are built from. Raises NotFound."""
    measure = find_measure(site, slug)
    theme = site.session.get_one(Theme, measure.theme)
    versions = _versions(site, [measure.urn], shown_hosts(site))[measure.urn]
    ours = [stance for stance in _stances(site, [measure.urn]) if stance.host == site.settings.host]
    standing = _standing(versions, ours[0] if ours else None)
    threads = _discussions(site, measure.urn).with_only_columns(Thread.id).subquery()
    count = site.session.scalar(select(func.count()).select_from(threads))
    kept = site.session.scalars(select(KeptText).where(KeptText.measure == measure.urn))
    beside = {row.head: row.at for row in kept}
    return MeasurePage(measure, theme, versions, tuple(versions.heads()), standing, count or 0, beside)


def version(page: MeasurePage, digest: str) -> Revision:
    """The version of this measure with this digest. Raises NotFound."""
    revision = page.versions.get(digest)
    if revision is None:
        raise NotFound(f"no version {digest[:60]!r} of {page.measure.slug}", NO_VERSION)
    return revision


def version_line(site: Site, page: MeasurePage, revision: Revision) -> VersionLine:
    """How to name one version: its number, whose it is, whether it is the text held here."""
    ours, common = revision.host == site.settings.host, is_common(revision)
    return VersionLine(
        revision=revision,
        number=page.versions.number(revision),
        commune=commune_names(site).get(revision.host, revision.host) if revision.host else None,
        ours=ours and not common,
        common=common,
        current=revision.digest == page.standing.current.digest,
    )


def history(site: Site, page: MeasurePage) -> tuple[list[VersionLine], list[VersionLine]]:
    """Our own versions, then those of the common text, each with the newest first."""
    ours, common = page.versions.of(site.settings.host), page.versions.common()
    return [version_line(site, page, r) for r in ours], [version_line(site, page, r) for r in common]


def every_version(site: Site, page: MeasurePage) -> list[VersionLine]:
    """All versions that may be compared: ours, the common ones, then those of the other communes."""
    ours, common = history(site, page)
    others = [r for host in shown_hosts(site)[1:] for r in page.versions.of(host)]
    return [*ours, *common, *(version_line(site, page, r) for r in others)]


def last_step(page: MeasurePage, lines: list[VersionLine], every: list[VersionLine]) -> tuple[str, str]:
    """The digests of the two versions that a reader of this history compares first: the previous one and the newest.

    A first adaptation is compared with the common text that it comes from, a lone text with any other version.
    """
    newest, base = lines[0].revision.digest, page.standing.base.digest
    before = [line.revision.digest for line in lines[1:2]]
    others = [line.revision.digest for line in every]
    return next((digest for digest in (*before, base, *others) if digest != newest), newest), newest


def elsewhere(site: Site, page: MeasurePage) -> list[CommuneLine]:
    """The other communes of the network in alphabetical order, with what each made of this measure."""
    stances = {stance.host: stance for stance in _stances(site, [page.measure.urn])}
    names = commune_names(site)
    lines = []
    for host in shown_hosts(site)[1:]:
        standing = _standing(page.versions, stances.get(host))
        lines.append(CommuneLine(host, names[host], None if standing.kind == "common" else standing))
    return sorted(lines, key=lambda line: line.name.casefold())


def measure_choices(site: Site) -> list[tuple[str, str]]:
    """The slug and the title of every measure, in the order of the titles."""
    slugs = dict(site.session.execute(select(Measure.urn, Measure.slug)).all())
    titles = measure_titles(site, slugs)
    return sorted(((slug, titles.get(urn, slug)) for urn, slug in slugs.items()), key=lambda one: one[1].casefold())


def differences(old: Revision, new: Revision) -> list[Passage]:
    """The passages of two versions side by side."""
    return compare(blocks_of(old), blocks_of(new))


def first_words(revision: Revision) -> str:
    """The first passage of a text: what a list shows of it."""
    blocks = blocks_of(revision)
    return blocks[0].text if blocks else ""


def related(site: Site, measure: Measure) -> dict[str, str]:
    """The titles of the measures that this one points to, by slug."""
    urns = {measure_urn(slug): slug for slug in measure.facts.get("related", ())}
    return {urns[urn]: title for urn, title in measure_titles(site, urns).items()}


def _standing(versions: Versions, stance: Stance | None) -> Standing:
    """What the stance means; the common text stands while nothing is decided, or its version has not come yet."""
    if stance is not None and stance.kind == ASIDE:
        head = versions.heads()[0]
        return Standing(ASIDE, head, head, versions.number(head), 0, reason=stance.reason or "", decided_at=stance.at)
    decided = stance is not None and stance.kind in (ADOPTED, ADAPTED)
    held = versions.get(stance.digest) if stance is not None and decided else None
    current = held or versions.heads()[0]
    base = versions.base(current) or current
    kind = "common" if held is None or stance is None else stance.kind
    count = count_differences(differences(base, current)) if base is not current else 0
    return Standing(kind, current, base, versions.number(current), count, current.budget != base.budget)


def _stances(site: Site, urns: Sequence[str]) -> Sequence[Stance]:
    return site.session.scalars(select(Stance).where(Stance.measure.in_(urns))).all()


def _versions(site: Site, urns: Sequence[str], hosts: Iterable[str]) -> dict[str, Versions]:
    """The versions of these measures: the common text, and what these communes wrote.

    Only the programme's home has a say in the common text: what another site calls so is kept, and never shown.
    """
    common = or_(
        Revision.role == "edition", and_(Revision.role == "common", Revision.host == site.settings.programme.home)
    )
    own = and_(Revision.role.not_in(COMMON_ROLES), Revision.host.in_(list(hosts)))
    rows = site.session.scalars(select(Revision).where(Revision.measure.in_(urns), or_(common, own)))
    grouped: dict[str, list[Revision]] = defaultdict(list)
    for row in rows:
        grouped[row.measure].append(row)
    return {urn: Versions(grouped[urn]) for urn in urns}


def _discussions(site: Site, urn: str) -> Select[Thread, Person]:
    return shown_threads(site, listed_hosts(site)).where(Thread.measure == urn)
