"""How far this site's own journals have ever come: a small file outside the database and its backups.

A database that was restored stands before it, and then the site knows that others may hold more of its journals than
itself (docs/design/federation.md, Epochs). It is written after each commit, without waiting for the disk: after a power
cut it may stand a little behind the database, which does no harm.
"""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path

FILE = "journals.reached"
LINE = 64  # bytes, padded: one place in the file for each journal, overwritten in one go

Reached = Mapping[str, tuple[int, int]]  # journal: epoch, n


class Marker:
    """The file of one commune."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

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


def _line(name: str, place: tuple[int, int]) -> bytes:
    epoch, n = place
    return f"{name} {epoch} {n}".encode().ljust(LINE - 1) + b"\n"


def _read(line: bytes) -> tuple[str, tuple[int, int]] | None:
    words = line.split()
    if len(words) != 3 or not (words[1].isdigit() and words[2].isdigit()):
        return None
    return words[0].decode(errors="replace"), (int(words[1]), int(words[2]))
