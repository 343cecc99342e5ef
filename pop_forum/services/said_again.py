"""What an origin says again in a new epoch because it had lost it: here it is held already, and moves to its new place.

State is a function of the entries: who received them the first time must end with the same numbers as who did not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, update

from pop_forum.federation import proofs
from pop_forum.federation.identifiers import Host, origin
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Deletion, Entry, Journal, Person, Post, PostVersion, Revision, Stance, Support
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site

KEPT = ("waiting", "postponed", "unsupported")  # outcomes of entries that are kept without effect
SAID_AGAIN = "said again in a later epoch"


@dataclass(frozen=True, slots=True)
class Move:
    """An activity's first place in the journal, and the one in which it is said again."""

    before: Stamp
    now: Stamp


def first_places(site: Site, row: Journal, entries: Iterable[tuple[str, bytes]]) -> dict[str, Stamp]:
    """Where these activities (id, bytes) stand in epochs before the present one, and had their effect.

    Of one that had to be signed anew, by a later key, all but the proof is the same.
    What is kept there without effect is let go of: from now on the activity stands in its new place only.
    """
    told = dict(entries) if row.epoch > 1 else {}
    if not told:
        return {}
    which = (Entry.journal_id == row.id, Entry.epoch < row.epoch, Entry.activity_id.in_(told))
    columns = (Entry.activity_id, Entry.activity, Entry.epoch, Entry.n, Entry.id, Entry.outcome)
    found = site.session.execute(select(*columns).where(*which).order_by(Entry.epoch, Entry.n))
    last = {str(each.activity_id): each for each in found if _is_same(each.activity, told[str(each.activity_id)])}
    _let_go(site, [each.id for each in last.values() if each.outcome in KEPT])
    return {uri: Stamp(each.epoch, each.n) for uri, each in last.items() if each.outcome in ("applied", "own")}


def move(site: Site, host: Host, moves: Iterable[Move]) -> None:
    """Nothing; what these entries wrote bears the number of their new place."""
    for each in moves:
        for table, ours in _tables(host):
            at = (table.epoch == each.before.epoch, table.n == each.before.n, ours)
            values = {"epoch": each.now.epoch, "n": each.now.n}
            site.session.execute(update(table).where(*at).values(values).execution_options(synchronize_session=False))
        site.session.expire_all()


def _is_same(before: bytes | None, now: bytes) -> bool:
    """Whether two activities of one id say the same, whoever signed them."""
    if before is None or before == now:
        return before == now
    return proofs.unsigned(load_object(before)) == proofs.unsigned(load_object(now))


def _let_go(site: Site, entries: list[int]) -> None:
    """Nothing; these entries wait for nothing any more, and give no id: the same is said again further on."""
    if entries:
        gone = {"outcome": "applied", "waiting_on": None, "creates": None, "reason": SAID_AGAIN}
        site.session.execute(update(Entry).where(Entry.id.in_(entries)).values(gone))


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
