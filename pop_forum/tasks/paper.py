"""Making the PDFs that somebody asked for, one after the other, each in a process of its own."""

import logging

from pop_forum.adapters import typesetting
from pop_forum.adapters.paper_shelf import PAPER, PaperShelf
from pop_forum.commune import Commune
from pop_forum.errors import Unavailable

_log = logging.getLogger(__name__)


def run(commune: Commune) -> None:
    """Make what is asked for. Another worker that is at it does it all."""
    shelf = PaperShelf(commune.settings.data)
    if not shelf.waiting():
        return
    with shelf.alone() as alone:
        while alone and (waiting := shelf.waiting()):
            try:
                shelf.make(waiting[0], typesetting.typeset)
            except Unavailable as error:
                _log.error("%s: document %s: %s", commune.settings.slug, waiting[0][:12], error)


def sweep(commune: Commune) -> None:
    """See that what was asked for is made, when a wake-up was lost."""
    if PaperShelf(commune.settings.data).waiting():
        commune.wakeups.wake(commune.settings.slug, PAPER)
