"""Taking in pages of another site's journal: verify, keep, move the cursor, then apply — in one transaction.

A push and a pull bring the same pages and end here. A page that was taken before does no harm.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select, update

from pop_forum.errors import Conflict, InvalidInput
from pop_forum.federation import journal as chain
from pop_forum.federation import pages, registers
from pop_forum.federation.activities import Activity, Erase, KeyRegister
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Fingerprint, Host
from pop_forum.federation.journal import Position
from pop_forum.federation.keyring import Ring
from pop_forum.federation.pages import Kept, Page
from pop_forum.models import Entry, Journal
from pop_forum.models import Epoch as EpochRow
from pop_forum.services import erasures, inbox, journal, key_registers, outcomes, picture_requests, said_again
from pop_forum.services.arrivals import Arrivals
from pop_forum.services.declarations import FORUM
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp
from pop_forum.services.outcomes import Outcome
from pop_forum.services.said_again import Move
from pop_forum.services.site import Site
from pop_forum.services.unapplied import Places, apply_waiting, awaited, handled
from pop_forum.services.verifying import Read, read_all

_log = logging.getLogger(__name__)

# What arrives in one page may be what an entry of another page waits for: neither may miss the other, so pages are
# taken one after the other, and so are the deletions decided here.
TAKING = "taking"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a page: how many entries were new, and where this site now stands (None: nowhere yet)."""

    position: Position | None
    new: int
    accepted: bool  # False: the page does not follow our position; the sender continues from it
    more: bool = False  # the origin has entries after this page
    divergence: str | None = None  # why the journal was just put in quarantine


class Fork(Conflict):
    """The origin signed two histories for one place of its journal."""


def receive_page(site: Site, origin: str, root: Fingerprint, name: str, data: bytes, sender: str) -> Taken:
    """The page taken into our copy of `origin`'s journal `name`, brought by `sender`.

    `root` is the fingerprint by which this site knows the origin. Raises InvalidInput or BadSignature for a page
    that is malformed or not the origin's, Conflict for one that tells another history without a proof; a fork or an
    edit that the origin signed ends in quarantine, not in an error.
    """
    return take(site, root, pages.parse_page(data, host=origin, journal=name), sender)


def take(site: Site, root: Fingerprint, page: Page, sender: str, *, proved: bool = False) -> Taken:
    """The same for a page that was read before; one of a mirror must be `proved`: federation.mirrored."""
    site.one_at_a_time(TAKING)
    origin, name = page.head.host, page.head.journal
    row = journal.hold(site, origin, name)
    held = key_registers.ring_of(site, row)
    if not held.spans and page.start > 0:
        return Taken(None, 0, accepted=False, more=True)
    ring = _ring_after(row, page, held if held.spans else registers.first(page, root))
    is_signed = not proved or registers.signs(ring, page.head, page.head_document)
    if is_signed:  # the head of a page that is proved otherwise may be of a key that comes further on
        chain.verify_head(page.head_document, keys=registers.of_head(ring, page.head))
    if page.head.epoch != page.epoch:
        raise InvalidInput("the head is of another epoch than the page")
    if row is not None and row.quarantined:
        return Taken(journal.position_of(row), 0, accepted=False, divergence=row.quarantined)
    if row is not None and page.epoch.number == row.epoch and page.epoch.id != row.epoch_id:
        return _forked(row, page, held, f"fork: two epochs of {origin} have the number {row.epoch}")
    try:
        cursor = _cursor(site, row, page)
        if cursor is None or page.start > cursor.n:
            return Taken(None if row is None else journal.position_of(row), 0, accepted=False, more=True)
        fresh = _fresh_part(site, row, page, cursor)
        hashes = pages.verify_chain(fresh, cursor)
    except Fork as fork:
        return _forked(row, page, held, str(fork))
    except Conflict as other:  # by what bears no signature of its own, unless the head proves it
        if not proved and not pages.is_proved(page):
            raise
        return _forked(row, page, held, str(other))
    row = row or _open_journal(site, page)
    if row.epoch_id != page.epoch.id:
        _next_epoch(site, row, page)
    _take(site, row, fresh, hashes, ring, sender)
    if is_signed:
        note_head(site, row, page)
    follows = page.next is not None and row.n == fresh.start + len(fresh.entries)
    more = (page.head.n > row.n or follows) and row.quarantined is None
    return Taken(journal.position_of(row), len(fresh.entries), accepted=True, more=more, divergence=row.quarantined)


def _ring_after(row: Journal | None, page: Page, ring: Ring) -> Ring:
    """The keys that this page tells of, after those that were known: its entries that are held are read already."""
    is_ours = row is not None and (row.epoch, row.epoch_id) == (page.epoch.number, page.epoch.id)
    after = row.n if row is not None and is_ours else 1 if page.epoch.number == 1 else 0
    return registers.follow(ring, page.head.host, page.epoch.number, page.entries, after)


def _cursor(site: Site, row: Journal | None, page: Page) -> Position | None:
    """Where this page must join: our position, the beginning, or the start of the epoch that follows ours."""
    start = chain.start_of(page.head.host, page.head.journal, page.epoch)
    if row is None:
        return start if page.epoch.number == 1 else None
    if (page.epoch.number, page.epoch.id) == (row.epoch, row.epoch_id):
        return journal.position_of(row)
    return start if _follows(site, row, page) else None


def _follows(site: Site, row: Journal, page: Page) -> bool:
    """Whether the page's epoch is the one after ours, and begins where we have come, or before.

    An origin that lost its tail begins its next epoch at what it took back. What we hold beyond that stays held and
    applied; the origin asks for it, and says it again in the new epoch. Raises Fork when it begins at another
    history than ours: its head says so.
    """
    before = page.epoch.predecessor
    if before is None or page.epoch.number != row.epoch + 1 or before.epoch_id != row.epoch_id or before.n > row.n:
        return False
    if journal.hash_at(site, row, row.epoch, before.n) != before.hash:
        raise Fork(f"fork: epoch {page.epoch.number} begins after another entry {before.n}")
    return True


def _fresh_part(site: Site, row: Journal | None, page: Page, cursor: Position) -> Page:
    """The page without what we hold already, after checking that both tell the same there.

    Raises Fork when the signed head tells another history, Conflict when the page does, and InvalidInput for one that
    lists more or fewer hashes than entries.
    """
    if len(page.hashes) != len(page.entries):
        raise InvalidInput(f"{len(page.hashes)} hashes for {len(page.entries)} entries")
    if row is not None and page.head.n == cursor.n:
        _refuse_other({cursor.n: cursor.hash}, page.head.n, page.head.hash, Fork)
    if row is None or page.start >= cursor.n:
        return page
    overlap = min(cursor.n - page.start, len(page.entries))
    held = _held(site, row, cursor.epoch, (page.start, page.start + overlap, page.head.n))
    _refuse_other(held, page.head.n, page.head.hash, Fork)
    _refuse_other(held, page.start, page.previous, Conflict)
    if overlap:
        _refuse_other(held, page.start + overlap, page.hashes[overlap - 1], Conflict)
    rest, hashes = page.entries[overlap:], page.hashes[overlap:]
    return replace(page, start=cursor.n, previous=cursor.hash, entries=rest, hashes=hashes, head=_at(page, cursor))


def _held(site: Site, row: Journal, epoch: int, numbers: tuple[int, ...]) -> dict[int, bytes]:
    """The hash after each of these entries, as far as they are here."""
    found = site.session.execute(
        select(Entry.n, Entry.hash).where(Entry.journal_id == row.id, Entry.epoch == epoch, Entry.n.in_(numbers))
    )
    return {n: bytes.fromhex(hash_) for n, hash_ in found}


def _refuse_other(held: dict[int, bytes], n: int, told: bytes, error: type[Conflict]) -> None:
    """Raises `error` when what is told of a place in the journal is not what we hold there."""
    if held.get(n, told) != told:
        raise error(f"fork: entry {n} has two contents")


def _at(page: Page, cursor: Position) -> chain.Head:
    """The page's head, moved to where we stand when it is an older one: an old page is no contradiction."""
    return page.head if page.head.n >= cursor.n else replace(page.head, n=cursor.n, hash=cursor.hash)


def _open_journal(site: Site, page: Page) -> Journal:
    start = chain.start_of(page.head.host, page.head.journal, page.epoch)
    row = Journal(
        host=page.head.host,
        name=page.head.journal,
        epoch=page.epoch.number,
        epoch_id=page.epoch.id,
        n=0,
        hash=start.hash.hex(),
        head_n=0,
    )
    site.session.add(row)
    site.session.flush()
    site.session.add(EpochRow(journal_id=row.id, number=page.epoch.number, epoch_id=page.epoch.id))
    return row


def _next_epoch(site: Site, row: Journal, page: Page) -> None:
    before = page.epoch.predecessor
    ended = (EpochRow.journal_id == row.id, EpochRow.number == row.epoch)
    site.session.execute(update(EpochRow).where(*ended).values(head=row.head))
    site.session.add(
        EpochRow(
            journal_id=row.id,
            number=page.epoch.number,
            epoch_id=page.epoch.id,
            predecessor_id=before.epoch_id if before else None,
            predecessor_n=before.n if before else None,
            predecessor_hash=before.hash.hex() if before else None,
        )
    )
    start = chain.start_of(row.host, row.name, page.epoch)
    row.epoch, row.epoch_id, row.n, row.hash = start.epoch, start.epoch_id, 0, start.hash.hex()
    row.head, row.head_n, row.head_at, row.highest_n = None, 0, None, 0


def _take(site: Site, row: Journal, page: Page, hashes: tuple[bytes, ...], ring: Ring, sender: str) -> None:
    """Keep every entry of the page, move the cursor, apply what can be applied."""
    reads = read_all(list(zip(page.entries, hashes, strict=True)), Host(row.host), row.name, row.epoch, ring)
    told = [read.activity for read in reads if read.activity and isinstance(read.activity.content, KeyRegister)]
    if told:
        key_registers.put(site, row, ring, max(activity.published for activity in told))
    for part in _parts(reads):
        _take_part(site, row, part, sender)
    if reads:
        _check_erasures(site, row, ring)


def _parts(reads: list[Read]) -> Iterator[list[Read]]:
    """The page in parts that each end with erasures: these are carried out before what follows is looked at.

    So an entry finds the same, whether it comes in one page with what was erased before it or in another.
    """
    part: list[Read] = []
    for read in reads:
        if part and _erases(part[-1]) and not _erases(read):
            yield part
            part = []
        part.append(read)
    if part:
        yield part


def _erases(read: Read) -> bool:
    return read.activity is not None and isinstance(read.activity.content, Erase)


def _take_part(site: Site, row: Journal, reads: list[Read], sender: str) -> None:
    host = Host(row.host)
    known, places = Arrivals(site), Places(site)
    activities = [read.activity for read in reads if read.activity is not None]
    before = said_again.first_places(
        site,
        row,
        ((each.activity.id, each.entry.activity) for each in reads if each.activity and isinstance(each.entry, Kept)),
    )
    moves: list[Move] = []
    known.prefetch(uri for activity in activities for uri in inbox.mentioned(activity))
    known.prefetch_supports(key for activity in activities for key in inbox.tokens(host, activity))
    known.prefetch_replies(uri for activity in activities for uri in inbox.brought(activity))
    known.prefetch_claims(uri for activity in activities if (uri := inbox.created(activity)) is not None)
    rows: list[dict[str, Any]] = []
    arrived: list[str] = []
    with site.session.no_autoflush:  # what the handlers look up is in `known`; one flush per part, not per entry
        for read in reads:
            stamp = Stamp(row.epoch, read.entry.n)
            if read.activity is not None and read.activity.id in before:
                moves.append(Move(before[read.activity.id], stamp))
                outcome = outcomes.APPLIED
            else:
                outcome = places.placed(host, _outcome(site, known, host, read, stamp))
            arrived += outcome.arrived
            claim = _claim(row, read.activity, outcome)
            if claim is not None:
                known.add_claim(claim, (stamp.epoch, stamp.n), tombstone=_erases(read))
            rows.append(_entry_row(site, row, read, outcome, sender) | {"creates": claim})
    known.write()
    picture_requests.name(site, known.named)
    site.session.execute(insert(Entry.__table__), rows)  # type: ignore[arg-type]
    row.n, row.hash = rows[-1]["n"], rows[-1]["hash"]
    site.session.flush()
    said_again.move(site, host, moves)
    arrived += erasures.carry_out(site, known)
    apply_waiting(site, Known(site), arrived)


def _outcome(site: Site, known: Known, host: Host, read: Read, stamp: Stamp) -> Outcome:
    if read.refusal is not None:
        return Outcome("refused", reason=read.refusal)
    if read.activity is None:
        return Outcome("erased")
    outcome = handled(site, known, host, read.activity, stamp)
    came_back = outcome.state == "applied" and host == site.settings.host
    return replace(outcome, state="own") if came_back else outcome


def _claim(row: Journal, activity: Activity | None, outcome: Outcome) -> str | None:
    """The id that an entry kept without effect gives to a message; one with effect has a row that tells it."""
    if activity is None or row.name != FORUM or outcome.state not in said_again.KEPT:
        return None
    return inbox.created(activity)


def _entry_row(site: Site, row: Journal, read: Read, outcome: Outcome, sender: str) -> dict[str, Any]:
    kept = read.entry if isinstance(read.entry, Kept) else None
    return {
        "journal_id": row.id,
        "epoch": row.epoch,
        "n": read.entry.n,
        "hash": read.hash.hex(),
        "leaf": read.entry.leaf().hex(),
        "salt": kept.salt if kept else None,
        "activity": kept.activity if kept else None,
        "activity_id": read.activity.id if read.activity else None,
        "type": type(read.activity.content).__name__ if read.activity else "",
        "outcome": outcome.state,
        "waiting_on": awaited(outcome),
        "reason": outcome.reason,
        "erased_by": None if isinstance(read.entry, Kept) else read.entry.erased_by,
        "erased_epoch": None if isinstance(read.entry, Kept) else read.entry.erased_in,
        "received_at": site.clock.now(),
        "received_from": sender,
    }


def _check_erasures(site: Site, row: Journal, ring: Ring) -> None:
    """Put the journal in quarantine when an erasure is not proved: somebody withheld that entry."""
    for entry in erasures.unproved(site, row, ring):
        quarantine(row, f"entry {entry.n} is missing, and entry {entry.erased_by} does not erase it")


def note_head(site: Site, row: Journal, page: Page) -> None:
    """Remember a verified head: the highest that any source shows, and the lowest that proves all we hold.

    The second one goes out with our pages: who has entries up to it can tell that we have changed nothing.
    """
    head = page.head
    if head.epoch.id != row.epoch_id or head.n < row.n:
        return
    row.highest_n, row.head_seen_at = max(row.highest_n, head.n), site.clock.now()
    newer = head.n == row.head_n and (row.head_at is None or head.time > row.head_at)
    if row.head is None or row.head_n < row.n or head.n < row.head_n or newer:
        row.head, row.head_n, row.head_at = jcs(page.head_document), head.n, head.time


def quarantine(row: Journal, why: str) -> None:
    """Two histories were told for one place: nothing more of this journal is taken until an admin decides."""
    row.quarantined = why
    _log.error("journal %s/%s quarantined: %s", row.host, row.name, why)


def _forked(row: Journal | None, page: Page, held: Ring, why: str) -> Taken:
    """The journal in quarantine; what a key signed that it has dropped since proves nothing. Raises Conflict then."""
    if row is not None and held.spans:
        signer = registers.number_of(page.head_document)
        if signer not in held.at((row.epoch, max(row.n, 1))) and held.ever(signer):
            raise Conflict(f"{why}, by key {signer}, which was dropped since")
    return _quarantined(row, why)


def _quarantined(row: Journal | None, why: str) -> Taken:
    if row is None:
        raise InvalidInput(why)
    quarantine(row, why)
    return Taken(journal.position_of(row), 0, accepted=False, divergence=why)
