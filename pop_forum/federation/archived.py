"""A journal as an archive holds it, page after page: chain, proofs, erasures and head, checked without a site."""

from dataclasses import dataclass, field

from pop_forum.errors import ForumError, InvalidInput
from pop_forum.federation import authenticity, pages, parse, register, registers
from pop_forum.federation import journal as chain
from pop_forum.federation import vocabulary as v
from pop_forum.federation.activities import Content, Erase
from pop_forum.federation.identifiers import Fingerprint, Host, Seq
from pop_forum.federation.journal import Position
from pop_forum.federation.keyring import FIRST_PLACE, Place, Ring
from pop_forum.federation.keys import fingerprint
from pop_forum.federation.pages import Erased, Kept, Page
from pop_forum.federation.strict_json import JsonObject, load_object

MOST_FAULTS = 20  # that are told; the others are counted
Erasure = tuple[Place, str, int]  # the entry that erases, and the epoch's id and number of the one that is erased


@dataclass(slots=True)
class Reading:
    """What was found of one journal so far; `root` is the fingerprint of the first key it declares."""

    host: Host
    journal: str
    entries: int = 0
    proofs: int = 0
    erased: int = 0
    wrong: int = 0
    faults: list[str] = field(default_factory=list)
    root: Fingerprint | None = None
    position: Position | None = None
    ring: Ring = field(default_factory=Ring)
    _owed: set[Erasure] = field(default_factory=set)
    _erasing: set[Erasure] = field(default_factory=set)
    _ended: bool = False

    def take(self, data: bytes) -> None:
        """Nothing; the next page is read. One that is malformed or does not follow is a fault, and ends the reading."""
        if self.position is not None and self._ended:
            self._blame("there are pages after the end of the journal")
            return
        try:
            page = pages.parse_page(data, host=self.host, journal=self.journal)
            position = self._join(page)
            hashes = pages.verify_chain(page, position)
            if self.position is None:
                self._trust_first(page)
            after = 1 if page.epoch.number == 1 and page.start == 0 else page.start
            ring = registers.follow(self.ring, self.host, page.epoch.number, page.entries, after)
            chain.verify_head(page.head_document, registers.of_head(ring, page.head))
            self.ring = ring
        except ForumError as error:
            self._blame(f"page {'' if self.position is None else f'after entry {self.position.n}'}: {error}")
            self._ended = True
            return
        for entry in page.entries:
            self._read(page, entry)
        last = position.n + len(page.entries)
        self.position = Position(page.epoch.number, page.epoch.id, Seq(last), [position.hash, *hashes][-1])
        self._ended = page.next is None
        if self._ended and (page.head.n, page.head.hash) != (self.position.n, self.position.hash):
            self._blame(f"the signed head is of entry {page.head.n}, the last entry is {self.position.n}")

    def finish(self) -> None:
        """Nothing; what only the end tells is judged."""
        if not self._ended:
            self._blame("the journal breaks off before its end")
        for (epoch, by), _, n in sorted(self._owed - self._erasing):
            self._blame(f"entry {n} is missing, and entry {by} of epoch {epoch} does not erase it")

    def _join(self, page: Page) -> Position:
        """Where this page must begin. Raises InvalidInput."""
        start = chain.start_of(self.host, self.journal, page.epoch)
        at = self.position
        if at is None:
            if page.epoch.number != 1:
                raise InvalidInput("the first page is not of the first epoch")
            return start
        if page.epoch.id == at.epoch_id:
            return at
        before = page.epoch.predecessor
        if before is None or (before.epoch_id, before.n, before.hash) != (at.epoch_id, at.n, at.hash):
            raise InvalidInput(f"epoch {page.epoch.number} does not continue the one before")
        return start

    def _trust_first(self, page: Page) -> None:
        """Nothing; the keys of the first entry are those of the journal. Raises InvalidInput, BadSignature."""
        first = page.entries[0] if page.entries else None
        if not isinstance(first, Kept):
            raise InvalidInput("the journal does not begin with its keys")
        listed = register.read(load_object(first.activity)).keys
        self.root = fingerprint(listed[0])
        self.ring = registers.first(page, self.root)

    def _read(self, page: Page, entry: pages.Entry) -> None:
        self.entries += 1
        if isinstance(entry, Erased):
            self.erased += 1
            self._owed.add(((entry.erased_in or page.epoch.number, entry.erased_by), page.epoch.id, entry.n))
            return
        try:
            document = self._verified(entry, (page.epoch.number, int(entry.n)))
            self.proofs += 1
            if document.get("type") == v.ERASE:
                self._note_erasure(parse.parse(document, host=self.host).content, (page.epoch.number, entry.n))
        except ForumError as error:
            self._blame(f"entry {entry.n} of epoch {page.epoch.number}: {error}")

    def _verified(self, entry: Kept, place: Place) -> JsonObject:
        """The activity of an entry, whose proof is right."""
        if not register.is_one(registers.document_of(entry)) or place == FIRST_PLACE:
            return authenticity.verify_kept(entry, host=self.host, keys=self.ring.at(place)).value
        before = self.ring.before(place)
        return authenticity.verify_register(entry.activity, host=self.host, ring=before, place=place).value

    def _note_erasure(self, content: Content, place: Place) -> None:
        if isinstance(content, Erase) and content.journal == self.journal:
            self._erasing.add((place, content.epoch_id, content.n))

    def _blame(self, why: str) -> None:
        self.wrong += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(why)
