"""Starts the process that writes indexes: one per host, only while there is something to write.

Whoosh and what it sorts take memory that the worker would never give back; a process that ends does.
"""

import logging
import subprocess
import sys
import threading

COMMAND = (sys.executable, "-m", "pop_forum", "index", "run")
_log = logging.getLogger(__name__)


class Indexer:
    """The writing process of this host, as the worker sees it."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Whether a process was started; False while ours is still at work.

        Another process of this host may be writing: the one started here then ends at once. Both belong to the
        worker's session, so that they end with it.
        """
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return False
            try:
                self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
            except OSError as error:
                _log.warning("the index is not written: %s", error)
                return False
            threading.Thread(target=self._process.wait, daemon=True).start()  # no dead process stays in the table
            return True
