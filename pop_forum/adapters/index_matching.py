"""Which documents of an index answer a question, and how well: sets of numbers, and Okapi BM25 for those that are left.

Whoosh steps from document to document through a tree of matchers, 10 µs a step; two common words among 100,000
messages took 180 ms. Whole sets are intersected here, window after window, so that what takes too long may stop in
between and still have answered for a part of the messages.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from whoosh.util.numeric import byte_to_length

from pop_forum.adapters.index_codec import Postings
from pop_forum.adapters.index_segment import Segment, Term

WINDOW = 32_768  # documents between two looks at the budget
LENGTH_WEIGHT, TIMES_LIMIT = 0.75, 1.2  # b and k1 of BM25, as Robertson proposes them
TEXT = "text"

Scored = tuple[float, int, int]  # how well, the segment's place, the document's number


@dataclass(frozen=True, slots=True)
class Words:
    """Roots of which a document must hold one; several such groups in a row when they are a phrase."""

    groups: tuple[tuple[str, ...], ...]

    @property
    def is_phrase(self) -> bool:
        """Whether the groups must follow each other."""
        return len(self.groups) > 1


@dataclass(frozen=True, slots=True)
class Question:
    """What a document must hold, must not hold, and must be: for each field the values of which it has one."""

    wanted: tuple[Words, ...]
    excluded: tuple[Words, ...] = ()
    values: tuple[tuple[str, frozenset[str]], ...] = ()
    since: int = 0


@dataclass(slots=True)
class Budget:
    """What a question may cost: so many entries read, and whatever `is_over` looks at."""

    entries: int
    is_over: Callable[[], bool]
    spent: int = 0

    def is_spent(self) -> bool:
        """Whether the question must end with what it has found so far."""
        return self.spent > self.entries or self.is_over()


@dataclass(slots=True)
class _Held:
    """A root in one segment, what it weighs, and which documents of the window hold it how often."""

    postings: Postings
    frequency: int
    weight: float
    times: dict[int, int] = field(default_factory=dict)


def answers(segments: Sequence[Segment], question: Question, count: int, budget: Budget) -> tuple[list[Scored], bool]:
    """The best documents, the best first; False when the budget ended the search, which begins with the newest ones."""
    best: list[Scored] = []
    known = _Known(segments, question)
    for place in reversed(range(len(segments))):
        search = _Search(segments[place], question, known, known.terms[place], budget)
        for low in reversed(range(0, segments[place].size, WINDOW)):
            if budget.is_spent():
                return best, False
            found = ((score, place, number) for number, score in search.window(low, low + WINDOW))
            best = nlargest(count, (*best, *found))
    return best, True


class _Known:
    """Where the roots of a question are, what each weighs (the rarer the more), and what the length of a text costs."""

    def __init__(self, segments: Sequence[Segment], question: Question) -> None:
        roots = {root for words in (*question.wanted, *question.excluded) for group in words.groups for root in group}
        self.terms: list[dict[str, Term]] = [
            {root: term for root in roots if (term := segment.term(TEXT, root))} for segment in segments
        ]
        self.documents = sum(segment.size for segment in segments)
        average = sum(segment.words for segment in segments) / (self.documents or 1) or 1
        self.lengths = [
            TIMES_LIMIT * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * byte_to_length(byte) / average) for byte in range(256)
        ]
        self.weights = {root: self._weight(root) for root in roots} if self.documents else {}

    def _weight(self, root: str) -> float:
        holding = sum(terms[root].frequency for terms in self.terms if root in terms)
        return (TIMES_LIMIT + 1) * (math.log(self.documents / (holding + 1)) + 1)


class _Search:
    """One question in one segment, window after window."""

    def __init__(
        self, segment: Segment, question: Question, known: _Known, terms: dict[str, Term], budget: Budget
    ) -> None:
        self._segment, self._question, self._lengths, self._budget = segment, question, known.lengths, budget
        self._terms, self._weights = terms, known.weights
        groups = dict.fromkeys(group for words in question.wanted for group in words.groups)
        self._wanted = sorted((self._alternatives(group) for group in groups), key=_frequency)
        self._excluded = [(words, [self._alternatives(group) for group in words.groups]) for words in question.excluded]

    def window(self, low: int, high: int) -> list[tuple[int, float]]:
        """The documents of these numbers that answer, each with its score."""
        candidates: set[int] | None = None
        for group in self._wanted:
            holding = self._holding(group, low, high)
            candidates = holding if candidates is None else candidates & holding
            if not candidates:
                return []
        left = self._allowed({number for number in candidates or () if low <= number < high})
        for words, groups in self._excluded if left else ():
            left -= self._together(words, [self._holding(group, low, high) & left for group in groups])
        for words in self._question.wanted:
            left = self._together(words, [left]) if words.is_phrase else left
        return self._scored(left)

    def _alternatives(self, group: tuple[str, ...]) -> list[_Held]:
        there = [(root, self._terms[root]) for root in group if root in self._terms]
        return [_Held(term.postings(), term.frequency, self._weights[root]) for root, term in there]

    def _holding(self, group: Iterable[_Held], low: int, high: int) -> set[int]:
        """The documents that hold one of these roots."""
        found: set[int] = set()
        for held in group:
            held.times = {}
            for numbers, times in held.postings.blocks(low, high):
                held.times.update(zip(numbers, times, strict=True))
            self._budget.spent += len(held.times)
            found |= held.times.keys()
        return found

    def _allowed(self, numbers: set[int]) -> set[int]:
        """Those that were not deleted, have the values that are asked for, and are not too old."""
        segment, question = self._segment, self._question
        left = numbers - segment.deleted
        for name, values in question.values:
            masks = [segment.holding(name, value) for value in values]
            left = {number for number in left if any(mask[number] for mask in masks)}
        if question.since:
            days = segment.days
            left = {number for number in left if days[number] >= question.since}
        return left

    def _together(self, words: Words, holding: Sequence[set[int]]) -> set[int]:
        """Those that hold every word of a phrase, in a row."""
        numbers = set.intersection(*holding)
        if not words.is_phrase or not numbers:
            return numbers
        starts: dict[int, set[int]] = {}
        for offset, group in enumerate(words.groups):
            places = self._terms[group[0]].postings().places(numbers)
            here = {number: {place - offset for place in found} for number, found in places.items()}
            starts = here if not offset else {number: starts[number] & here[number] for number in starts}
            self._budget.spent += len(here)
        return {number for number, found in starts.items() if found}

    def _scored(self, numbers: set[int]) -> list[tuple[int, float]]:
        scores = dict.fromkeys(numbers, 0.0)
        taken, lengths = self._segment.lengths, self._lengths
        for group in self._wanted:
            for held in group:
                weight, times = held.weight, held.times
                for number in numbers & times.keys():
                    often = times[number]
                    scores[number] += weight * often / (often + lengths[taken[number]])
        return list(scores.items())


def _frequency(group: Iterable[_Held]) -> int:
    return sum(held.frequency for held in group)
