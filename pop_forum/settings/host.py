"""The settings of one host (a machine that serves communes), from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pop_forum.settings.reading import DOCUMENTED, Problems, nearest
from pop_forum.settings.shapes import DATABASE_RULE, Address, address, database, is_broker, is_one_line, is_slug
from pop_forum.settings.smtp import RULE, MailServer, mail_server

PREFIX = "POP_FORUM_"
DATABASE = "POP_FORUM_DATABASE_"
VARIABLES = {
    "POP_FORUM_MODE": "production",
    "POP_FORUM_INSTANCES": "instances",
    "POP_FORUM_DATA": "data",
    "POP_FORUM_BROKER": "redis://127.0.0.1:6379/0",
    "POP_FORUM_LOOPBACK": "",
    "POP_FORUM_PROXIES": "0",
    "POP_FORUM_SMTP": "",
}
MAX_PROXIES = 5


class Mode(StrEnum):
    """What a host is run for; only demo and test may speak http, on loopback."""

    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Host:
    """One host: where its communes and their data lie, its broker, and what it may reach over http."""

    mode: Mode
    instances: Path
    data: Path
    broker: str
    loopback: frozenset[Address] = frozenset()
    databases: Mapping[str, str] = field(default_factory=dict, hash=False)
    proxies: int = 0  # how many reverse proxies of ours stand in front; their X-Forwarded-For is believed, no other
    smtp: MailServer | None = None  # without one, mail waits in its rows

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Host":
        """The host that POP_FORUM_* variables describe; raises SettingsError with all that is wrong."""
        problems = Problems("environnement")
        ours = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        _refuse_unknown(ours, problems)
        value = {name: ours.get(name) or default for name, default in VARIABLES.items()}
        mode = _mode(value["POP_FORUM_MODE"], problems)
        host = cls(
            mode=mode,
            instances=_folder("POP_FORUM_INSTANCES", value["POP_FORUM_INSTANCES"], problems),
            data=_folder("POP_FORUM_DATA", value["POP_FORUM_DATA"], problems),
            broker=_broker(value["POP_FORUM_BROKER"], problems),
            loopback=_loopback(value["POP_FORUM_LOOPBACK"], mode, problems),
            databases=_databases(ours, problems),
            proxies=_proxies(value["POP_FORUM_PROXIES"], problems),
            smtp=_smtp(value["POP_FORUM_SMTP"], problems),
        )
        problems.refuse()
        return host

    def data_folder(self, slug: str) -> Path:
        """The folder of a commune's database, secret and keys on this machine."""
        return self.data / slug

    def database_url(self, slug: str, own: str | None) -> str:
        """A commune's database: the environment's, or its own, or SQLite in its data folder."""
        return self.databases.get(slug) or own or f"sqlite:///{self.data_folder(slug)}/forum.sqlite"


def _refuse_unknown(ours: Mapping[str, str], problems: Problems) -> None:
    for name in sorted(ours):
        if name not in VARIABLES and not name.startswith(DATABASE):
            known = [*VARIABLES, f"{DATABASE}<COMMUNE>"]
            problems.add(f"variable inconnue « {name} ».{nearest(name, known, DOCUMENTED, PREFIX)}")


def _mode(value: str, problems: Problems) -> Mode:
    if value not in list(Mode):
        problems.add("« POP_FORUM_MODE » doit valoir « production », « demo » ou « test ».")
        return Mode.PRODUCTION
    return Mode(value)


def _folder(name: str, value: str, problems: Problems) -> Path:
    if not is_one_line(value):
        problems.add(f"« {name} » doit être le chemin d’un dossier.")
        return Path()
    return Path(value).absolute()


def _broker(value: str, problems: Problems) -> str:
    # The value is not repeated in the sentence: it may hold a password.
    if not is_broker(value):
        problems.add("« POP_FORUM_BROKER » doit s’écrire « redis://hôte:port/0 » ou « redis+socket:///chemin ».")
    return value


def _proxies(value: str, problems: Problems) -> int:
    if not (value.isascii() and value.isdigit()) or int(value) > MAX_PROXIES:
        problems.add(f"« POP_FORUM_PROXIES » doit être un nombre de 0 à {MAX_PROXIES}.")
        return 0
    return int(value)


def _smtp(value: str, problems: Problems) -> MailServer | None:
    found = mail_server(value) if value else None
    if value and found is None:
        problems.add(f"« POP_FORUM_SMTP » {RULE}.")  # the value is not repeated: it holds a password
    return found


def _loopback(value: str, mode: Mode, problems: Problems) -> frozenset[Address]:
    pairs = set()
    for text in filter(None, (part.strip() for part in value.split(","))):
        pair = address(text)
        if pair is None:
            problems.add(f"« POP_FORUM_LOOPBACK » : « {text} » n’est pas de la forme « nom:port ».")
        else:
            pairs.add(pair)
    if value and mode is Mode.PRODUCTION:
        problems.add("« POP_FORUM_LOOPBACK » n’existe qu’en démonstration et en test, jamais en production.")
    return frozenset(pairs)


def _databases(ours: Mapping[str, str], problems: Problems) -> dict[str, str]:
    found = {}
    for name in sorted(ours):
        if name.startswith(DATABASE):
            slug = name.removeprefix(DATABASE).lower().replace("_", "-")
            url = database(ours[name])
            if url is None or not is_slug(slug) or name != name.upper():
                problems.add(f"« {name} » {DATABASE_RULE}.")
            else:
                found[slug] = url
    return found
