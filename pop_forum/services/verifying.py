"""The entries of a page verified and read, before anything is written."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pop_forum.errors import BadSignature, ForumError, InvalidInput
from pop_forum.federation import authenticity, pages
from pop_forum.federation.activities import Activity, KeyRegister, belongs
from pop_forum.federation.identifiers import Host
from pop_forum.federation.keys import PublicKeys
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


def read_all(
    entries: list[tuple[pages.Entry, bytes]], host: Host, journal: str, keys: dict[int, PublicKeys]
) -> list[Read]:
    """Every entry read and verified; those of a long page in two threads, as verifying a signature frees the lock."""

    def read(some: list[tuple[pages.Entry, bytes]]) -> list[Read]:
        return [_read(entry, hash_, host, journal, keys) for entry, hash_ in some]

    half = len(entries) // 2
    if half < WORTH_A_THREAD:
        return read(entries)
    with ThreadPoolExecutor(1) as second:
        others = second.submit(read, entries[half:])
        return read(entries[:half]) + others.result()


def _read(entry: pages.Entry, hash_: bytes, host: Host, journal: str, keys: dict[int, PublicKeys]) -> Read:
    if not isinstance(entry, Kept):
        return Read(entry, hash_, None, None)
    try:
        activity = inbox.read(authenticity.verify_kept(entry, host=host, keys=keys))
        _refuse_new_keys(activity, keys)
        refuse_elsewhere(activity, journal)
    except ForumError as error:
        return Read(entry, hash_, None, str(error))
    return Read(entry, hash_, activity, None)


def refuse_elsewhere(activity: Activity, journal: str) -> None:
    """Raises InvalidInput for what belongs in another journal than this one."""
    if not belongs(activity.content, journal):
        raise InvalidInput(f"{type(activity.content).__name__} does not belong in the journal {journal}")


def _refuse_new_keys(activity: Activity, keys: dict[int, PublicKeys]) -> None:
    """Raises BadSignature for a register with a key that none of the known ones has vouched for.

    A rotation carries two proofs (federation.md, Keys); no version emits one yet, and one proof is not enough.
    """
    if isinstance(activity.content, KeyRegister):
        for key in activity.content.keys:
            if keys.get(key.number) != key:
                raise BadSignature(f"key {key.number} is new, without the proofs of a rotation")
