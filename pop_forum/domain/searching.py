"""What passes between the forum and its index: documents in, questions in, references to what was found out."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pop_forum.domain.search_words import Asked

INDEX = "index"  # the kind of work that keeps the index up to date


class Kind(StrEnum):
    """What a thing found is."""

    DISCUSSION = "discussion"
    REPLY = "reponse"
    MEASURE = "mesure"
    PERSON = "personne"


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to be found, by the words of its title and its text; `ref` names its row (« p12 », « u4 », « m… »)."""

    ref: str
    kind: Kind
    host: str
    title: str
    text: str
    day: date
    theme: str | None = None
    measure: str | None = None  # slug


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question to the index: the words, and which documents count."""

    asked: Asked
    shown: tuple[str, ...]  # hosts whose content is shown here
    kind: Kind | None = None
    hosts: tuple[str, ...] | None = None  # only these, when given
    theme: str | None = None
    measure: str | None = None
    since: date | None = None
    count: int = 20


@dataclass(frozen=True, slots=True)
class Matches:
    """What the index found, the best first; `whole` is False when it ran out of time."""

    refs: tuple[str, ...]
    whole: bool = True


def day_number(day: date) -> int:
    """The day as a number that sorts."""
    return day.toordinal()
