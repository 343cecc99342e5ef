"""What the index is told: changes owed to it as documents, and everything when it is made anew.

A document holds words only; whether a thing may be shown is asked of the database when it was found
(services/search.py), so that nothing withdrawn is shown by an index that is behind.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Row, Select, case, delete, func, select

from pop_forum.domain.badges import DEPARTED
from pop_forum.domain.french import in_paris
from pop_forum.domain.searching import Document, Kind
from pop_forum.domain.text import plain
from pop_forum.federation.revisions import local_name, slug_at
from pop_forum.models import IndexChange, Measure, Person, Post, Revision, Stance, Thread
from pop_forum.services.known import in_turns
from pop_forum.services.lineage import ADAPTED
from pop_forum.services.measures import common_heads, our_stance
from pop_forum.services.site import Site
from pop_forum.services.versions import COMMON_ROLES, blocks_of

POST, THREAD, PERSON, MEASURE = "p", "t", "u", "m"  # the first letters of a subject and of a reference
AT = "@"  # between the address of a measure and the commune that adapted it
AT_ONCE = 50  # messages read from the database at once while looking through the newest
COUNTED = 100_000  # changes owed are counted up to this

PostRow = Row[Post, Thread]


@dataclass(frozen=True, slots=True)
class Owed:
    """Changes the index does not know yet: their rows, and what they are about, each once."""

    rows: tuple[int, ...]
    subjects: tuple[str, ...]


@dataclass(slots=True)
class Told:
    """What the index is told of some changes: the authors only unless it knows them."""

    documents: list[Document] = field(default_factory=list)
    authors: list[Document] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def is_owed(site: Site) -> bool:
    """Whether the index does not know everything."""
    return site.session.scalar(select(IndexChange.id).limit(1)) is not None


def count_owed(site: Site) -> int:
    """How many changes the index does not know, COUNTED at most."""
    some = select(IndexChange.id).limit(COUNTED).subquery()
    return site.session.scalar(select(func.count()).select_from(some)) or 0


def messages_owed(site: Site) -> int | None:
    """How many messages were written, changed or taken away that the index does not know; None when it knows all.

    0 when only people, measures or titles changed; counted among COUNTED changes.
    """
    some = select(IndexChange.subject).limit(COUNTED).subquery()
    message = case((some.c.subject.startswith(POST), some.c.subject))
    changes, messages = site.session.execute(
        select(func.count(), func.count(message.distinct())).select_from(some)
    ).one()
    return messages if changes else None


def owed(site: Site, most: int) -> Owed:
    """The oldest changes."""
    rows = site.session.execute(select(IndexChange.id, IndexChange.subject).order_by(IndexChange.id).limit(most)).all()
    return Owed(tuple(row.id for row in rows), tuple(dict.fromkeys(row.subject for row in rows)))


def all_owed(site: Site) -> tuple[int, ...]:
    """The rows of every change known at this moment: what an index made from now on will know."""
    return tuple(site.session.scalars(select(IndexChange.id)))


def settle(site: Site, rows: Iterable[int]) -> None:
    """Nothing; these changes are known. By their numbers: another transaction may still commit an earlier one."""
    for some in in_turns(set(rows)):
        site.session.execute(delete(IndexChange).where(IndexChange.id.in_(some)))


def told(site: Site, subjects: Sequence[str]) -> Told:
    """The present state of what changed."""
    named: dict[str, set[str]] = {POST: set(), THREAD: set(), PERSON: set(), MEASURE: set()}
    for subject in subjects:
        named[subject[0]].add(subject[1:])
    result = Told()
    threads = {int(number) for number in named[THREAD]}
    for some in in_turns(threads):
        numbers = site.session.scalars(select(Post.id).where(Post.thread_id.in_(some), Post.opening))
        named[POST] |= {str(number) for number in numbers}
    _tell_posts(site, {int(number) for number in named[POST]}, result)
    people = {int(number) for number in named[PERSON]}
    changed = list(_authors(site, people))
    result.documents += changed
    result.gone += sorted({f"{PERSON}{number}" for number in people} - {one.ref for one in changed})
    measures = [*_measures(site, named[MEASURE]), *_measures_elsewhere(site, named[MEASURE])]
    result.documents += measures
    result.gone += sorted(_measure_refs(site, named[MEASURE]) - {one.ref for one in measures})
    return result


def count_posts(site: Site) -> int:
    """How many messages stand: for the progress of an index being made."""
    return site.session.scalar(select(func.count()).select_from(_standing().subquery())) or 0


def posts_after(site: Site, number: int, most: int) -> tuple[list[Document], int | None]:
    """The next messages in the order of their numbers, and the last number; None after the last message."""
    rows = site.session.execute(_posts().where(Post.id > number).order_by(Post.id).limit(most)).all()
    places = _places(site)
    return [_post_document(row, places) for row in rows], rows[-1].Post.id if rows else None


def measures_and_people(site: Site) -> list[Document]:
    """Every measure here and in each other commune, and everybody who wrote something that stands."""
    urns = set(site.session.scalars(select(Measure.urn)))
    return [*_measures(site, urns), *_measures_elsewhere(site, urns), *_people(site, _standing())]


def newest(site: Site, hosts: Sequence[str], most: int) -> Iterator[Document]:
    """The measures here, the newest messages of these communes with their authors, then the others' measures."""
    urns = set(site.session.scalars(select(Measure.urn)))
    yield from _measures(site, urns)
    places = _places(site)
    there, newest_first = Post.host.in_(hosts), (Post.received_at.desc(), Post.id.desc())
    authors = site.session.scalars(_standing().where(there).order_by(*newest_first).limit(most))
    yield from _authors(site, set(authors))
    rows = site.session.execute(
        _posts().where(there).order_by(*newest_first).limit(most), execution_options={"yield_per": AT_ONCE}
    )
    yield from (_post_document(row, places) for row in rows)
    yield from (one for one in _measures_elsewhere(site, urns) if one.host in hosts)


def _tell_posts(site: Site, numbers: set[int], result: Told) -> None:
    """Nothing; the messages that stand, their authors, and those that do not are in `result`."""
    places, authors = _places(site), set()
    for some in in_turns(numbers):
        rows = site.session.execute(_posts().where(Post.id.in_(some))).all()
        result.documents += [_post_document(row, places) for row in rows]
        authors |= {row.Post.author_id for row in rows}
        standing = {row.Post.id for row in rows}
        result.gone += [f"{POST}{number}" for number in some if number not in standing]
    result.authors += _authors(site, authors)


def _authors(site: Site, numbers: set[int]) -> Iterator[Document]:
    for some in in_turns(numbers):
        yield from _people(site, _standing().where(Post.author_id.in_(some)))


def _posts() -> Select[Post, Thread]:
    return select(Post, Thread).join(Thread, Thread.id == Post.thread_id).where(Post.deleted_at.is_(None))


def _standing() -> Select[int]:
    return select(Post.author_id).where(Post.deleted_at.is_(None))


def _places(site: Site) -> dict[str, tuple[str, str]]:
    """The slug and the theme of each measure, by urn."""
    return {urn: (slug, theme) for urn, slug, theme in site.session.execute(_place_columns())}


def _place_columns() -> Select[str, str, str]:
    return select(Measure.urn, Measure.slug, Measure.theme)


def _post_document(row: PostRow, places: dict[str, tuple[str, str]]) -> Document:
    post, thread = row
    measure, theme = places.get(thread.measure or "", (None, None))
    return Document(
        ref=f"{POST}{post.id}",
        kind=Kind.DISCUSSION if post.opening else Kind.REPLY,
        host=post.host,
        title=thread.title if post.opening else "",
        text=plain(post.source),
        day=_day(post.published),
        theme=theme,
        measure=measure,
    )


def _people(site: Site, authors: Select[int]) -> Iterator[Document]:
    """Those of these authors who have a name: nobody is found who has written nothing, or who has left."""
    query = select(Person).where(Person.id.in_(authors), Person.name.not_in((DEPARTED, "")))
    for person in site.session.scalars(query):
        yield Document(f"{PERSON}{person.id}", Kind.PERSON, person.host, person.name, "", _day(person.created_at))


def _measures(site: Site, urns: set[str]) -> Iterator[Document]:
    for urn, (slug, theme) in sorted(_places(site).items()):
        revision = _text_here(site, urn) if urn in urns else None
        if revision is not None:
            words = " ".join(plain(block.text) for block in blocks_of(revision))
            here, day = site.settings.host, _day(revision.received_at)
            yield Document(f"{MEASURE}{slug}", Kind.MEASURE, here, revision.title, words, day, theme, slug)


def _measures_elsewhere(site: Site, urns: Iterable[str]) -> Iterator[Document]:
    """What other communes made of these measures; who took the common text as it is adds no words."""
    places = _places(site)
    for some in in_turns(places.keys() & set(urns)):
        for stance, revision in site.session.execute(
            elsewhere().where(Stance.measure.in_(some), Stance.host != site.settings.host)
        ):
            slug, theme = places[stance.measure]
            words = " ".join(plain(block.text) for block in blocks_of(revision))
            ref, day = reference(slug, stance.host), _day(stance.at)
            yield Document(ref, Kind.MEASURE, stance.host, revision.title, words, day, theme, slug)


def elsewhere() -> Select[Stance, Revision]:
    """The texts that communes publish as theirs, as far as they have come."""
    return (
        select(Stance, Revision)
        .join(Revision, Revision.digest == Stance.digest)
        .where(Stance.kind == ADAPTED, Revision.host == Stance.host, Revision.role.not_in(COMMON_ROLES))
    )


def _text_here(site: Site, urn: str) -> Revision | None:
    """The text of a measure that this commune holds, None before there is one."""
    stance = our_stance(site, urn)
    held = site.session.get(Revision, stance.digest) if stance else None
    name = local_name(urn)
    if held is None and name is not None and name.host != site.settings.host:
        return None
    return held or next(iter(common_heads(site, urn)), None)


def reference(slug: str, host: str | None = None) -> str:
    """What the index knows a measure by: in the text held here, or in the one of another commune."""
    return f"{MEASURE}{slug}" if host is None else f"{MEASURE}{slug}{AT}{host}"


def _measure_refs(site: Site, urns: set[str]) -> set[str]:
    """Every reference there may be to these measures."""
    slugs = {urn: slug_at(urn, site.settings.host) for urn in urns}
    refs = {reference(slug) for slug in slugs.values()}
    for some in in_turns(urns):
        rows = site.session.execute(select(Stance.measure, Stance.host).where(Stance.measure.in_(some)))
        refs |= {reference(slugs[urn], host) for urn, host in rows}
    return refs


def _day(moment: datetime) -> date:
    return in_paris(moment).date()
