"""How far this site's own journals ever came, and what it has erased: two files outside the database and its backups.

A database that was restored stands before it, and then the site knows that others may hold more of its journals than
itself (docs/design/federation.md, Epochs). It is written after each commit, without waiting for the disk: after a power
cut it may stand a little behind the database, which does no harm. What is erased is written just before the commit: if
that fails, the next start erases what was owed to be erased anyway.
"""

import fcntl
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

FILE = "journals.reached"
ERASED_FILE = "erasures.kept"  # ids, which say nothing of what was written under them
LINE = 64  # bytes, padded: one place in the file for each journal, overwritten in one go

Reached = Mapping[str, tuple[int, int]]  # journal: epoch, n


class Marker:
    """The file of one commune."""

    def __init__(self, folder: Path) -> None:
        self._path, self._erased = folder / FILE, folder / ERASED_FILE

    def read(self) -> dict[str, tuple[int, int]]:
        """What it tells; nothing for a journal whose line is missing or cannot be read."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        lines = (data[start : start + LINE] for start in range(0, len(data), LINE))
        return dict(found for found in map(_read, lines) if found is not None)

    def raise_to(self, reached: Reached) -> None:
        """Nothing; the file tells these places, unless it told later ones."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            known = self.read()
            merged = {**known, **{name: max(known.get(name, place), place) for name, place in reached.items()}}
            os.pwrite(handle, b"".join(_line(name, place) for name, place in sorted(merged.items())), 0)
        finally:
            os.close(handle)

    def erased(self) -> list[str]:
        """The ids of the messages that were erased here and of the people who left, in the order in which they were."""
        try:
            lines = self._erased.read_text("utf-8").split("\n")
        except FileNotFoundError:
            return []
        return [line for line in lines if line]

    def keep_erased(self, ids: Iterable[str]) -> None:
        """Nothing; the file tells these ids as well. A line that was cut short by a power cut stays alone."""
        handle = os.open(self._erased, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, "".join(f"\n{one}\n" for one in ids).encode())
        finally:
            os.close(handle)


def _line(name: str, place: tuple[int, int]) -> bytes:
    epoch, n = place
    return f"{name} {epoch} {n}".encode().ljust(LINE - 1) + b"\n"


def _read(line: bytes) -> tuple[str, tuple[int, int]] | None:
    words = line.split()
    if len(words) != 3 or not (words[1].isdigit() and words[2].isdigit()):
        return None
    return words[0].decode(errors="replace"), (int(words[1]), int(words[2]))
