"""A journal's entries applied over again: rows that are not what they tell become so, lost ones come back.

State is a function of the entries, which are chained and signed; the rows made of them may have been changed by a
disk, a hand or a mistake of an earlier version. Nothing is removed: a row that no entry tells of is left to the
admins, as a difference that lasts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_

from pop_forum.domain import markdown
from pop_forum.errors import ForumError
from pop_forum.federation import authenticity, revisions
from pop_forum.federation.activities import (
    COMMON,
    IMPROVEMENT,
    Activity,
    EditionPublished,
    Erase,
    GroupSettled,
    ImprovementDecided,
    ImprovementProposed,
    KeyRegister,
    MeasureAdopted,
    MeasureReopened,
    MeasureSetAside,
    MemberListed,
    MemberRemoved,
    OpinionGiven,
    PersonDeclared,
    PollOpened,
    PostDeleted,
    PostEdited,
    PostRestored,
    PostWritten,
    RevisionPublished,
    SupportGiven,
    SupportWithdrawn,
    ThreadOpened,
    Unsupported,
)
from pop_forum.federation.identifiers import Host
from pop_forum.federation.images import Image
from pop_forum.federation.keyring import Ring
from pop_forum.models import (
    Deletion,
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
    StateRepair,
    Support,
)
from pop_forum.services import catchup, edition_rows, inbox, journal, key_registers, lineage, messages, unapplied
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp, Writing
from pop_forum.services.said_again import SAID_AGAIN
from pop_forum.services.site import Site

AT_ONCE = 500  # entries applied over again in one transaction
RETRIED = ("waiting", "postponed", "unsupported")  # outcomes without effect, which may have one by now

Row = Person | Deletion | Support | Stance | Member | ImprovementAnswer | ImprovementOpinion | DraftingGroup


@dataclass(frozen=True, slots=True)
class Retold:
    """An entry that had its effect here, told once more."""

    site: Site
    known: Known
    host: Host
    stamp: Stamp
    activity: Activity

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in its journal."""
        return self.stamp.epoch, self.stamp.n


def ask(site: Site, host: str, name: str, *, since: datetime) -> None:
    """This journal to be applied over again, once between `since` and now."""
    row = site.session.scalar(select(StateRepair).where(StateRepair.host == host, StateRepair.journal == name))
    if row is None:
        row = StateRepair(host=host, journal=name, asked_at=since, mended=0)
        site.session.add(row)
    elif row.asked_at >= since:
        return
    row.asked_at, row.epoch, row.n, row.mended, row.done_at = site.clock.now(), 0, 0, 0, None
    site.session.flush()


def has_mended_since(site: Site, moment: datetime) -> bool:
    """Whether a journal that was applied over again after this moment was not what its entries tell."""
    done = select(StateRepair.id).where(StateRepair.done_at > moment, StateRepair.mended > 0)
    return site.session.scalar(done.limit(1)) is not None


def go_on(site: Site) -> bool:
    """Whether there is more: the next AT_ONCE entries of a journal that is applied over again."""
    owed = select(StateRepair).where(StateRepair.done_at.is_(None)).order_by(StateRepair.asked_at, StateRepair.id)
    row = site.session.scalars(owed.limit(1)).first()
    if row is None:
        return False
    site.one_at_a_time(catchup.TAKING)
    held = journal.find(site, row.host, row.journal)
    entries = [] if held is None else _next(site, held, row)
    row.mended += _apply_over(site, Host(row.host), entries)
    if len(entries) < AT_ONCE:
        row.done_at = site.clock.now()
    else:
        row.epoch, row.n = entries[-1].epoch, entries[-1].n
    return True


def last(site: Site, host: str, name: str) -> StateRepair | None:
    """The last time that this journal was applied over again."""
    return site.session.scalar(select(StateRepair).where(StateRepair.host == host, StateRepair.journal == name))


def _next(site: Site, held: Journal, row: StateRepair) -> list[Entry]:
    after = tuple_(Entry.epoch, Entry.n) > (row.epoch, row.n)
    some = select(Entry).where(Entry.journal_id == held.id, after).order_by(Entry.epoch, Entry.n).limit(AT_ONCE)
    return list(site.session.scalars(some))


def _apply_over(site: Site, host: Host, entries: list[Entry]) -> int:
    """How many of these entries were not told by the rows."""
    known, ring = Known(site), Ring()
    if entries:
        ring = key_registers.ring_of(site, site.session.get_one(Journal, entries[0].journal_id))
    arrived: list[str] = []
    mended = 0
    for entry in entries:
        if entry.activity is None:
            continue
        if entry.outcome in RETRIED:
            arrived += unapplied.retry(site, known, entry, host)
            mended += entry.outcome == "applied"
        elif entry.outcome == "applied" and entry.reason != SAID_AGAIN:
            try:
                activity = inbox.read(
                    authenticity.verify_entry(entry.activity, host=host, keys=ring.at((entry.epoch, entry.n)))
                )
            except ForumError:  # kept bytes that are not what was signed: `pop_forum federation verify` tells
                continue
            told = Retold(site, known, host, Stamp(entry.epoch, entry.n), activity)
            missing, wrong = _is_missing(told), False
            if missing:
                arrived += unapplied.retry(site, known, entry, host)
            else:
                wrong = _mend(told)
            mended += missing or wrong
    unapplied.apply_waiting(site, known, arrived + unapplied.written(site, known))
    return mended


def _is_missing(told: Retold) -> bool:
    """Whether the row is not there that this entry made, or bears the number of an earlier one."""
    content, known = told.activity.content, told.known
    match content:
        case ThreadOpened() | PostWritten():
            return known.post(content.uri) is None
        case PostEdited():
            post = known.post(content.uri)
            return post is not None and post.erased_at is None and (post.epoch, post.n) < told.place
        case RevisionPublished():
            kept = told.site.session.get(Revision, revisions.digest(content.revision))
            return kept is None or (content.role != COMMON and _is_behind(told))
        case ImprovementProposed():
            digest = revisions.digest(content.revision)
            return any(told.site.session.get(kind, digest) is None for kind in (Revision, Improvement))
        case EditionPublished():
            row = told.site.session.get(Edition, (told.host, content.edition.id))
            return row is None or (row.epoch, row.n) > told.place
        case PollOpened() | KeyRegister() | Erase() | Unsupported():
            return False
        case _:
            return _is_behind(told)


def _is_behind(told: Retold) -> bool:
    row = _row(told)
    return row is None or (row.epoch, row.n) < told.place


def _mend(told: Retold) -> bool:
    """Whether the rows told something else than this entry, which they now tell."""
    content = told.activity.content
    match content:
        case ThreadOpened() | PostWritten() | PostEdited():
            return _mend_message(told, content)
        case PollOpened():
            thread = told.known.thread(content.thread)
            return thread is not None and _set(thread, poll=True)
        case RevisionPublished():
            wrong = _mend_version(told, content.revision, content.role, content.summary)
            return (content.role != COMMON and _mend_row(told, ("kind", "digest"))) or wrong
        case ImprovementProposed():
            return _mend_proposal(told, content)
        case ImprovementDecided():
            return _mend_row(told, ("outcome", "sentence", "result", "at"))
        case OpinionGiven():
            return _mend_row(told, ("outcome", "sentence", "at"))
        case GroupSettled():
            return _mend_row(told, ("editors", "quorum", "days", "at"))
        case EditionPublished():
            frozen = told.site.session.get_one(Edition, (told.host, content.edition.id))
            is_first = (frozen.epoch, frozen.n) == told.place
            return is_first and _set(frozen, **edition_rows.columns(content))
        case PersonDeclared():
            return _mend_row(told, ("name", "role", "shared"))
        case MemberListed() | MemberRemoved():
            return _mend_row(told, ("name", "kind", "fingerprint", "active"))
        case MeasureAdopted() | MeasureSetAside() | MeasureReopened():
            return _mend_row(told, ("kind", "digest", "reason", "at"))
        case PostDeleted() | PostRestored():
            return _mend_deletion(told, content.uri)
        case SupportGiven() | SupportWithdrawn():
            return _mend_row(told, ("active",))
        case _:
            return False


def _mend_message(told: Retold, content: ThreadOpened | PostWritten | PostEdited) -> bool:
    """The same of a message: what never changes of it, and its words when this entry told the last ones."""
    post = told.known.post(content.uri)
    if post is None or post.erased_at is not None or post.host != told.host:
        return False
    wrong = False
    if isinstance(content, ThreadOpened):
        wrong |= _set(post.thread, board=content.board, measure=content.measure, block=content.block)
        wrong |= _set(post.thread, published=content.published)
        wrong |= _set(post, parent_uri=None, published=content.published)
    if isinstance(content, PostWritten):
        wrong |= _set(post, parent_uri=content.parent or content.thread, published=content.published)
    if (post.epoch, post.n) == told.place:
        wrong |= _mend_words(told, post, content)
    if wrong:
        told.site.touched_thread(post.thread.key)
    return wrong


def _mend_words(told: Retold, post: Post, content: ThreadOpened | PostWritten | PostEdited) -> bool:
    if post.deleted_at is not None and not post.source:
        return False  # withdrawn by somebody who has left: services/quotations.py
    writing = messages.current(told.site, Writing(content.source, markdown.render(content.source)))
    wrong = _set(post, source=writing.source)
    if wrong:
        post.html = writing.html
    wrong |= _set(post, edited_at=content.updated if isinstance(content, PostEdited) else None)
    title = None if isinstance(content, PostWritten) else content.title
    if post.opening and title:
        wrong |= _set(post.thread, title=title)
    if list(content.images) != _shown(told.site, post):
        told.known.name_pictures(post, content.images)
        wrong = True
    return wrong


def _mend_proposal(told: Retold, content: ImprovementProposed) -> bool:
    """The same of an improvement: its text, and what is said of it."""
    wrong = _mend_version(told, content.revision, IMPROVEMENT, content.reason)
    row = told.site.session.get_one(Improvement, revisions.digest(content.revision))
    if row.host != told.host:
        return wrong
    return (
        _set(row, need=content.need, reason=content.reason, at=told.activity.published, replaces=content.replaces)
        or wrong
    )


def _mend_version(told: Retold, revision: revisions.Revision, role: str, summary: str) -> bool:
    """The same of a version, whose address says what it holds."""
    digest = revisions.digest(revision)
    row = told.site.session.get_one(Revision, digest)
    if row.host != told.host:
        return False
    if revisions.digest(lineage.to_value(row)) == digest:
        return _set(row, summary=summary)
    right = lineage.row_of(told.site, revision, digest, host=told.host, role=role, summary=summary)
    columns = ("title", "blocks", "budget", "parents", "created", "summary")
    return _set(row, **{name: getattr(right, name) for name in columns})


def _mend_deletion(told: Retold, uri: str) -> bool:
    post = told.known.post(uri)
    before = None if post is None else post.deleted_by
    wrong = _mend_row(told, ("active", "at"))
    if post is not None:
        messages.refresh_deletion(told.known, post)
    return wrong or (post is not None and post.deleted_by != before)


def _mend_row(told: Retold, columns: tuple[str, ...]) -> bool:
    """The same of a row of one place: when this entry is the last that wrote it, it writes it once more."""
    row = _row(told)
    if row is None or (row.epoch, row.n) != told.place:
        return False
    before = [getattr(row, name) for name in columns]
    row.n -= 1
    unapplied.handled(told.site, told.known, told.host, told.activity, told.stamp)
    row.n = told.stamp.n  # also where a rule refuses it
    return [getattr(row, name) for name in columns] != before


def _shown(site: Site, post: Post) -> list[Image]:
    """The pictures of a message, in order."""
    theirs = select(PostPicture).where(PostPicture.post_id == post.id).order_by(PostPicture.position)
    return [Image(row.digest, row.alt, row.width, row.height) for row in site.session.scalars(theirs)]


def _row(told: Retold) -> Row | None:
    """The row of which the last word of its origin counts, when this entry writes one."""
    content, session = told.activity.content, told.site.session
    match content:
        case PersonDeclared():
            return told.known.person(content.uri)
        case PostDeleted() | PostRestored():
            asked = told.known.deletions(content.uri)
            return next((row for row in asked if row.actor == told.activity.actor), None)
        case SupportGiven() | SupportWithdrawn():
            return told.known.support(content.object, told.host, content.token)
        case ImprovementDecided():
            said = (ImprovementAnswer.host == told.host, ImprovementAnswer.digest == content.digest)
            return session.scalar(select(ImprovementAnswer).where(*said))
        case OpinionGiven():
            mine = (ImprovementOpinion.editor == content.editor, ImprovementOpinion.digest == content.digest)
            return session.scalar(select(ImprovementOpinion).where(*mine))
        case GroupSettled():
            return session.get(DraftingGroup, told.host)
        case MemberListed() | MemberRemoved():
            return session.scalar(select(Member).where(Member.issuer == told.host, Member.host == content.host))
        case RevisionPublished() | MeasureAdopted() | MeasureSetAside() | MeasureReopened():
            measure = content.revision.measure if isinstance(content, RevisionPublished) else content.measure
            return session.scalar(select(Stance).where(Stance.host == told.host, Stance.measure == measure))
        case _:
            return None


def _set(row: Any, **values: object) -> bool:
    """Whether the row had other values."""
    wrong = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in wrong.items():
        setattr(row, name, value)
    return bool(wrong)
