"""One segment of an index (Whoosh), as questions read it: which documents hold a root, how long they are, what else.

A segment never changes, except that documents of it are deleted: what was read of it once is kept as long as it lives.
"""

import sys
from array import array
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from whoosh.reading import SegmentReader, TermNotFound

from pop_forum.adapters.index_codec import Codec, Postings

LENGTHS = "_text_len"  # the column in which Whoosh keeps how long a text is


class Term:
    """A word of a field in one segment."""

    def __init__(self, reader: Any, field: str, info: Any) -> None:
        self._reader, self._field, self._info = reader, field, info
        self.frequency: int = info.doc_frequency()  # of documents that hold it, deleted ones included

    def postings(self) -> Postings:
        """The documents that hold it."""
        terms, format_ = self._reader._terms, self._reader.schema[self._field].format
        found: Postings = self._reader.codec().postings_reader(terms._postfile, self._info, format_)
        return found


class Segment:
    """A segment and what is known of it."""

    def __init__(self, storage: Any, schema: Any, segment: Any) -> None:
        self._reader = SegmentReader(storage, schema, segment)
        self._masks: dict[tuple[str, str], bytearray] = {}
        self.size: int = segment.doc_count_all()
        self.deleted: frozenset[int] = frozenset()

    @property
    def documents(self) -> int:
        """How many were not deleted."""
        return self.size - len(self.deleted)

    @property
    def words(self) -> int:
        """How long all texts are together."""
        return int(self._reader.field_length("text"))

    def term(self, field: str, word: str) -> "Term | None":
        """A word of this field, if there is a document that holds it."""
        try:
            return Term(self._reader, field, self._reader.term_info(field, word))
        except TermNotFound:
            return None

    def frequency(self, field: str, word: str) -> int:
        """How many documents hold the word, deleted ones included."""
        term = self.term(field, word)
        return term.frequency if term else 0

    def beginning(self, field: str, prefix: str) -> Iterator[str]:
        """The words of this field that begin so, in order."""
        return (name.decode("utf-8") for name in self._reader.expand_prefix(field, prefix))

    def names(self, field: str) -> set[str]:
        """Every value of a field that has few."""
        return set(self.beginning(field, ""))

    def holding(self, field: str, value: str) -> bytearray:
        """A 1 at the number of each document with this value, of which there are few."""
        if (field, value) not in self._masks:
            mask, term = bytearray(self.size), self.term(field, value)
            for numbers, _ in term.postings().blocks(0, self.size) if term else ():
                for number in numbers:
                    mask[number] = 1
            self._masks[field, value] = mask
        return self._masks[field, value]

    @cached_property
    def lengths(self) -> bytes:
        """How long each text is, as a byte (whoosh.util.numeric.byte_to_length)."""
        return self._column(LENGTHS, 1)

    @cached_property
    def days(self) -> "array[int]":
        """The day of each document, as a number."""
        found = array("I", self._column("day", array("I").itemsize))
        if sys.byteorder == "little":  # Whoosh writes the highest byte first
            found.byteswap()
        return found

    def reference(self, number: int) -> str:
        """What the database knows this document by."""
        return str(self._reader.stored_fields(number)["ref"])

    def _column(self, name: str, width: int) -> bytes:
        """The whole of a column, which ends with its last value that is not 0."""
        file, storage = Codec.column_filename(self._reader.segment(), name), self._reader.storage()
        held = storage.open_file(file).get(0, storage.file_length(file)) if storage.file_exists(file) else b""
        return bytes(held).ljust(self.size * width, b"\0")

    def close(self) -> None:
        """Nothing, with its files closed."""
        self._reader.close()
