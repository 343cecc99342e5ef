"""The PDFs of a commune, by the digest of what they say, and the jobs of those that are asked for and not made yet.

A folder that may be thrown away: a document is made again when somebody asks. A job holds all the words of its
document, so whoever makes it needs nothing else.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pop_forum.adapters.clock import SystemClock
from pop_forum.errors import Unavailable

FOLDER = "papier"
PAPER = "paper"  # kind of work
MOST_WAITING = 200  # documents; a commune has three formats of each measure, of its programme and of each edition
MOST_KEPT = 400  # documents; the one that was asked for the longest ago goes first
AGAIN_SECONDS = 600  # after these a document that could not be made is tried once more
FULL = (
    "Beaucoup de documents se préparent déjà. Réessayez dans quelques minutes, "
    "ou imprimez la page depuis le navigateur."
)


class PaperShelf:
    """The folder `papier` of a commune's data."""

    def __init__(self, data: Path, clock: SystemClock | None = None) -> None:
        self._folder = data / FOLDER
        self._clock = clock or SystemClock()

    def find(self, digest: str) -> bytes | None:
        """The PDF with this digest, or None when it is not made."""
        path = self._pdf(digest)
        try:
            found = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            return None
        return found

    def has_failed(self, digest: str) -> bool:
        """Whether this document could not be made when it was last tried, a short while ago."""
        failed = self._folder / f"{digest}.failed"
        return failed.exists() and self._clock.now().timestamp() - _age(failed) < AGAIN_SECONDS

    def want(self, digest: str, job: bytes) -> bool:
        """Whether this document is now asked for, and was not before. Raises Unavailable when too many wait."""
        path = self._folder / f"{digest}.json"
        if path.exists() or self.has_failed(digest):
            return False
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if len(self.waiting()) >= MOST_WAITING:
            raise Unavailable(f"{MOST_WAITING} documents wait", FULL)
        self._write(path, job)
        return True

    def waiting(self) -> list[str]:
        """The digests that are asked for, in the order of asking."""
        jobs = sorted(self._folder.glob("*.json"), key=_age) if self._folder.is_dir() else []
        return [job.stem for job in jobs]

    def make(self, digest: str, typeset: Callable[[Path, Path], None]) -> None:
        """Nothing; the document is made with `typeset(job, pdf)`. What that raises is raised, and noted here."""
        job, pdf = self._folder / f"{digest}.json", self._pdf(digest)
        making = pdf.with_suffix(".making")
        try:
            typeset(job, making)
            making.rename(pdf)
        except Unavailable:
            (self._folder / f"{digest}.failed").touch()
            raise
        finally:
            job.unlink(missing_ok=True)
            making.unlink(missing_ok=True)
        (self._folder / f"{digest}.failed").unlink(missing_ok=True)
        self._make_room()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else makes documents of this commune, until the block ends."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _pdf(self, digest: str) -> Path:
        return self._folder / f"{digest}.pdf"

    def _write(self, path: Path, content: bytes) -> None:
        """The file appears whole, or not at all."""
        descriptor, name = tempfile.mkstemp(dir=self._folder, suffix=".new")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).rename(path)

    def _make_room(self) -> None:
        for path in sorted(self._folder.glob("*.pdf"), key=_age, reverse=True)[MOST_KEPT:]:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


def _age(path: Path) -> float:
    """When the file was last touched; 0 when it is gone meanwhile."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
