"""The common programme as its file says it: themes and measures, read strictly, every problem reported at once."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

import yaml

from pop_forum.errors import SettingsError
from pop_forum.settings.reading import Problems, Table, listed, nearest

SCHEMA_VERSION = 1
# The first edition weighs 22 KB; a file far above is not a programme.
MAX_BYTES = 1_048_576
DOMINANT_COSTS = ("investissement", "fonctionnement", "mixte")
BUDGET_EFFECTS = ("depense", "economie", "recette", "neutre")

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SLUG_LIMIT = 80
_TITLE_LIMIT = 200
_SUMMARY_LIMIT = 2_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class CostNature:
    """Whether a measure costs mostly once (investissement), each year (fonctionnement), or both (mixte)."""

    dominant: str
    investissement: bool
    fonctionnement: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure; `funding_hints` are codes to explore, never promised; `related` is directed."""

    slug: str
    position: int
    title: str
    summary: str
    cost_nature: CostNature
    budget_effect: str
    funding_hints: tuple[str, ...]
    related: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme and its measures, in order."""

    slug: str
    position: int
    title: str
    summary: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """A dated, frozen set of versions."""

    id: str
    date: date
    title: str


@dataclass(frozen=True, slots=True)
class Programme:
    """The whole file. `pillars` are (slug, title, summary), `tools` (slug, title)."""

    slug: str
    title: str
    summary: str
    locale: str
    edition: Edition
    pillars: tuple[tuple[str, str, str], ...]
    tools: tuple[tuple[str, str], ...]
    funding_codes: dict[str, str]
    themes: tuple[Theme, ...]

    @property
    def measures(self) -> Iterator[Measure]:
        """Every measure, theme by theme."""
        return (measure for theme in self.themes for measure in theme.measures)


class _StrictLoader(yaml.SafeLoader):
    """YAML without the key written twice, of which the first would be lost in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """The mapping of a node whose keys are all different."""
        keys = [key.value for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"clé écrite deux fois\u00a0: {twice[0]}", node.start_mark
            )
        return super().construct_mapping(node, deep)


def load_programme(content: bytes, file: str = "programme.yaml") -> Programme:
    """The programme of a YAML file; SettingsError with all its problems, one per line, each naming its place."""
    problems = Problems(file)
    programme = _programme(Table(_mapping(content, file), problems), problems)
    problems.refuse()
    return programme


def _mapping(content: bytes, file: str) -> dict[str, object]:
    """The file's outermost table."""
    if len(content) > MAX_BYTES:
        raise SettingsError(f"{file}\u00a0: plus de {MAX_BYTES} octets, ce n’est pas un programme")
    try:
        values = yaml.load(content, _StrictLoader)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise SettingsError(f"{file}\u00a0: ce n’est pas du YAML lisible ({error})") from error
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise SettingsError(
            f"{file}\u00a0: on attend les clés schema_version, edition, programme, funding_codes et themes"
        )
    return values


def _programme(top: Table, problems: Problems) -> Programme:
    """The programme, with placeholders where a problem was noted."""
    top.whole("schema_version", SCHEMA_VERSION, SCHEMA_VERSION)
    head = _part(top, "programme")
    codes = _part(top, "funding_codes")
    programme = Programme(
        slug=_slug(head),
        title=head.text("title", longest=_TITLE_LIMIT),
        summary=head.text("summary", longest=_SUMMARY_LIMIT),
        locale=top.choice("locale", ("fr",)),
        edition=_edition(_part(top, "edition")),
        pillars=tuple(_pillar(entry) for entry in _entries(head, "pillars")),
        tools=tuple(_tool(entry) for entry in _entries(head, "tools")),
        funding_codes={code: codes.text(code, longest=_TITLE_LIMIT) for code in codes.values},
        themes=tuple(_theme(entry) for entry in _entries(top, "themes")),
    )
    for table in (top, head, codes):
        table.close()
    _check_references(programme, problems)
    return programme


def _edition(table: Table) -> Edition:
    """The edition named at the head of the file."""
    written = table.text("date", longest=10)
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = _EPOCH
        if written:
            table.wrong("date", "doit être une date entre apostrophes, comme '2026-11-23'")
    edition = Edition(table.text("id", longest=20), day, table.text("title", longest=_TITLE_LIMIT))
    table.close()
    return edition


def _pillar(table: Table) -> tuple[str, str, str]:
    """(slug, title, summary) of a pillar."""
    slug, title = _tool(table, closing=False)
    summary = table.text("summary", longest=_SUMMARY_LIMIT)
    table.close()
    return slug, title, summary


def _tool(table: Table, *, closing: bool = True) -> tuple[str, str]:
    """(slug, title) of a tool."""
    slug, title = _slug(table), table.text("title", longest=_TITLE_LIMIT)
    if closing:
        table.close()
    return slug, title


def _theme(table: Table) -> Theme:
    """A theme with its measures."""
    theme = Theme(
        slug=_slug(table),
        position=table.whole("position", 1, 1_000),
        title=table.text("title", longest=_TITLE_LIMIT),
        summary=table.text("summary", longest=_SUMMARY_LIMIT),
        measures=tuple(_measure(entry) for entry in _entries(table, "measures")),
    )
    table.close()
    return theme


def _measure(table: Table) -> Measure:
    """A measure of a theme."""
    measure = Measure(
        slug=_slug(table),
        position=table.whole("position", 1, 1_000),
        title=table.text("title", longest=_TITLE_LIMIT),
        summary=table.text("summary", longest=_SUMMARY_LIMIT),
        cost_nature=_cost_nature(_part(table, "cost_nature")),
        budget_effect=table.choice("budget_effect", BUDGET_EFFECTS),
        funding_hints=table.words("funding_hints", ()),
        related=table.words("related", ()),
    )
    table.close()
    return measure


def _cost_nature(table: Table) -> CostNature:
    """The nature of a measure's cost."""
    nature = CostNature(
        table.choice("dominant", DOMINANT_COSTS),
        table.flag("investissement", False),
        table.flag("fonctionnement", False),
    )
    table.close()
    return nature


def _part(table: Table, key: str) -> Table:
    """A table inside this one; an empty one stands in when it is missing."""
    return table.table(key, required=True) or Table({}, Problems(""), f"{table.path}{key}.")


def _entries(table: Table, key: str) -> list[Table]:
    """The tables of a list, each with its number as its place."""
    table.known.append(key)
    values = table.values.get(key)
    if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
        table.wrong(key, "doit être une liste d’au moins un élément")
        return []
    return [Table(value, table.problems, f"{table.path}{key}[{at}].") for at, value in enumerate(values, start=1)]


def _slug(table: Table) -> str:
    """The name used in addresses."""
    slug = table.text("slug", longest=_SLUG_LIMIT)
    if slug and not _SLUG.fullmatch(slug):
        table.wrong("slug", "ne doit contenir que des minuscules sans accent, des chiffres et des traits d’union")
    return slug


def _check_references(programme: Programme, problems: Problems) -> None:
    """Note the names used twice and those that lead nowhere."""
    slugs = [measure.slug for measure in programme.measures]
    _note_repeated("mesure", slugs, problems)
    _note_repeated("thème", [theme.slug for theme in programme.themes], problems)
    for measure in programme.measures:
        _note_unknown(f"mesure {measure.slug}, related", measure.related, slugs, problems)
        _note_unknown(f"mesure {measure.slug}, funding_hints", measure.funding_hints, programme.funding_codes, problems)


def _note_repeated(what: str, names: list[str], problems: Problems) -> None:
    """Note each name that stands for two things."""
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(f"deux fois «\u202f{name}\u202f» ({what}).")


def _note_unknown(where: str, names: tuple[str, ...], known: Collection[str], problems: Problems) -> None:
    """Note each name that is not known, with the one that was meant."""
    for name in names:
        if name not in known:
            problems.add(f"{where}\u00a0: «\u202f{name}\u202f» est inconnu.{nearest(name, known, listed(known))}")
