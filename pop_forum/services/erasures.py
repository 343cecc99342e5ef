"""Erased entries of another site's journal: each needs the entry by which its origin erased it."""

from collections.abc import Mapping

from sqlalchemy import select

from pop_forum.federation import authenticity, parse
from pop_forum.federation.activities import Erase
from pop_forum.federation.identifiers import Host
from pop_forum.federation.keys import PublicKeys
from pop_forum.models import Entry, Journal
from pop_forum.services.site import Site

PROVED = "proved"  # in `waiting_on` of an erased entry, once it was looked at


def unproved(site: Site, row: Journal, keys: Mapping[int, PublicKeys]) -> list[Entry]:
    """The erased entries whose erasing entry has come and does not erase them; each is looked at once."""
    waiting = site.session.scalars(
        select(Entry).where(
            Entry.journal_id + 0 == row.id,  # a sum has no index: SQLite would choose this one, and walk the whole
            Entry.epoch + 0 == row.epoch,  # journal for each page instead of its few erased entries
            Entry.outcome == "erased",
            Entry.waiting_on.is_(None),
            Entry.erased_by <= row.n,
        )
    ).all()
    withheld = [entry for entry in waiting if not _is_proved(site, row, entry, keys)]
    for entry in waiting:
        entry.waiting_on = PROVED
    return withheld


def _is_proved(site: Site, row: Journal, entry: Entry, keys: Mapping[int, PublicKeys]) -> bool:
    """Whether the entry said to erase this one is an erasure by the origin, and names it."""
    eraser = site.session.scalar(
        select(Entry).where(Entry.journal_id == row.id, Entry.epoch == row.epoch, Entry.n == entry.erased_by)
    )
    if eraser is None or eraser.activity is None or eraser.type != Erase.__name__:
        return False
    verified = authenticity.verify_entry(eraser.activity, host=Host(row.host), keys=keys)
    content = parse.parse(verified.value, host=verified.host).content
    expected = (row.name, row.epoch_id, entry.n)
    return isinstance(content, Erase) and (content.journal, content.epoch_id, content.n) == expected
