"""What is held about a person under a key or through another table: versions, supports, deletions, counted acts."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from pop_forum.domain.polls import choices_of
from pop_forum.models import (
    Account,
    Attempt,
    Ballot,
    Deletion,
    Draft,
    FormerPictures,
    Improvement,
    ImprovementAuthor,
    ImprovementBacker,
    ImprovementOpinion,
    Mail,
    Person,
    Picture,
    Poll,
    Post,
    PostPicture,
    PostVersion,
    Support,
    Thread,
)
from pop_forum.services.attempts import keyed
from pop_forum.services.draft_fields import TYPED
from pop_forum.services.site import Site
from pop_forum.services.threads import token_for
from pop_forum.services.titles import TITLE

PICTURE_BYTES = 100_000_000  # of the files in one export; of what is beyond it, the address
AT_ONCE = 500  # names in one statement

Record = dict[str, str | int | bool | datetime | None]


def versions(site: Site, person: Person) -> Iterable[Record]:
    """Each text that the person's messages have had."""
    query = select(Post.uri, PostVersion.title, PostVersion.source, PostVersion.written_at)
    query = query.join(Post, Post.id == PostVersion.post_id).where(Post.author_id == person.id)
    for row in site.session.execute(query.order_by(PostVersion.id)):
        yield {"uri": row.uri, "title": row.title, "source": row.source, "written_at": row.written_at}


def pictures(site: Site, person: Person) -> Iterable[Record]:
    """The pictures of the person's messages, those that a change may still bring back, and those of their drafts."""
    query = select(PostPicture.digest, PostPicture.alt, Post.published, Post.deleted_at, TITLE)
    query = query.join(Post, Post.id == PostPicture.post_id).join(Thread, Thread.id == Post.thread_id)
    shown = query.where(Post.author_id == person.id).order_by(Post.id, PostPicture.position)
    found: list[Record] = [row._asdict() for row in site.session.execute(shown)]
    found += [*_former_pictures(site, person), *_drafted_pictures(site, person)]
    sizes = _sizes(site, {str(one["digest"]) for one in found})
    packed, room = set(), PICTURE_BYTES
    for one in found:
        digest = str(one.pop("digest"))
        size = sizes.get(digest)
        if size is not None and digest not in packed and size <= room:
            packed.add(digest)
            room -= size
        name = f"images/{digest}.webp"
        file = name if digest in packed else ""
        yield {**one, "size": size, "picture": f"{site.settings.base_url}/{name}", "file": file}


def _former_pictures(site: Site, person: Person) -> Iterable[Record]:
    query = select(FormerPictures, Post.published, TITLE).join(Post, Post.id == FormerPictures.post_id)
    query = query.join(Thread, Thread.id == Post.thread_id).where(Post.author_id == person.id)
    for former, published, title in site.session.execute(query.order_by(Post.id)):
        for one in former.pictures:
            yield {**one, "published": published, "replaced_at": former.at, "title": title}


def _drafted_pictures(site: Site, person: Person) -> Iterable[Record]:
    for row in site.session.scalars(select(Draft).where(Draft.account_id == person.id).order_by(Draft.id)):
        more = row.more or {}
        for name, digest in more.items():
            if name.startswith("gardee-") and digest:
                alt = more.get(name.replace("gardee", "alt"), "")
                yield {"digest": digest, "alt": alt, "title": row.title, "saved_at": row.saved_at}


def _sizes(site: Site, digests: set[str]) -> dict[str, int]:
    """How many bytes each of these pictures takes; those whose file is not here are left out."""
    found: dict[str, int] = {}
    wanted = sorted(digests)
    for start in range(0, len(wanted), AT_ONCE):
        query = select(Picture.digest, Picture.size).where(Picture.digest.in_(wanted[start : start + AT_ONCE]))
        found.update(site.session.execute(query).all())
    return found


def ballots(site: Site, person: Person) -> Iterable[Record]:
    """What the person chose in the polls that are not counted yet, in words."""
    query = select(Ballot.choices, Poll.options, Thread.title).join(Poll, Poll.id == Ballot.poll_id)
    query = query.join(Thread, Thread.id == Poll.thread_id).where(Ballot.account_id == person.id)
    for row in site.session.execute(query.order_by(Ballot.poll_id)):
        yield {"title": row.title, "choices": _lines(row.options, choices_of(row.choices))}


def improvements(site: Site, person: Person) -> Iterable[Record]:
    """What the person proposed for the common text, in the name of the commune."""
    query = select(Improvement, ImprovementAuthor).join(
        ImprovementAuthor, ImprovementAuthor.digest == Improvement.digest
    )
    mine = query.where(ImprovementAuthor.account_id == person.id).order_by(Improvement.at, Improvement.digest)
    for one, author in site.session.execute(mine):
        told = {"told_at": author.told_at, "seen_at": author.seen_at}
        yield {"measure": one.measure, "text": one.reason, "at": one.at, **told}


def improvement_backers(site: Site, person: Person) -> Iterable[Record]:
    """The improvements that the person supports, and when they were told that one was changed."""
    query = select(Improvement, ImprovementBacker).join(
        ImprovementBacker, ImprovementBacker.digest == Improvement.digest
    )
    mine = query.where(ImprovementBacker.account_id == person.id).order_by(Improvement.at, Improvement.digest)
    for one, backer in site.session.execute(mine):
        told = {"told_at": backer.told_at, "seen_at": backer.seen_at}
        yield {"measure": one.measure, "text": one.reason, **told}


def opinions(site: Site, person: Person) -> Iterable[Record]:
    """What the person said of improvements as an editor of the drafting group."""
    mine = select(ImprovementOpinion).where(ImprovementOpinion.editor == person.uri).order_by(ImprovementOpinion.id)
    for row in site.session.scalars(mine):
        yield {"outcome": row.outcome, "text": row.sentence, "at": row.at}


def drafts(site: Site, person: Person) -> Iterable[Record]:
    """What the person has begun to write; the words of pictures together."""
    for row in site.session.scalars(select(Draft).where(Draft.account_id == person.id).order_by(Draft.id)):
        said = {name: getattr(row, name) for name in ("place", "title", "text", "reach", "category")}
        words = [value for name, value in (row.more or {}).items() if TYPED.fullmatch(name) and name[:6] != "gardee"]
        yield {**said, "more": "\n\n".join(words), "saved_at": row.saved_at}


def polls(site: Site, person: Person) -> Iterable[Record]:
    """The polls that the person put into discussions."""
    query = select(Poll, Thread.title).join(Thread, Thread.id == Poll.thread_id).where(Thread.author_id == person.id)
    for poll, title in site.session.execute(query.order_by(Poll.id)):
        said = {"title": title, "question": poll.question, "options": "\n".join(poll.options)}
        yield {**said, "multiple": poll.multiple, "opened_at": poll.opened_at, "ends_at": poll.ends_at}


def _lines(options: list[str], chosen: Iterable[int]) -> str:
    return "\n".join(options[place] for place in sorted(chosen))


def own_supports(site: Site, person: Person) -> Iterable[Support]:
    """The person's supports: no row names them, so each token of this site is compared with theirs."""
    query = select(Support).where(Support.host == site.settings.host).order_by(Support.id)
    for row in site.session.scalars(query.execution_options(yield_per=1_000)):
        if row.token == token_for(site, person.uri, row.object_uri):
            yield row


def supports(site: Site, person: Person) -> Iterable[Record]:
    """What the person supported."""
    for row in own_supports(site, person):
        yield {"object": row.object_uri, "active": row.active, "at": row.at}


def deletions(site: Site, person: Person) -> Iterable[Record]:
    """The messages that the person deleted."""
    for row in site.session.scalars(select(Deletion).where(Deletion.actor == person.uri).order_by(Deletion.id)):
        yield {"object": row.object_uri, "active": row.active, "at": row.at}


def attempts(site: Site, person: Person) -> Iterable[Record]:
    """The counted acts of the person: signing in and writing, without the address they came from."""
    query = select(Attempt).where(Attempt.subject.in_(subjects(site, person.id))).order_by(Attempt.id)
    for row in site.session.scalars(query):
        yield {"kind": row.kind, "succeeded": row.succeeded, "at": row.at}


def subjects(site: Site, person_id: int) -> list[str]:
    """Under which subjects a person's acts are counted: their number, and the keyed hash of their mail address."""
    mail = site.session.scalar(select(Account.mail_key).where(Account.person_id == person_id))
    return [str(person_id)] if mail is None else [str(person_id), keyed(site, "mail", mail)]


def mails(site: Site, person: Person) -> Iterable[Record]:
    """The letters to the person's address; the text of one goes a day after it was sent."""
    for row in site.session.scalars(select(Mail).where(addressed_to(site, person.id)).order_by(Mail.id)):
        text = "" if row.perishable else row.text  # a code would let who borrowed this device in for good
        subject = "" if row.perishable else row.subject
        yield {"subject": subject, "source": text, "created_at": row.created_at, "sent_at": row.sent_at}


def addressed_to(site: Site, person_id: int) -> ColumnElement[bool]:
    """The condition that a letter is to this person's address, however it was written."""
    mail = site.session.scalar(select(Account.mail_key).where(Account.person_id == person_id))
    return func.lower(Mail.recipient) == (mail or "")
