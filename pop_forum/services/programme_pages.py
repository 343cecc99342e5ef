"""What the pages of the programme show: themes, measures, versions, and what each commune made of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select

from pop_forum.domain.comparison import Passage, compare, count_differences
from pop_forum.domain.lineage.ancestry import line_of
from pop_forum.errors import NotFound
from pop_forum.federation.activities import LOCAL
from pop_forum.models import Edition, KeptText, Measure, Person, Revision, Stance, Theme, Thread
from pop_forum.services.lineage import ADAPTED, ADOPTED, ASIDE, UNDECIDED
from pop_forum.services.network_pages import commune_names, listed_hosts, shown_hosts
from pop_forum.services.reading import shown_threads
from pop_forum.services.site import Site
from pop_forum.services.versions import NOT_OWN, Versions, blocks_of, first_texts, is_common, is_first

COMMON, FOREIGN = "common", "foreign"  # the kinds of standing where nothing is decided
UNDECIDED_KINDS = (COMMON, FOREIGN)
NO_MEASURE = "Cette mesure n’existe pas dans le programme. Retrouvez toutes les mesures sur la page Programme."
NO_THEME = "Ce thème n’existe pas dans le programme. Retrouvez tous les thèmes sur la page Programme."
NO_VERSION = "Cette version n’existe pas, ou nous ne l’avons pas encore reçue. Voyez l’historique de la mesure."


@dataclass(frozen=True, slots=True)
class Standing:
    """What a commune holds for a measure. `kind`: common (nothing decided yet), adopted, adapted, local or aside.

    Of another commune's measure, of which nothing is decided, it is foreign. `base` is the version of the common text,
    or of its commune's, that `current` comes from; `differences` counts the passages that are not the same.
    `estimate` is the version that the budget of `current` was written for.
    """

    kind: str
    current: Revision
    base: Revision
    number: int
    differences: int
    estimate: Revision
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
    urn: str


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
    origin: str | None  # the commune whose measure it is, by name, when it is not of the common programme
    ours: bool  # whether that is this commune

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
    """The last edition of the programme, or None before `programme load`."""
    home = site.settings.programme.home
    known = select(Edition).where(Edition.host.in_(("", home)))
    return site.session.scalars(known.order_by(Edition.date.desc(), Edition.host.desc(), Edition.n.desc())).first()


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
    """The measures of the programme and ours by theme, with those of other communes that ours has decided on."""
    here = site.settings.host
    decided = select(Stance.measure).where(Stance.host == here, Stance.kind != UNDECIDED)
    ours_too = Measure.host.in_(("", here)) | Measure.urn.in_(decided)
    rows = select(Measure).where(Measure.theme.in_(slugs), ours_too).order_by(Measure.position, Measure.slug)
    measures = site.session.scalars(rows).all()
    urns = [measure.urn for measure in measures]
    ours = {stance.measure: stance for stance in _stances(site, urns) if stance.host == site.settings.host}
    versions = _versions(site, urns, [site.settings.host])
    lines: dict[str, list[MeasureLine]] = defaultdict(list)
    for measure in measures:
        standing = _standing(versions[measure.urn], ours.get(measure.urn))
        current = standing.current
        line = MeasureLine(measure.slug, current.title, first_words(current), standing, measure.urn)
        lines[measure.theme].append(line)
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
    theme, shown = site.session.get_one(Theme, measure.theme), shown_hosts(site)
    versions = _versions(site, [measure.urn], shown)[measure.urn]
    ours = [stance for stance in _stances(site, [measure.urn]) if stance.host == site.settings.host]
    standing = _standing(versions, ours[0] if ours else None)
    if measure.host not in ("", *shown) and standing.kind == FOREIGN:
        raise NotFound(f"{measure.host} is not shown", NO_MEASURE)
    origin = commune_names(site).get(measure.host, measure.host) if measure.host else None
    threads = _discussions(site, measure.urn).with_only_columns(Thread.id).subquery()
    count = site.session.scalar(select(func.count()).select_from(threads))
    kept = site.session.scalars(select(KeptText).where(KeptText.measure == measure.urn))
    beside = {row.head: row.at for row in kept}
    return MeasurePage(
        measure,
        theme,
        versions,
        tuple(versions.heads()),
        standing,
        count or 0,
        beside,
        origin,
        measure.host == site.settings.host,
    )


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
        lines.append(commune_line(page, host, names[host], stances.get(host)))
    return sorted(lines, key=lambda line: line.name.casefold())


def commune_line(page: MeasurePage, host: str, name: str, stance: Stance | None) -> CommuneLine:
    """The same of one commune."""
    standing = _standing(page.versions, stance)
    return CommuneLine(host, name, None if standing.kind in UNDECIDED_KINDS else standing)


def differences(old: Revision, new: Revision) -> list[Passage]:
    """The passages of two versions side by side."""
    return compare(blocks_of(old), blocks_of(new))


def first_words(revision: Revision) -> str:
    """The first passage of a text: what a list shows of it."""
    blocks = blocks_of(revision)
    return blocks[0].text if blocks else ""


def _standing(versions: Versions, stance: Stance | None) -> Standing:
    """What the stance means; the common text stands while nothing is decided, or its version has not come yet."""
    if stance is not None and stance.kind == ASIDE:
        head = versions.heads()[0]
        number, estimate = versions.number(head), versions.priced_in(head)
        return Standing(ASIDE, head, head, number, 0, estimate, reason=stance.reason or "", decided_at=stance.at)
    decided = stance is not None and stance.kind in (ADOPTED, ADAPTED)
    held = versions.get(stance.digest) if stance is not None and decided else None
    current = held or versions.heads()[0]
    base = versions.base(current) or current
    kind = _kind(current) if held is None or stance is None else stance.kind
    if held is not None and stance is not None and held.host == stance.host and is_first(held) and not is_common(held):
        kind = LOCAL
    count = count_differences(differences(base, current)) if base is not current else 0
    number, estimate = versions.number(current), versions.priced_in(current)
    return Standing(kind, current, base, number, count, estimate, current.budget != base.budget)


def _kind(first: Revision) -> str:
    """What a measure is where nothing is decided, by a version of the text that the others come from."""
    return COMMON if is_common(first) else FOREIGN


def _stances(site: Site, urns: Sequence[str]) -> Sequence[Stance]:
    return site.session.scalars(select(Stance).where(Stance.measure.in_(urns))).all()


def _versions(site: Site, urns: Sequence[str], hosts: Iterable[str]) -> dict[str, Versions]:
    """The versions of these measures: the common text, and what these communes wrote.

    Only the programme's home has a say in the common text: what another site calls so is kept, and never shown.
    """
    common = first_texts(site.settings.programme.home)
    own = and_(Revision.role.not_in(NOT_OWN), Revision.host.in_(list(hosts)))
    rows = site.session.scalars(select(Revision).where(Revision.measure.in_(urns), or_(common, own)))
    grouped: dict[str, list[Revision]] = defaultdict(list)
    for row in rows:
        grouped[row.measure].append(row)
    return {urn: Versions(grouped[urn]) for urn in urns}


def _discussions(site: Site, urn: str) -> Select[Thread, Person]:
    return shown_threads(site, listed_hosts(site)).where(Thread.measure == urn)
