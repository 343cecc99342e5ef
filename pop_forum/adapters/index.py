"""Reading a commune's index (Whoosh): questions to references, and words spelt otherwise.

Nothing typed by a person reaches Whoosh's own query parser: the tree is built here from what domain/search_words.py
understood, so that it has a known size. The index only proposes; what may be shown is decided by the database.
"""

import logging
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from whoosh import collectors, index, query, searching

from pop_forum.adapters import french, index_fields, index_folder
from pop_forum.adapters.clock import SystemClock
from pop_forum.domain import spelling
from pop_forum.domain.search_words import Sort, Wanted, fold
from pop_forum.domain.searching import Lookup, Matches, day_number

FIND_SECONDS = 0.4  # after which a search answers with what it has found so far
LOOK_EVERY = 32  # documents between two looks at the clock
MAX_EXPANSIONS = 15  # words that one beginning stands for: the most frequent …
SCANNED_EXPANSIONS = 100  # … of so many
SPELLING_SECONDS = 0.15
SPELLINGS = 5
_ACCENTED = {"a": "aàâä", "c": "cç", "e": "eéèêë", "i": "iîï", "o": "oôöœ", "u": "uùûü"}
_log = logging.getLogger(__name__)


class CommuneIndex:
    """The index of one commune, as one process reads it: opened at the first question, again when it has changed."""

    def __init__(self, data: Path, clock: SystemClock | None = None) -> None:
        self._folder = data / index_folder.FOLDER
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._generation: Path | None = None
        self._searcher: Any = None

    def find(self, lookup: Lookup) -> Matches | None:
        """What is found, the best first; None when the index is missing or broken."""
        with self._lock:
            try:
                searcher = self._fresh()
                return self._collect(searcher, lookup) if searcher is not None else None
            except index_fields.DAMAGE as error:
                self._give_up(error)
                return None

    def spellings(self, word: str) -> list[str]:
        """Words of the index that are nearly this one, the nearest first; none when this one is in it."""
        with self._lock:
            try:
                searcher = self._fresh()
                return self._near(searcher.reader(), word) if searcher is not None else []
            except index_fields.DAMAGE as error:
                self._give_up(error)
                return []

    def roots(self, word: str) -> tuple[str, ...]:
        """What a word is compared by."""
        return french.roots(word)

    def documents(self) -> int | None:
        """How many documents it holds; None when the index is missing or broken."""
        with self._lock:
            try:
                searcher = self._fresh()
                return None if searcher is None else int(searcher.reader().doc_count())
            except index_fields.DAMAGE as error:
                self._give_up(error)
                return None

    def close(self) -> None:
        """Nothing, with its files closed."""
        with self._lock:
            self._forget()

    def _fresh(self) -> Any:
        generation = index_folder.current(self._folder)
        if generation != self._generation:
            self._forget()
            if generation is not None:
                self._searcher = index.open_dir(str(generation)).searcher()
                self._generation = generation
        elif self._searcher is not None:
            self._searcher = self._searcher.refresh()
        return self._searcher

    def _forget(self) -> None:
        if self._searcher is not None:
            self._searcher.close()
        self._searcher = self._generation = None

    def _give_up(self, error: BaseException) -> None:
        """Nothing; whoever writes indexes is told, and the next question opens the files again."""
        _log.warning("index %s is damaged: %r", self._generation or self._folder, error)
        self._searcher = self._generation = None
        index_folder.suspect(self._folder)

    def _collect(self, searcher: Any, lookup: Lookup) -> Matches:
        since = day_number(lookup.since) if lookup.since else 0
        collector = _Timed(searcher.collector(lookup.count), self._clock, since)
        tree = self._tree(searcher.reader(), lookup)
        try:
            searcher.search_with_collector(tree, collector)
            whole = True
        except collectors.TimeLimit:
            whole = False
        results: searching.Results = collector.results()
        refs = tuple(results.fields(number)["ref"] for number in range(results.scored_length()))
        return Matches(refs, whole)

    def _tree(self, reader: Any, lookup: Lookup) -> query.Query:
        """The question as Whoosh has it: words that score, required and forbidden terms that do not.

        (Whoosh's own Require finds nothing: it builds the matcher of AndNot.)
        """
        words = query.And([self._wanted(reader, one) for one in lookup.asked.wanted])
        required: list[query.Query] = []
        if lookup.kind is not None:
            required.append(query.Term("kind", str(lookup.kind)))
        if lookup.hosts is not None:
            required.append(query.Or([query.Term("host", host) for host in lookup.hosts]))
        required += [query.Term(name, value) for name, value in _places(lookup) if value is not None]
        forbidden = [self._wanted(reader, one) for one in lookup.asked.excluded]
        hosts = {name.decode("utf-8") for name in reader.lexicon("host")}
        forbidden += [query.Term("host", host) for host in sorted(hosts - set(lookup.shown))]
        tree: query.Query = query.And([words, *(query.ConstantScoreQuery(one, 0.0) for one in required)])
        return query.AndNot(tree, query.Or(forbidden)) if forbidden else tree

    def _wanted(self, reader: Any, wanted: Wanted) -> query.Query:
        if wanted.sort is Sort.PHRASE:
            return query.Phrase("text", [french.roots(word)[0] for word in wanted.words])
        roots = list(french.roots(wanted.words[0]))
        if wanted.sort is Sort.PREFIX:
            roots += _expanded(reader, fold(wanted.words[0]))
        return query.Or([query.Term("text", root) for root in dict.fromkeys(roots)])

    def _near(self, reader: Any, word: str) -> list[str]:
        if any(reader.doc_frequency("text", root) for root in french.roots(word)):
            return []
        folded, most = fold(word), spelling.tolerance(word)
        found: list[tuple[int, int, str]] = []
        end = self._clock.monotonic() + SPELLING_SECONDS
        for number, candidate in enumerate(_beginning_like(reader, folded)):
            if number % 256 == 0 and self._clock.monotonic() > end:
                break
            far = spelling.distance(folded, fold(candidate), most)
            if far <= most:
                found.append((far, -reader.doc_frequency("spelling", candidate), candidate))
        return [candidate for _, _, candidate in sorted(found)[:SPELLINGS]]


class _Timed(collectors.WrappingCollector):  # type: ignore[misc]
    """A collector that looks at the clock: a search takes FIND_SECONDS at most, whatever was asked.

    It also looks at the days: a range of days as a part of the question would be made of thousands of documents first.
    """

    def __init__(self, child: Any, clock: SystemClock, since: int) -> None:
        super().__init__(child)
        self._clock, self._since = clock, since
        self._end = clock.monotonic() + FIND_SECONDS

    def collect_matches(self) -> None:
        collect, since = self.child.collect, self._since
        days = self.subsearcher.reader().column_reader("day") if since else ()
        for number, found in enumerate(self.child.matches()):
            if not since or days[found] >= since:
                collect(found)
            if number % LOOK_EVERY == 0 and self._clock.monotonic() > self._end:
                raise collectors.TimeLimit


def _places(lookup: Lookup) -> tuple[tuple[str, str | None], ...]:
    return ("theme", lookup.theme), ("measure", lookup.measure)


def _expanded(reader: Any, prefix: str) -> list[str]:
    """The most frequent roots that begin so."""
    found = [name.decode("utf-8") for name in islice(reader.expand_prefix("text", prefix), SCANNED_EXPANSIONS)]
    if len(found) > MAX_EXPANSIONS:
        found.sort(key=lambda root: -reader.doc_frequency("text", root))
    return found[:MAX_EXPANSIONS]


def _beginning_like(reader: Any, folded: str) -> Iterator[str]:
    """The words of the index with this first letter, with or without an accent, and about this length."""
    for letter in _ACCENTED.get(folded[0], folded[0]):
        for name in reader.expand_prefix("spelling", letter):
            if abs(len(name) - len(folded)) <= 2 * spelling.MOST:  # an accented letter counts two bytes
                yield name.decode("utf-8")
