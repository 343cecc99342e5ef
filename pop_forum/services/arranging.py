"""Order in the lists of this site: pinning, closing and moving threads. Nothing of it goes to the network.

A shared thread is closed here only: other communes may still answer it on their sites, and their answers are shown.
Where a thread belongs (daily life, or a measure) was told to the network when it was shared, so only a thread that
stays in the commune changes it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, select

from pop_forum.domain.arrangement import PINNED_MOST, REASON_CHARS, Act
from pop_forum.domain.permissions import Viewer, may_arrange
from pop_forum.domain.text import clean_line
from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.federation.activities import BOARD_DAILY, BOARD_MEASURE
from pop_forum.models import Measure, Person, Thread, ThreadAct
from pop_forum.services.discussions import ActLine
from pop_forum.services.scopes import there
from pop_forum.services.site import Site

ACTS_SHOWN = 20
ENOUGH = "Il y a déjà trois discussions épinglées dans cette liste. Détachez-en une d’abord."
PAST = "Choisissez une date à venir, ou aucune."
SHARED_STAYS = "Cette discussion est partagée avec le réseau : elle reste où son autrice ou son auteur l’a ouverte."
NO_CATEGORY = "Cette rubrique n’existe pas, ou n’existe plus. Choisissez-en une dans la liste."


def is_pinned(now: datetime) -> ColumnElement[bool]:
    """Whether a thread is pinned at this moment, as a condition."""
    ended = func.coalesce(Thread.pinned_until <= now, false())
    return Thread.pinned_at.is_not(None) & ~ended


def pin(site: Site, viewer: Viewer, thread: Thread, until: datetime | None, reason: str = "") -> None:
    """The thread at the head of its list, until that moment if there is one. Raises Conflict when there are enough."""
    _allow(site, viewer, thread)
    sentence = clean_line(reason, REASON_CHARS) if reason.strip() else ""
    now = site.clock.now()
    if until is not None and until <= now:
        raise InvalidInput(f"pinned until {until}", PAST)
    others = (is_pinned(now), Thread.id != thread.id, Thread.board == thread.board)
    site.one_at_a_time("pin")
    count = site.session.scalar(
        select(func.count()).where(*others, Thread.measure.is_not_distinct_from(thread.measure))
    )
    if (count or 0) >= PINNED_MOST:
        raise Conflict(f"{count} pinned threads", ENOUGH)
    thread.pinned_at, thread.pinned_until = now, until
    _note(site, viewer, thread, Act.PINNED, sentence)


def unpin(site: Site, viewer: Viewer, thread: Thread) -> None:
    """The thread among the others again."""
    _allow(site, viewer, thread)
    if thread.pinned_at is not None:
        thread.pinned_at = thread.pinned_until = None
        _note(site, viewer, thread, Act.UNPINNED)


def close(site: Site, viewer: Viewer, thread: Thread, reason: str) -> None:
    """The thread without further replies, for the reason that its page tells. Nothing when it is closed already."""
    _allow(site, viewer, thread)
    sentence = clean_line(reason, REASON_CHARS)
    if thread.closed_at is None:
        thread.closed_at = site.clock.now()
        _note(site, viewer, thread, Act.CLOSED, sentence)


def reopen(site: Site, viewer: Viewer, thread: Thread, reason: str) -> None:
    """The thread open to replies again. Nothing when it is not closed."""
    _allow(site, viewer, thread)
    sentence = clean_line(reason, REASON_CHARS)
    if thread.closed_at is not None:
        thread.closed_at = None
        _note(site, viewer, thread, Act.REOPENED, sentence)


def move_to_category(site: Site, viewer: Viewer, thread: Thread, slug: str | None, reason: str) -> None:
    """The thread in this category of daily life, or in none. Raises Conflict for a shared one on a measure."""
    _allow(site, viewer, thread)
    sentence = clean_line(reason, REASON_CHARS)
    category = site.settings.category(slug)
    if slug and category is None:
        raise InvalidInput(f"category {slug[:40]!r}", NO_CATEGORY)
    if thread.board != BOARD_DAILY and thread.shared:
        raise Conflict("the board of a shared thread", SHARED_STAYS)
    if thread.board == BOARD_DAILY and thread.category == (slug or None):
        return
    thread.board, thread.measure, thread.category = BOARD_DAILY, None, slug or None
    thread.pinned_at = thread.pinned_until = None
    _note(site, viewer, thread, Act.MOVED, sentence, category.name if category else "")


def move_to_measure(site: Site, viewer: Viewer, thread: Thread, measure: Measure, title: str, reason: str) -> None:
    """The thread under this measure, whose title here is `title`. Raises Conflict for a shared one."""
    _allow(site, viewer, thread)
    sentence = clean_line(reason, REASON_CHARS)
    if thread.measure == measure.urn:
        return
    if thread.shared:
        raise Conflict("the board of a shared thread", SHARED_STAYS)
    thread.board, thread.measure, thread.category = BOARD_MEASURE, measure.urn, None
    thread.pinned_at = thread.pinned_until = None
    _note(site, viewer, thread, Act.MOVED, sentence, title)


def acts_of(site: Site, thread_id: int) -> Sequence[ActLine]:
    """What was done with a thread, the oldest of the last ones first."""
    columns = (ThreadAct.act, ThreadAct.sentence, ThreadAct.moved_to, ThreadAct.at, Person.name)
    query = select(*columns).join(Person, Person.id == ThreadAct.moderator_id).where(ThreadAct.thread_id == thread_id)
    rows = site.session.execute(query.order_by(ThreadAct.id.desc()).limit(ACTS_SHOWN)).all()
    return [ActLine(*row) for row in reversed(rows)]


def closing_of(site: Site, thread_id: int) -> ActLine | None:
    """Who closed this thread, when and why, where that is among the last acts."""
    return next((each for each in reversed(acts_of(site, thread_id)) if each.act == Act.CLOSED), None)


def _allow(site: Site, viewer: Viewer, thread: Thread) -> None:
    if not may_arrange(there(site, viewer, thread)):
        raise Forbidden(f"{viewer} may not arrange {thread.uri}")


def _note(
    site: Site, viewer: Viewer, thread: Thread, act: Act, sentence: str = "", moved_to: str | None = None
) -> None:
    who = {"thread_id": thread.id, "moderator_id": viewer.person_id}
    values = {**who, "sentence": sentence, "moved_to": moved_to}
    site.session.add(ThreadAct(act=act.value, at=site.clock.now(), **values))
    site.session.flush()
