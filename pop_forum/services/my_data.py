"""Everything this site holds about one of its people: one registry, from which they see it, take it away, and leave.

Each table with a foreign key to people or accounts is in a section of `SECTIONS`, or in `EXEMPT` with the reason
(tests/unit/house/test_my_data_registry.py). A section is a table, the column that says whose a row is, and the columns
that are shown; what is derived or keyed has a reader of its own in services/my_data_readers.py.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from pop_forum.domain import shortening
from pop_forum.domain.text import excerpt
from pop_forum.errors import TooLarge
from pop_forum.federation.revisions import slug_at
from pop_forum.models import (
    Account,
    Ballot,
    Base,
    Consent,
    Decision,
    Draft,
    Follow,
    Grant,
    ImprovementAuthor,
    ImprovementBacker,
    Measure,
    MeasureFollow,
    Notice,
    Passkey,
    Person,
    Post,
    Reading,
    Report,
    SignIn,
    Theme,
    Thread,
    ThreadAct,
    VersionNotice,
)
from pop_forum.services import my_data_readers as readers
from pop_forum.services.reading import measure_titles
from pop_forum.services.site import Site
from pop_forum.services.titles import TITLE

EXPORT_ROWS = 50_000  # about 100 MB of text at most, made within one request
SHOWN_ROWS = 20  # of each section on the page; the file has them all
SHOWN_BYTES = 60_000  # of all texts of the page together: longer ones show their beginning
SHOWN_LEAST = 400  # of each text: more than an address, a name or a code ever takes
TOO_MUCH = "Vos données sont trop nombreuses pour ce téléchargement. Écrivez-nous : nous vous les enverrons."

Value = str | int | bool | datetime | None
Record = Mapping[str, Value]
Reader = Callable[[Site, Person], Iterable[Record]]

# Tables that name a person of this site and hold nothing more about them: table → why.
EXEMPT: dict[str, str] = {
    "challenges": "Random bytes that a device is asked to sign; they last five minutes.",
    "codes": "a code by mail lasts a quarter of an hour, and its letter is shown among the letters",
    "mentions": "whom a message names is read in the message itself, which is its author's",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing that is held about a person."""

    code: str
    table: type[Base] | None = None
    owner: InstrumentedAttribute[Any] | None = None
    columns: tuple[str, ...] = ()
    read: Reader | None = None
    stays: bool = False  # when they leave: kept without their name, or removed in another way

    def records(self, site: Site, person: Person) -> Iterable[Record]:
        """What is held, oldest first."""
        if self.read is not None:
            return self.read(site, person)
        assert self.table is not None and self.owner is not None
        keys = self.table.__mapper__.primary_key
        names, thread_id = self.columns, getattr(self.table, "thread_id", None)
        query = select(*(getattr(self.table, name) for name in names))
        if thread_id is not None:  # a person knows a discussion by its title
            query, names = query.join(Thread, Thread.id == thread_id).add_columns(TITLE), (*names, "title")
        rows = site.session.execute(query.where(self.owner == person.id).order_by(*keys))
        return (dict(zip(names, row, strict=True)) for row in rows)


SECTIONS: tuple[Section, ...] = (
    Section("person", Person, Person.id, ("name", "role", "form", "uri", "shared", "created_at"), stays=True),
    Section(
        "account",
        Account,
        Account.person_id,
        ("mail", "role", "grants", "language", "follows_own", "suspended_until", "age_declared_at", "created_at"),
        stays=True,  # removed last: everything else hangs from it
    ),
    Section("sessions", SignIn, SignIn.account_id, ("device", "method", "created_at", "seen_at", "expires_at")),
    Section("consents", Consent, Consent.account_id, ("subject", "version", "digest", "given_at", "withdrawn_at")),
    Section(
        "threads",
        Thread,
        Thread.author_id,
        (
            "title",
            "board",
            "measure",
            "block",
            "category",
            "shared",
            "published",
            "pinned_at",
            "pinned_until",
            "closed_at",
            "uri",
        ),
        stays=True,
    ),
    Section(
        "messages",
        Post,
        Post.author_id,
        ("source", "published", "edited_at", "deleted_at", "deleted_by", "erased_at", "opening", "uri"),
        stays=True,
    ),
    Section("versions", read=readers.versions, stays=True),
    Section("pictures", read=readers.pictures, stays=True),
    Section("ballots", Ballot, Ballot.account_id, ("choices",), read=readers.ballots),
    Section("polls", read=readers.polls, stays=True),
    Section("supports", read=readers.supports, stays=True),
    Section("deletions", read=readers.deletions, stays=True),
    Section("grants", Grant, Grant.person_id, ("role", "scope", "form", "reason", "given_at", "ended_at")),
    Section("passkeys", Passkey, Passkey.account_id, ("name", "created_at", "used_at")),
    Section("follows", Follow, Follow.account_id, ("active", "since")),
    Section("measure_follows", MeasureFollow, MeasureFollow.account_id, ("measure", "since")),
    Section("readings", Reading, Reading.account_id, ("at",)),
    Section("notices", Notice, Notice.account_id, ("kind", "messages", "made_at", "seen_at")),
    Section("version_notices", VersionNotice, VersionNotice.account_id, ("measure", "made_at", "seen_at")),
    Section(
        "improvements",
        ImprovementAuthor,
        ImprovementAuthor.account_id,
        ("measure", "text", "at", "told_at", "seen_at"),
        read=readers.improvements,
    ),
    Section(
        "improvement_backers",
        ImprovementBacker,
        ImprovementBacker.account_id,
        ("measure", "text", "told_at", "seen_at"),
        read=readers.improvement_backers,
    ),
    Section("opinions", read=readers.opinions, stays=True),
    Section("decisions", Decision, Decision.person_id, ("act", "reason", "sentence", "at", "ends_at"), stays=True),
    Section("acts", ThreadAct, ThreadAct.moderator_id, ("act", "sentence", "moved_to", "at"), stays=True),
    Section("reports", Report, Report.reporter_id, ("receipt", "reason", "details", "at"), stays=True),
    Section(
        "drafts",
        Draft,
        Draft.account_id,
        ("place", "title", "text", "reach", "category", "more", "saved_at"),
        read=readers.drafts,
    ),
    Section("mails", read=readers.mails, stays=True),
    Section("attempts", read=readers.attempts, stays=True),
)


@dataclass(frozen=True, slots=True)
class Held:
    """One section of what is held: all of it, or its first rows with the count of all."""

    code: str
    count: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Titles:
    """What themes and measures are called, for the codes that name them."""

    themes: Mapping[str, str]  # by slug
    measures: Mapping[str, str]  # by URN
    host: str

    def measure_of(self, slug: str) -> str:
        """The title of the measure with this slug, empty when there is none."""
        return next((title for urn, title in self.measures.items() if slug_at(urn, self.host) == slug), "")


def titles(site: Site) -> Titles:
    """The titles of all themes and measures of this site."""
    themes = dict(site.session.execute(select(Theme.slug, Theme.title)).all())
    measures = measure_titles(site, site.session.scalars(select(Measure.urn)).all())
    return Titles(themes, measures, site.settings.host)


def overview(site: Site, person_id: int) -> tuple[Held, ...]:
    """What is held about a person, the first rows of each section."""
    person = site.session.get_one(Person, person_id)
    held = []
    for section in SECTIONS:
        records = tuple(section.records(site, person))
        held.append(Held(section.code, len(records), records[:SHOWN_ROWS]))
    return _bounded(held)


def _bounded(held: Sequence[Held]) -> tuple[Held, ...]:
    """The same with texts that fit together into one page."""
    values = (value for each in held for record in each.records for value in record.values())
    weights = (shortening.weight(value) for value in values if isinstance(value, str))
    most = max(SHOWN_LEAST, shortening.share(weights, SHOWN_BYTES))

    def shown(record: Record) -> Record:
        return {name: _beginning(value, most) if isinstance(value, str) else value for name, value in record.items()}

    return tuple(replace(each, records=tuple(shown(record) for record in each.records)) for each in held)


def _beginning(text: str, most: int) -> str:
    return text if shortening.weight(text) <= most else excerpt(text, most // 2)


def everything(site: Site, person_id: int) -> tuple[Held, ...]:
    """All that is held about a person. Raises TooLarge beyond EXPORT_ROWS."""
    person = site.session.get_one(Person, person_id)
    written = site.session.scalar(select(func.count()).select_from(Post).where(Post.author_id == person_id)) or 0
    if written > EXPORT_ROWS:  # asked before anything is read
        raise TooLarge(f"{written} messages to export", TOO_MUCH)
    held = []
    for section in SECTIONS:
        records = tuple(section.records(site, person))
        held.append(Held(section.code, len(records), records))
    if (count := sum(each.count for each in held)) > EXPORT_ROWS:
        raise TooLarge(f"{count} rows to export", TOO_MUCH)
    return tuple(held)
