"""Having the index written: the work is done by a process of its own (`pop_forum index run`), started here."""

from pop_forum.adapters import index_folder
from pop_forum.commune import Commune
from pop_forum.services import indexing


def run(commune: Commune) -> None:
    """See that the process is at work, if this commune owes its index something."""
    if commune.indexer is not None and is_due(commune):
        commune.indexer.start()


def is_due(commune: Commune) -> bool:
    """Whether the index misses something, or is missing itself."""
    if index_folder.must_be_made(commune.settings.data / index_folder.FOLDER):
        return True
    with commune.reading() as site:
        return indexing.is_owed(site)
