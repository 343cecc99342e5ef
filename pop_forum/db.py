"""The engine, the session and the only commit in the code.

Every entrance (a view, a task, a command) opens one `transaction()`; what only reads opens `reading()`.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import LRUCache

from pop_forum import page_versions
from pop_forum.errors import Conflict, InvalidInput, Unavailable
from pop_forum.write_gate import WriteGate

BUSY_TIMEOUT_MS = 30_000
HURRY_SECONDS = 0.25  # that a writer waits who can do without, or who comes after another waited in vain
SYNCHRONOUS = "FULL"  # NORMAL can take back a pushed entry after a power cut
SQLITE_CACHE_KIB = 1_024  # per connection: a host of fifty communes keeps some hundred connections
POOL_SIZE = 2  # kept open per commune and process; a writer and a reader
POOL_OVERFLOW = 14  # made and closed again under load

STATEMENTS_KEPT = 1_000  # compiled, some 30 kB each, for all communes of a process

WAKE = "wake"  # key in Session.info: the kinds of work this transaction owes
ERASED = "erased"  # key in Session.info: the ids of what this transaction erases of ours
REACHED = "reached"  # key in Session.info: our journals that this transaction extended, and where they now end

Reached = Mapping[str, tuple[int, int]]  # journal: epoch, n


class FilesOfSQLite(SQLiteDialect_pysqlite):
    """What all files of SQLite understand alike: a statement compiled for one commune serves every other."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


STATEMENTS: LRUCache[Any, Any] = LRUCache(STATEMENTS_KEPT)
registry.register("sqlite.pop_forum", __name__, FilesOfSQLite.__name__)
registry.register("postgresql.pop_forum", "pop_forum.postgresql", "DatabasesOfPostgreSQL")


def open_engine(url: str, patience: float | None = None) -> Engine:
    """An engine for `url`; on SQLite with WAL, synchronous=FULL and foreign keys (architecture.md, rule 3).

    `patience` is how many seconds a statement waits for other writers; None is as long as is usual.
    """
    pool: dict[str, Any] = {"poolclass": QueuePool, "pool_size": POOL_SIZE, "max_overflow": POOL_OVERFLOW}
    parts = make_url(url)
    alike = parts.set(drivername=f"{parts.get_backend_name()}+pop_forum")
    engine = create_engine(alike, execution_options={"compiled_cache": STATEMENTS}, **pool)
    if engine.dialect.name == "sqlite":
        event.listen(
            engine, "connect", partial(_prepare_sqlite, BUSY_TIMEOUT_MS if patience is None else _ms(patience))
        )
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
        if patience is not None:
            event.listen(engine, "connect", partial(_prepare_postgresql, _ms(patience)))
    page_versions.watch(engine)
    return engine


def _ms(seconds: float) -> int:
    return int(seconds * 1_000)


def _prepare_sqlite(busy_ms: int, connection: Any, record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own is deferred
    for pragma in (
        f"busy_timeout={busy_ms}",
        "journal_mode=WAL",
        f"synchronous={SYNCHRONOUS}",
        "foreign_keys=ON",
        f"cache_size=-{SQLITE_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    # On the driver itself: SQLAlchemy's way of running a text takes longer than SQLite does for all of a short page.
    driver: Any = connection.connection.driver_connection
    if not options.get("writes", True):
        driver.execute("BEGIN")
    elif "hurry_ms" not in options:
        driver.execute("BEGIN IMMEDIATE")
    else:
        (usual,) = driver.execute("PRAGMA busy_timeout").fetchone()
        try:
            driver.execute(f"PRAGMA busy_timeout={options['hurry_ms']}")
            driver.execute("BEGIN IMMEDIATE")
        finally:
            driver.execute(f"PRAGMA busy_timeout={usual}")


def _prepare_postgresql(lock_ms: int, connection: Any, record: object) -> None:
    connection.execute(f"SET lock_timeout = {lock_ms}")
    connection.commit()  # else the pool's first rollback would take it back


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get("writes", True):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class _Reader(Session):
    """A session that refuses to write; a listener added to each session would cost more than its statements."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, autoflush=False, expire_on_commit=False)
        self._connection = connection

    def connection(self, *asked: Any, **options: Any) -> Connection:
        """The one connection of this snapshot: finding it out anew takes longer than SQLite does for a short page."""
        return self._connection

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Nothing when there is nothing to write; RuntimeError otherwise."""
        if self.new or self.dirty or self.deleted:
            raise RuntimeError("reading() cannot write; open a transaction()")


class Database:
    """One commune's database: `transaction()` writes and commits, `reading()` is a read-only snapshot."""

    def __init__(
        self,
        engine: Engine,
        woken: Callable[[frozenset[str]], None] | None = None,
        pages_changed: Callable[[], None] | None = None,
        reached: Callable[[Reached], None] | None = None,
        erased: Callable[[Collection[str]], None] | None = None,
        patience: float | None = None,
    ) -> None:
        self.engine = engine
        self.woken = woken
        self.reached = reached
        self.erased = erased
        self.pages_changed = pages_changed
        self._patience = patience
        self._waited_in_vain = False
        self._writing = engine.execution_options(writes=True)
        self._hurrying = engine.execution_options(writes=True, hurry_ms=_ms(HURRY_SECONDS))
        self._reading = engine.execution_options(writes=False)
        path = make_url(str(engine.url)).database
        is_file = engine.dialect.name == "sqlite" and path not in (None, "", ":memory:")
        self._gate: Callable[[float | None], Any] = WriteGate(Path(f"{path}.lock")) if is_file else nullcontext

    @contextmanager
    def transaction(self, *, hurried: bool = False) -> Iterator[Session]:
        """One unit of work: committed when the block ends, rolled back when it raises; Unavailable before it begins,
        when others write for longer than this process waits. Who is `hurried` hardly waits at all.

        After the commit, and only then, the other processes are told that pages changed, and the queue which kinds of
        work the session owes (`wake`).
        """
        with self._writer(hurried) as session:
            with _translated_errors():
                yield session
                pages_changed = page_versions.raise_versions(session)
                gone = session.info.get(ERASED)
                if gone and self.erased is not None:
                    self.erased(gone)
                session.commit()
            ends = session.info.get(REACHED)
            if ends and self.reached is not None:
                self.reached(ends)
            if pages_changed and self.pages_changed is not None:
                self.pages_changed()
            owed = frozenset(session.info.get(WAKE, ()))
        if owed and self.woken is not None:
            self.woken(owed)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only snapshot; an attempt to write through it is a programming error."""
        with _translated_errors(), self._reading.connect() as connection, _Reader(connection) as session:
            yield session

    @contextmanager
    def _writer(self, hurried: bool) -> Iterator[Session]:
        """A session that writes, with nobody beside it. Raises Unavailable when that takes longer than we wait."""
        hurries = self._patience is not None and (hurried or self._waited_in_vain)
        with ExitStack() as held:
            try:
                held.enter_context(self._gate(HURRY_SECONDS if hurries else self._patience))
                engine = self._hurrying if hurries else self._writing
                session = held.enter_context(Session(engine, expire_on_commit=False))
                with _translated_errors():
                    session.connection()  # begins
            except Unavailable:
                self._waited_in_vain = self._waited_in_vain or not hurried
                raise
            self._waited_in_vain = False
            yield session

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _translated_errors() -> Iterator[None]:
    """What the database refuses, as an error of ours: a lost race is a conflict, trouble is worth another try."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(f"two writers made the same row: {error.orig}") from error
    except DataError as error:
        raise InvalidInput(f"the database cannot hold this value: {error.orig}") from error
    except (DatabaseError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        raise Unavailable(f"the database did not answer as it should: {cause}") from error


def wake(session: Session, kind: str) -> None:
    """Owe work of this kind: told to the queue after the commit of this session, once however often asked."""
    session.info.setdefault(WAKE, set()).add(kind)


def touched(session: Session, *subjects: str) -> None:
    """What visitors see of this session's writes are these subjects of page_versions.py, and no other."""
    session.info.setdefault(page_versions.TOUCHED, set()).update(subjects)


def serialise(session: Session, work: str) -> None:
    """One transaction at a time for this work: a lock until this one ends. SQLite has a single writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:work))"), {"work": work})


def is_alive(engine: Engine) -> bool:
    """True when the database answers."""
    with engine.connect() as connection:
        return bool(connection.execute(text("SELECT 1")).scalar())
