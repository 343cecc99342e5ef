"""How far somebody has read a thread."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """Read is what sorts up to `read_key`, had come by number `seen_id`, and is not among `missed`."""

    read_key: str
    seen_id: int
    missed: frozenset[int]

    def misses(self, number: int, order_key: str) -> bool:
        """Whether the message with this number and this place is unread."""
        return order_key > self.read_key or number > self.seen_id or number in self.missed

    def has_read(self, newest: int, furthest: str) -> bool:
        """Whether nothing is unread in a thread of which this number came last and this place is the last one."""
        return newest <= self.seen_id and furthest <= self.read_key and not self.missed
