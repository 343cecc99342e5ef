"""The archive of a commune: all that it shared, as its journals tell it, with the pictures, in one file.

What stayed in the commune is in none of its journals, and so not in its archive. What was erased is not in it either:
only its place in the chain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from pop_forum.federation import pages
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Fingerprint, Host
from pop_forum.federation.strict_json import JsonObject
from pop_forum.federation.timestamps import to_text
from pop_forum.models import Entry, Journal, Post, PostPicture, Thread
from pop_forum.services import identity, journal
from pop_forum.services.site import Site

TYPE = "pop:Archive"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a journal: which one, its number from 1, its bytes, and how many entries it has."""

    journal: str
    number: int
    data: bytes
    entries: int

    @property
    def name(self) -> str:
        """Where it stands in the archive."""
        return f"journaux/{self.journal}/{self.number:06}.json"


def entries(site: Site) -> int:
    """How many entries the archive will have."""
    ours = select(func.count()).select_from(Entry).join(Journal, Journal.id == Entry.journal_id)
    return site.session.scalar(ours.where(Journal.host == site.settings.host)) or 0


def leaves(site: Site) -> Iterator[Leaf]:
    """Every page of our journals, from the first entry of the first epoch."""
    for name in _names(site):
        number, since, epoch, more = 0, 0, 1, True
        while more:
            data = journal.page(site, name, since, epoch)
            page = pages.parse_page(data, host=site.settings.host, journal=name)
            number += 1
            yield Leaf(name, number, data, len(page.entries))
            epoch, since, more = page.epoch.number, page.start + len(page.entries), page.next is not None


def pictures(site: Site) -> list[str]:
    """The names of the pictures that our messages in the journals show."""
    shown = select(PostPicture.digest).join(Post).join(Thread, Thread.id == Post.thread_id)
    ours = (Post.host == site.settings.host, Thread.shared, Post.deleted_at.is_(None))
    return sorted(site.session.scalars(shown.where(*ours).distinct()))


def description(site: Site) -> bytes:
    """What the archive says of itself."""
    root: Fingerprint = identity.own_fingerprint(site)
    document: JsonObject = {
        "type": TYPE,
        "schema": SCHEMA,
        "host": Host(site.settings.host),
        "name": site.settings.name,
        "fingerprint": root,
        "made": to_text(site.clock.now()),
        "journals": list(_names(site)),
    }
    return jcs(document)


def _names(site: Site) -> list[str]:
    ours = select(Journal.name).where(Journal.host == site.settings.host)
    return list(site.session.scalars(ours.order_by(Journal.name)))
