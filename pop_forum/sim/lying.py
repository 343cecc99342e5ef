"""What a hostile mirror serves instead of what it holds of another site's journal."""

import json
from typing import Any

from pop_forum.federation import journal as chain
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Host

EDITED, SALTED, REORDERED, CUT, WITHHELD, STALE = "edited", "salted", "reordered", "cut", "withheld", "stale"
LIES = (EDITED, SALTED, REORDERED, CUT, WITHHELD, STALE)


class Liar:
    """One site that passes on other pages than it holds; hashes are made to fit, heads cannot be."""

    def __init__(self, lie: str) -> None:
        self.lie = lie
        self._first: dict[str, bytes] = {}

    def told(self, target: str, body: bytes) -> bytes:
        """The page that is served at this address."""
        if self.lie == STALE:
            return self._first.setdefault(target, body)
        document = json.loads(body)
        items = document["orderedItems"]
        if not items:
            return body
        match self.lie:
            case "edited":
                items[-1].get("activity", {})["published"] = "2001-01-01T00:00:00Z"
            case "salted":
                items[-1]["salt"] = "5a" * 32
            case "reordered":
                items.reverse()
            case "cut":
                items.pop(0)
            case "withheld":
                items.clear()
        _rehash(document)
        return json.dumps(document).encode()


def _rehash(document: dict[str, Any]) -> None:
    head, epoch = document["head"], chain.read_epoch(document["epoch"])
    position = chain.Position(epoch.number, epoch.id, document["startIndex"], bytes.fromhex(document["previous"]))
    hashes = []
    for item in document["orderedItems"]:
        item["n"] = position.n + 1
        leaf = chain.leaf(bytes.fromhex(item["salt"]), jcs(item["activity"]))
        position = chain.after(Host(head["host"]), head["journal"], position, leaf)
        hashes.append(position.hash.hex())
    document["hashes"] = hashes
    document.pop("next", None)
