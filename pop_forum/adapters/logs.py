"""How much of its own log a command shows while it works."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def only(level: int) -> Iterator[None]:
    """Of this package's log, only what is at least this grave, until the block ends."""
    log = logging.getLogger("pop_forum")
    before = log.level
    log.setLevel(level)
    try:
        yield
    finally:
        log.setLevel(before)
