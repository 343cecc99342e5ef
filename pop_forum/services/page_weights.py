"""What one page of a discussion weighs: long messages are shown shortened, and heavy pictures offered.

A hundred replies may hold two million characters and four hundred pictures; the first view of a page is promised to
stay within a hundred kilobytes in all. Pages keep their hundred replies and so their addresses; the words left out are
on the message's own page (services/whole_messages.py).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pop_forum.domain import shortening
from pop_forum.services.discussions import Message
from pop_forum.services.pictures import Shown

TEXT_BYTES = 120_000  # of the HTML of a page's messages together: about 40 kB compressed
PICTURE_KILOBYTES = 60  # of the pictures that a page shows by itself, less what its words take
BYTES_PER_KILOBYTE = 3_000  # of French in HTML, compressed: what weighs a kilobyte on the way


def bounded(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages of one page as they fit into it: the longest shortened, the first light pictures shown."""
    weights = [shortening.weight(message.html) for message in messages]
    most = shortening.share(weights, TEXT_BYTES)
    texts = [_shortened(each, most) if size > most else each for each, size in zip(messages, weights, strict=True)]
    if not any(message.pictures for message in texts):
        return tuple(texts)
    words = min(sum(weights), TEXT_BYTES) // BYTES_PER_KILOBYTE
    pictures = _weighed([one for message in texts for one in message.pictures], PICTURE_KILOBYTES - words)
    return tuple(replace(message, pictures=tuple(next(pictures) for _ in message.pictures)) for message in texts)


def alone(pictures: Iterable[Shown], html: str) -> tuple[Shown, ...]:
    """The pictures of a message on its own page."""
    return tuple(_weighed(pictures, PICTURE_KILOBYTES - shortening.weight(html) // BYTES_PER_KILOBYTE))


def _shortened(message: Message, most: int) -> Message:
    return replace(message, html=shortening.beginning(message.html, most), shortened=True)


def _weighed(pictures: Iterable[Shown], left: int) -> Iterator[Shown]:
    """The same; those that would bring the page above what is left are offered."""
    for one in pictures:
        size = one.kilobytes or 0
        yield one if size <= left else replace(one, heavy=True)
        left -= size if size <= left else 0
