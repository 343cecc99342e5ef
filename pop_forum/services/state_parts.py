"""The digest of each part of what others said, as this site shows it: what peers compare in the night.

Rows that this site derives from entries, in a form that is the same everywhere: no date of receipt, no number of a
row, and of a text no quotation, whose words depend on the journal of who is quoted.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import case, null, select
from sqlalchemy.orm import aliased

from pop_forum.federation.canonical import jcs
from pop_forum.federation.journal import JOURNALS
from pop_forum.federation.state_digests import HELD, MAX_BESIDE, Part
from pop_forum.models import (
    DraftingGroup,
    Edition,
    Entry,
    Improvement,
    ImprovementAnswer,
    ImprovementOpinion,
    Journal,
    Member,
    Person,
    Post,
    PostPicture,
    Revision,
    Stance,
    Support,
    Thread,
)
from pop_forum.services.digest import block_told
from pop_forum.services.site import Site

PROGRAMME, FORUM = JOURNALS
PEOPLE, MEMBERS, SUPPORTS, DAILY = "personnes", "membres", "soutiens", "quotidien"
ANSWERS, EDITIONS, GROUP = "reponses", "editions", "atelier"
UNSETTLED = ("waiting", "postponed", "unsupported")  # outcomes of entries whose effect may come
AT_ONCE = 1_000  # rows held in memory
_PICTURE = (PostPicture.position, PostPicture.digest, PostPicture.alt, PostPicture.width, PostPicture.height)
_QUOTED = ">"  # how a line of a quotation begins

Told = tuple[Part, tuple[object, ...]]


def digests(site: Site) -> dict[Part, str]:
    """The digest of every part that this site holds anything of, in hexadecimal."""
    found: dict[Part, set[bytes]] = {}
    for kind, rows in ROWS.items():
        for part, values in rows(site):
            line = jcs([kind, *("" if value is None else str(value) for value in values)])
            found.setdefault(part, set()).add(hashlib.sha256(line).digest())
    return {part: hashlib.sha256(b"".join(sorted(lines))).hexdigest() for part, lines in found.items()}


def _part(host: str, journal: str, board: str, *beside: str) -> Part:
    return Part(host, journal, board, tuple(sorted({one for one in beside if one} - {host})))


def _people(site: Site) -> Iterator[Told]:
    """Those whose commune has named them."""
    query = select(Person.host, Person.uri, Person.name, Person.role).where(Person.shared, Person.epoch > 0)
    for host, *values in _some(site, query):
        yield _part(host, FORUM, PEOPLE), tuple(values)


def _threads(site: Site) -> Iterator[Told]:
    told = Thread.uri, Thread.title, Thread.board, Thread.poll, Thread.published, Person.uri, block_told()
    query = select(Thread.host, Thread.measure, *told).join(Person, Person.id == Thread.author_id).where(Thread.shared)
    for host, measure, *values in _some(site, query):
        yield _part(host, FORUM, measure or DAILY), (measure, *values)


def _posts(site: Site) -> Iterator[Told]:
    author = aliased(Person)
    query = (
        select(
            Post.host,
            Thread.host,
            Thread.measure,
            Post.source,
            Post.uri,
            Thread.uri,
            Post.parent_uri,
            author.uri,
            Post.published,
            Post.edited_at,
            Post.deleted_by,
            case((Post.erased_at.is_(None), Post.deleted_at), else_=null()),
            Post.epoch,
            Post.n,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(author, author.id == Post.author_id)
        .where(Thread.shared)
    )
    for host, home, measure, source, *values in _some(site, query):
        yield _part(host, FORUM, measure or DAILY, home), (_own_words(source), *values)


def _pictures(site: Site) -> Iterator[Told]:
    """Their names, which are the same everywhere; whether their bytes have come is not shared."""
    query = (
        select(Post.host, Thread.host, Thread.measure, Post.uri, *_PICTURE)
        .join(PostPicture, PostPicture.post_id == Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Thread.shared)
    )
    for host, home, measure, *values in _some(site, query):
        yield _part(host, FORUM, measure or DAILY, home), tuple(values)


def _supports(site: Site) -> Iterator[Told]:
    query = (
        select(Support.host, Post.host, Thread.host, Support.object_uri, Support.token)
        .join(Post, Post.uri == Support.object_uri)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Support.active, Support.epoch > 0, Thread.shared)
    )
    for host, author_host, home, *values in _some(site, query):
        yield _part(host, FORUM, SUPPORTS, author_host, home), tuple(values)


def _revisions(site: Site) -> Iterator[Told]:
    origins = _origins(site)
    told = Revision.digest, Revision.role, Revision.summary
    query = select(Revision.host, Revision.measure, *told).where(Revision.host != "")
    for host, measure, digest, *values in _some(site, query):
        yield _part(host, PROGRAMME, measure, *origins[digest]), (digest, *values)


def _held(site: Site) -> Iterator[Told]:
    """What each commune holds of each measure, where no entry of its journal waits: it might say more."""
    programmes = select(Journal.host).where(Journal.name == PROGRAMME)
    waits = programmes.join(Entry, Entry.journal_id == Journal.id).where(Entry.outcome.in_(UNSETTLED))
    settled = set(site.session.scalars(programmes)) - set(site.session.scalars(waits.distinct()))
    for host in settled:
        yield _part(host, PROGRAMME, HELD), ()
    origins = _origins(site)
    told = Stance.kind, Stance.digest, Stance.epoch, Stance.n, Stance.reason, Stance.at
    query = select(Stance.host, Stance.measure, *told).where(Stance.epoch > 0)
    for host, measure, kind, digest, *values in _some(site, query):
        if host in settled:
            yield _part(host, PROGRAMME, HELD + measure, *origins.get(digest, ())), (kind, digest, *values)


def _improvements(site: Site) -> Iterator[Told]:
    """What is said of a proposal beside its text, and what was answered."""
    origins = _origins(site)
    told = Improvement.need, Improvement.reason, Improvement.at, Improvement.replaces
    for host, measure, digest, *values in _some(
        site, select(Improvement.host, Improvement.measure, Improvement.digest, *told)
    ):
        yield _part(host, PROGRAMME, measure, *origins.get(digest, ())), (digest, *values)


def _answers(site: Site) -> Iterator[Told]:
    said = ImprovementAnswer
    told = said.digest, said.outcome, said.sentence, said.result, said.at
    for host, *values in _some(site, select(said.host, *told)):
        yield _part(host, PROGRAMME, ANSWERS), tuple(values)


def _opinions(site: Site) -> Iterator[Told]:
    said = ImprovementOpinion
    for host, *values in _some(site, select(said.host, said.editor, said.digest, said.outcome, said.sentence, said.at)):
        yield _part(host, PROGRAMME, ANSWERS), tuple(values)


def _groups(site: Site) -> Iterator[Told]:
    row = DraftingGroup
    for host, editors, *values in _some(site, select(row.host, row.editors, row.quorum, row.days, row.at)):
        yield _part(host, PROGRAMME, GROUP), (jcs(list(editors)).decode(), *values)


def _editions(site: Site) -> Iterator[Told]:
    """Those that a commune published; where one waits for a version, the sites of its versions count too."""
    origins = _origins(site)
    told = Edition.id, Edition.date, Edition.title, Edition.summary, Edition.texts
    for host, *values, texts in _some(site, select(Edition.host, *told).where(Edition.host != "")):
        beside = {one for text in texts for one in origins.get(str(text["digest"]), ())}
        if len(beside) <= MAX_BESIDE:
            held = [{"digest": text["digest"], "measure": text["measure"]} for text in texts]
            yield _part(host, PROGRAMME, EDITIONS, *beside), (*values, jcs(held).decode())


def _members(site: Site) -> Iterator[Told]:
    columns = Member.issuer, Member.host, Member.name, Member.kind, Member.fingerprint, Member.active
    for issuer, *values in _some(site, select(*columns)):
        yield _part(issuer, PROGRAMME, MEMBERS), tuple(values)


def _some(site: Site, query: Any) -> Any:
    """The rows of a query, AT_ONCE in memory."""
    return site.session.execute(query.execution_options(yield_per=AT_ONCE))


def _own_words(source: str) -> str:
    """The text without its quotations."""
    return "\n".join(line for line in source.split("\n") if not line.startswith(_QUOTED))


def _origins(site: Site) -> dict[str, frozenset[str]]:
    """The sites that wrote a version or one of those it comes from, by its digest."""
    rows = {
        digest: (host, parents)
        for digest, host, parents in _some(site, select(Revision.digest, Revision.host, Revision.parents))
    }
    found: dict[str, frozenset[str]] = {}
    for digest in rows:
        _fold(digest, rows, found)
    return found


def _fold(digest: str, rows: Mapping[str, tuple[str, list[str]]], found: dict[str, frozenset[str]]) -> None:
    """Nothing; the origins of this version and of all that it comes from are found. A version is newer than those."""
    pending = [digest]
    while pending:
        host, parents = rows[pending[-1]]
        missing = [parent for parent in parents if parent in rows and parent not in found]
        if missing:
            pending += missing
            continue
        known = (found[parent] for parent in parents if parent in found)
        found[pending.pop()] = frozenset({host}).union(*known) - {""}


ROWS: dict[str, Callable[[Site], Iterator[Told]]] = {
    "person": _people,
    "thread": _threads,
    "post": _posts,
    "picture": _pictures,
    "support": _supports,
    "revision": _revisions,
    "held": _held,
    "member": _members,
    "improvement": _improvements,
    "answer": _answers,
    "opinion": _opinions,
    "group": _groups,
    "edition": _editions,
}
