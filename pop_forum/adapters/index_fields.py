"""What an index is made of (Whoosh): its fields, how texts become words, and what a damaged one may raise."""

import os
import pickle
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from pathlib import Path
from typing import Any

from whoosh import analysis, columns, fields, index
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile

from pop_forum.adapters.index_codec import Places

BUFFER = 4_096  # bytes read ahead
_NAME = "MAIN"  # as Whoosh calls an index that is alone in its folder

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
    """A part of a file, read from the disk at each look."""

    def __init__(self, part: "Part", length: int) -> None:
        self._part, self._length, self._place = part, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        base = {SEEK_SET: 0, SEEK_CUR: self._place, SEEK_END: self._length}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        length = max(0, min(len(buffer), self._length - self._place))
        buffer[:length] = self._part.get(self._place, length)
        self._place += length
        return length


class _Descriptor:
    """A file open for reading, closed with the last who reads it at the latest."""

    def __init__(self, path: str) -> None:
        self.number = os.open(path, os.O_RDONLY)
        self.length = os.fstat(self.number).st_size

    def close(self) -> None:
        """Nothing, with the file closed."""
        if self.number >= 0:
            os.close(self.number)
            self.number = -1

    def __del__(self) -> None:
        self.close()


class Part(BufferFile):  # type: ignore[misc]
    """A file of an index or inside a segment of it, never copied into our memory and never mapped.

    Whoosh's own classes copy it (an index of 100,000 messages took 126 MB of each process) or map it: a file cut short
    or a disk that fails then ends the process by a signal that nothing can catch, and here by an error of DAMAGE.
    """

    def __init__(self, whole: _Descriptor, start: int, length: int, name: str | None = None) -> None:
        self._whole, self._start, self._length, self._name = whole, start, length, name
        self.file = BufferedReader(_Window(self, length), BUFFER)
        self.onclose: Callable[[Part], None] | None = None
        self.is_real = self.is_closed = False

    def subset(self, position: int, length: int, name: str | None = None) -> "Part":
        """A part of this part."""
        return Part(self._whole, self._start + position, length, name or self._name)

    def get(self, position: int, length: int) -> bytes:
        """So many bytes from here on, or up to the end of the part. Raises EOFError when the file is shorter."""
        length = max(0, min(length, self._length - position))
        found = os.pread(self._whole.number, length, self._start + position)
        if len(found) < length:
            raise EOFError(f"{self._name} is cut short")
        return found


class _Folder(FileStorage):  # type: ignore[misc]
    """The files of an index."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), supports_mmap=False)

    def open_file(self, name: str, **options: Any) -> Part:
        """A file as it is read."""
        whole = _Descriptor(self._fpath(name))
        file = Part(whole, 0, whole.length, name)
        file.onclose = lambda _: whole.close()
        return file


def opened(path: Path) -> index.FileIndex:
    """The index in this folder."""
    return index.FileIndex(_Folder(path))


def created(path: Path) -> index.FileIndex:
    """A new index in this empty folder."""
    return index.FileIndex.create(_Folder(path), schema(), _NAME)


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
