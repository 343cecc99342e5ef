"""Pages as they were given to visitors, the most recently asked for, within bounds."""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

MAX_BYTES = 16 * 1024 * 1024  # per process, shared by its communes: the memory at rest is a promise
MAX_ENTRIES = 2_000
OVERHEAD_BYTES = 2_048  # of an entry beside its body: headers, key, address
MAX_PAGE_BYTES = 512 * 1024  # as it is sent; a larger page is built anew each time
GZIP_LEVEL = 6
GZIP_FROM_BYTES = 500  # below this, the headers of gzip cost what it saves
ETAG_LETTERS = 22

Header = tuple[str, str]
OF_THE_BODY = frozenset(("content-length", "content-type", "content-encoding", "content-language"))
LEFT_OUT = frozenset(("content-length", "etag", "cache-control", "vary", "date", "server", "last-modified"))
# A browser or a shared cache may keep it, and asks each time whether it still holds (304): it is never older than ours.
PUBLIC = "public, max-age=0, must-revalidate"


@dataclass(slots=True)
class Kept:
    """One page in one encoding, ready to be sent, and what it was built from."""

    body: bytes
    etag: str
    headers: list[Header]
    not_modified: list[Header]
    subjects: tuple[str, ...]
    versions: tuple[int, ...]  # of the subjects; that of `any` is brought forward when the others have not changed
    until: float  # on the steady clock


class PageCache:
    """The pages of one process: the least recently asked for make room."""

    def __init__(self, max_bytes: int = MAX_BYTES, max_entries: int = MAX_ENTRIES) -> None:
        self._max_bytes, self._max_entries = max_bytes, max_entries
        self._lock = threading.Lock()
        self._pages: OrderedDict[Hashable, Kept] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def bytes(self) -> int:
        """How much the pages weigh, as far as it is counted."""
        return self._bytes

    def get(self, key: Hashable) -> Kept | None:
        """The page kept under this key."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, page: Kept) -> None:
        """Nothing; the page is kept, unless it alone is too large."""
        if len(page.body) > MAX_PAGE_BYTES:
            return
        with self._lock:
            self._drop(key)
            self._pages[key] = page
            self._bytes += _weight(page)
            while self._bytes > self._max_bytes or len(self._pages) > self._max_entries:
                self._drop(next(iter(self._pages)))

    def _drop(self, key: Hashable) -> None:
        former = self._pages.pop(key, None)
        if former is not None:
            self._bytes -= _weight(former)


def pack(
    content: bytes,
    headers: Sequence[Header],
    encoding: str,
    subjects: tuple[str, ...],
    versions: tuple[int, ...],
    until: float,
) -> Kept:
    """A page of this content, compressed when `encoding` says so, with the headers of its view and a strong ETag."""
    zipped = encoding == "gzip" and len(content) >= GZIP_FROM_BYTES
    body = gzip.compress(content, GZIP_LEVEL, mtime=0) if zipped else content
    etag = f'"{hashlib.sha256(body).hexdigest()[:ETAG_LETTERS]}"'
    common = [(name, value) for name, value in headers if name.lower() not in LEFT_OUT]
    said = {name.lower(): value for name, value in headers}.get("cache-control", "")
    common += [
        ("Cache-Control", said if said.startswith("public") else PUBLIC),
        ("Vary", vary(headers)),
        ("ETag", etag),
    ]
    full = [*common, ("Content-Length", str(len(body)))]
    if zipped:
        full.append(("Content-Encoding", "gzip"))
    not_modified = [(name, value) for name, value in common if name.lower() not in OF_THE_BODY]
    return Kept(body, etag, full, not_modified, subjects, versions, until)


def vary(headers: Sequence[Header]) -> str:
    """What the answer depends on: what its view says, and the encoding."""
    said = [part.strip() for name, value in headers if name.lower() == "vary" for part in value.split(",")]
    names = {name.lower(): name for name in [*said, "Cookie", "Accept-Language", "Accept-Encoding"] if name}
    return ", ".join(sorted(names.values()))


def _weight(page: Kept) -> int:
    return len(page.body) + OVERHEAD_BYTES
