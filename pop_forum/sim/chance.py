"""Chance that a seed repeats: the same numbers for the same words, on every machine and version of Python."""

import base64
import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")
BASE32_BITS = 5


class Chance:
    """Bytes drawn from SHA-256 over a counter; also the entropy of a simulated site."""

    def __init__(self, *words: object) -> None:
        self._key = hashlib.sha256("\0".join(map(str, words)).encode()).digest()
        self._drawn = 0
        self._left = b""

    def bytes(self, count: int) -> bytes:
        """The next `count` bytes."""
        while len(self._left) < count:
            self._left += hashlib.sha256(self._key + self._drawn.to_bytes(8, "big")).digest()
            self._drawn += 1
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def token(self, length: int) -> str:
        """The next `length` letters of lower-case base32."""
        raw = self.bytes((length * BASE32_BITS + 7) // 8)
        return base64.b32encode(raw).decode("ascii").lower()[:length]

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1; the tiny preference for small ones does not matter here."""
        return int.from_bytes(self.bytes(6), "big") % limit

    def between(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """One of these."""
        return items[self.below(len(items))]

    def happens(self, percent: int) -> bool:
        """True so many times in a hundred."""
        return self.below(100) < percent
