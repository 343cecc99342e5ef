"""How long the text of a measure may be: one rule for the form, its preview and what is published.

A passage has a limit because it is one block of a version on the wire; all of them together have the commune's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pop_forum.domain.text import TextTooLong, tidy_text


@dataclass(frozen=True, slots=True)
class Excess:
    """One passage that is too long, or the longest of a text that is too long as a `whole`; places count from one."""

    place: int
    length: int
    limit: int
    whole: bool


class MeasureTooLong(TextTooLong):
    """A passage, or the whole text of a measure, is over its limit."""

    def __init__(self, excess: Excess) -> None:
        super().__init__(excess.length, excess.limit)
        self.excess = excess


def excesses(texts: Sequence[str], most_each: int, most: int) -> list[Excess]:
    """Every passage that is too long; when none is, what is too much in all; of the texts as they would be kept."""
    lengths = [len(tidy_text(text)) for text in texts]
    limit = min(most_each, most)
    found = [Excess(place, length, limit, False) for place, length in enumerate(lengths, start=1) if length > limit]
    if not found and sum(lengths) > most:
        found.append(Excess(1 + lengths.index(max(lengths)), sum(lengths), most, True))
    return found


def require_within(texts: Sequence[str], most_each: int, most: int) -> None:
    """Nothing, for texts that a version may hold. Raises MeasureTooLong."""
    for excess in excesses(texts, most_each, most):
        raise MeasureTooLong(excess)
