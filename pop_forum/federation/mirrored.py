"""What a mirror serves, held against what the origin signed: its pages followed until a signed head proves them.

Every activity has its own proof, but salts, order and gaps have none: only the hash chain up to a head that the
origin signed tells that a mirror has changed nothing. So nothing of a mirror is taken before such a head is reached.
"""

from dataclasses import dataclass, field, replace

from pop_forum.errors import InvalidInput
from pop_forum.federation import journal as chain
from pop_forum.federation.journal import Head, Position
from pop_forum.federation.keyring import Ring
from pop_forum.federation.pages import Entry, Erased, Page
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.federation.vocabulary import ERASE

MORE, PROVED, WITHHELD = "more", "proved", "withheld"


@dataclass
class Trail:
    """The places of a journal that a mirror's pages lead to, up to the head that came with the first page."""

    head: Head | None = None
    end: Position | None = None
    places: dict[int, bytes] = field(default_factory=dict)  # the hash at each end of a page
    head_document: JsonObject | None = None
    ring: Ring | None = None  # the keys that the pages tell of, so far: services/mirrors.py
    _erased: dict[int, int] = field(default_factory=dict)  # entry: the one that erased it
    _erasures: dict[int, tuple[Json, Json, Json]] = field(default_factory=dict)  # entry: what it says to erase

    def follow(self, page: Page) -> str:
        """Whether the pages up to this one reach the head: proved, more to come, or withheld by the mirror.

        Raises InvalidInput for a page that contradicts itself, the page before, or the head: it was altered. The
        head's own proof is verify_head's business.
        """
        start = Position(page.epoch.number, page.epoch.id, page.start, page.previous)
        if page.start == 0 and start != chain.start_of(page.head.host, page.head.journal, page.epoch):
            raise InvalidInput("the journal begins with another hash than its epoch has")
        if self.end is not None and start != self.end:
            raise InvalidInput(f"the page does not join the one before, after entry {self.end.n}")
        if self.head is None:
            self.head, self.head_document = page.head, page.head_document
        end = self._walk(page, start)
        moved = end != self.end and end != start
        self.end = end
        if end.n >= self.head.n:
            self._check_erasures()
            return PROVED
        return MORE if moved else WITHHELD

    def cut(self, page: Page) -> Page | None:
        """The part of a page whose end is proved; None when no part of it is."""
        proved = [n for n in self.places if page.start <= n <= page.start + len(page.entries)]
        if not proved:
            return None
        length = max(proved) - page.start
        told = page.previous if length == 0 else page.hashes[length - 1]
        if told != self.places[max(proved)]:
            return None
        return replace(page, entries=page.entries[:length], hashes=page.hashes[:length])

    def _walk(self, page: Page, start: Position) -> Position:
        """The end of the page, each hash recomputed; the head of the trail is compared when it is passed."""
        assert self.head is not None
        if page.epoch != self.head.epoch or page.head.epoch != page.epoch or len(page.hashes) != len(page.entries):
            raise InvalidInput("the page contradicts itself, or is of another epoch than its head")
        position = start
        self._compare(position)
        for entry, listed in zip(page.entries, page.hashes, strict=True):
            self._note(entry)
            if entry.n != position.n + 1:
                raise InvalidInput(f"entry {entry.n} where {position.n + 1} was expected")
            position = chain.after(page.head.host, page.head.journal, position, entry.leaf())
            if position.hash != listed:
                raise InvalidInput(f"the hash after entry {entry.n} is not the listed one")
            self._compare(position)
        if page.head.n < position.n and page.head == self.head:
            raise InvalidInput(f"the head ends at {page.head.n}, the entries at {position.n}")
        if position.n <= self.head.n:
            self.places[position.n] = position.hash
        return position

    def _note(self, entry: Entry) -> None:
        """Remember an erased entry, or one that says to erase another; once the chain is proved, it is the origin's."""
        if isinstance(entry, Erased):
            if entry.erased_in is None:  # by a later epoch: that is compared once it is read, services/erasures.py
                self._erased[entry.n] = entry.erased_by
        elif entry.document is not None and entry.document.get("type") == ERASE:
            said = entry.document
            self._erasures[entry.n] = said.get("pop:journal"), said.get("pop:epochId"), said.get("pop:n")

    def _check_erasures(self) -> None:
        """Raises InvalidInput for an entry that is missing though the origin has not erased it."""
        assert self.head is not None
        for n, by in self._erased.items():
            if self._erasures.get(by) != (self.head.journal, self.head.epoch.id, n):
                raise InvalidInput(f"entry {n} is missing, and entry {by} does not erase it")

    def _compare(self, position: Position) -> None:
        """Remember the place of the head. Raises InvalidInput when the chain has another hash there."""
        assert self.head is not None
        if position.n == self.head.n:
            if position.hash != self.head.hash:
                raise InvalidInput(f"the chain ends in another hash than the head, after entry {position.n}")
            self.places[position.n] = position.hash
