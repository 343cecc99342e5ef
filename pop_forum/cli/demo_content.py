"""The content of the demonstration as pop_forum/data/demo.yaml tells it, in frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from pop_forum import paths


@dataclass(frozen=True, slots=True)
class Resident:
    """An invented person with an account."""

    key: str
    commune: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Message:
    """An opening message or a reply; `supports` come from the author's commune."""

    author: str
    commune: str
    days_ago: float
    text: str
    supports: int
    edited: str | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A poll by who opened its discussion; `votes` are the positions that each person chose."""

    days_ago: float
    days: int
    question: str
    multiple: bool
    answers: tuple[str, ...]
    votes: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Discussion:
    """A thread: on a measure, or of daily life when `measure` is None."""

    key: str
    measure: str | None
    shared: bool
    title: str
    opening: Message
    replies: tuple[Message, ...]
    poll: Asked | None = None
    category: str | None = None  # of daily life


@dataclass(frozen=True, slots=True)
class OwnText:
    """A commune's adaptation of a measure."""

    commune: str
    measure: str
    author: str
    days_ago: float
    title: str
    reason: str
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adopted:
    """A measure that a commune took as it is."""

    commune: str
    measure: str
    days_ago: float


@dataclass(frozen=True, slots=True)
class Priced:
    """A commune's budget of a measure; `sheet` holds its members as they travel, without form and date."""

    commune: str
    measure: str
    author: str
    days_ago: float
    reason: str
    sheet: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Step:
    """A version of the common text, or of a commune's own; passages of one name are one passage that changes."""

    author: str
    common: bool
    days_ago: float
    title: str
    reason: str
    passages: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Evolution:
    """A measure that a commune adapted before the common text went on; the programme is at home there."""

    measure: str
    commune: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything the demonstration shows."""

    people: tuple[Resident, ...]
    discussions: tuple[Discussion, ...]
    adaptations: tuple[OwnText, ...]
    adoptions: tuple[Adopted, ...]
    evolutions: tuple[Evolution, ...] = ()
    budgets: tuple[Priced, ...] = ()


def load() -> Content:
    """The content that ships with the package."""
    tree = yaml.safe_load((paths.data_files() / "demo.yaml").read_bytes())
    return Content(
        people=tuple(Resident(**person) for person in tree["people"]),
        discussions=tuple(_discussion(thread) for thread in tree["threads"]),
        adaptations=tuple(OwnText(**{**text, "blocks": tuple(text["blocks"])}) for text in tree["adaptations"]),
        adoptions=tuple(Adopted(**adoption) for adoption in tree["adoptions"]),
        budgets=tuple(Priced(**budget) for budget in tree["budgets"]),
        evolutions=tuple(_evolution(evolution) for evolution in tree["evolutions"]),
    )


def _evolution(tree: Mapping[str, Any]) -> Evolution:
    steps = (Step(**{**step, "passages": tuple(map(tuple, step["passages"]))}) for step in tree["steps"])
    return Evolution(tree["measure"], tree["commune"], tuple(steps))


def _discussion(thread: Mapping[str, Any]) -> Discussion:
    return Discussion(
        key=thread["key"],
        measure=thread["measure"],
        shared=thread["visibility"] == "shared",
        title=thread["title"],
        opening=_message(thread),
        replies=tuple(_message(reply) for reply in thread["replies"]),
        poll=_asked(thread["poll"]) if "poll" in thread else None,
        category=thread.get("category"),
    )


def _asked(tree: Mapping[str, Any]) -> Asked:
    votes = {person: tuple(places) for person, places in tree["votes"].items()}
    return Asked(**{**tree, "answers": tuple(tree["answers"]), "votes": votes})


def _message(tree: Mapping[str, Any]) -> Message:
    return Message(
        author=tree["author"],
        commune=tree["commune"],
        days_ago=tree["days_ago"],
        text=tree["text"],
        supports=tree.get("supports", 0),
        edited=tree.get("edited"),
        deleted=tree.get("deleted", False),
    )
