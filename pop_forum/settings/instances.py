"""Reading communes from instances/<slug>/: instance.toml, charter.md, legal.md; every check at load."""

from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Literal, TypeVar

from pop_forum.errors import SettingsError
from pop_forum.settings import colour, files
from pop_forum.settings.agenda import LONGEST_NOTICE, agenda
from pop_forum.settings.budget import budget
from pop_forum.settings.host import Host
from pop_forum.settings.imprint import imprint
from pop_forum.settings.model import (
    CATEGORIES,
    Accent,
    Bounds,
    Category,
    Contact,
    Coordinates,
    InseeCode,
    Instance,
    Kind,
    Limits,
    Mail,
    Programme,
    Retention,
    Roles,
    Scheme,
)
from pop_forum.settings.reading import Problems, Table
from pop_forum.settings.shapes import (
    DATABASE_RULE,
    LONGEST_SLUG,
    database,
    host_problem,
    is_insee,
    is_mail,
    is_slug,
)

TEMPLATE = "exemple"  # the folder to copy from, never a commune
FINGERPRINT = 52  # characters of a whole fingerprint, in base32
BASE32 = frozenset("abcdefghijklmnopqrstuvwxyz234567")
DEFAULT_DAY, DEFAULT_NIGHT = "#0d5561", "#86cbd5"
LARGEST_POPULATION = 3_000_000  # Paris, the most populous commune, has 2.1 million
MOST_CATEGORIES = 20  # more than that is no longer a choice on a telephone
CATEGORY_NAME, CATEGORY_DESCRIPTION = 60, 200  # characters: a button, and a line below it
RESERVED = frozenset({"ouvrir"})  # an address below /quotidien
LANGUAGES = (("fr",), ("fr", "en"))  # French is the source language, so it comes first

Numbers = TypeVar("Numbers", Limits, Retention)


def load_all(folder: Path, *, environment: Host) -> tuple[Instance, ...]:
    """All communes of a folder, by slug; raises SettingsError with the problems of all of them."""
    if not folder.is_dir():
        raise SettingsError(f"Le dossier des communes « {folder} » n’existe pas (POP_FORUM_INSTANCES).")
    found: list[Instance] = []
    lines: list[str] = []
    for entry in _folders(folder):
        try:
            found.append(load_instance(entry, environment=environment))
        except SettingsError as error:
            lines.append(str(error))
    lines += _shared_hosts(found)
    if not lines:
        lines += _orphan_databases(found, environment)
    if lines:
        raise SettingsError("\n".join(lines))
    return tuple(found)


def load_each(folder: Path, *, environment: Host) -> tuple[tuple[Instance, ...], tuple[str, ...]]:
    """The communes of a folder that are in order by themselves, and the slugs of the others."""
    if not folder.is_dir():
        raise SettingsError(f"Le dossier des communes « {folder} » n’existe pas (POP_FORUM_INSTANCES).")
    found: list[Instance] = []
    refused: list[str] = []
    for entry in _folders(folder):
        try:
            found.append(load_instance(entry, environment=environment))
        except SettingsError:
            refused.append(entry.name)
    return tuple(found), tuple(refused)


def refuse_double(made: Instance, *, environment: Host) -> None:
    """Returns when no commune of this host has the new one's address; SettingsError otherwise.

    Folders that are wrong in themselves are passed over: `load_all` names them.
    """
    known: list[Instance] = []
    for entry in _folders(environment.instances):
        with suppress(SettingsError):
            known.append(load_instance(entry, environment=environment))
    lines = _shared_hosts([*known, made])
    if lines:
        raise SettingsError("\n".join(lines))


def load_instance(folder: Path, *, environment: Host) -> Instance:
    """One commune's settings; raises SettingsError with everything that is wrong in its folder."""
    slug = folder.name
    problems = Problems(f"{slug}/instance.toml")
    if not is_slug(slug):
        problems.add(f"le dossier doit être nommé en minuscules, chiffres et tirets, {LONGEST_SLUG} au plus.")
    table = Table(files.toml(folder / "instance.toml", problems), problems)
    problems.refuse()
    charter = files.page(folder / "charter.md", problems)
    legal = files.page(folder / "legal.md", problems)
    instance = _instance(table, folder, environment, charter, legal)
    table.close()
    problems.refuse()
    return instance


def _instance(table: Table, folder: Path, environment: Host, charter: str, legal: str) -> Instance:
    slug = folder.name
    kind = Kind(table.choice("kind", tuple(Kind)))
    host, scheme = _host(table, environment)
    contact = _contact(table)
    return Instance(
        slug=slug,
        folder=folder,
        data=environment.data_folder(slug),
        name=table.text("name", longest=80),
        insee=_insee(table),
        kind=kind,
        host=host,
        scheme=scheme,
        keeper=table.text("keeper", longest=120),
        languages=_languages(table),
        contact=contact,
        mail=_mail(table, contact),
        coordinates=_coordinates(table),
        population=table.whole("population", 1, LARGEST_POPULATION),
        roles=_roles(table, kind),
        limits=_numbers(table, "limits", Limits),
        retention=_numbers(table, "retention", Retention),
        accent=_accent(table),
        programme=_programme(table, environment),
        database_url=environment.database_url(slug, _database(table)),
        categories=_categories(table),
        charter=charter,
        legal=legal,
        budget=budget(table),
        imprint=imprint(table),
        notice=table.text("notice", longest=LONGEST_NOTICE, default=""),
        dates=agenda(table),
    )


def _host(table: Table, environment: Host) -> tuple[str, Scheme]:
    host = table.text("host", longest=253 + 6)
    scheme = table.choice("scheme", ("https", "http"), "https")
    problem = host_problem(host, environment.loopback) if host else None
    if problem is not None:
        table.wrong("host", problem)
    elif scheme == "http" and ":" not in host:
        table.wrong("scheme", "n’accepte « http » que pour une adresse nommée dans POP_FORUM_LOOPBACK")
    elif scheme == "https" and ":" in host:
        table.wrong("scheme", "doit valoir « http » pour une adresse avec un port")
    return host, _scheme(scheme)


def _scheme(text: str) -> Literal["https", "http"]:
    return "http" if text == "http" else "https"


def _insee(table: Table) -> InseeCode:
    code = table.text("insee", longest=20)
    if code and not is_insee(code):
        table.wrong("insee", "doit compter cinq caractères, comme « 01234 » ou « 2A004 »")
    return InseeCode(code)


def _languages(table: Table) -> tuple[str, ...]:
    languages = table.words("languages", ("fr",))
    if languages not in LANGUAGES:
        table.wrong("languages", 'doit être ["fr"] ou ["fr", "en"]')
    return languages


def _contact(table: Table) -> Contact:
    part = table.table("contact", required=True)
    if part is None:
        return Contact("")
    contact = Contact(
        mail=part.text("mail", longest=254),
        phone=part.text("phone", longest=40, default=""),
        address=part.text("address", longest=200, default=""),
        hours=part.text("hours", longest=200, default=""),
    )
    if contact.mail and not is_mail(contact.mail):
        part.wrong("mail", "doit être une adresse comme « contact@macommune.fr »")
    part.close()
    return contact


def _mail(table: Table, contact: Contact) -> Mail:
    part = table.table("mail") or Table({}, table.problems, "mail.")
    mail = Mail(sender=part.text("sender", longest=254, default=contact.mail))
    if mail.sender and not is_mail(mail.sender):
        part.wrong("sender", "doit être une adresse comme « forum@macommune.fr »")
    part.close()
    return mail


def _coordinates(table: Table) -> Coordinates | None:
    part = table.table("coordinates")
    if part is None:
        return None
    coordinates = Coordinates(part.decimal("latitude", -90, 90), part.decimal("longitude", -180, 180))
    part.close()
    return coordinates


def _roles(table: Table, kind: Kind) -> Roles:
    part = table.table("roles") or Table({}, table.problems, "roles.")
    municipal = kind is Kind.MUNICIPALE
    roles = Roles(part.flag("open_registration", True), part.flag("candidates", not municipal))
    if municipal and roles.candidates:
        part.wrong("candidates", "doit être false : un site municipal n’a pas d’espace candidat")
    part.close()
    return roles


def _numbers(table: Table, key: str, kind: type[Numbers]) -> Numbers:
    part = table.table(key) or Table({}, table.problems, f"{key}.")
    values = {}
    for setting in fields(kind):
        bounds: Bounds = setting.metadata["bounds"]
        values[setting.name] = part.whole(setting.name, bounds.low, bounds.high, bounds.default)
    part.close()
    return kind(**values)


def _accent(table: Table) -> Accent:
    part = table.table("accent")
    if part is None:
        return Accent(DEFAULT_DAY, DEFAULT_NIGHT)
    day = _colour(part, "day", DEFAULT_DAY)
    night = _colour(part, "night", colour.night_from_day(day)) if "night" in part.values else None
    part.known.append("night")
    part.close()
    accent = Accent(day, night or colour.night_from_day(day))
    for sentence in colour.check_accent(accent.day, accent.night):
        table.problems.add(sentence)
    return accent


def _colour(part: Table, key: str, instead: str) -> str:
    text = part.text(key, longest=20)
    value = colour.parse(text)
    if text and value is None:
        part.wrong(key, "doit être une couleur comme « #0d5561 »")
    return value or instead


def _programme(table: Table, environment: Host) -> Programme:
    part = table.table("programme", required=True)
    if part is None:
        return Programme("")
    home = part.text("home", longest=253 + 6)
    problem = host_problem(home, environment.loopback) if home else None
    if problem is not None:
        part.wrong("home", problem)
    fingerprint = part.text("fingerprint", longest=2 * FINGERPRINT, default="").replace(" ", "")
    if fingerprint and not (len(fingerprint) == FINGERPRINT and set(fingerprint) <= BASE32):
        part.wrong("fingerprint", f"doit être l’empreinte complète du site, {FINGERPRINT} lettres et chiffres")
    part.close()
    return Programme(home, fingerprint)


def _categories(table: Table) -> tuple[Category, ...]:
    parts = table.tables("categories", MOST_CATEGORIES)
    if "categories" not in table.values:
        return CATEGORIES
    found: dict[str, Category] = {}
    for part in parts:
        slug = part.text("slug", longest=LONGEST_SLUG)
        name = part.text("name", longest=CATEGORY_NAME)
        category = Category(slug, name, part.text("description", longest=CATEGORY_DESCRIPTION, default=""))
        part.close()
        if slug and (not is_slug(slug) or slug in RESERVED):
            part.wrong("slug", "doit être en minuscules, chiffres et tirets, et n’être aucune adresse du site")
        elif slug in found:
            part.wrong("slug", f"« {slug} » est déjà celui d’une autre rubrique")
        found[slug] = category
    return tuple(found.values())


def _database(table: Table) -> str | None:
    text = table.text("database_url", longest=500, default="")
    url = database(text)
    if text and url is None:
        table.wrong("database_url", DATABASE_RULE)
    return url


def _folders(folder: Path) -> list[Path]:
    """The folders of communes, by slug."""
    entries = sorted(folder.iterdir())
    return [each for each in entries if each.is_dir() and each.name != TEMPLATE and not each.name.startswith(".")]


def _shared_hosts(found: list[Instance]) -> list[str]:
    first: dict[str, Instance] = {}
    lines = []
    for instance in found:
        other = first.setdefault(instance.host, instance)
        if other is not instance:
            same = f"« host » {instance.host} est déjà celui de « {other.slug} »"
            lines.append(f"{instance.slug}/instance.toml : {same}.")
    return lines


def _orphan_databases(found: list[Instance], environment: Host) -> list[str]:
    unknown = set(environment.databases) - {instance.slug for instance in found}
    return [
        f"environnement : « POP_FORUM_DATABASE_{slug.upper().replace('-', '_')} » ne nomme aucune commune."
        for slug in sorted(unknown)
    ]
