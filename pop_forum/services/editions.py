"""Publishing an edition of the programme at its home, and what the pages of editions show."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from pop_forum.domain import french, permissions
from pop_forum.domain.lineage.ancestry import Parents, line_of
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_line
from pop_forum.errors import Conflict, InvalidInput, NotFound
from pop_forum.federation import editions as wire
from pop_forum.federation.activities import MAX_SUMMARY_CHARS, EditionPublished
from pop_forum.federation.editions import MAX_EDITION_TITLE_CHARS
from pop_forum.models import Edition, Measure, Revision, Theme
from pop_forum.services import consents, edition_rows, improvement_pages, journal, translation
from pop_forum.services.measures import PROGRAMME
from pop_forum.services.messages import Stamp
from pop_forum.services.programme_pages import differences
from pop_forum.services.site import Site
from pop_forum.services.versions import Versions, first_texts

WHOLE_CHARS = 150_000  # of the texts that one page holds; beyond, each measure has its own
NO_EDITION = "Cette édition n’existe pas, ou nous ne l’avons pas encore reçue. Voyez la liste des éditions."
NO_TEXT = "Cette mesure n’est pas dans cette édition."
NOTHING_NEW = "Aucun texte n’a changé depuis la dernière édition : il n’y a rien à publier."
MOVED_ON = "Le texte commun a changé pendant que vous lisiez. Relisez ce qui serait publié."
NOT_LOADED = "Le programme n’est pas encore chargé sur ce site : il n’y a rien à publier."


@dataclass(frozen=True, slots=True)
class Text:
    """One measure in an edition."""

    measure: Measure
    revision: Revision


@dataclass(frozen=True, slots=True)
class Group:
    """One theme with its measures in an edition."""

    theme: Theme
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class EditionPage:
    """An edition with its texts; `whole` when one page can hold them all."""

    edition: Edition
    digest: str
    groups: tuple[Group, ...]
    whole: bool
    before: Edition | None
    after: Edition | None

    @property
    def count(self) -> int:
        """How many measures it holds."""
        return sum(len(group.texts) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a measure from one edition to another: `before` or `after` is None when it is not in it."""

    measure: Measure
    before: Revision | None
    after: Revision | None
    passages: Mapping[str, int] = field(default_factory=dict)
    retitled: bool = False
    repriced: bool = False
    communes: tuple[str, ...] = ()  # that proposed what was taken in between, by name

    @property
    def title(self) -> str:
        """Its title, the newest one."""
        shown = self.after or self.before
        return shown.title if shown is not None else self.measure.slug


@dataclass(frozen=True, slots=True)
class Changes:
    """What changes between two editions; `before` is None when there is no edition to compare with."""

    before: Edition | None
    after: Edition
    changed: tuple[Change, ...]
    same: int


def shown(site: Site) -> list[Edition]:
    """The editions by who may publish them, the newest first; none is shown under a name that came before."""
    home = site.settings.programme.home
    rows = site.session.scalars(select(Edition).where(Edition.host.in_(("", home))).order_by(Edition.host)).all()
    by_name: dict[str, Edition] = {}
    for row in rows:
        by_name.setdefault(row.id, row)
    return sorted(by_name.values(), key=_newest, reverse=True)


def find(site: Site, name: str) -> Edition:
    """The edition by this name. Raises NotFound."""
    return _among(shown(site), name)


def page(site: Site, name: str) -> EditionPage:
    """All that the page of an edition shows. Raises NotFound."""
    rows = shown(site)
    edition = _among(rows, name)
    place = rows.index(edition)
    groups = _groups(site, edition)
    letters = sum(len(block["text"]) for group in groups for text in group.texts for block in text.revision.blocks)
    older, newer = rows[place + 1 : place + 2], rows[place - 1 : place] if place else []
    return EditionPage(
        edition, digest_of(edition), groups, letters <= WHOLE_CHARS, next(iter(older), None), next(iter(newer), None)
    )


def text_in(site: Site, name: str, slug: str) -> tuple[EditionPage, Text]:
    """One measure in an edition. Raises NotFound."""
    found = page(site, name)
    for group in found.groups:
        for text in group.texts:
            if text.measure.slug == slug:
                return found, text
    raise NotFound(f"{slug[:80]!r} is not in edition {name}", NO_TEXT)


def changes(site: Site, name: str, since: str | None = None) -> Changes:
    """What this edition changes since another, the one before when none is named. Raises NotFound."""
    rows = shown(site)
    after = _among(rows, name)
    older = rows[rows.index(after) + 1 :]
    before = _among(rows, since) if since else next(iter(older), None)
    return _between(site, before, after)


def counts(site: Site) -> dict[str, int]:
    """How many measures each edition changes, by its name; the first one changes none."""
    rows = shown(site)
    found = {}
    for after, before in zip(rows, rows[1:], strict=False):
        earlier = _texts(before)
        found[after.id] = sum(earlier.get(urn) != digest for urn, digest in _texts(after).items())
    return found


def digest_of(edition: Edition) -> str:
    """The digest of what an edition holds: the same on every site."""
    return wire.digest(edition_rows.value_of(edition))


def draft(site: Site) -> Changes:
    """The edition that would be published now, and what it would change. Raises InvalidInput without a programme."""
    today, rows = _today(site), shown(site)
    texts = [{"measure": urn, "digest": digest} for urn, digest in _current(site)]
    if not texts:
        raise InvalidInput("no programme", NOT_LOADED)
    last = rows[0] if rows else None
    edition = Edition(
        host=site.settings.host, id=next_name(today, [row.id for row in rows]), date=today, title="", summary=""
    )
    edition.texts = texts
    return _between(site, last, edition)


def mark_of(edition: Edition) -> str:
    """What names the versions of a draft, whatever the day: to tell whether it is still the one that was read."""
    return wire.digest(wire.Edition(edition.id, date.min, "-", tuple(_texts(edition).items())))


def publish(site: Site, viewer: Viewer, title: str, summary: str, read: str | None = None) -> Edition:
    """A new edition, frozen from the common texts of now; `read` is the mark of the draft that was read.

    Raises Forbidden, Conflict when the texts moved on, InvalidInput.
    """
    if not permissions.may_revise_common(viewer, site.settings.is_programme_home):
        raise consents.refusal(viewer, f"{viewer} may not publish an edition")
    site.one_at_a_time("edition of the programme")
    found = draft(site)
    if not found.changed:
        raise InvalidInput("nothing changed since the last edition", NOTHING_NEW)
    if read is not None and read != mark_of(found.after):
        raise Conflict("the texts moved on", MOVED_ON)
    heading, texts = clean_line(title, MAX_EDITION_TITLE_CHARS), tuple(_texts(found.after).items())
    edition = wire.validated(wire.Edition(found.after.id, found.after.date, heading, texts))
    content = EditionPublished(edition, clean_line(summary, MAX_SUMMARY_CHARS))
    entry = journal.append(site, PROGRAMME, translation.said_by_commune(site, content))
    edition_rows.put(site, content, host=site.settings.host, stamp=Stamp(entry.epoch, entry.n))
    return site.session.get_one(Edition, (site.settings.host, edition.id))


def next_name(today: date, names: Sequence[str]) -> str:
    """« 2026-2 » after « 2026-1 », « 2027-1 » in a new year."""
    numbers = [int(name.partition("-")[2]) for name in names if name.startswith(f"{today.year}-")]
    return f"{today.year}-{1 + max(numbers, default=0)}"


def _newest(edition: Edition) -> tuple[date, int]:
    return edition.date, int(edition.id.partition("-")[2] or 0)


def _among(rows: Sequence[Edition], name: str) -> Edition:
    for row in rows:
        if row.id == name:
            return row
    raise NotFound(f"no edition {name[:40]!r}", NO_EDITION)


def _texts(edition: Edition) -> dict[str, str]:
    return {str(text["measure"]): str(text["digest"]) for text in edition.texts}


def _today(site: Site) -> date:
    return french.in_paris(site.clock.now()).date()


def _current(site: Site) -> list[tuple[str, str]]:
    """The common text of each measure of the programme, in its order."""
    measures = select(Measure).join(Theme, Theme.slug == Measure.theme).where(Measure.host == "")
    ordered = site.session.scalars(measures.order_by(Theme.position, Measure.position, Measure.slug)).all()
    rows = site.session.scalars(select(Revision).where(first_texts(site.settings.programme.home))).all()
    grouped: dict[str, list[Revision]] = {}
    for row in rows:
        grouped.setdefault(row.measure, []).append(row)
    heads = {urn: Versions(found).heads() for urn, found in grouped.items()}
    return [(one.urn, heads[one.urn][0].digest) for one in ordered if heads.get(one.urn)]


def _groups(site: Site, edition: Edition) -> tuple[Group, ...]:
    texts = _texts(edition)
    revisions, measures = _revisions(site, texts.values()), _measures(site, texts)
    themes = site.session.scalars(select(Theme).order_by(Theme.position)).all()
    found: dict[str, list[Text]] = {theme.slug: [] for theme in themes}
    for urn, digest in texts.items():
        if urn in measures and digest in revisions:
            found[measures[urn].theme].append(Text(measures[urn], revisions[digest]))
    return tuple(Group(theme, tuple(found[theme.slug])) for theme in themes if found[theme.slug])


def _between(site: Site, before: Edition | None, after: Edition) -> Changes:
    old, new = _texts(before) if before is not None else {}, _texts(after)
    moved = [urn for urn in {**new, **old} if old.get(urn) != new.get(urn)] if before is not None else []
    revisions = _revisions(site, [digest for urn in moved for digest in (old.get(urn), new.get(urn)) if digest])
    measures = _measures(site, moved)
    lines = site.session.execute(select(Revision.digest, Revision.parents).where(Revision.measure.in_(moved)))
    parents, credited = {row.digest: row.parents for row in lines}, improvement_pages.credits(site)
    found = tuple(
        _change(measures[urn], revisions.get(old.get(urn, "")), revisions.get(new.get(urn, "")), parents, credited)
        for urn in moved
        if urn in measures
    )
    return Changes(before, after, found, len(new) - sum(urn in new for urn in moved))


def change_of(measure: Measure, before: Revision, after: Revision, communes: Iterable[str] = ()) -> Change:
    """What became of a measure from one version to another."""
    passages = Counter(str(one.status) for one in differences(before, after) if one.status != "unchanged")
    retitled, repriced = before.title != after.title, before.budget != after.budget
    return Change(measure, before, after, passages, retitled, repriced, tuple(communes))


def _change(
    measure: Measure,
    before: Revision | None,
    after: Revision | None,
    parents: Parents,
    credited: Mapping[str, Sequence[str]],
) -> Change:
    if before is None or after is None:
        return Change(measure, before, after)
    between = line_of(parents, after.digest) - line_of(parents, before.digest)
    return change_of(measure, before, after, sorted({name for one in between for name in credited.get(one, ())}))


def _revisions(site: Site, digests: Iterable[str]) -> dict[str, Revision]:
    wanted = list(digests)
    rows = site.session.scalars(select(Revision).where(Revision.digest.in_(wanted)))
    return {row.digest: row for row in rows}


def _measures(site: Site, urns: Iterable[str]) -> dict[str, Measure]:
    rows = site.session.scalars(select(Measure).where(Measure.urn.in_(list(urns))))
    return {row.urn: row for row in rows}
