"""Writing a commune's index (Whoosh): batches as they come, and the whole made again beside the one in use.

Whoosh makes a segment of each batch, and its own policy would merge them so eagerly that a site of 100,000 messages
took 17 in a second. A batch of ours merges nothing, so that it is found at once. Afterwards eight segments of about
one size become one: small ones between two batches, larger ones when nobody waits, or when there are too many.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whoosh.reading import SegmentReader

from pop_forum.adapters import index_fields, index_folder
from pop_forum.adapters.index_codec import Codec
from pop_forum.domain.search_words import words_of
from pop_forum.domain.searching import Document, day_number

POOL_MB = 16  # of words held in memory before they are sorted to disk; Python's own share makes it thrice as much
FAN = 8  # segments of one size that become one
SMALLEST = 64  # documents of the lowest size
QUICK_DOCUMENTS = 600  # merged at most between two batches: about a second
TIDY_DOCUMENTS = 5_000  # merged at most when nobody waits: what is written meanwhile is found some ten seconds late
MANY_SEGMENTS = 48  # each costs every question a look: when there are more, they are merged whoever waits …
BULK_DOCUMENTS = 40_000  # … so many documents at most
SPELT = 3  # documents of a batch that tell how a word is spelt: more would only take place


class IndexDamaged(Exception):
    """The index is missing, or cannot be written: it has to be made again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one commit changes: documents new or changed, documents added unless they are there, references gone."""

    documents: Sequence[Document]
    unless_there: Sequence[Document] = ()
    gone: Sequence[str] = ()


def put(data: Path, batch: Batch) -> None:
    """Nothing; the batch is in the index for good. Raises IndexDamaged."""
    generation = index_folder.current(data / index_folder.FOLDER)
    if generation is None:
        raise IndexDamaged("missing")
    try:
        writer = _writer(index_fields.opened(generation))
        reader = writer.reader()
        for ref in [*batch.gone, *(document.ref for document in batch.documents)]:
            _remove(writer, reader, ref)
        new = [document for document in batch.unless_there if ("ref", document.ref) not in reader]
        _add(writer, (*batch.documents, *new), Counter())
        reader.close()
        writer.commit(merge=False)
        index_folder.sync(generation)
    except index_fields.DAMAGE as error:
        raise IndexDamaged(repr(error)) from error


def tidy(data: Path, most: int = TIDY_DOCUMENTS) -> bool:
    """Whether segments were merged, so many documents at most. Raises IndexDamaged."""
    generation = index_folder.current(data / index_folder.FOLDER)
    if generation is None:
        return False
    try:
        opened = index_fields.opened(generation)
        segments = list(opened._segments())
        chosen = _chosen(segments, BULK_DOCUMENTS if len(segments) > MANY_SEGMENTS else most)
        if not chosen:
            return False
        _writer(opened).commit(mergetype=_merging({segment.segment_id() for segment in chosen}))
        index_folder.sync(generation)
    except index_fields.DAMAGE as error:
        raise IndexDamaged(repr(error)) from error
    return True


class Rebuilding:
    """An index made again beside the one in use; `finish` puts it in its place."""

    def __init__(self, data: Path) -> None:
        self._generation = index_folder.new_generation(data / index_folder.FOLDER)
        self._writer = _writer(index_fields.created(self._generation))
        self._spelt: Counter[str] = Counter()

    def add(self, documents: Iterable[Document]) -> None:
        """Nothing; these documents will be in it."""
        _add(self._writer, documents, self._spelt)

    def finish(self) -> None:
        """Nothing; from now on this is the index in use."""
        self._writer.commit(merge=False)
        index_folder.use(self._generation)


def _writer(opened: Any) -> Any:
    return opened.writer(limitmb=POOL_MB, codec=Codec())


def _add(writer: Any, documents: Iterable[Document], spelt: Counter[str]) -> None:
    """Nothing; the documents are in the batch. `spelt` counts how often each word of it was told for its spelling."""
    for document in documents:
        title, text = words_of(document.title), words_of(document.text)
        unknown = [word for word in dict.fromkeys((*title, *text)) if spelt[word] < SPELT and not word.isdigit()]
        spelt.update(unknown)
        writer.add_document(
            ref=document.ref,
            kind=str(document.kind),
            host=document.host,
            theme=document.theme,
            measure=document.measure,
            day=day_number(document.day),
            text=[*title, *title, *text],  # a word of the title counts for two
            spelling=unknown,
        )


def _remove(writer: Any, reader: Any, ref: str) -> None:
    if ("ref", ref) in reader:
        for number in list(reader.postings("ref", ref).all_ids()):
            writer.delete_document(number)


def _chosen(segments: list[Any], most: int) -> list[Any]:
    """The segments to be merged into one: eight or more of the lowest size that has so many, of `most` in all."""
    sizes: dict[int, list[Any]] = {}
    for segment in segments:
        sizes.setdefault(_size(segment.doc_count()), []).append(segment)
    for _, alike in sorted(sizes.items()):
        if len(alike) >= FAN and sum(segment.doc_count() for segment in alike) <= most:
            return alike
    return []


def _size(count: int) -> int:
    """0 up to 64 documents, 1 up to 512, 2 up to 4,096 …"""
    size, limit = 0, SMALLEST
    while count > limit:
        size, limit = size + 1, limit * FAN
    return size


def _merging(chosen: set[str]) -> Any:
    """A merge policy as Whoosh calls it: takes the writer and the segments, returns those that stay."""

    def merge(writer: Any, segments: list[Any]) -> list[Any]:
        for segment in segments:
            if segment.segment_id() in chosen:
                reader = SegmentReader(writer.storage, writer.schema, segment)
                writer.add_reader(reader)
                reader.close()
        return [segment for segment in segments if segment.segment_id() not in chosen and segment.doc_count()]

    return merge
