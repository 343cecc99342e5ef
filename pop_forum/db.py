"""The engine, the session and the only commit in the code.

Every entrance (a view, a task, a command) opens one `transaction()`; what only reads opens `reading()`.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
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

BUSY_TIMEOUT_MS = 30_000
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


def open_engine(url: str) -> Engine:
    """An engine for `url`; on SQLite with WAL, synchronous=FULL and foreign keys (architecture.md, rule 3)."""
    pool: dict[str, Any] = {"poolclass": QueuePool, "pool_size": POOL_SIZE, "max_overflow": POOL_OVERFLOW}
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        alike = parts.set(drivername="sqlite+pop_forum")
        engine = create_engine(alike, execution_options={"compiled_cache": STATEMENTS}, **pool)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(parts, **pool)
        event.listen(engine, "begin", _begin_postgresql)
    page_versions.watch(engine)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own is deferred
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={SYNCHRONOUS}",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"cache_size=-{SQLITE_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", True)
    # On the driver itself: SQLAlchemy's way of running a text takes longer than SQLite does for all of a short page.
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get("writes", True):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class WriteGate:
    """Lets one writer at a time into a SQLite file, first come first served, across threads and processes.

    SQLite's own busy handler polls with growing pauses, so that one of many writers can wait for seconds;
    a lock on a file beside the database is handed on by the kernel at once and is freed when a process dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._threads, self._path.open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


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
    ) -> None:
        self.engine = engine
        self.woken = woken
        self.reached = reached
        self.erased = erased
        self.pages_changed = pages_changed
        self._writing = engine.execution_options(writes=True)
        self._reading = engine.execution_options(writes=False)
        path = make_url(str(engine.url)).database
        is_file = engine.dialect.name == "sqlite" and path not in (None, "", ":memory:")
        self._gate: Callable[[], Any] = WriteGate(Path(f"{path}.lock")) if is_file else nullcontext

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work: committed when the block ends, rolled back when it raises.

        After the commit, and only then, the other processes are told that pages changed, and the queue which kinds of
        work the session owes (`wake`).
        """
        with self._gate(), Session(self._writing, expire_on_commit=False) as session:
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
