"""What the page of a discussion shows of its poll, and what a reader may do with it."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from pop_forum.domain import permissions
from pop_forum.domain import polls as rule
from pop_forum.domain.moderation import Act
from pop_forum.domain.permissions import Viewer
from pop_forum.models import Ballot, Decision, Poll, Thread
from pop_forum.services import polls
from pop_forum.services.site import Site


@dataclass(frozen=True, slots=True)
class Option:
    """One answer; how many chose it, and how many of a hundred, are 0 until the end."""

    text: str
    count: int
    share: int


@dataclass(frozen=True, slots=True)
class PollShown:
    """A poll as everybody sees it: its results at its end only."""

    question: str
    options: tuple[Option, ...]
    multiple: bool
    ends_at: datetime
    ended: bool
    voters: int
    act: str | None = None  # of domain.moderation, when the moderation closed or removed it
    reason: str | None = None
    sentence: str | None = None

    @property
    def removed(self) -> bool:
        """Whether the moderation removed it: its question and answers are shown to nobody."""
        return self.act == Act.POLL_REMOVE


@dataclass(frozen=True, slots=True)
class PollPart:
    """What the page of a discussion says of polls to one reader."""

    there: bool  # there is one, here or on the site of the discussion
    shown: PollShown | None  # ours, on the first page of a discussion that stands
    choices: frozenset[int]  # of this reader, while it runs
    may: frozenset[str]  # what this reader may do


def part(site: Site, viewer: Viewer, thread: Thread, *, page: int, deleted: bool) -> PollPart:
    """What this page says of polls: no statement without a poll."""
    poll = shown(site, thread.id) if thread.poll and page == 1 and not deleted else None
    asked = PollPart(thread.poll, poll, choices(site, viewer, thread.id, poll), frozenset())
    ours, closed = thread.host == site.settings.host, thread.closed_at is not None
    return replace(asked, may=allowed(viewer, thread.author_id, asked, ours=ours, closed=closed, deleted=deleted))


def shown(site: Site, thread_id: int) -> PollShown | None:
    """The poll of a discussion of ours: one statement, two between its end and the count."""
    cast = select(func.count()).where(Ballot.poll_id == Poll.id).scalar_subquery()
    columns = select(Poll, cast, Decision.act, Decision.reason, Decision.sentence)
    found = columns.outerjoin(Decision, Decision.id == Poll.decision_id).where(Poll.thread_id == thread_id)
    row = site.session.execute(found).one_or_none()
    if row is None:
        return None
    poll, voters, act, reason, sentence = row
    ended = poll.settled_at is not None or poll.ends_at <= site.clock.now()
    counts: tuple[int, ...] = ()
    if ended:
        voters, counts = polls.counted(site, poll)
    counts = counts or (0,) * len(poll.options)
    lines = zip(poll.options, counts, rule.shares(voters, counts), strict=True)
    options = tuple(Option(*line) for line in lines)
    return PollShown(poll.question, options, poll.multiple, poll.ends_at, ended, voters, act, reason, sentence)


def choices(site: Site, viewer: Viewer, thread_id: int, poll: PollShown | None) -> frozenset[int]:
    """The positions that this viewer has chosen in the poll of this discussion, while it runs."""
    if poll is None or poll.ended or not viewer.signed_in:
        return frozenset()
    mine = select(Ballot.choices).join(Poll, Poll.id == Ballot.poll_id).where(Poll.thread_id == thread_id)
    said = site.session.connection().execute(mine.where(Ballot.account_id == viewer.person_id)).scalar()
    return rule.choices_of(said or 0)


def allowed(
    viewer: Viewer, author_id: int, asked: PollPart, *, ours: bool, closed: bool, deleted: bool
) -> frozenset[str]:
    """What this viewer, with the rights they have in its thread, may do: `open` is for a thread that has no poll."""
    poll, opens = asked.shown, permissions.may_open_poll(viewer, author_id, closed, deleted)
    if poll is None:
        return frozenset({"open"} if ours and opens and not asked.there else ())
    may = {
        "vote": not poll.ended and permissions.may_vote(viewer),
        "withdraw": not poll.ended and permissions.may_withdraw_vote(viewer),
        "correct": not poll.ended and not poll.voters and opens,
        "report": permissions.may_report(viewer, author_id),
        "judge": permissions.may_judge(viewer, author_id),
    }
    return frozenset(name for name, allowed in may.items() if allowed and not poll.removed)
