"""Whether what was kept of a page is still what would be built now, as far as the rows of page_versions.py say."""

from datetime import datetime, timedelta
from typing import Protocol

from pop_forum import page_versions
from pop_forum.adapters.clock import SystemClock
from pop_forum.commune import Commune
from pop_forum.domain import french

TRUST_SECONDS = (
    0.8  # the rows are read again after this: a change is seen within a second, whatever happened to the signal
)
SHOWN_SECONDS = 60.0  # what depends on the hour (« this week ») is built anew after this


class Held(Protocol):
    """Something kept, and what it was built from."""

    subjects: tuple[str, ...]
    versions: tuple[int, ...]  # of the subjects; that of `any` is brought forward when the others have not changed
    until: float  # on the steady clock


class Truth:
    """What one commune's rows say, asked at most every TRUST_SECONDS while nobody says that something changed."""

    def __init__(self, commune: Commune) -> None:
        self._commune = commune
        self._monotonic = SystemClock().monotonic
        self._seen: tuple[int, float, int] = (-1, 0.0, -1)  # the signal, until when it is trusted, the version of `any`

    def _holds(self, held: Held) -> bool:
        """Whether a fresh page would be the same, as far as the rows say, at most a second ago."""
        return self._compared(held)[0]

    def _compared(self, held: Held) -> tuple[bool, tuple[int, ...] | None]:
        """The same, and the versions of what it was built from where they were read: once at most."""
        now = self._monotonic()
        signal, trusted_until, newest = self._seen
        word = self._commune.page_signal.read()
        versions = None
        if word != signal or now >= trusted_until:
            versions = self._versions(held.subjects)
            newest = versions[0]  # that of `any`
            self._seen = (word, now + TRUST_SECONDS, newest)  # the word was read before the row
        if now >= held.until:
            return False, versions
        if held.versions[0] == newest:
            return True, versions
        versions = versions or self._versions(held.subjects)
        if len(versions) == 1 or versions[1:] != held.versions[1:]:
            return False, versions
        held.versions = versions
        return True, versions

    def _versions(self, subjects: tuple[str, ...]) -> tuple[int, ...]:
        with self._commune.database.reading() as session:
            return page_versions.read(session, subjects)


def next_midnight(now: datetime) -> datetime:
    """When the day changes here: pages say today's date."""
    local = french.in_paris(now)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
