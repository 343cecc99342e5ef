"""Where a commune's index lies. Nothing here knows Whoosh: the worker looks at it often, and never loads it.

    index/current          names the generation in use
    index/2-k3v9…/         one generation: written beside the one in use, then named in `current` by one rename
    index/suspect          a search met something it could not read

The folder is disposable: everything in it can be made again from the database. A generation whose name begins with
another number was made by a version of pop_forum that cut words otherwise, and counts as missing.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pop_forum.adapters.clock import SystemClock, SystemEntropy

FOLDER = "index"
CURRENT = "current"
SUSPECT = "suspect"
VERSION = 3  # to be raised whenever words are cut or kept otherwise, or more is kept
LOCK = ".index.lock"  # in the host's data folder: one process writes indexes
LETTERS = 12
BELIEVED_SECONDS = 3600.0  # after it was made an index is not made again because a search found it damaged


def current(folder: Path) -> Path | None:
    """The generation in use, or None when there is none that this version can read."""
    try:
        name = (folder / CURRENT).read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    found = folder / name
    return found if name.startswith(f"{VERSION}-") and "/" not in name and found.is_dir() else None


def new_generation(folder: Path) -> Path:
    """An empty folder for a generation, not yet in use."""
    path = folder / f"{VERSION}-{SystemEntropy().token(LETTERS)}"
    path.mkdir(mode=0o700, parents=True)
    return path


def use(generation: Path) -> None:
    """Nothing; this generation is the one in use, after whatever crash, and the others are gone."""
    folder = generation.parent
    sync(generation)
    draft = folder / f".{CURRENT}"
    with draft.open("w", encoding="ascii") as file:
        file.write(generation.name + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / CURRENT)
    _sync_file(folder)
    (folder / SUSPECT).unlink(missing_ok=True)
    clear(folder)


def forget(folder: Path) -> None:
    """Nothing; the index counts as missing."""
    (folder / CURRENT).unlink(missing_ok=True)


def suspect(folder: Path) -> None:
    """Nothing; whoever writes indexes will make this one again, unless it is new."""
    if folder.is_dir():
        (folder / SUSPECT).touch()


def must_be_made(folder: Path) -> bool:
    """Whether the index is missing, of another version, or found damaged and not new."""
    generation = current(folder)
    if generation is None:
        return True
    age = SystemClock().now().timestamp() - generation.stat().st_ctime
    return (folder / SUSPECT).exists() and age > BELIEVED_SECONDS


def clear(folder: Path) -> None:
    """Nothing; what interrupted work left is gone. Only for who holds the host's lock."""
    kept = current(folder)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and path != kept:
            shutil.rmtree(path, ignore_errors=True)


def sync(generation: Path) -> None:
    """Nothing; the files of this generation outlast a power cut."""
    for path in generation.iterdir():
        if path.is_file():
            _sync_file(path)
    _sync_file(generation)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def written_alone(data: Path) -> Iterator[bool]:
    """Whether no other process of this host writes indexes; none will until the block ends. The kernel frees it."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
