"""What a commune's settings are once they have been read and checked."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Literal, NewType

InseeCode = NewType("InseeCode", str)
Scheme = Literal["https", "http"]


class Kind(StrEnum):
    """Who a site speaks for: always displayed, and it decides what is allowed."""

    CITOYENNE = "citoyenne"
    PARTISANE = "partisane"
    MUNICIPALE = "municipale"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number's default, and the least and the greatest value it may take, both included."""

    default: int
    low: int
    high: int


def bounded(default: int, low: int, high: int) -> int:
    """A dataclass field with its default and the bounds that the loader enforces."""
    number: int = field(default=default, metadata={"bounds": Bounds(default, low, high)})
    return number


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the people who keep the site."""

    mail: str
    phone: str = ""
    address: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """Under which address this site writes to people."""

    sender: str


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where the commune lies, in WGS 84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Roles:
    """Who may hold an account here."""

    open_registration: bool = True
    candidates: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how often: each number has an at-limit and a one-over test.

    The upper bounds of the texts follow from the 256 KiB that a journal entry may hold: 60 000 characters of
    four bytes are 240 000 bytes; a message travels twice, as Markdown and as HTML.
    """

    title_chars: int = bounded(150, 40, 300)
    message_chars: int = bounded(20_000, 500, 20_000)
    measure_chars: int = bounded(60_000, 5_000, 60_000)
    name_chars: int = bounded(60, 20, 100)
    password_chars: int = bounded(12, 8, 64)
    sign_in_attempts: int = bounded(10, 3, 100)
    sign_in_minutes: int = bounded(15, 1, 1_440)
    messages: int = bounded(30, 1, 1_000)
    messages_minutes: int = bounded(10, 1, 1_440)
    accounts: int = bounded(10, 1, 1_000)
    accounts_minutes: int = bounded(60, 1, 1_440)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept, in days; traces of connections a year at most (CNIL, 2021-122)."""

    sign_in_days: int = bounded(90, 1, 365)
    attempts_days: int = bounded(30, 1, 365)


@dataclass(frozen=True, slots=True)
class Accent:
    """The commune's colour by day and by night, as « #rrggbb » in lower case."""

    day: str
    night: str


@dataclass(frozen=True, slots=True)
class Event:
    """A date of the commune's agenda, in Paris time; without a time it lasts the whole day.

    `address` is a page of this site (it starts with a slash), an https address, or empty.
    """

    title: str
    day: dt.date
    time: dt.time | None = None
    place: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Programme:
    """Which commune revises the common text: its host, as journals name it, and its fingerprint if it is known."""

    home: str
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Fctva:
    """The rate at which the State's fund gives VAT back on investments, exact, with where and when it was read."""

    percent: Fraction
    source: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the commune can spend on its programme each year, in whole euros, from the first year of the programme."""

    yearly: int
    first_year: int
    source: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class Budget:
    """What budgets are worked out with; None is not stated."""

    fctva: Fctva | None = None
    capacity: Capacity | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """One heading of the discussions of daily life; `slug` is in its address."""

    slug: str
    name: str
    description: str


IDEAS = "idees"  # the category that the short address /idees leads to
CATEGORIES = (
    Category("vie-locale", "Vie locale", "Ce qui se passe dans la commune, les nouvelles et les annonces."),
    Category("voirie-et-travaux", "Voirie et travaux", "Une route, un trottoir, un lampadaire, un chantier."),
    Category("ecoles-et-jeunesse", "Écoles et jeunesse", "L’école, la cantine, la garde, les activités des jeunes."),
    Category("associations-et-sorties", "Associations et sorties", "Les clubs, les fêtes, les sorties."),
    Category("entraide", "Entraide", "Un service à demander ou à rendre, un objet perdu ou trouvé."),
    Category(IDEAS, "Boîte à idées", "Une idée pour la commune, même petite. Elle est lue, et on vous répond."),
)


@dataclass(frozen=True, slots=True)
class Instance:
    """One commune's site; `host` is its authority with the port, `data` its folder on this machine."""

    slug: str
    folder: Path
    data: Path
    name: str
    insee: InseeCode
    kind: Kind
    host: str
    scheme: Scheme
    keeper: str
    languages: tuple[str, ...]
    contact: Contact
    mail: Mail
    coordinates: Coordinates | None
    population: int
    roles: Roles
    limits: Limits
    retention: Retention
    accent: Accent
    programme: Programme
    database_url: str
    charter: str
    legal: str
    categories: tuple[Category, ...] = CATEGORIES
    budget: Budget = Budget()
    imprint: tuple[str, ...] = ()
    notice: str = ""
    dates: tuple[Event, ...] = ()

    def category(self, slug: str | None) -> Category | None:
        """The category with this slug, None when there is none."""
        return next((each for each in self.categories if each.slug == slug), None)

    @property
    def base_url(self) -> str:
        """The address in front of every path, without a final slash."""
        return f"{self.scheme}://{self.host}"

    @property
    def is_programme_home(self) -> bool:
        """Whether this commune revises the common text of the programme."""
        return self.programme.home == self.host
