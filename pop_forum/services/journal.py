"""The journals: founding and extending our own, and serving pages of them and of what we hold of others'."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, insert, or_, select, update

from pop_forum.db import REACHED
from pop_forum.errors import NotFound, TooLarge, Unavailable
from pop_forum.federation import build, pages
from pop_forum.federation import journal as chain
from pop_forum.federation.activities import Activity, KeyRegister
from pop_forum.federation.identifiers import EpochId, Host, ObjectId, Seq, site_actor_id
from pop_forum.federation.journal import JOURNALS, SALT_BYTES, Epoch, Head, Position, Predecessor
from pop_forum.federation.keyring import Ring
from pop_forum.federation.strict_json import JsonObject, load_object
from pop_forum.models import Entry, Journal, Link, Peer
from pop_forum.models import Epoch as EpochRow
from pop_forum.models.base import Instant
from pop_forum.services import key_registers
from pop_forum.services.site import FIRST, Site

EPOCH_ID_BYTES = 16  # 128 bits, drawn once per epoch
ACTIVITY_LETTERS = 16
HELD = "journals held"  # key in Session.info
RESUMING = (
    "Ce site vient d’être restauré : il reprend d’abord auprès des autres communes ce qu’il avait déjà publié. "
    "Votre texte est toujours là : réessayez dans quelques minutes."
)
DELIVER = "deliver"  # the kind of work an appended entry owes

# Built once: SQLAlchemy takes longer to build these statements than SQLite to run them, and every push or reply runs
# them. `append` writes without objects, so `find` reads afresh.
_NAMED = (Journal.host == bindparam("host"), Journal.name == bindparam("name"))
_FIND = select(Journal).where(*_NAMED).execution_options(populate_existing=True)
_HOLD = _FIND.with_for_update()
_EPOCH = select(EpochRow).where(EpochRow.journal_id == bindparam("journal"), EpochRow.number == bindparam("number"))
_OF_EPOCH = (Entry.journal_id == bindparam("journal"), Entry.epoch == bindparam("epoch"))
_HASH = select(Entry.hash).where(*_OF_EPOCH, Entry.n == bindparam("n"))
_ENTRIES = (
    select(Entry.n, Entry.hash, Entry.leaf, Entry.salt, Entry.activity, Entry.erased_by, Entry.erased_epoch)
    .where(*_OF_EPOCH, Entry.n > bindparam("since"))
    .order_by(Entry.n)
    .limit(pages.PAGE_ENTRIES + 1)
)
_TAIL = (
    select(
        Journal.id,
        Journal.epoch,
        Journal.epoch_id,
        Journal.n,
        Journal.hash,
        Journal.key_number,
        Journal.resuming_since,
    )
    .where(*_NAMED)
    .with_for_update()
)
_EXTEND = (
    update(Journal).where(Journal.id == bindparam("journal")).values(n=bindparam("last"), hash=bindparam("digest"))
)
_ENTER = insert(Entry)
_CARRIES = select(Peer.id).where(or_(Peer.state == "active", Peer.state == "limited"))
# In the order of their numbers, as an answer is noted: two transactions would else wait for each other (PostgreSQL).
_OWED = (
    select(Link.id)
    .where(Link.journal == bindparam("name"), Link.peer_id.in_(_CARRIES))
    .order_by(Link.id)
    .with_for_update()
)
_OWE = (
    update(Link)
    .where(Link.id.in_(_OWED))
    .values(push_due_at=func.coalesce(Link.push_due_at, bindparam("now", type_=Instant())))
)


class Tail(NamedTuple):
    """Where a journal of ours ends, and with which key its next entry is signed."""

    id: int
    epoch: int
    epoch_id: str
    n: int
    hash: str
    key_number: int
    resuming_since: datetime | None


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry of ours: its number, and its bytes as they are signed."""

    epoch: int
    n: int
    activity: bytes


def found_all(site: Site) -> None:
    """Every journal of this site founded: epoch 1, whose first entry declares the site's keys. Idempotent."""
    for name in JOURNALS:
        if find(site, site.settings.host, name) is None:
            _found(site, name)


def find(site: Site, host: str, name: str) -> Journal | None:
    """What this site holds of a journal, of its own or of another site."""
    return site.session.scalar(_FIND, {"host": host, "name": name})


def hold(site: Site, host: str, name: str) -> Journal | None:
    """The same, kept from other writers until the transaction ends (PostgreSQL; SQLite has one writer anyway).

    Read afresh the first time only: later in the transaction the row may hold a number that is not written yet.
    """
    held: dict[tuple[str, str], Journal] = site.session.info.setdefault(HELD, {})
    if (host, name) not in held:
        row = site.session.scalar(_HOLD, {"host": host, "name": name})
        if row is None:
            return None
        held[host, name] = row
    return held[host, name]


def new_activity_id(site: Site) -> ObjectId:
    """A new id for an activity of ours."""
    return ObjectId(site.url(f"/a/{site.entropy.token(ACTIVITY_LETTERS)}"))


def append(site: Site, name: str, activity: Activity) -> Appended:
    """The activity, signed, as the next entry of our journal; a push to every peer that carries it is owed.

    Its number is taken last, from the journal's row, so that numbers have no gap and no reader can skip one.
    """
    entry = _append(site, name, activity)
    _owe_push(site, name)
    return entry


def mark(site: Site, name: str, position: Position) -> None:
    """Nothing; with the commit, the marker outside the database tells that our journal has come to this position."""
    site.session.info.setdefault(REACHED, {})[name] = (position.epoch, position.n)


def position_of(row: Journal) -> Position:
    """Where a journal's row stands."""
    return Position(row.epoch, EpochId(row.epoch_id), row.n, bytes.fromhex(row.hash))


def epoch_of(site: Site, row: Journal, number: int | None = None) -> Epoch:
    """An epoch of a journal, the present one unless a number is given. Raises NotFound."""
    found = site.session.scalar(_EPOCH, {"journal": row.id, "number": number or row.epoch})
    if found is None:
        raise NotFound(f"journal {row.host}/{row.name} has no epoch {number}")
    predecessor = None
    if found.predecessor_id is not None and found.predecessor_n is not None and found.predecessor_hash:
        predecessor = Predecessor(
            EpochId(found.predecessor_id), found.predecessor_n, bytes.fromhex(found.predecessor_hash)
        )
    return Epoch(found.number, EpochId(found.epoch_id), predecessor)


def page(
    site: Site, name: str, since: int, epoch_number: int | None = None, host: str | None = None, *, whole: bool = False
) -> bytes:
    """The page of a journal after entry `since`: ours, or what we hold of that of `host`, byte for byte.

    Who has come to the end of a past epoch, or beyond it, is given the beginning of the next one. An origin that
    wants the `whole` of what is held of its own is not: it may have lost what lies beyond.

    Raises NotFound for a journal, an epoch or a place that we do not have.
    """
    row, epoch, start = _asked(site, host or site.settings.host, name, since, epoch_number, whole)
    rows = site.session.execute(_ENTRIES, {"journal": row.id, "epoch": epoch.number, "since": start.n}).all()
    entries = pages.cut(_wire_entry(*item) for item in rows)
    end = _end(site, row, epoch)
    told = [start.hash, *(bytes.fromhex(item.hash) for item in rows[: len(entries)])]
    last = Position(epoch.number, epoch.id, start.n + len(entries), told[-1])
    return pages.build_page(
        host=row.host,
        journal=name,
        start=start,
        entries=entries,
        hashes=told[1:],
        epoch=epoch,
        head_document=_head(site, row, epoch, last),
        more=last.n < end.n or epoch.number < row.epoch,
        mirror=site.settings.host,
    )


def etag(
    site: Site, name: str, since: int, epoch_number: int | None = None, host: str | None = None, *, whole: bool = False
) -> str:
    """The ETag of that page: it changes with the last hash of its epoch and with each erasure after `since`.

    Raises NotFound wherever `page` does.
    """
    row, epoch, start = _asked(site, host or site.settings.host, name, since, epoch_number, whole)
    erased = site.session.scalar(
        select(func.count()).where(
            Entry.journal_id == row.id, Entry.epoch == epoch.number, Entry.n > start.n, Entry.erased_by.is_not(None)
        )
    )
    return pages.etag(_end(site, row, epoch).hash, erased or 0)


def _asked(
    site: Site, host: str, name: str, since: int, epoch_number: int | None, whole: bool
) -> tuple[Journal, Epoch, Position]:
    """What a reader names: the journal, its epoch, and the place after which a page begins. Raises NotFound."""
    row = find(site, host, name)
    if row is None:
        raise NotFound(f"no journal {host[:80]}/{name[:40]}")
    epoch = epoch_of(site, row, epoch_number)
    if epoch.number < row.epoch and not whole and since >= end_of(site, row, epoch.number):
        epoch, since = epoch_of(site, row, epoch.number + 1), 0
    return row, epoch, _position_at(site, row, epoch, since)


def _found(site: Site, name: str) -> None:
    host = Host(site.settings.host)
    epoch = Epoch(1, EpochId(site.entropy.bytes(EPOCH_ID_BYTES).hex()))
    start = chain.start_of(host, name, epoch)
    row = Journal(host=host, name=name, epoch=1, epoch_id=epoch.id, n=0, hash=start.hash.hex())
    site.session.add(row)
    site.session.flush()
    site.session.add(EpochRow(journal_id=row.id, number=1, epoch_id=epoch.id))
    first, newest = site.pairs.pair(FIRST).public(), site.keys.public()
    listed = (first,) if newest.number == FIRST else (first, newest)  # it is read by who knows the first one
    activity = Activity(new_activity_id(site), site_actor_id(host), site.clock.now(), KeyRegister(epoch, listed))
    _append(site, name, activity)
    key_registers.put(site, row, Ring().told((epoch.number, 1), listed), activity.published)


def append_signed(site: Site, name: str, activity: Activity, data: bytes) -> Appended:
    """An activity of ours that was signed before, as the next entry; a push is owed as for a new one."""
    entry = _write(site, name, _tail(site, name), activity, data)
    _owe_push(site, name)
    return entry


def _append(site: Site, name: str, activity: Activity) -> Appended:
    """The entry, signed by the newest key of the journal as its row tells: another process may have changed it."""
    tail = _tail(site, name)
    return _write(
        site, name, tail, activity, build.signed(activity, site.pairs.pair(tail.key_number), site.clock.now())
    )


def _tail(site: Site, name: str) -> Tail:
    """Where a journal of ours ends, kept from other writers. Raises NotFound, and Unavailable in reprise."""
    host = site.settings.host
    found = site.session.connection().execute(_TAIL, {"host": host, "name": name}).one_or_none()
    if found is None:
        raise NotFound(f"journal {name!r} was never founded")
    tail = Tail(*found)
    if tail.resuming_since is not None:
        raise Unavailable(f"journal {name} is in reprise", RESUMING)
    return tail


def _write(site: Site, name: str, tail: Tail, activity: Activity, data: bytes) -> Appended:
    if len(data) > pages.ENTRY_BYTES:
        raise TooLarge(f"an entry of {len(data)} bytes; at most {pages.ENTRY_BYTES}")
    salt, host, connection = site.entropy.bytes(SALT_BYTES), site.settings.host, site.session.connection()
    leaf = chain.leaf(salt, data)
    position = Position(tail.epoch, EpochId(tail.epoch_id), tail.n, bytes.fromhex(tail.hash))
    position = chain.after(host, name, position, leaf)
    values = {
        "journal_id": tail.id,
        "epoch": position.epoch,
        "n": position.n,
        "hash": position.hash.hex(),
        "leaf": leaf.hex(),
        "salt": salt,
        "activity": data,
        "activity_id": activity.id,
        "type": type(activity.content).__name__,
        "outcome": "own",
        "received_at": site.clock.now(),
    }
    connection.execute(_ENTER, values)
    connection.execute(_EXTEND, {"journal": tail.id, "last": position.n, "digest": values["hash"]})
    mark(site, name, position)
    return Appended(position.epoch, position.n, data)


def _owe_push(site: Site, name: str) -> None:
    """Make a push due now to each peer that carries the journal; one that fails keeps its own later time.

    The update touches every such row, also those already due: it then waits for a delivery that is about to find
    « nothing left », and that delivery cannot miss this entry.
    """
    due = site.session.connection().execute(_OWE, {"name": name, "now": site.clock.now()})
    if due.rowcount:
        site.wake(DELIVER)


def hash_at(site: Site, row: Journal, epoch: int, n: int) -> bytes:
    """The hash after entry `n` of an epoch we hold; after none of them when `n` is 0. Raises NotFound."""
    return _position_at(site, row, epoch_of(site, row, epoch), n).hash


def end_of(site: Site, row: Journal, epoch: int) -> int:
    """The last entry of one of our own epochs: where the next one begins."""
    if epoch == row.epoch:
        return row.n
    following = epoch_of(site, row, epoch + 1)
    return following.predecessor.n if following.predecessor else 0


def open_epoch(site: Site, name: str) -> Epoch:
    """A new epoch of our own journal, after where it stands; its first entry declares the site's keys."""
    row = hold(site, site.settings.host, name)
    if row is None:
        raise NotFound(f"journal {name!r} was never founded")
    before = position_of(row)
    epoch = Epoch(
        before.epoch + 1,
        EpochId(site.entropy.bytes(EPOCH_ID_BYTES).hex()),
        Predecessor(before.epoch_id, before.n, before.hash),
    )
    site.session.add(
        EpochRow(
            journal_id=row.id,
            number=epoch.number,
            epoch_id=epoch.id,
            predecessor_id=before.epoch_id,
            predecessor_n=before.n,
            predecessor_hash=before.hash.hex(),
        )
    )
    start = chain.start_of(row.host, name, epoch)
    row.epoch, row.epoch_id, row.n, row.hash = start.epoch, start.epoch_id, 0, start.hash.hex()
    site.session.flush()
    content = KeyRegister(epoch, tuple(key_registers.ring_of(site, row).open().values()))
    append(site, name, Activity(new_activity_id(site), site_actor_id(Host(row.host)), site.clock.now(), content))
    return epoch


def _position_at(site: Site, row: Journal, epoch: Epoch, n: int) -> Position:
    if n == 0:
        return chain.start_of(row.host, row.name, epoch)
    found = site.session.scalar(_HASH, {"journal": row.id, "epoch": epoch.number, "n": n})
    if found is None:
        raise NotFound(f"journal {row.name} has no entry {n} in epoch {epoch.number}")
    return Position(epoch.number, epoch.id, n, bytes.fromhex(found))


def _end(site: Site, row: Journal, epoch: Epoch) -> Position:
    """Where an epoch ends as we hold it: the journal's own position, or the end of a past epoch."""
    if epoch.number == row.epoch:
        return position_of(row)
    last = site.session.execute(
        select(Entry.n, Entry.hash)
        .where(Entry.journal_id == row.id, Entry.epoch == epoch.number)
        .order_by(Entry.n.desc())
        .limit(1)
    ).one()
    return Position(epoch.number, epoch.id, last.n, bytes.fromhex(last.hash))


def _head(site: Site, row: Journal, epoch: Epoch, end: Position) -> JsonObject:
    """The head of a page that ends there: signed now when the journal is ours, else as we received it. Raises NotFound.

    Each page of a long journal of ours has a head of its own: who takes but a part can prove that part to others.
    """
    if row.host == site.settings.host:
        head = Head(Host(row.host), row.name, epoch, end.n, end.hash, site.clock.now())
        return chain.sign_head(head, key_registers.pair_at(site, row, (epoch.number, end.n)))
    received = row.head
    if epoch.number != row.epoch:
        ours = (EpochRow.journal_id == row.id, EpochRow.number == epoch.number)
        received = site.session.scalar(select(EpochRow.head).where(*ours))
    if received is None:
        raise NotFound(f"no head of epoch {epoch.number} of {row.host}/{row.name}")
    return load_object(received)


def _wire_entry(
    n: int,
    hash_: str,
    leaf: str,
    salt: bytes | None,
    activity: bytes | None,
    erased_by: int | None,
    erased_epoch: int | None,
) -> pages.Entry:
    if activity is None or salt is None:
        return pages.Erased(Seq(n), bytes.fromhex(leaf), Seq(erased_by or 0), erased_epoch)
    return pages.Kept(Seq(n), salt, activity)
