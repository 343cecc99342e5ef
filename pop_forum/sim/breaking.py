"""The code broken on purpose, in one process: a simulator that finds none of these would find nothing.

Each is one rule of the federation left out. Another one needs a function here and its name below.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from pop_forum.commune import Commune
from pop_forum.federation.activities import PostDeleted
from pop_forum.federation.mirrored import PROVED, Trail
from pop_forum.models import Post, Revision
from pop_forum.services import (
    catchup,
    erasures,
    inbox,
    journal,
    lineage,
    messages,
    mirrors,
    threads,
    translation,
    wrong_clock,
)
from pop_forum.services.outcomes import APPLIED
from pop_forum.tasks import reprise


@contextmanager
def waiting_is_forgotten() -> Iterator[None]:
    """What waited for an entry is not tried again when that entry comes."""
    with patch.object(catchup, "apply_waiting", lambda site, known, arrived: None):
        yield


@contextmanager
def deletions_are_not_told() -> Iterator[None]:
    """A deletion changes the row, and joins the journal one time in two only."""
    told = journal.append
    turns = iter(range(10**9))

    def half(site: Any, name: str, activity: Any) -> Any:
        if isinstance(activity.content, PostDeleted) and next(turns) % 2:
            return journal.Appended(1, 0, b"")
        return told(site, name, activity)

    with patch.object(journal, "append", half):
        yield


@contextmanager
def the_entry_is_committed_alone() -> Iterator[None]:
    """An entry is committed before its effect: a crash between the two leaves one without the other."""
    told = journal.append

    def apart(site: Any, name: str, activity: Any) -> Any:
        entry = told(site, name, activity)
        site.session.connection().connection.driver_connection.execute("COMMIT")
        site.session.connection().connection.driver_connection.execute("BEGIN IMMEDIATE")
        return entry

    with patch.object(journal, "append", apart):
        yield


@contextmanager
def withdrawals_are_ignored() -> Iterator[None]:
    """A support that was taken back stays where it was told."""
    put = messages.put_support

    def only_given(known: Any, **what: Any) -> Any:
        return put(known, **{**what, "active": True} if what.get("stamp") else what)

    with patch.object(messages, "put_support", only_given):
        yield


@contextmanager
def local_threads_are_told() -> Iterator[None]:
    """A thread that its author keeps here leaves with the journal."""
    opened = threads.open_thread

    def told(site: Any, author: Any, draft: Any) -> Any:
        thread = opened(site, author, draft)
        if not draft.shared:
            opening = site.session.query(Post).filter_by(uri=thread.uri).one()
            content = translation.thread_opened(thread, opening)
            journal.append(site, "forum", translation.said_by(site, author.uri, content))
        return thread

    with patch.object(threads, "open_thread", told):
        yield


@contextmanager
def old_versions_are_replaced() -> Iterator[None]:
    """A new version of a measure takes the place of the one before."""
    put = lineage.put_revision

    def replaced(site: Any, revision: Any, **what: Any) -> Any:
        missing = put(site, revision, **what)
        if missing is None and what["host"] != site.settings.host:
            for parent in revision.parents:
                row = site.session.get(Revision, parent)
                if row is not None and row.role != lineage.EDITION:
                    site.session.delete(row)
        return missing

    with patch.object(lineage, "put_revision", replaced):
        yield


@contextmanager
def corrections_are_ignored() -> Iterator[None]:
    """A later text from another site joins the history and is not shown."""
    put = messages.put_edit

    def older(site: Any, post: Any, writing: Any, **what: Any) -> bool:
        before = post.source
        latest = put(site, post, writing, **what)
        if what.get("stamp"):
            post.source = before
        return latest

    with patch.object(messages, "put_edit", older):
        yield


@contextmanager
def moderation_is_ignored() -> Iterator[None]:
    """Only an author can remove a message."""
    with patch.object(messages, "commune_of", lambda uri: ""):
        yield


@contextmanager
def restorations_are_ignored() -> Iterator[None]:
    """What another site removed stays removed when that is undone."""
    apply = inbox._deletion

    def only_removed(content: Any, context: Any, *, active: bool) -> Any:
        return apply(content, context, active=active) if active else APPLIED

    with patch.object(inbox, "_deletion", only_removed):
        yield


@contextmanager
def a_wrong_clock_is_kept() -> Iterator[None]:
    """Work that a clock put off while it was ahead waits until then."""
    with patch.object(wrong_clock, "sweep", lambda site: None):
        yield


@contextmanager
def mirrors_are_believed() -> Iterator[None]:
    """What a mirror serves is taken as it comes, without a signed head that proves it."""

    def believed(trail: Any, page: Any) -> str:
        trail.head = trail.head or page.head
        return PROVED

    with patch.object(Trail, "follow", believed), patch.object(Trail, "cut", lambda trail, page: page):
        yield


@contextmanager
def mirrors_are_not_read() -> Iterator[None]:
    """Only an origin itself is asked for its journal."""
    with patch.object(mirrors, "wanted", lambda site, peer, data: []):
        yield


@contextmanager
def reprise_is_forgotten() -> Iterator[None]:
    """A restored site writes on as if nothing had happened."""
    with patch.object(Commune, "look_back", lambda commune: None), patch.object(reprise, "from_peer", _nothing):
        yield


def _nothing(*_: object) -> None:
    """Nothing."""


@contextmanager
def the_tail_is_left() -> Iterator[None]:
    """A restored site waits for its peers and takes nothing back from them."""
    with patch.object(reprise, "from_peer", _nothing):
        yield


@contextmanager
def erasures_are_half_done() -> Iterator[None]:
    """What a message said is gone from its row, and stays in the entry that told it."""
    with patch.object(erasures, "empty", _nothing):
        yield


@contextmanager
def what_is_erased_is_shown_again() -> Iterator[None]:
    """An erasure that comes with its tombstone is forgotten where the message is known."""
    with patch.object(erasures, "_lay", lambda site, left, by: False):
        yield


BREAKS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "waiting-forgotten": waiting_is_forgotten,
    "deletion-not-told": deletions_are_not_told,
    "entry-committed-alone": the_entry_is_committed_alone,
    "withdrawal-ignored": withdrawals_are_ignored,
    "local-told": local_threads_are_told,
    "correction-ignored": corrections_are_ignored,
    "moderation-ignored": moderation_is_ignored,
    "restoration-ignored": restorations_are_ignored,
    "wrong-clock-kept": a_wrong_clock_is_kept,
    "version-replaced": old_versions_are_replaced,
    "erasure-half-done": erasures_are_half_done,
    "erased-shown-again": what_is_erased_is_shown_again,
    "mirror-believed": mirrors_are_believed,
    "mirror-unread": mirrors_are_not_read,
    "reprise-forgotten": reprise_is_forgotten,
    "tail-left": the_tail_is_left,
}
