"""One writer at a time into a SQLite file, and no longer a wait than one can afford (decisions 0002 and 0033).

SQLite's own busy handler polls with growing pauses, so that one of many writers can wait for seconds;
a lock on a file beside the database is handed on by the kernel at once and is freed when a process dies.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pop_forum.errors import Unavailable


class WriteGate:
    """Lets writers in, first come first served, across threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._claim: _Claim | None = None

    @contextmanager
    def __call__(self, patience: float | None) -> Iterator[None]:
        """Nothing, while nobody else writes. Raises Unavailable after so many seconds; None waits for ever."""
        if not self._threads.acquire(timeout=-1 if patience is None else patience):
            raise Unavailable("another thread has been writing for too long")
        try:
            with self._locked(patience):
                yield
        finally:
            self._threads.release()

    def _locked(self, patience: float | None) -> TextIO:
        handle = _opened(self._path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if patience is None else fcntl.LOCK_NB))
        except BlockingIOError:
            handle.close()
            return self._waited_for(patience)
        return handle

    def _waited_for(self, patience: float | None) -> TextIO:
        if self._claim is None or not self._claim.renew():
            self._claim = _Claim(self._path)
        if not self._claim.wait(patience):
            raise Unavailable("another process has been writing for too long")
        handle, self._claim = self._claim.handle, None
        return handle


def _opened(path: Path) -> TextIO:
    """The file of the lock. Raises Unavailable: a folder in which it cannot be made takes no database either."""
    try:
        return path.open("a")
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error


class _Claim:
    """A place in the kernel's queue for the lock, kept by a thread: a wait of the kernel's cannot be cut short.

    Polling instead would lose against those who queue. Who gives up leaves the claim to the next one, so there is one
    thread per file at most; a lock that comes when nobody wants it any more is given back at once.
    """

    def __init__(self, path: Path) -> None:
        self.handle = _opened(path)
        self._changed = threading.Condition()
        self._wanted, self._held = True, False
        threading.Thread(target=self._take, name="write gate", daemon=True).start()

    def renew(self) -> bool:
        """Whether it can be waited for once more."""
        with self._changed:
            self._wanted = not self.handle.closed
            return self._wanted

    def wait(self, patience: float | None) -> bool:
        """Whether the lock came in time."""
        with self._changed:
            self._wanted = self._changed.wait_for(lambda: self._held, patience)
            return self._wanted

    def _take(self) -> None:
        fcntl.flock(self.handle, fcntl.LOCK_EX)
        with self._changed:
            if self._wanted:
                self._held = True
                self._changed.notify_all()
            else:
                self.handle.close()
