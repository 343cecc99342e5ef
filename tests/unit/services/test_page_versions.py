"""Which pages a transaction may have changed, as its statements and its use case say."""

import pytest

from pop_forum import page_versions
from pop_forum.models import Base
from pop_forum.page_versions import ALL, ANY, HIDDEN_COLUMNS, HIDDEN_TABLES, changed, table_shown


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("INSERT INTO posts (uri) VALUES (?)", "posts"),
        ('UPDATE "threads" SET title=? WHERE threads.id = ?', "threads"),
        ("DELETE FROM supports WHERE supports.id = ?", "supports"),
        ("SELECT 1", None),
        ("PRAGMA journal_mode=WAL", None),
        ("INSERT INTO attempts (kind) VALUES (?)", None),
        ("DELETE FROM sign_ins WHERE expires_at <= ?", None),
        ("UPDATE peers SET sync_due_at=?, synced_at=? WHERE peers.id = ?", None),
        ("UPDATE peers SET sync_due_at=?, state=? WHERE peers.id = ?", "peers"),
        ("UPDATE people SET shared=?, epoch=?, n=? WHERE people.id = ?", None),
        ("UPDATE people SET name=? WHERE people.id = ?", "people"),
        ("INSERT INTO peers (host) VALUES (?)", "peers"),
        ("WITH old AS (SELECT 1) DELETE FROM posts", "with"),
        ("REPLACE INTO posts VALUES (1)", "replace"),
    ],
)
def test_a_statement_tells_which_table_a_page_may_show_it_in(statement: str, table: str | None) -> None:
    assert table_shown(statement) == table


def test_what_is_not_said_changes_every_page() -> None:
    assert changed({"posts"}, ()) == {ANY, ALL}


def test_what_no_page_shows_changes_none() -> None:
    assert changed((), ()) == frozenset()


def test_a_thread_that_was_touched_leaves_other_threads_as_they_are() -> None:
    assert changed({"posts", "threads"}, {page_versions.thread("k1")}) == {ANY, "thread:k1"}


def test_who_wrote_more_than_was_said_changes_every_page() -> None:
    assert changed({"posts", "people"}, {page_versions.thread("k1")}) == {ANY, ALL}


def test_what_is_hidden_exists() -> None:
    """A table that was renamed would count as shown, and its every write would end every page."""
    tables = Base.metadata.tables
    assert set(tables) >= HIDDEN_TABLES
    for table, columns in HIDDEN_COLUMNS.items():
        assert set(tables[table].columns.keys()) >= columns
