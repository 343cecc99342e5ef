"""The code broken on purpose, in one process: a simulator that finds none of these would find nothing.

Each is one rule of the federation left out. Another one needs a function here and its name below.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from pop_forum.federation.activities import PostDeleted
from pop_forum.models import Post, Revision
from pop_forum.services import catchup, inbox, journal, lineage, messages, threads, translation
from pop_forum.services.inbox import APPLIED


@contextmanager
def waiting_is_forgotten() -> Iterator[None]:
    """What waited for an entry is not tried again when that entry comes."""
    with patch.object(catchup, "apply_waiting", lambda site, known, arrived: None):
        yield


@contextmanager
def deletions_are_not_kept() -> Iterator[None]:
    """A deletion that comes before its message is dropped."""
    kept = inbox._deletion

    def only_known(content: Any, context: Any, *, active: bool) -> Any:
        return APPLIED if context.known.post(content.uri) is None else kept(content, context, active=active)

    with patch.object(inbox, "_deletion", only_known):
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
def the_cursor_runs_ahead() -> Iterator[None]:
    """A site believes to hold whatever the signed head of a page names."""
    noted = catchup._note_head

    def ahead(row: Any, page: Any) -> None:
        noted(row, page)
        if page.head.n > row.n and page.head.n % 3 == 0:
            row.n, row.hash = page.head.n, page.head.hash.hex()

    with patch.object(catchup, "_note_head", ahead):
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
def replies_are_never_placed_again() -> Iterator[None]:
    """A reply that came before what it answers keeps its first place."""
    with patch.object(messages, "_order_replies", lambda known, post: None):
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


BREAKS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "waiting-forgotten": waiting_is_forgotten,
    "early-deletion-dropped": deletions_are_not_kept,
    "deletion-not-told": deletions_are_not_told,
    "entry-committed-alone": the_entry_is_committed_alone,
    "cursor-ahead": the_cursor_runs_ahead,
    "withdrawal-ignored": withdrawals_are_ignored,
    "reply-not-placed": replies_are_never_placed_again,
    "local-told": local_threads_are_told,
    "version-replaced": old_versions_are_replaced,
}
