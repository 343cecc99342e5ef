"""What the page of a discussion shows of its poll, and what a reader may do with it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

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


# What `part` reads of a row that holds a thread, with the joins that it needs.
COLUMNS = (
    Poll,
    select(func.count()).where(Ballot.poll_id == Poll.id).correlate(Poll).scalar_subquery().label("poll_cast"),
    Decision.act.label("poll_act"),
    Decision.reason.label("poll_reason"),
    Decision.sentence.label("poll_sentence"),
)
JOINS = ((Poll, Poll.thread_id == Thread.id), (Decision, Decision.id == Poll.decision_id))


def chosen() -> Any:
    """What the account `me` chose in the poll of the thread of a row: a column, to be read by `choices`."""
    mine = (Ballot.account_id == bindparam("me"), Ballot.poll_id == Poll.id, Poll.thread_id == Thread.id)
    return select(Ballot.choices).where(*mine).correlate(Thread).scalar_subquery().label("chosen")


def part(site: Site, viewer: Viewer, row: Any, *, page: int, deleted: bool) -> PollPart:
    """What this page says of polls, from a row with COLUMNS: a statement only between a poll's end and the count."""
    thread = row.Thread
    poll = _shown(site, row) if row.Poll is not None and thread.poll and page == 1 and not deleted else None
    asked = PollPart(thread.poll, poll, choices(poll, row.chosen), frozenset())
    ours, closed = thread.host == site.settings.host, thread.closed_at is not None
    return replace(asked, may=allowed(viewer, thread.author_id, asked, ours=ours, closed=closed, deleted=deleted))


def shown(site: Site, thread_id: int) -> PollShown | None:
    """The poll of a discussion of ours: one statement, two between its end and the count."""
    found = select(*COLUMNS).outerjoin(*JOINS[1]).where(Poll.thread_id == thread_id)
    row = site.session.execute(found).one_or_none()
    return None if row is None else _shown(site, row)


def _shown(site: Site, row: Any) -> PollShown:
    poll, voters = row.Poll, row.poll_cast
    ended = poll.settled_at is not None or poll.ends_at <= site.clock.now()
    counts: tuple[int, ...] = ()
    if ended:
        voters, counts = polls.counted(site, poll)
    counts = counts or (0,) * len(poll.options)
    lines = zip(poll.options, counts, rule.shares(voters, counts), strict=True)
    options = tuple(Option(*line) for line in lines)
    decision = (row.poll_act, row.poll_reason, row.poll_sentence)
    return PollShown(poll.question, options, poll.multiple, poll.ends_at, ended, voters, *decision)


def choices(poll: PollShown | None, said: int | None) -> frozenset[int]:
    """The positions that a reader has `chosen` in a poll, while it runs."""
    return frozenset() if poll is None or poll.ended else rule.choices_of(said or 0)


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
