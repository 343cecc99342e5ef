"""A word that all processes of a commune share: it differs after each change of what visitors' pages show."""

import mmap
import os
from pathlib import Path

from pop_forum.adapters.clock import SystemEntropy

FILE = "pages.signal"
BYTES = 8


class PageSignal:
    """Eight bytes of a file, mapped: reading them costs less than a call, and every process sees them at once.

    The word is drawn anew at each change, not counted up: two processes that change it at the same time cannot bring it
    back to a value that somebody remembers. It only hastens what the rows of page_versions.py say.
    """

    def __init__(self, folder: Path) -> None:
        handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(handle).st_size < BYTES:
                os.posix_fallocate(handle, 0, BYTES)  # a hole would end the process when it is filled on a full disk
            self._map = mmap.mmap(handle, BYTES)
        finally:
            os.close(handle)
        self._word = memoryview(self._map).cast("Q")
        self._entropy = SystemEntropy()

    def read(self) -> int:
        """The word as it is now."""
        return self._word[0]

    def change(self) -> None:
        """Nothing; every process reads another word from now on."""
        self._word[0] = int.from_bytes(self._entropy.bytes(BYTES), "little")

    def close(self) -> None:
        """Nothing, with the file no longer mapped."""
        self._word.release()
        self._map.close()
