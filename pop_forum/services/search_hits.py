"""What was found, as a page shows it: references turned into rows that stand, words that were asked for marked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, Select, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from pop_forum.domain import excerpts
from pop_forum.domain.badges import DEPARTED
from pop_forum.domain.excerpts import Segment
from pop_forum.domain.mentions import Named, renamed
from pop_forum.domain.searching import Kind
from pop_forum.domain.text import plain
from pop_forum.models import Measure, Person, Post, Revision, Stance, Thread
from pop_forum.services import mentions, profiles
from pop_forum.services.indexing import AT, MEASURE, PERSON, POST, elsewhere, reference
from pop_forum.services.measures import current_revision
from pop_forum.services.network_pages import commune_names
from pop_forum.services.site import Site
from pop_forum.services.versions import blocks_of

Marking = Callable[[str], bool]


def _messages_shown() -> Select[*tuple[Any, ...]]:
    """Messages that stand, in discussions that stand, of communes shown here: columns only, built once."""
    opening = aliased(Post)
    shown: BindParameter[list[str]] = bindparam("shown", expanding=True)
    written = (Post.id, Post.key, Post.opening, Post.host, Post.source, Post.published)
    return (
        select(*written, Thread.key.label("thread_key"), Thread.title, Thread.measure, Person.name, Person.uri)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Person, Person.id == Post.author_id)
        .join(opening, and_(opening.thread_id == Thread.id, opening.opening))
        .where(Post.id.in_(bindparam("numbers", expanding=True)))
        .where(Post.deleted_at.is_(None), opening.deleted_at.is_(None))
        .where(Post.host.in_(shown), Thread.host.in_(shown))
    )


_MESSAGES = _messages_shown()


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found. `key` is the last part of its address: of a message, a measure or a person."""

    kind: Kind
    key: str
    title: tuple[Segment, ...]
    excerpt: tuple[Segment, ...]
    place: str | None  # another commune's name
    author: str | None = None
    author_key: str = ""
    at: datetime | None = None
    daily: bool = False
    badge: str = ""
    messages: int = 0  # of a person
    version: str = ""  # of a measure in the text of another commune


def hits_of(site: Site, refs: Sequence[str], shown: Sequence[str], is_hit: Marking) -> tuple[Hit, ...]:
    """Those of these references that anybody may read here, in the same order."""
    names = commune_names(site)
    found: dict[str, Hit] = {}
    found.update(_messages(site, _numbers(refs, POST), shown, names, is_hit))
    found.update(_people(site, _numbers(refs, PERSON), shown, names, is_hit))
    of_measures = [ref[1:] for ref in refs if ref.startswith(MEASURE)]
    found.update(_measures(site, [slug for slug in of_measures if AT not in slug], is_hit))
    found.update(_measures_elsewhere(site, [one for one in of_measures if AT in one], shown, names, is_hit))
    return tuple(found[ref] for ref in refs if ref in found)


def _numbers(refs: Sequence[str], letter: str) -> list[int]:
    return [int(ref[1:]) for ref in refs if ref.startswith(letter)]


def _messages(
    site: Site, numbers: list[int], shown: Sequence[str], names: dict[str, str], is_hit: Marking
) -> dict[str, Hit]:
    if not numbers:
        return {}
    rows = site.session.execute(_MESSAGES, {"numbers": numbers, "shown": shown}).all()
    left = mentions.left_in(site, [row.id for row in rows if "@" in row.source])
    return {f"{POST}{row.id}": _message(site, row, left.get(row.id, ()), names, is_hit) for row in rows}


def _message(site: Site, row: Row[Any], left: tuple[Named, ...], names: dict[str, str], is_hit: Marking) -> Hit:
    return Hit(
        kind=Kind.DISCUSSION if row.opening else Kind.REPLY,
        key=row.thread_key if row.opening else row.key,
        title=excerpts.marked(row.title, is_hit),
        excerpt=excerpts.excerpt(plain(renamed(row.source, left)), is_hit),
        place=_elsewhere(site, names, row.host),
        author=row.name,
        author_key=profiles.key_of(row),
        at=row.published,
        daily=row.measure is None,
    )


def _people(
    site: Site, numbers: list[int], shown: Sequence[str], names: dict[str, str], is_hit: Marking
) -> dict[str, Hit]:
    """People who wrote something that stands."""
    if not numbers:
        return {}
    written = (
        select(Post.author_id, func.count().label("messages"), func.max(Post.published).label("last"))
        .where(Post.author_id.in_(numbers), Post.deleted_at.is_(None), Post.host.in_(shown))
        .group_by(Post.author_id)
        .subquery()
    )
    rows = site.session.execute(
        select(Person, written.c.messages, written.c.last)
        .join(written, written.c.author_id == Person.id)
        .where(Person.host.in_(shown), Person.name != DEPARTED)
    )
    return {f"{PERSON}{one.id}": _person(site, one, (count, last), names, is_hit) for one, count, last in rows}


def _person(site: Site, person: Person, written: tuple[int, datetime], names: dict[str, str], is_hit: Marking) -> Hit:
    return Hit(
        kind=Kind.PERSON,
        key=profiles.key_of(person),
        title=excerpts.marked(person.name, is_hit),
        excerpt=(),
        place=_elsewhere(site, names, person.host),
        at=written[1],
        badge=profiles.badge(person),
        messages=written[0],
    )


def _measures(site: Site, slugs: list[str], is_hit: Marking) -> dict[str, Hit]:
    if not slugs:
        return {}
    return {
        reference(measure.slug): _measure(site, measure, is_hit)
        for measure in site.session.scalars(select(Measure).where(Measure.slug.in_(slugs)))
    }


def _measure(site: Site, measure: Measure, is_hit: Marking) -> Hit:
    revision = current_revision(site, measure.urn)
    return _hit_of_text(measure.slug, revision, is_hit, at=revision.received_at)


def _measures_elsewhere(
    site: Site, named: list[str], shown: Sequence[str], names: dict[str, str], is_hit: Marking
) -> dict[str, Hit]:
    """What other communes hold of measures today, of communes shown here."""
    if not named:
        return {}
    hosts = {one.partition(AT)[2] for one in named} & set(shown[1:])
    slugs = {one.partition(AT)[0] for one in named}
    rows = site.session.execute(
        elsewhere().add_columns(Measure.slug).join(Measure, Measure.urn == Stance.measure)
        .where(Measure.slug.in_(slugs), Stance.host.in_(hosts))
    )  # fmt: skip
    return {
        reference(slug, stance.host): _hit_of_text(
            slug, revision, is_hit, at=stance.at, place=names.get(stance.host, stance.host), version=revision.digest
        )
        for stance, revision, slug in rows
        if f"{slug}{AT}{stance.host}" in named
    }


def _hit_of_text(slug: str, revision: Revision, is_hit: Marking, place: str | None = None, **more: Any) -> Hit:
    words = " ".join(plain(block.text) for block in blocks_of(revision))
    return Hit(
        kind=Kind.MEASURE,
        key=slug,
        title=excerpts.marked(revision.title, is_hit),
        excerpt=excerpts.excerpt(words, is_hit),
        place=place,
        **more,
    )


def _elsewhere(site: Site, names: dict[str, str], host: str) -> str | None:
    return None if host == site.settings.host else names.get(host, host)
