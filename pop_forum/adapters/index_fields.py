"""What an index is made of (Whoosh): its fields, how texts become words, and what a damaged one may raise."""

import pickle
import struct
import zlib
from collections.abc import Iterator, Sequence
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from typing import Any

from whoosh import analysis, columns, fields, index
from whoosh.filedb import compound
from whoosh.filedb.structfile import BufferFile

from pop_forum.adapters.index_codec import Places

BUFFER = 4_096  # bytes read ahead

# What reading a damaged index may raise: Whoosh trusts its files.
DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    TypeError,
    ValueError,
    pickle.PickleError,
    struct.error,
    zlib.error,
    index.IndexError,
    index.IndexVersionError,
)


class Ready(analysis.Tokenizer):  # type: ignore[misc]
    """Words that were found before: as they come."""

    def __call__(self, value: Sequence[str], **options: Any) -> Iterator[analysis.Token]:
        token = analysis.Token(mode=options.get("mode", ""))
        token.boost, token.stopped = 1.0, False
        for word in value:
            token.text = token.original = word
            yield token


class _Window(RawIOBase):
    """A part of a mapped file, read in place."""

    def __init__(self, view: memoryview) -> None:
        self._view, self._place = view, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        base = {SEEK_SET: 0, SEEK_CUR: self._place, SEEK_END: len(self._view)}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        piece = self._view[self._place : self._place + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)


class Mapped(BufferFile):  # type: ignore[misc]
    """A file inside a segment, which stays in the kernel's memory: Whoosh's own class copies it into ours.

    An index of 100,000 messages took 126 MB of each process that way, and nothing of it now.
    """

    def __init__(self, buf: memoryview, name: str | None = None, onclose: Any = None) -> None:
        self._buf, self._name, self.onclose = buf, name, onclose
        self.file = BufferedReader(_Window(buf), BUFFER)
        self.is_real = self.is_closed = False

    def subset(self, position: int, length: int, name: str | None = None) -> "Mapped":
        """A part of this part."""
        return Mapped(self._buf[position : position + length], name or self._name)


compound.BufferFile = Mapped  # where a segment opens its files


def schema() -> fields.Schema:
    """The fields of a document; only its reference is kept, its words stay in the database."""
    text = fields.TEXT(phrase=True)
    text.format = Places()  # gives each word its roots
    return fields.Schema(
        ref=fields.ID(unique=True, stored=True),
        kind=fields.ID(),
        host=fields.ID(),
        theme=fields.ID(),
        measure=fields.ID(),
        day=fields.COLUMN(columns.NumericColumn("I")),  # compared for each document that has the words
        text=text,
        spelling=fields.ID(analyzer=Ready()),
    )
