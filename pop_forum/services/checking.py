"""Checking again, entry by entry, that every journal held here is what its origin signed: chains, leaves and proofs.

Nothing is written. What is found wrong here was changed after it was taken in: by a disk, or by a hand.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select

from pop_forum.errors import ForumError, NotFound
from pop_forum.federation import authenticity, registers
from pop_forum.federation import journal as chain
from pop_forum.federation.activities import KeyRegister
from pop_forum.federation.identifiers import EpochId, Host, Seq
from pop_forum.federation.journal import Position
from pop_forum.federation.keyring import FIRST_PLACE, Ring
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Entry, Epoch, Journal
from pop_forum.services import journal, key_registers
from pop_forum.services.site import Site

AT_ONCE = 500  # entries held in memory, as many as a page has
MOST_FAULTS = 20  # of one journal that are told; the others are counted


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a journal."""

    epoch: int
    n: int
    why: str


@dataclass(slots=True)
class Checked:
    """What was found of one journal so far."""

    host: str
    name: str
    total: int
    entries: int = 0
    proofs: int = 0
    erased: int = 0
    refused: int = 0  # kept as the origin's, and without effect: their proofs may be wrong
    wrong: int = 0
    faults: list[Fault] = field(default_factory=list)

    def blame(self, epoch: int, n: int, why: str) -> None:
        """One more fault."""
        self.wrong += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(epoch, n, why))


def held(site: Site) -> list[tuple[str, str]]:
    """Every journal held here, its own first: host and name."""
    rows = site.session.execute(select(Journal.host, Journal.name).order_by(Journal.host, Journal.name)).all()
    return sorted(((host, name) for host, name in rows), key=lambda one: (one[0] != site.settings.host, one))


def check(site: Site, host: str, name: str) -> Iterator[Checked]:
    """One journal checked from its beginning; what was found so far after each AT_ONCE entries, and at the end."""
    row = journal.find(site, host, name)
    if row is None:
        raise NotFound(f"no journal {host}/{name}")
    count = select(func.count()).select_from(Entry).where(Entry.journal_id == row.id)
    found, ring = Checked(host, name, site.session.scalar(count) or 0), key_registers.ring_of(site, row)
    before: Position | None = None
    for number in site.session.scalars(select(Epoch.number).where(Epoch.journal_id == row.id).order_by(Epoch.number)):
        epoch = journal.epoch_of(site, row, number)
        before = yield from _epoch(site, row, epoch, found, ring)
    _check_end(row, before, ring, found)
    yield found


def _epoch(
    site: Site, row: Journal, epoch: chain.Epoch, found: Checked, ring: Ring
) -> Generator[Checked, None, Position]:
    """Where the epoch ends, after what was found in it."""
    _check_joint(site, row, epoch, found)
    position = chain.start_of(row.host, row.name, epoch)
    while True:
        of_epoch = (Entry.journal_id == row.id, Entry.epoch == epoch.number, Entry.n > position.n)
        some = site.session.scalars(select(Entry).where(*of_epoch).order_by(Entry.n).limit(AT_ONCE)).all()
        if not some:
            return position
        for entry in some:
            position = _next(row, entry, position, found)
            _check_proof(row, entry, ring, found)
        site.session.expunge_all()
        yield found


def _next(row: Journal, entry: Entry, position: Position, found: Checked) -> Position:
    """Where the chain stands after this entry, as it is written here; what does not lead there is a fault."""
    found.entries += 1
    leaf = bytes.fromhex(entry.leaf)
    if entry.n != position.n + 1:
        found.blame(entry.epoch, entry.n, f"{entry.n - position.n - 1} entries before it are missing")
    elif chain.after(row.host, row.name, position, leaf).hash.hex() != entry.hash:
        found.blame(entry.epoch, entry.n, "its hash does not follow from the entry before")
    if entry.activity is not None and entry.salt is not None and chain.leaf(entry.salt, entry.activity) != leaf:
        found.blame(entry.epoch, entry.n, "its bytes are not those that the chain names")
    return Position(position.epoch, position.epoch_id, Seq(entry.n), bytes.fromhex(entry.hash))


def _check_proof(row: Journal, entry: Entry, ring: Ring, found: Checked) -> None:
    if entry.activity is None:
        found.erased += 1
        return
    if entry.outcome == "refused":
        found.refused += 1
        return
    place = entry.epoch, entry.n
    try:
        if entry.type == KeyRegister.__name__ and place != FIRST_PLACE:
            before = ring.before(place)
            authenticity.verify_register(entry.activity, host=Host(row.host), ring=before, place=place)
        else:
            authenticity.verify_entry(entry.activity, host=Host(row.host), keys=ring.at(place))
        found.proofs += 1
    except ForumError as error:
        found.blame(entry.epoch, entry.n, f"its proof is wrong: {error}")


def _check_joint(site: Site, row: Journal, epoch: chain.Epoch, found: Checked) -> None:
    """A fault when an epoch begins after another entry than the one held here."""
    before = epoch.predecessor
    if before is None or epoch.number == 1:
        return
    try:
        same = journal.hash_at(site, row, epoch.number - 1, before.n) == before.hash
    except NotFound:
        same = False
    if not same:
        found.blame(epoch.number, 0, "the epoch does not continue the one before")


def _check_end(row: Journal, end: Position | None, ring: Ring, found: Checked) -> None:
    """A fault when the journal's row, or the head that its origin signed, tells of another end."""
    if end is None or (end.epoch, end.n, end.hash.hex()) != (row.epoch, row.n, row.hash):
        found.blame(row.epoch, row.n, "the journal's position is not its last entry")
    if row.head is None:
        return
    try:
        document = load_object(row.head)
        head = chain.verify_head(document, registers.of_head(ring, chain.read_head(document)))
    except ForumError as error:
        found.blame(row.epoch, row.head_n, f"its signed head is wrong: {error}")
        return
    if head.epoch.id == EpochId(row.epoch_id) and head.n == row.n and head.hash.hex() != row.hash:
        found.blame(row.epoch, row.n, "its signed head tells of another history")
