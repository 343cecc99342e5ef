"""Erasing the words of messages that their authors withdrew ten minutes ago, a few at a time between other writers."""

from pop_forum.commune import Commune
from pop_forum.services import erasing


def run(commune: Commune) -> None:
    """Erase whatever is due."""
    more = True
    while more:
        with commune.transaction() as site:
            more = erasing.erase_due(site)
