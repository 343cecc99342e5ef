"""What a use case may touch: one commune's open session, settings, keys, clock and entropy."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from pop_forum import db, page_versions
from pop_forum.federation.keys import SiteKeys
from pop_forum.models import Journal
from pop_forum.settings import Instance

FIRST = 1  # the number of the pair by which a site is recognised
SIGNING = "signing"  # key in Session.info: the number of the pair that signs, once it was looked up
_SIGNING = select(func.max(Journal.key_number)).where(Journal.host == bindparam("host"))


class Clock(Protocol):
    """Where services take the time from; the simulator has its own."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC, to the millisecond."""


class Entropy(Protocol):
    """Where services take randomness from; the simulator has its own."""

    def bytes(self, count: int) -> bytes:
        """`count` unpredictable bytes."""

    def token(self, length: int) -> str:
        """`length` unpredictable lower-case base32 letters."""


class Pairs(Protocol):
    """Where a site's key pairs are kept; those that are made ahead of a change sign nothing yet."""

    def pair(self, number: int) -> SiteKeys:
        """The pair of this number. Raises SettingsError when its files are gone."""

    def has(self, number: int) -> bool:
        """Whether the files of this pair are there."""


@dataclass(frozen=True, slots=True)
class Site:
    """One commune inside one transaction."""

    session: Session
    settings: Instance
    pairs: Pairs
    secret: bytes
    clock: Clock
    entropy: Entropy

    @property
    def keys(self) -> SiteKeys:
        """The pair that signs: the newest that this site's journals have registered, whatever files there are.

        Raises SettingsError when its files are gone.
        """
        number = self.session.info.get(SIGNING)
        if number is None:
            number = self.session.scalar(_SIGNING, {"host": self.settings.host}) or FIRST
            self.session.info[SIGNING] = number
        return self.pairs.pair(number)

    def wake(self, kind: str) -> None:
        """Owe work of this kind after the commit (architecture.md, rule 4)."""
        db.wake(self.session, kind)

    def touched_thread(self, key: str) -> None:
        """Say that what visitors see of these writes is this thread, and lists: other pages may stay as they are."""
        db.touched(self.session, page_versions.thread(key))

    def one_at_a_time(self, work: str) -> None:
        """Returns once no other transaction of this commune does this work; until this one ends, none will."""
        db.serialise(self.session, work)

    def url(self, path: str) -> str:
        """An absolute address on this site; `path` starts with a slash."""
        return f"{self.settings.base_url}{path}"
