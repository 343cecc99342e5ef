"""Which keys of a site may sign at which place of one of its journals, as the registers in it tell."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pop_forum.federation.keys import PublicKeys

Place = tuple[int, int]  # epoch and number of an entry
FIRST_PLACE: Place = (1, 1)  # of the register that is known by its fingerprint


@dataclass(frozen=True)
class Span:
    """A key, the register that lists it first, and the one that lists it no more, if any."""

    key: PublicKeys
    since: Place
    until: Place | None = None

    def covers(self, place: Place) -> bool:
        """Whether the key may sign the entry of this place."""
        return self.since <= place and (self.until is None or place < self.until)


@dataclass(frozen=True)
class Ring:
    """Every key that was ever listed in a journal, with its places; none before the first register was read."""

    spans: tuple[Span, ...] = ()

    def at(self, place: Place) -> dict[int, PublicKeys]:
        """The keys that may sign the entry of this place, or a head that ends there, by number."""
        return {span.key.number: span.key for span in self.spans if span.covers(place)}

    def open(self) -> dict[int, PublicKeys]:
        """The keys that may sign after the last register, by number."""
        return {span.key.number: span.key for span in self.spans if span.until is None}

    def before(self, place: Place) -> "Ring":
        """The ring as it was before the entry of this place."""
        known = (span for span in self.spans if span.since < place)
        return Ring(tuple(replace(s, until=None) if s.until is not None and s.until >= place else s for s in known))

    def ever(self, number: int) -> set[PublicKeys]:
        """The keys that were listed under this number: one, unless an origin lost what it had said."""
        return {span.key for span in self.spans if span.key.number == number}

    def highest(self) -> int:
        """The highest number that was ever listed; 0 before the first register."""
        return max((span.key.number for span in self.spans), default=0)

    def told(self, place: Place, listed: Iterable[PublicKeys]) -> "Ring":
        """The ring after the register of this place, which lists these keys: any other may sign no more."""
        left = set(listed)
        spans = []
        for span in self.spans:
            is_open = span.until is None
            spans.append(Span(span.key, span.since, place) if is_open and span.key not in left else span)
            if is_open:
                left.discard(span.key)
        spans += [Span(key, place) for key in sorted(left, key=lambda key: key.number)]
        return Ring(tuple(spans))
