"""Searching without an index: the measures, the newest messages and their authors, looked through one by one.

Less complete than the index, but always there: while one is made anew, and when its files are damaged.
"""

from collections.abc import Callable, Iterator

from pop_forum.domain.search_words import Sort, Wanted, fold, words_of
from pop_forum.domain.searching import Document, Lookup, Matches
from pop_forum.services import indexing
from pop_forum.services.site import Site

SCANNED = 1_000  # messages, the newest ones …
SCAN_SECONDS = 0.4  # … as far as this time allows: a thousand of the longest would take eight seconds

Roots = Callable[[str], tuple[str, ...]]


def scan(site: Site, lookup: Lookup, roots: Roots, is_over: Callable[[], bool]) -> Matches:
    """What they answer, the newest first; not whole when the time was over before."""
    found: list[str] = []
    for document in indexing.newest(site, lookup.shown, SCANNED):
        if is_over():
            return Matches(tuple(found), whole=False)
        if _counts(document, lookup) and _answers(document, lookup, roots):
            found.append(document.ref)
            if len(found) == lookup.count:
                break
    return Matches(tuple(found))


def _counts(document: Document, lookup: Lookup) -> bool:
    """Whether this document is of the kind, the place and the time that is asked for."""
    return (
        (lookup.kind is None or document.kind is lookup.kind)
        and (lookup.hosts is None or document.host in lookup.hosts)
        and (lookup.theme is None or document.theme == lookup.theme)
        and (lookup.measure is None or document.measure == lookup.measure)
        and (lookup.since is None or document.day >= lookup.since)
    )


def _answers(document: Document, lookup: Lookup, roots: Roots) -> bool:
    words = words_of(f"{document.title}\n{document.text}")
    known = {root for word in words for root in roots(word)}

    def holds(wanted: Wanted) -> bool:
        if wanted.sort is Sort.PREFIX:
            return any(fold(word).startswith(fold(wanted.words[0])) for word in words)
        if wanted.sort is Sort.WORD:
            return not known.isdisjoint(roots(wanted.words[0]))
        return any(line == _line(wanted.words, roots) for line in _lines(words, len(wanted.words), roots))

    asked = lookup.asked
    return all(map(holds, asked.wanted)) and not any(map(holds, asked.excluded))


def _lines(words: list[str], length: int, roots: Roots) -> Iterator[tuple[str, ...]]:
    """Every so many words in a row, as roots."""
    line = _line(tuple(words), roots)
    return (line[start : start + length] for start in range(len(line) - length + 1))


def _line(words: tuple[str, ...], roots: Roots) -> tuple[str, ...]:
    return tuple(roots(word)[0] for word in words)
