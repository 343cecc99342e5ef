"""The digest of the shared state: two sites that hold the same entries tell the same one, in whatever order they came.

It covers every column that people see of the network: people, threads, messages with their place, their dates, each
text they had and whether they are deleted, their pictures, supports, revisions, what each commune holds, which are of
the programme, what is proposed for the common text with its answers, and editions. What is of this site only is not
in it: dates of receipt, its order of threads.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Row, case, exists, null, select
from sqlalchemy.orm import aliased

from pop_forum.federation.canonical import jcs
from pop_forum.models import (
    DraftingGroup,
    Edition,
    Improvement,
    ImprovementAnswer,
    ImprovementOpinion,
    Member,
    Person,
    Post,
    PostPicture,
    PostVersion,
    Revision,
    Stance,
    Support,
    Thread,
)
from pop_forum.services.site import Site


def shared_state(site: Site) -> dict[str, str]:
    """The digest of each part of the shared state, in hexadecimal, and of all of it under `all`."""
    parts = {
        "people": _digest(_people(site)),
        "threads": _digest(_threads(site)),
        "posts": _digest(_posts(site)),
        "texts": _digest(_texts(site)),
        "pictures": _digest(_pictures(site)),
        "supports": _digest(_supports(site)),
        "revisions": _digest(_revisions(site)),
        "stances": _digest(_stances(site)),
        "members": _digest(_members(site)),
        "improvements": _digest(_improvements(site)),
        "answers": _digest(_answers(site)),
        "editions": _digest(_editions(site)),
        "opinions": _digest(_opinions(site)),
        "groups": _digest(_groups(site)),
    }
    whole = hashlib.sha256(jcs([f"{name}={digest}" for name, digest in sorted(parts.items())])).hexdigest()
    return {**parts, "all": whole}


def _digest(rows: Iterable[Row[*tuple[object, ...]]]) -> str:
    lines = sorted(jcs([_plain(value) for value in row]) for row in rows)
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _people(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    """Who has told a name; of others only what they wrote is seen, which tells by whom it is."""
    named = (Person.shared, Person.name != "")
    return site.session.execute(select(Person.uri, Person.name, Person.role).where(*named))


def _threads(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    return site.session.execute(
        select(
            Thread.uri,
            Thread.title,
            Thread.board,
            Thread.measure,
            Thread.poll,
            Thread.published,
            Person.uri.label("by"),
            block_told(),
        )
        .join(Person, Person.id == Thread.author_id)
        .where(Thread.shared)
    )


def block_told() -> ColumnElement[str | None]:
    """The passage of a discussion; of one that is erased, some sites never knew it."""
    erased = exists().where(Post.thread_id == Thread.id, Post.opening, Post.erased_at.is_not(None))
    return case((erased, null()), else_=Thread.block)


def _posts(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    """The messages as they stand; of an erased one each site knows for itself since when it is hidden."""
    author = aliased(Person)
    hidden = case((Post.erased_at.is_(None), Post.deleted_at), else_=null())
    text = (Post.source, Post.published, Post.edited_at, Post.epoch, Post.n)
    return site.session.execute(
        select(Post.uri, Thread.uri, Post.parent_uri, author.uri, Post.order_key, *text, Post.deleted_by, hidden)
        .join(Thread, Thread.id == Post.thread_id)
        .join(author, author.id == Post.author_id)
        .where(Thread.shared)
    )


def _texts(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    """The public history of each message; of an erased one nothing is left."""
    return site.session.execute(
        select(Post.uri, PostVersion.title, PostVersion.source, PostVersion.written_at)
        .join(PostVersion, PostVersion.post_id == Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Thread.shared, Post.erased_at.is_(None))
    )


def _pictures(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    """The pictures as they are named, which is the same everywhere; whether their bytes have come is not shared."""
    named = (PostPicture.position, PostPicture.digest, PostPicture.alt, PostPicture.width, PostPicture.height)
    return site.session.execute(
        select(Post.uri, *named)
        .join(PostPicture, PostPicture.post_id == Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Thread.shared)
    )


def _supports(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    return site.session.execute(
        select(Support.object_uri, Support.host, Support.token)
        .join(Post, Post.uri == Support.object_uri)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Support.active, Support.epoch > 0, Thread.shared)
    )


def _revisions(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    return site.session.execute(
        select(Revision.digest, Revision.host, Revision.role, Revision.measure, Revision.summary)
    )


def _stances(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    return site.session.execute(
        select(Stance.host, Stance.measure, Stance.kind, Stance.digest, Stance.reason, Stance.at)
    )


def _improvements(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    columns = Improvement.digest, Improvement.host, Improvement.measure, Improvement.need, Improvement.reason
    return site.session.execute(select(*columns, Improvement.at, Improvement.replaces))


def _answers(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    columns = ImprovementAnswer.host, ImprovementAnswer.digest, ImprovementAnswer.outcome, ImprovementAnswer.sentence
    return site.session.execute(select(*columns, ImprovementAnswer.result, ImprovementAnswer.at))


def _opinions(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    said = ImprovementOpinion
    return site.session.execute(select(said.host, said.editor, said.digest, said.outcome, said.sentence, said.at))


def _groups(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    row = DraftingGroup
    return site.session.execute(select(row.host, row.editors, row.quorum, row.days, row.at))


def _editions(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    columns = Edition.host, Edition.id, Edition.date, Edition.title, Edition.summary, Edition.texts
    return site.session.execute(select(*columns))


def _members(site: Site) -> Iterable[Row[*tuple[object, ...]]]:
    columns = Member.issuer, Member.host, Member.name, Member.kind, Member.fingerprint, Member.active
    return site.session.execute(select(*columns))
