"""What an origin says again in a new epoch because it had lost it: here it is held already, and moves to its new place.

State is a function of the entries: who received them the first time must end with the same numbers as who did not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, update

from pop_forum.federation.identifiers import Host, origin
from pop_forum.models import Deletion, Entry, Journal, Person, Post, PostVersion, Revision, Stance, Support
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site


@dataclass(frozen=True, slots=True)
class Move:
    """An activity's first place in the journal, and the one in which it is said again."""

    before: Stamp
    now: Stamp


def first_places(site: Site, row: Journal, entries: Iterable[tuple[str, bytes]]) -> dict[str, Stamp]:
    """Where these activities (id, bytes) stand in epochs before the present one, and had their effect."""
    told = dict(entries) if row.epoch > 1 else {}
    if not told:
        return {}
    found = site.session.execute(
        select(Entry.activity_id, Entry.activity, Entry.epoch, Entry.n).where(
            Entry.journal_id == row.id,
            Entry.epoch < row.epoch,
            Entry.activity_id.in_(told),
            Entry.outcome.in_(("applied", "own")),
        )
    )
    return {str(uri): Stamp(epoch, n) for uri, activity, epoch, n in found if activity == told[str(uri)]}


def move(site: Site, host: Host, moves: Iterable[Move]) -> None:
    """Nothing; what these entries wrote bears the number of their new place."""
    for each in moves:
        for table, ours in _tables(host):
            at = (table.epoch == each.before.epoch, table.n == each.before.n, ours)
            values = {"epoch": each.now.epoch, "n": each.now.n}
            site.session.execute(update(table).where(*at).values(values).execution_options(synchronize_session=False))
        site.session.expire_all()


def _tables(host: Host) -> tuple[tuple[Any, ColumnElement[bool]], ...]:
    """The tables that number what an origin wrote, and which of their rows are of this one."""
    posts = select(Post.id).where(Post.host == host)
    return (
        (Person, Person.host == host),
        (Post, Post.host == host),
        (PostVersion, PostVersion.post_id.in_(posts)),
        (Deletion, Deletion.actor.startswith(f"{origin(host)}/", autoescape=True)),
        (Support, Support.host == host),
        (Revision, Revision.host == host),
        (Stance, Stance.host == host),
    )
