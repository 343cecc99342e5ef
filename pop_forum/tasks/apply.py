"""Applying entries that were postponed, once what they wait for has come: a page at a time, between other writers."""

from pop_forum.commune import Commune
from pop_forum.services import catchup, unapplied


def run(commune: Commune) -> None:
    """Apply every postponed entry whose time has come."""
    more = True
    while more:
        with commune.transaction() as site:
            site.one_at_a_time(catchup.TAKING)
            more = unapplied.apply_postponed(site)
