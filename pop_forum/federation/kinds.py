"""What this version of the software reads, named kind by kind: the key under which it asks again what it once kept."""

import hashlib
from collections.abc import Iterable, Iterator

from pop_forum.federation import activities as a
from pop_forum.federation import vocabulary as v
from pop_forum.federation.canonical import jcs
from pop_forum.federation.images import WEBP
from pop_forum.federation.parse import READERS, READERS_BY_OBJECT, UNDONE
from pop_forum.federation.revisions import BLOCK_TYPES, SCHEMA

LETTERS = 32  # of a digest that only has to differ from that of another version: 128 bits


def read_kinds() -> Iterator[str]:
    """Each kind of activity that is read, in the words in which `parse` names what it does not read."""
    yield from READERS
    for kind, inner in READERS_BY_OBJECT.items():
        yield from (f"{kind}/{name}" for name in inner)
    yield from (f"{v.UNDO}/{kind}" for kind in UNDONE)
    yield from (f"{v.CREATE}/{v.PAGE} on the board {board}" for board in a.BOARDS)
    yield from (f"{v.CREATE}/{v.ARTICLE} in the role {role}" for role in a.REVISION_ROLES)
    yield from (f"{v.CREATE}/{v.ARTICLE} of schema {SCHEMA} with {block}" for block in BLOCK_TYPES)
    yield f"{v.CREATE}/{v.NOTE} with {WEBP}"


def digest_of(kinds: Iterable[str]) -> str:
    """A name for a set of kinds, whatever their order: it changes with each kind that comes or goes."""
    listed = list[object](sorted(set(kinds)))
    return hashlib.sha256(jcs(listed)).hexdigest()[:LETTERS]
