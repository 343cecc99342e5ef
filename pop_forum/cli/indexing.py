"""Writing the indexes of a host's communes, in turn: changes as they come, and whole indexes beside the old ones."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pop_forum.adapters import index_folder, index_writing
from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.index_writing import Batch, IndexDamaged, Rebuilding
from pop_forum.commune import Commune
from pop_forum.services import indexing

PAUSE_SECONDS = 1.0  # between two looks at every commune
LINGER_SECONDS = 15.0  # without anything to do, then the process ends
TIDY_SECONDS = 5.0  # without anything to do, then segments are merged
BATCH = 2_000  # changes of one commit; the more are owed, the larger the batch
PAGE = 500  # messages read at once for a whole index
SETTLED_AT_ONCE = 4_000  # rows of one transaction
GENTLE = 5  # how much the web goes first
WANTED = ".index.wanted"  # in the host's data folder: somebody else asks for the lock

Progress = tuple[int, int]


class Turns:
    """The communes of a host, each with what its index still has to be told."""

    def __init__(self, communes: Sequence[Commune]) -> None:
        self._communes = communes
        self._making: dict[str, Iterator[Progress]] = {}

    def take(self) -> bool:
        """Whether any commune had something to do; each did a part of it."""
        return sum(self._turn(commune) for commune in self._communes) > 0

    def tidy(self) -> None:
        """Nothing; segments were merged where there were many."""
        for commune in self._communes:
            _tidy(commune, index_writing.TIDY_DOCUMENTS)

    def _turn(self, commune: Commune) -> bool:
        slug = commune.settings.slug
        if slug not in self._making and index_folder.must_be_made(folder_of(commune)):
            self._making[slug] = made_anew(commune)
        if slug not in self._making:
            return update(commune)
        if next(self._making[slug], None) is None:
            del self._making[slug]
        return True


def run(communes: Sequence[Commune], data: Path) -> None:
    """Nothing; ends when nothing has been owed for a while, when the worker has ended, or when the lock is wanted."""
    with index_folder.written_alone(data) as alone:
        if not alone:
            return
        (data / WANTED).unlink(missing_ok=True)
        os.nice(GENTLE)
        for commune in communes:
            index_folder.clear(folder_of(commune))
        _take_turns(Turns(communes), data)


def _take_turns(turns: Turns, data: Path) -> None:
    clock, parent = SystemClock(), os.getppid()
    busy, tidied = clock.monotonic(), False
    while os.getppid() == parent and not (data / WANTED).exists():
        start = clock.monotonic()
        if turns.take():
            busy, tidied = clock.monotonic(), False
        quiet = clock.monotonic() - busy
        if quiet > LINGER_SECONDS:
            return
        if quiet > TIDY_SECONDS and not tidied:
            turns.tidy()
            tidied = True
        clock.sleep(max(0.0, PAUSE_SECONDS - (clock.monotonic() - start)))


def update(commune: Commune) -> bool:
    """Whether there was something to tell the index; a part of it is told."""
    with commune.reading() as site:
        owed = indexing.owed(site, BATCH)
        told = indexing.told(site, owed.subjects)
    if not owed.rows:
        return False
    try:
        index_writing.put(commune.settings.data, Batch(told.documents, told.authors, told.gone))
    except IndexDamaged:
        index_folder.forget(folder_of(commune))
        return True
    with commune.transaction() as site:
        indexing.settle(site, owed.rows)
    _tidy(commune, index_writing.QUICK_DOCUMENTS)
    return True


def _tidy(commune: Commune, most: int) -> None:
    try:
        index_writing.tidy(commune.settings.data, most)
    except IndexDamaged:
        index_folder.forget(folder_of(commune))


def made_anew(commune: Commune) -> Iterator[Progress]:
    """How far a new index is, after each page; with the last one it is in use. Searches go on in the old one."""
    with commune.reading() as site:
        known, total = indexing.all_owed(site), indexing.count_posts(site)
        others = indexing.measures_and_people(site)
    fresh = Rebuilding(commune.settings.data)
    fresh.add(others)
    done, last = 0, 0
    while True:
        with commune.reading() as site:
            documents, number = indexing.posts_after(site, last, PAGE)
        if number is None:
            break
        fresh.add(documents)
        done, last = done + len(documents), number
        yield done, max(done, total)
    fresh.finish()
    for start in range(0, len(known), SETTLED_AT_ONCE):
        with commune.transaction() as site:
            indexing.settle(site, known[start : start + SETTLED_AT_ONCE])
    yield done, done


def folder_of(commune: Commune) -> Path:
    """Where the index of a commune lies."""
    return commune.settings.data / index_folder.FOLDER
