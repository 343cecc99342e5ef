"""How an index keeps which messages hold a word (Whoosh): blocks of plain arrays, read as a whole.

A block of Whoosh's own codec is one pickle with an object for each message that holds the word, and takes 100 µs for
128 messages; two common words among 100,000 messages are six hundred blocks. Ours holds three arrays: numbers of
messages, how often each holds the word, and where; the last is unpacked only for words in a row.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

from whoosh import formats
from whoosh.codec.whoosh3 import W3Codec, W3LeafMatcher, W3PostingsWriter

from pop_forum.adapters.french import roots

BLOCK = 512  # messages of a block: 5 KB
MOST = 255  # times that a message holds a word, as far as they count
LAST_PLACE = 65_535  # of a word in a message, as far as they are told apart
NUMBER, PLACE, TIMES = "I", "H", "B"  # array types


class Places(formats.Positions):  # type: ignore[misc]
    """Where a message holds a word, two bytes for each place; what is given to be indexed are words, in order."""

    def word_values(self, value: Sequence[str], analyzer: Any, **options: Any) -> Iterator[tuple[str, int, int, bytes]]:
        """Each root with how often it is there, what it weighs, and its places; all roots of a word have its place."""
        places = defaultdict(list)
        for place, word in enumerate(value):
            for root in roots(word):
                places[root].append(place)
        for root, found in places.items():
            yield root, len(found), len(found), self.encode(found)

    def encode(self, poslist: list[int]) -> bytes:
        """The places as bytes."""
        return array(PLACE, [min(place, LAST_PLACE) for place in poslist]).tobytes()

    def decode_positions(self, valuestring: bytes) -> list[int]:
        """The places again."""
        return array(PLACE, valuestring).tolist()

    def decode_frequency(self, valuestring: bytes) -> int:
        """How many places there are."""
        return len(valuestring) // array(PLACE).itemsize


class Postings(W3LeafMatcher):  # type: ignore[misc]
    """The messages of a segment that hold a word, in the order of their numbers."""

    def blocks(self, low: int, high: int) -> "Iterator[tuple[array[int], array[int]]]":
        """Numbers and times of the messages from `low` to before `high`, and of some of their neighbours."""
        self.reset()
        while self.is_active():
            if self._maxid >= low:
                self._read_ids()
                if self._ids[0] >= high:
                    return
                self._read_weights()
                yield self._ids, self._weights
                if self._maxid >= high:
                    return
            self._next_block()

    def places(self, wanted: Collection[int]) -> dict[int, list[int]]:
        """Where those of these messages that hold the word hold it."""
        found: dict[int, list[int]] = {}
        decode = self.format.decode_positions
        for numbers, _ in self.blocks(min(wanted, default=0), max(wanted, default=-1) + 1):
            here = [place for place, number in enumerate(numbers) if number in wanted]
            if here:
                self._read_values()
                found.update((numbers[place], decode(self._values[place])) for place in here)
        return found

    def _read_ids(self) -> None:
        if self._data is None:
            self._read_data()
        self._ids = array(NUMBER, self._data[0])

    def _read_weights(self) -> None:
        if self._data is None:
            self._read_data()
        self._weights = array(TIMES, self._data[1])

    def _read_values(self) -> None:
        if self._data is None:
            self._read_data()
        lengths, joined = self._data[2]
        ends = accumulate(array(PLACE, lengths), initial=0)
        self._values = [joined[start:end] for start, end in pairwise(ends)] or [b""] * self._blocklength


class _Writer(W3PostingsWriter):  # type: ignore[misc]
    def _mini_ids(self) -> bytes:
        return bytes(self._ids)

    def _mini_weights(self) -> bytes:
        return bytes(min(MOST, round(weight)) for weight in self._weights)

    def _mini_values(self) -> tuple[bytes, bytes]:
        return array(PLACE, map(len, self._values)).tobytes(), b"".join(self._values)


class Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's third format with our blocks in it, and nothing about lengths in them: only Whoosh's matchers ask."""

    length_stats = False

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK, compression=0)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> W3PostingsWriter:
        """What writes the blocks of each word."""
        return _Writer(dbfile, self._blocklimit, byteids, self._compression, self._inlinelimit)

    def postings_reader(
        self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
    ) -> W3LeafMatcher:
        """What reads them: no word is ever kept in the dictionary itself."""
        return Postings(dbfile, *terminfo.extent(), format_, term=term, scorer=scorer)
