"""The entries of a page verified and read, before anything is written."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pop_forum.errors import ForumError, InvalidInput
from pop_forum.federation import authenticity, pages, register, registers
from pop_forum.federation.activities import Activity, belongs
from pop_forum.federation.identifiers import Host
from pop_forum.federation.keyring import FIRST_PLACE, Ring
from pop_forum.federation.pages import Kept
from pop_forum.services import inbox

WORTH_A_THREAD = 16  # entries; verifying as many takes ten times as long as starting the thread


@dataclass(frozen=True, slots=True)
class Read:
    """An entry of a page as read before anything is written; `refusal` when the protocol refuses it."""

    entry: pages.Entry
    hash: bytes
    activity: Activity | None
    refusal: str | None


def read_all(entries: list[tuple[pages.Entry, bytes]], host: Host, journal: str, epoch: int, ring: Ring) -> list[Read]:
    """Every entry read and verified; those of a long page in two threads, as verifying a signature frees the lock.

    The ring tells the keys of each place: what the registers among these entries say is in it already.
    """

    def read(some: list[tuple[pages.Entry, bytes]]) -> list[Read]:
        return [_read(entry, hash_, host, journal, epoch, ring) for entry, hash_ in some]

    half = len(entries) // 2
    if half < WORTH_A_THREAD:
        return read(entries)
    with ThreadPoolExecutor(1) as second:
        others = second.submit(read, entries[half:])
        return read(entries[:half]) + others.result()


def _read(entry: pages.Entry, hash_: bytes, host: Host, journal: str, epoch: int, ring: Ring) -> Read:
    if not isinstance(entry, Kept):
        return Read(entry, hash_, None, None)
    place = epoch, int(entry.n)
    try:
        if register.is_one(registers.document_of(entry)) and place != FIRST_PLACE:
            verified = authenticity.verify_register(entry.activity, host=host, ring=ring.before(place), place=place)
        else:
            verified = authenticity.verify_kept(entry, host=host, keys=ring.at(place))
        activity = inbox.read(verified)
        refuse_elsewhere(activity, journal)
    except ForumError as error:
        return Read(entry, hash_, None, str(error))
    return Read(entry, hash_, activity, None)


def refuse_elsewhere(activity: Activity, journal: str) -> None:
    """Raises InvalidInput for what belongs in another journal than this one."""
    if not belongs(activity.content, journal):
        raise InvalidInput(f"{type(activity.content).__name__} does not belong in the journal {journal}")
