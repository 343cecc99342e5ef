"""Polls in discussions: asked by who opened the discussion, answered by who has an account here, counted once.

A ballot can be changed until the end, so it is kept until then; `settle` counts the ballots of a poll and deletes them
in one transaction. Every use case takes the poll's row first, so that no vote slips in while it is being counted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select

from pop_forum.domain import permissions
from pop_forum.domain import polls as rule
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, Forbidden, NotFound
from pop_forum.federation.activities import PollOpened
from pop_forum.federation.identifiers import ObjectId
from pop_forum.models import Ballot, Decision, Poll, Post, Thread
from pop_forum.services import consents, journal, translation
from pop_forum.services.declarations import FORUM
from pop_forum.services.site import Site

POLL = "poll"  # the work of putting one into a discussion
NOT_YOURS = "Seule la personne qui a ouvert cette discussion y met un sondage, tant que la discussion est ouverte."
NO_POLL = "Il n’y a pas de sondage dans cette discussion."
OVER = "Ce sondage est terminé : il ne prend plus de vote."
FINISHED = "Le sondage de cette discussion est terminé : il ne change plus, et il n’y en a qu’un par discussion."
VOTED = "Quelqu’un a déjà voté : ce sondage ne change plus."
REMOVED = "Ce sondage a déjà été retiré."


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll as a form gives it; without a question, it asks the title of its discussion."""

    question: str
    options: tuple[str, ...]
    multiple: bool
    ends_at: datetime


def put(site: Site, viewer: Viewer, thread: Thread, draft: PollDraft) -> None:
    """The poll in its discussion; the one that is there is corrected as long as nobody has voted.

    Raises Forbidden, Conflict, and InvalidInput for what domain/polls.py refuses.
    """
    if not may_put(site, viewer, thread):
        raise consents.refusal(viewer, f"{viewer} may not open a poll in {thread.uri}", NOT_YOURS)
    now, question, options = site.clock.now(), rule.read_question(draft.question), rule.read_options(draft.options)
    rule.check_end(now, draft.ends_at)
    site.one_at_a_time(POLL)
    poll = _correctable(site, _taken(site, thread))
    if poll is None:
        poll = Poll(thread_id=thread.id, opened_at=now)
        site.session.add(poll)
    poll.question, poll.options = question, list(options)
    poll.multiple, poll.ends_at = draft.multiple, draft.ends_at
    site.touched_thread(thread.key)
    if not thread.poll:
        thread.poll = True
        _announce(site, thread)
    site.session.flush()


def may_put(site: Site, viewer: Viewer, thread: Thread) -> bool:
    """Whether this viewer may put a poll into the discussion, or correct it."""
    deleted = _is_deleted(site, thread)
    return permissions.may_open_poll(viewer, thread.author_id, thread.closed_at is not None, deleted)


def vote(site: Site, viewer: Viewer, thread: Thread, choices: Collection[int]) -> None:
    """This viewer's ballot, instead of a former one. Raises Forbidden, NotFound, Conflict and InvalidInput."""
    if not permissions.may_vote(viewer, _is_deleted(site, thread)):
        raise consents.refusal(viewer, f"{viewer} may not vote in {thread.uri}")
    poll, account = _running(site, thread), viewer.person_id
    said = rule.ballot(choices, len(poll.options), multiple=poll.multiple)
    site.touched_thread(thread.key)
    site.session.merge(Ballot(poll_id=poll.id, account_id=account, choices=said))
    site.session.flush()


def withdraw(site: Site, viewer: Viewer, thread: Thread) -> None:
    """This viewer's ballot taken back, as if it had never been given. Raises Forbidden, NotFound and Conflict."""
    if not permissions.may_withdraw_vote(viewer):
        raise Forbidden(f"{viewer} may not withdraw a vote in {thread.uri}")
    poll = _running(site, thread)
    site.touched_thread(thread.key)
    site.session.execute(delete(Ballot).where(Ballot.poll_id == poll.id, Ballot.account_id == viewer.person_id))


def withdraw_all(site: Site, person_id: int) -> None:
    """This person's ballots taken back in every poll that still runs; those of ended ones are counted."""
    settle_before_leaving(site, person_id)
    running = select(Thread.key).join(Poll, Poll.thread_id == Thread.id).join(Ballot, Ballot.poll_id == Poll.id)
    for key in site.session.scalars(running.where(Ballot.account_id == person_id).with_for_update(of=Poll)).all():
        site.touched_thread(key)
    site.session.execute(delete(Ballot).where(Ballot.account_id == person_id))


def correctable(site: Site, thread: Thread) -> Poll | None:
    """The poll of a discussion that can still be corrected, or None without one. Raises Conflict for another."""
    poll = site.session.scalar(select(Poll).where(Poll.thread_id == thread.id))
    return _correctable(site, poll)


def end(site: Site, thread: Thread, decision: Decision, *, counted: bool) -> None:
    """The poll ended by a decision of the moderation: its ballots counted, or forgotten and never counted.

    Raises NotFound without a poll; Conflict for one that was removed, and when there is nothing left to close.
    """
    poll = _taken(site, thread)
    if poll is None:
        raise NotFound(f"no poll in {thread.uri}", NO_POLL)
    if poll.decision_id is not None and not counted and not poll.counts:
        raise Conflict(f"poll {poll.id} was removed", REMOVED)
    if counted and _is_over(site, poll):
        raise Conflict(f"poll {poll.id} is over", OVER)
    poll.decision_id = decision.id
    poll.ends_at = min(poll.ends_at, site.clock.now())
    site.touched_thread(thread.key)
    if counted:
        settle(site, poll)
    else:
        _close_with(site, poll, 0, ())


def settle(site: Site, poll: Poll) -> None:
    """The ballots of this poll counted and deleted: from now on nobody can tell who chose what."""
    _close_with(site, poll, *counted(site, poll))


def counted(site: Site, poll: Poll) -> tuple[int, tuple[int, ...]]:
    """How many voted, and for what; from the ballots as long as there are any."""
    if poll.settled_at is not None:
        return poll.voters, tuple(poll.counts)
    said = select(Ballot.choices, func.count()).where(Ballot.poll_id == poll.id).group_by(Ballot.choices)
    return rule.tally(((row[0], row[1]) for row in site.session.execute(said)), len(poll.options))


def sweep(site: Site) -> None:
    """Count the polls that have ended."""
    _settle_all(site, _ended(site))


def settle_before_leaving(site: Site, person_id: int) -> None:
    """Count the ended polls in which this person voted: a ballot that counted is not taken back by leaving."""
    mine = exists().where(Ballot.poll_id == Poll.id, Ballot.account_id == person_id)
    _settle_all(site, _ended(site, mine))


def _ended(site: Site, *where: ColumnElement[bool]) -> Sequence[tuple[Poll, str]]:
    due = (Poll.settled_at.is_(None), Poll.ends_at <= site.clock.now(), *where)
    rows = select(Poll, Thread.key).join(Thread, Thread.id == Poll.thread_id).where(*due)
    return [(row[0], row[1]) for row in site.session.execute(rows.order_by(Poll.id).with_for_update(of=Poll))]


def _settle_all(site: Site, ended: Sequence[tuple[Poll, str]]) -> None:
    for poll, key in ended:
        site.touched_thread(key)
        settle(site, poll)


def _close_with(site: Site, poll: Poll, voters: int, counts: Sequence[int]) -> None:
    poll.voters, poll.counts, poll.settled_at = voters, list(counts), site.clock.now()
    site.session.execute(delete(Ballot).where(Ballot.poll_id == poll.id))
    site.session.flush()


def _running(site: Site, thread: Thread) -> Poll:
    """The poll of a discussion, which takes votes. Raises NotFound and Conflict."""
    poll = _taken(site, thread)
    if poll is None:
        raise NotFound(f"no poll in {thread.uri}", NO_POLL)
    if _is_over(site, poll):
        raise Conflict(f"poll {poll.id} is over", OVER)
    return poll


def _taken(site: Site, thread: Thread) -> Poll | None:
    """The poll of a discussion, for this transaction alone until it ends."""
    return site.session.scalar(select(Poll).where(Poll.thread_id == thread.id).with_for_update())


def _correctable(site: Site, poll: Poll | None) -> Poll | None:
    """The same. Raises Conflict when it is over, or somebody has voted."""
    if poll is None:
        return None
    if _is_over(site, poll):
        raise Conflict(f"poll {poll.id} is over", FINISHED)
    if site.session.scalar(select(Ballot.poll_id).where(Ballot.poll_id == poll.id).limit(1)) is not None:
        raise Conflict(f"poll {poll.id} has ballots", VOTED)
    return poll


def _is_over(site: Site, poll: Poll) -> bool:
    return poll.settled_at is not None or poll.ends_at <= site.clock.now()


def _is_deleted(site: Site, thread: Thread) -> bool:
    stands = select(Post.id).where(Post.uri == thread.uri, Post.deleted_at.is_(None))
    return site.session.scalar(stands) is None


def _announce(site: Site, thread: Thread) -> None:
    """Tell the network, if it knows the discussion, that there is a poll in it; never what it asks."""
    if thread.shared:
        content = PollOpened(ObjectId(thread.uri))
        activity = translation.said_by(site, thread.author.uri, content, translation.audience_of(thread))
        journal.append(site, FORUM, activity)
