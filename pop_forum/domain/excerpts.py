"""The passage of a text that answers a question, cut into segments so that a page can mark the words found. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from pop_forum.domain.search_words import Token, tokens

LENGTH = 220  # characters: two lines on a wide screen, five on a telephone
BEFORE = 60  # of these, before the first word found
MOST_TOKENS = 4_000  # of a text that are looked at: the longest message has fewer

IsHit = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of an excerpt; `hit` when it is a word that was asked for."""

    text: str
    hit: bool


def marked(text: str, is_hit: IsHit) -> tuple[Segment, ...]:
    """The whole of a short text (a title, a name) in segments."""
    return _segments(text, [token for token in tokens(text) if is_hit(token.word)], 0, len(text))


def excerpt(text: str, is_hit: IsHit) -> tuple[Segment, ...]:
    """About LENGTH characters of a text around the words found, or its first ones when there are none."""
    hits = [token for _, token in zip(range(MOST_TOKENS), tokens(text), strict=False) if is_hit(token.word)]
    start = _at_word(text, max(0, _densest(hits) - BEFORE)) if hits else 0
    end = min(len(text), start + LENGTH)
    if end < len(text):
        end = text.rfind(" ", start + LENGTH // 2, end) if " " in text[start + LENGTH // 2 : end] else end
    inside = [hit for hit in hits if start <= hit.start and hit.end <= end]
    head = [Segment("… ", False)] if start else []
    tail = [Segment(" …", False)] if end < len(text) else []
    return (*head, *_segments(text, inside, start, end), *tail)


def _densest(hits: list[Token]) -> int:
    """Where the window begins that holds most different words found, then most words."""
    best, best_score = hits[0].start, (0, 0)
    for number, first in enumerate(hits[:200]):
        window = [hit.word for hit in hits[number : number + 20] if hit.end <= first.start + LENGTH - BEFORE]
        score = (len(set(window)), len(window))
        if score > best_score:
            best, best_score = first.start, score
    return best


def _at_word(text: str, start: int) -> int:
    """The beginning of a word at or after this place."""
    if start == 0:
        return 0
    space = text.find(" ", start, start + BEFORE)
    return start if space < 0 else space + 1


def _segments(text: str, hits: list[Token], start: int, end: int) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for hit in hits:
        if hit.start > start:
            found.append(Segment(text[start : hit.start], False))
        found.append(Segment(text[hit.start : hit.end], True))
        start = hit.end
    if start < end:
        found.append(Segment(text[start:end], False))
    return tuple(found)
