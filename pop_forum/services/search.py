"""Searching: what somebody typed, answered with what a visitor may read here.

The index (adapters/index.py) proposes references; this module decides, from the database, which of them stand: a
message that was withdrawn a second ago, or comes from a commune suspended since, is never shown, however late the index
is. Without an index the newest messages are looked through (services/search_scan.py).
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Protocol

from pop_forum.domain.french import in_paris
from pop_forum.domain.search_words import MIN_PREFIX, OPERATORS, Asked, Sort, Wanted, fold, read_query, tokens, words_of
from pop_forum.domain.searching import Kind, Lookup, Matches
from pop_forum.errors import NotFound
from pop_forum.models import Theme
from pop_forum.services import indexing, search_scan
from pop_forum.services.network_pages import listed_hosts
from pop_forum.services.search_hits import Hit, Marking, hits_of
from pop_forum.services.site import Site

HITS_PER_PAGE = 20
MAX_PAGES = 10  # who has not found it among two hundred asks otherwise
FEW = 3  # up to so many hits another spelling is proposed


class Place(StrEnum):
    """Where something was written."""

    HERE = "ici"
    NETWORK = "reseau"


class Period(StrEnum):
    """How long ago at most."""

    WEEK = "semaine"
    MONTH = "mois"
    YEAR = "annee"


DAYS = {Period.WEEK: 7, Period.MONTH: 31, Period.YEAR: 366}


@dataclass(frozen=True, slots=True)
class Search:
    """A question as the form gives it."""

    text: str
    kind: Kind | None = None
    place: Place | None = None
    theme: str | None = None
    period: Period | None = None
    page: int = 1


class Index(Protocol):
    """What a search needs of an index; None when it is missing or broken."""

    def find(self, lookup: Lookup) -> Matches | None:
        """What is found, the best first."""

    def spellings(self, words: Iterable[str]) -> dict[str, str]:
        """For each of these words that is not known the nearest known one, if there is any."""

    def roots(self, word: str) -> tuple[str, ...]:
        """What a word is compared by."""

    def timer(self, seconds: float) -> Callable[[], bool]:
        """What says whether so many seconds are over."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, and what the person must know about it."""

    asked: Asked
    hits: tuple[Hit, ...] = ()
    page: int = 1
    more: bool = False  # there is a next page
    whole: bool = True  # False: the search ran out of time
    behind: int | None = None  # messages the index does not know yet; 0: only something else
    scanned: bool = False  # there is no index: only the newest messages were looked through
    did_you_mean: str | None = None

    @property
    def total(self) -> int | None:
        """How many there are, where that is known without counting them all."""
        exact = not self.more and self.whole and (self.page == 1 or self.hits)
        return HITS_PER_PAGE * (self.page - 1) + len(self.hits) if exact else None


def query(site: Site, index: Index, search: Search) -> Found:
    """What is found. Raises NotFound beyond the last page; no text is refused."""
    if search.page > MAX_PAGES:
        raise NotFound(f"page {search.page} of a search")
    asked = read_query(search.text)
    if not asked.wanted:
        return Found(asked)
    found = _page(site, index, search, asked)
    if found.scanned or search.page > 1 or len(found.hits) > FEW:
        return found
    return replace(found, did_you_mean=_did_you_mean(site, index, search, asked))


def themes_found(themes: Iterable[Theme], index: Index, search: Search, asked: Asked) -> list[Theme]:
    """The themes of the programme whose title or summary holds all that is wanted; none where something is chosen."""
    if search.page > 1 or search.place or search.theme or search.period or search.kind not in (None, Kind.MEASURE):
        return []
    return [each for each in themes if _holds(f"{each.title} {each.summary}", asked, index)]


def _holds(text: str, asked: Asked, index: Index) -> bool:
    words = words_of(text)
    folded, roots = [fold(word) for word in words], {root for word in words for root in index.roots(word)}

    def has(one: Wanted) -> bool:
        if one.sort is Sort.PREFIX:
            return any(word.startswith(fold(one.words[0])) for word in folded)
        return all(not roots.isdisjoint(index.roots(word)) for word in one.words)

    return bool(asked.wanted) and all(map(has, asked.wanted)) and not any(map(has, asked.excluded))


def _page(site: Site, index: Index, search: Search, asked: Asked) -> Found:
    lookup = _lookup(site, search, asked)
    matches = index.find(lookup)
    scanned = matches is None
    if matches is None:
        matches = search_scan.scan(site, lookup, index.roots, index.timer(search_scan.SCAN_SECONDS))
    first = (search.page - 1) * HITS_PER_PAGE
    refs = matches.refs[first : first + HITS_PER_PAGE]
    return Found(
        asked=asked,
        hits=hits_of(site, refs, lookup.shown, _marking(index, asked)),
        page=search.page,
        more=len(matches.refs) > first + HITS_PER_PAGE and search.page < MAX_PAGES,
        whole=matches.whole,
        behind=None if scanned else indexing.messages_owed(site),
        scanned=scanned,
    )


def _lookup(site: Site, search: Search, asked: Asked) -> Lookup:
    shown = tuple(listed_hosts(site))
    hosts = {None: None, Place.HERE: shown[:1], Place.NETWORK: shown[1:]}[search.place]
    return Lookup(
        asked=asked,
        shown=shown,
        kind=search.kind,
        hosts=hosts,
        theme=search.theme,
        since=_since(site.clock.now(), search.period),
        count=search.page * HITS_PER_PAGE + 1,
    )


def _since(now: datetime, period: Period | None) -> date | None:
    return None if period is None else in_paris(now).date() - timedelta(days=DAYS[period])


def _marking(index: Index, asked: Asked) -> Marking:
    """Which words of a text are marked: those with a root in common with a word that was asked for."""
    roots = {root for word in asked.words() for root in index.roots(word)}
    beginnings = tuple(
        fold(one.words[0]) for one in asked.wanted if one.sort is Sort.PREFIX and len(one.words[0]) >= MIN_PREFIX
    )

    @cache
    def is_hit(word: str) -> bool:
        return not roots.isdisjoint(index.roots(word)) or bool(beginnings and fold(word).startswith(beginnings))

    return is_hit


def _did_you_mean(site: Site, index: Index, search: Search, asked: Asked) -> str | None:
    """The question with its unknown words spelt otherwise, if that finds something that may be shown.

    Words of messages that were withdrawn may still be in the index: what finds nothing is not proposed.
    """
    corrected = _respelt(search.text, asked, index)
    if corrected is None:
        return None
    found = _page(site, index, replace(search, text=corrected), read_query(corrected))
    return corrected if found.hits else None


def _respelt(text: str, asked: Asked, index: Index) -> str | None:
    said = {word.casefold() for word in OPERATORS.intersection(text.split())}
    words = [one.words[0] for one in asked.wanted if one.sort is Sort.WORD]
    better = index.spellings([word for word in words if word not in said])
    if not better:
        return None
    whole = unicodedata.normalize("NFC", text)
    pieces: list[str] = []
    end = 0
    for token in tokens(whole):
        if token.word in better:
            pieces += [whole[end : token.start], better[token.word]]
            end = token.end
    return "".join((*pieces, whole[end:])) if pieces else None
