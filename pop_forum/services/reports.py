"""Reports of messages: anybody may make one, gets a receipt, and can read what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from pop_forum.domain import moderation as rule
from pop_forum.domain import permissions
from pop_forum.domain.moderation import Reason
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_text, excerpt
from pop_forum.errors import Forbidden, InvalidInput, NotFound
from pop_forum.models import Decision, Post, Report, Thread
from pop_forum.services import titles
from pop_forum.services.attempts import count_act, network_key
from pop_forum.services.network_pages import commune_names, shown_hosts
from pop_forum.services.scopes import moderated_by
from pop_forum.services.site import Site

RECEIPT_LETTERS = 12
QUEUE_LENGTH = 100  # messages on one page of the queue; the oldest come first, so none is forgotten
EXCERPT_CHARS = 240
KEPT_FOR = timedelta(days=365)  # a settled report: the time of the yearly public figures
NOTHING_TO_REPORT = "Ce message est le vôtre, ou il est déjà retiré : il n’y a rien à signaler."
REPORTING = "reporting"
NO_RECEIPT = "Aucun signalement ne porte ce numéro. Vérifiez-le, lettre par lettre."


@dataclass(frozen=True, slots=True)
class Said:
    """What is wrong with a message, as a form says it; `submission` names the form."""

    reason: Reason
    details: str
    submission: str | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """A message in the queue, with what is said against it."""

    key: str
    author: str
    place: str | None
    thread: str
    excerpt: str
    reasons: tuple[tuple[Reason, int], ...]
    count: int
    since: datetime
    mine: bool  # its author is who looks: somebody else decides


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of what waits for somebody's decision."""

    lines: tuple[Reported, ...]
    page: int
    pages: int


def report(site: Site, viewer: Viewer, post: Post, said: Said, network: str) -> Report:
    """A report, with the receipt that tells what becomes of it; the same form sent again gives the same one.

    Raises Forbidden, InvalidInput and TooMany.
    """
    site.one_at_a_time(REPORTING)
    made = site.session.scalar(select(Report).where(Report.submission == said.submission)) if said.submission else None
    if made is not None and made.object_uri == post.uri:
        return made
    if not permissions.may_report(viewer, post.author_id, post.deleted_at is not None):
        raise Forbidden(f"nothing to report in {post.uri}", NOTHING_TO_REPORT)
    details = clean_text(said.details, rule.DETAILS_CHARS) if said.details.strip() else ""
    if said.reason is Reason.OTHER and not details:
        raise InvalidInput("no details", "Dites en quelques mots ce qui ne va pas : la raison seule ne suffit pas.")
    count_act(site, "report", network_key(site, network), network, rule.REPORTS_PER_NETWORK, rule.REPORTS_WINDOW)
    made = Report(
        receipt=site.entropy.token(RECEIPT_LETTERS),
        object_uri=post.uri,
        reason=said.reason.value,
        details=details,
        submission=None if made else said.submission,
        reporter_id=viewer.person_id,
        at=site.clock.now(),
    )
    site.session.add(made)
    site.session.flush()
    return made


def find(site: Site, receipt: str) -> Report:
    """The report of this receipt. Raises NotFound."""
    found = site.session.scalar(select(Report).where(Report.receipt == receipt))
    if found is None:
        raise NotFound(f"no report {receipt!r}", NO_RECEIPT)
    return found


def open_about(site: Site, uri: str) -> Sequence[Report]:
    """The reports of a message that nobody has decided on, the first one first."""
    waiting = select(Report).where(Report.object_uri == uri, Report.decision_id.is_(None))
    return site.session.scalars(waiting.order_by(Report.at, Report.id)).all()


def awaiting(uri: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The condition that nobody has decided yet on a report of this message."""
    return exists().where(Report.object_uri == uri, Report.decision_id.is_(None))


def waiting(site: Site) -> int:
    """How many messages wait for a decision."""
    there = select(Report.object_uri).join(Post, Post.uri == Report.object_uri)  # its origin may have un-said one
    distinct = there.where(Report.decision_id.is_(None)).distinct().subquery()
    return site.session.scalar(select(func.count()).select_from(distinct)) or 0


def queue(site: Site, viewer: Viewer, page: int = 1) -> Queue:
    """One page of the messages that wait for this viewer's decision, the longest waiting first.

    Raises Forbidden, and NotFound beyond the last page.
    """
    if not permissions.moderates_somewhere(viewer):
        raise Forbidden("not a moderator")
    theirs = _waiting_for(site, viewer)
    count = site.session.scalar(select(func.count()).select_from(theirs.subquery())) or 0
    pages = max(1, -(-count // QUEUE_LENGTH))
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    oldest = theirs.order_by("since", Post.id).offset((page - 1) * QUEUE_LENGTH).limit(QUEUE_LENGTH)
    rows = site.session.execute(oldest.add_columns(titles.TITLE)).all()
    counts = _counts(site, [row.Post.uri for row in rows])
    names = commune_names(site)
    lines = tuple(_reported(site, viewer, row, counts[row.Post.uri], names) for row in rows)
    return Queue(lines, page, pages)


def settle(site: Site, uri: str, decision: Decision, reason: Reason | None = None) -> None:
    """Nothing; every open report of the message, or those for this reason only, has this decision."""
    for each in open_about(site, uri):
        if reason is None or each.reason == reason:
            each.decision_id = decision.id
    site.session.flush()


def purge(site: Site) -> None:
    """Nothing; settled reports that are older than a year are gone. Decisions stay: they are the public log."""
    old = site.clock.now() - KEPT_FOR
    site.session.execute(delete(Report).where(Report.decision_id.is_not(None), Report.at < old))


def _waiting_for(site: Site, viewer: Viewer) -> Select[Post, datetime]:
    """Each reported message of what this viewer moderates, with the instant of its first open report."""
    first = (
        select(Report.object_uri, func.min(Report.at).label("since"))
        .where(Report.decision_id.is_(None))
        .group_by(Report.object_uri)
        .subquery()
    )
    return (
        select(Post, first.c.since.label("since"))
        .join(first, first.c.object_uri == Post.uri)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.host.in_(shown_hosts(site)), moderated_by(viewer))
    )


def _counts(site: Site, uris: list[str]) -> dict[str, list[tuple[Reason, int]]]:
    counted = (
        select(Report.object_uri, Report.reason, func.count())
        .where(Report.object_uri.in_(uris), Report.decision_id.is_(None))
        .group_by(Report.object_uri, Report.reason)
        .order_by(func.count().desc(), Report.reason)
    )
    found: dict[str, list[tuple[Reason, int]]] = {}
    for uri, reason, count in site.session.execute(counted):
        found.setdefault(uri, []).append((Reason(reason), count))
    return found


def _reported(
    site: Site, viewer: Viewer, row: Any, reasons: list[tuple[Reason, int]], names: dict[str, str]
) -> Reported:
    post: Post = row.Post
    return Reported(
        key=post.key,
        author=post.author.name,
        place=None if post.host == site.settings.host else names.get(post.host, post.host),
        thread=row.title,
        excerpt=excerpt(post.source, EXCERPT_CHARS),
        reasons=tuple(reasons),
        count=sum(count for _, count in reasons),
        since=row.since,
        mine=viewer.is_person(post.author_id),
    )
