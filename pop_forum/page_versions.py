"""Which pages a transaction may have changed: numbers in rows, raised in the same transaction.

Every write that a visitor's page could show raises `any`. Pages depend on `any`, but a page of one thread depends on
`all` and on its thread: a use case that touched one thread only says so (`Site.touched`), and raises `any` and that
thread; whatever was not said raises `any` and `all`. What no page shows to visitors raises nothing.

Which tables were written is seen from the statements themselves, so that a use case which says nothing, or too little,
costs speed and never truth.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.orm import Session

from pop_forum.models import PageVersion

ANY, ALL = "any", "all"
TOUCHED = "touched"  # key in Session.info: the subjects that the use case said it touched
WRITTEN = "written"  # key in Connection.info: the tables of this transaction that a page may show

# What no page shows to visitors: whole tables, then columns of tables that they do show.
HIDDEN_TABLES = frozenset(
    (
        "accounts",
        "alarms",
        "attempts",
        "beats",
        "challenges",
        "codes",
        "consents",
        "deliveries",
        "draft_saves",
        "drafts",
        "entries",
        "envelopes",
        "epochs",
        "follows",
        "former_pictures",
        "index_changes",
        "improvement_authors",
        "improvement_backers",
        "journals",
        "links",
        "mails",
        "measure_follows",
        "members",
        "mirrors",
        "notices",
        "page_versions",
        "passkeys",
        "picture_requests",
        "positions",
        "readings",
        "registrations",
        "reports",
        "retired_names",
        "sign_ins",
        "state_comparisons",
        "state_differences",
        "state_digests",
        "state_repairs",
        "version_notices",
    )
)
HIDDEN_COLUMNS: Mapping[str, frozenset[str]] = MappingProxyType({
    "peers": frozenset(
        ("contact_due_at", "contact_failures", "error", "error_at", "sync_due_at", "sync_failures",
         "sync_claimed_until", "synced_at", "paused_at", "test_id", "test_sent_at", "test_reached_at", "test_back_at")
    ),
    "people": frozenset(("shared", "epoch", "n")),
    "pictures": frozenset(("kept_at", "looked_at")),
    "posts": frozenset(("submission",)),
})  # fmt: skip

# The tables that a word like `thread:…` answers for: who wrote another one has touched more than that.
COVERED: Mapping[str, frozenset[str]] = MappingProxyType({
    "thread": frozenset(
        (
            *("deletions", "mentions", "pictures", "poll_ballots", "polls", "post_pictures", "post_versions", "posts"),
            *("supports", "threads"),
        )
    ),
})  # fmt: skip

_HARMLESS = ("SELECT", "PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT", "SET")


def thread(key: str) -> str:
    """The subject of one discussion's page."""
    return f"thread:{key}"


def watch(engine: Engine) -> None:
    """Nothing; from now on each transaction of this engine remembers which shown tables it wrote."""
    event.listen(engine, "begin", _forget)
    event.listen(engine, "before_cursor_execute", _remember)


def raise_versions(session: Session) -> bool:
    """Whether visitors' pages may have changed; then the versions are raised, as the last statement of the session."""
    if not session.in_transaction():
        return False
    session.flush()
    connection = session.connection()
    subjects = changed(connection.info.get(WRITTEN, ()), session.info.get(TOUCHED, ()))
    if not subjects:
        return False
    ordered = sorted(subjects)  # all transactions lock the rows in one order
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    rows = ", ".join(f"({mark}, 1)" for _ in ordered)
    connection.exec_driver_sql(
        f"INSERT INTO page_versions (subject, version) VALUES {rows} "
        "ON CONFLICT (subject) DO UPDATE SET version = page_versions.version + 1",
        tuple(ordered),
    )
    return True


def changed(written: Collection[str], said: Collection[str]) -> frozenset[str]:
    """The subjects to raise after a transaction that wrote these shown tables and said that it touched these."""
    covered = frozenset().union(*(COVERED[subject.partition(":")[0]] for subject in said))
    if not covered.issuperset(written):
        return frozenset((ANY, ALL))
    return frozenset((ANY, *said)) if said else frozenset()


def read(session: Session, subjects: Sequence[str]) -> tuple[int, ...]:
    """The versions of these subjects, 0 for one that was never touched."""
    query = select(PageVersion.subject, PageVersion.version).where(PageVersion.subject.in_(subjects))
    found = dict(session.connection().execute(query).all())
    return tuple(found.get(subject, 0) for subject in subjects)


def table_shown(statement: str) -> str | None:
    """The table that this statement writes, when a visitor's page may show what it wrote."""
    verb, _, rest = statement.lstrip().partition(" ")
    verb = verb.upper()
    if verb.startswith(_HARMLESS):
        return None
    words = rest.split(None, 2)
    if verb == "UPDATE" and words:
        table = words[0].strip('"')
        return None if table in HIDDEN_TABLES or _is_hidden(table, rest) else table
    if verb in ("INSERT", "DELETE") and len(words) > 1:
        table = words[1].strip('"')
        return None if table in HIDDEN_TABLES else table
    return verb.lower()  # not understood: as if a page showed it


def _is_hidden(table: str, rest: str) -> bool:
    """Whether an UPDATE sets only columns that no page shows."""
    hidden = HIDDEN_COLUMNS.get(table)
    if hidden is None:
        return False
    assignments = rest.partition(" SET ")[2].partition(" WHERE ")[0]
    names = {part.partition("=")[0].strip() for part in assignments.split(",")}
    return names <= hidden


def _forget(connection: Connection) -> None:
    connection.info.pop(WRITTEN, None)


def _remember(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> None:
    if statement.startswith("SELECT"):
        return
    table = table_shown(statement)
    if table is not None:
        connection.info.setdefault(WRITTEN, set()).add(table)
