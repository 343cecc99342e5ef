"""Telling people of this commune what was answered to them and in the discussions they follow."""

from pop_forum.commune import Commune
from pop_forum.services import notices


def run(commune: Commune) -> None:
    """Go through the messages that came since the last time, in turns."""
    more = True
    while more:
        with commune.transaction() as site:
            more = notices.pass_on(site)
