"""Reading a commune's index (Whoosh): questions to references, and words spelt otherwise.

Nothing typed by a person reaches Whoosh's own query parser: the question is built here from what domain/search_words.py
understood, so that it has a known size. The index only proposes; what may be shown is decided by the database.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from whoosh import index

from pop_forum.adapters import french, index_fields, index_folder
from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.index_matching import TEXT, Budget, Question, Words, answers
from pop_forum.adapters.index_segment import Segment
from pop_forum.domain import spelling
from pop_forum.domain.search_words import Sort, Wanted, fold
from pop_forum.domain.searching import Lookup, Matches, day_number

FIND_SECONDS = 0.4  # after which a search answers with what it has found so far …
ENTRIES = 4_000_000  # … as after so many entries read: about as long on the machine of docs/guides/mesures.md
MAX_EXPANSIONS = 15  # words that one beginning stands for: the most frequent …
SCANNED_EXPANSIONS = 100  # … of so many
SPELLING_SECONDS = 0.2  # in which other spellings are looked for, for all words of a question …
COMPARED = 60_000  # … and known words that are compared with those
COMPARED_AT_ONCE = 256  # between two looks at the clock
OPENINGS = 5  # times an index is opened that a batch changes meanwhile
_ACCENTED = {"a": "aàâä", "c": "cç", "e": "eéèêë", "i": "iîï", "o": "oôöœ", "u": "uùûü"}
_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class Opened:
    """A generation as it is read: its segments at one moment, of which the next moment keeps what is still there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.segments: list[Segment] = []
        self._index: Any = index_fields.opened(path)
        self._known: dict[str, Segment] = {}
        self._moment = -1

    def refresh(self) -> None:
        """Nothing; the segments are those of this moment."""
        moment = self._index.latest_generation()
        for left in reversed(range(OPENINGS)):
            if moment == self._moment:
                return
            try:
                self._read(moment)
            except FileNotFoundError:  # a batch took away what was to be read
                if not left:
                    raise
                moment = self._index.latest_generation()

    def close(self) -> None:
        """Nothing, with its files closed."""
        for segment in self._known.values():
            segment.close()
        self._known, self.segments = {}, []

    def _read(self, moment: int) -> None:
        table = index.TOC.read(self._index.storage, self._index.indexname, moment)
        there: dict[str, Segment] = {}
        for segment in table.segments:
            name = segment.segment_id()
            known = self._known.get(name) or Segment(self._index.storage, table.schema, segment)
            known.deleted = frozenset(segment.deleted_docs())
            there[name] = self._known[name] = known
        for name in self._known.keys() - there:
            self._known.pop(name).close()
        self.segments, self._moment = list(there.values()), moment


class CommuneIndex:
    """The index of one commune, as one process reads it: opened at the first question, again when it has changed."""

    def __init__(self, data: Path, clock: SystemClock | None = None) -> None:
        self._folder = data / index_folder.FOLDER
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._opened: Opened | None = None

    def find(self, lookup: Lookup) -> Matches | None:
        """What is found, the best first; None when the index is missing or broken."""
        return self._ask(lambda segments: self._matches(segments, lookup))

    def spellings(self, words: Iterable[str]) -> dict[str, str]:
        """For each of these words that the index does not know the nearest one that it knows, if there is any."""
        return self._ask(lambda segments: self._nearest(segments, words)) or {}

    def roots(self, word: str) -> tuple[str, ...]:
        """What a word is compared by."""
        return french.roots(word)

    def timer(self, seconds: float) -> Callable[[], bool]:
        """What says whether so many seconds are over."""
        end = self._clock.monotonic() + seconds
        return lambda: self._clock.monotonic() > end

    def documents(self) -> int | None:
        """How many documents it holds; None when the index is missing or broken."""
        return self._ask(lambda segments: sum(segment.documents for segment in segments))

    def close(self) -> None:
        """Nothing, with its files closed."""
        with self._lock:
            self._forget()

    def _ask(self, question: Callable[[Sequence[Segment]], Answer]) -> Answer | None:
        """What the index of this moment answers; None when it is missing or broken."""
        with self._lock:
            try:
                opened = self._fresh()
                return question(opened.segments) if opened is not None else None
            except index_fields.DAMAGE as error:
                self._give_up(error)
                return None

    def _fresh(self) -> Opened | None:
        generation = index_folder.current(self._folder)
        if self._opened is not None and self._opened.path != generation:
            self._forget()
        if self._opened is None and generation is not None:
            self._opened = Opened(generation)
        if self._opened is not None:
            self._opened.refresh()
        return self._opened

    def _forget(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._opened = None

    def _give_up(self, error: BaseException) -> None:
        """Nothing; whoever writes indexes is told, and the next question opens the files again."""
        _log.warning("index %s is damaged: %r", self._opened.path if self._opened else self._folder, error)
        self._opened = None
        index_folder.suspect(self._folder)

    def _matches(self, segments: Sequence[Segment], lookup: Lookup) -> Matches:
        budget = Budget(ENTRIES, self.timer(FIND_SECONDS))
        found, whole = answers(segments, _question(segments, lookup), lookup.count, budget)
        return Matches(tuple(segments[place].reference(number) for _, place, number in found), whole)

    def _nearest(self, segments: Sequence[Segment], words: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        left, end = COMPARED, self._clock.monotonic() + SPELLING_SECONDS
        for word in words:
            if any(segment.term(TEXT, root) for root in french.roots(word) for segment in segments):
                continue
            best: tuple[int, int, str] | None = None
            for candidate, far in _near(islice(_beginning_like(segments, fold(word)), left), word):
                left -= 1
                if far is not None:
                    this = (far, -_frequency(segments, TEXT, french.roots(candidate)[0]), candidate)
                    best = this if best is None else min(best, this)
                if left % COMPARED_AT_ONCE == 0 and self._clock.monotonic() > end:
                    left = 0
                    break
            if best is not None:
                found[word] = best[2]
        return found


def _near(candidates: Iterable[str], word: str) -> Iterator[tuple[str, int | None]]:
    """Each candidate with how far it is from the word; None when that is too far."""
    folded, most = fold(word), spelling.tolerance(word)
    letters = frozenset(folded)
    for candidate in candidates:
        other = fold(candidate)
        far = (
            most + 1 if len(letters.symmetric_difference(other)) > 2 * most else spelling.distance(folded, other, most)
        )
        yield candidate, far if far <= most else None


def _question(segments: Sequence[Segment], lookup: Lookup) -> Question:
    """The question as the index has it: roots, and values of which a document must have one."""
    chosen = {"kind": lookup.kind, "theme": lookup.theme, "measure": lookup.measure}
    values = [(name, frozenset([str(value)])) for name, value in chosen.items() if value is not None]
    hosts = frozenset(host for segment in segments for host in segment.names("host"))
    asked = frozenset(lookup.shown if lookup.hosts is None else lookup.hosts) & frozenset(lookup.shown)
    if not hosts <= asked:
        values.append(("host", hosts & asked))
    return Question(
        wanted=tuple(_words(segments, one) for one in lookup.asked.wanted),
        excluded=tuple(_words(segments, one) for one in lookup.asked.excluded),
        values=tuple(values),
        since=day_number(lookup.since) if lookup.since else 0,
    )


def _words(segments: Sequence[Segment], wanted: Wanted) -> Words:
    if wanted.sort is Sort.PHRASE:
        return Words(tuple((french.roots(word)[0],) for word in wanted.words))
    roots = list(french.roots(wanted.words[0]))
    if wanted.sort is Sort.PREFIX:
        roots += _expanded(segments, fold(wanted.words[0]))
    return Words((tuple(dict.fromkeys(roots)),))


def _frequency(segments: Sequence[Segment], field: str, word: str) -> int:
    return sum(segment.frequency(field, word) for segment in segments)


def _expanded(segments: Sequence[Segment], prefix: str) -> list[str]:
    """The most frequent roots that begin so."""
    scanned = {root for segment in segments for root in islice(segment.beginning(TEXT, prefix), SCANNED_EXPANSIONS)}
    found = sorted(scanned)[:SCANNED_EXPANSIONS]
    if len(found) > MAX_EXPANSIONS:
        found.sort(key=lambda root: -_frequency(segments, TEXT, root))
    return found[:MAX_EXPANSIONS]


def _beginning_like(segments: Sequence[Segment], folded: str) -> Iterator[str]:
    """The words of the index with this first letter, with or without an accent, and about this length."""
    seen: set[str] = set()
    for segment in segments:
        for letter in _ACCENTED.get(folded[0], folded[0]):
            for name in segment.beginning("spelling", letter):
                if abs(len(name) - len(folded)) <= spelling.MOST + 1 and name not in seen:  # œ is two letters
                    seen.add(name)
                    yield name
