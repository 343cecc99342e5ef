"""What the check counts: what people saw accepted, what each commune shows, and the one line of JSON."""

import json
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import select

from pop_forum.cli.demo_network import states
from pop_forum.commune import Commune
from pop_forum.models import Post

MARK = "Essai"  # every message of the check begins with it, then a number that no other message has


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome, in the order of the JSON line."""

    acknowledged: int
    everywhere: int
    lost: int
    duplicated: int
    digests_equal: bool
    propagation_ms_p50: float
    propagation_ms_p99: float
    catch_up_per_s: float

    @property
    def sound(self) -> bool:
        """Whether the promise was kept, and everything that is said was really measured."""
        kept = self.acknowledged > 0 and self.lost == 0 and self.duplicated == 0 and self.digests_equal
        measured = 0 < self.propagation_ms_p50 <= self.propagation_ms_p99 and self.catch_up_per_s > 0
        return kept and self.everywhere == self.acknowledged and measured

    def line(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self))


class Ledger:
    """The messages that people saw accepted (303), noted from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given = 0
        self._kept: list[str] = []

    def text(self) -> str:
        """A text that nobody else writes."""
        with self._lock:
            self._given += 1
            return f"{MARK} {self._given}"

    def note(self, text: str) -> None:
        """Nothing; its author saw it accepted."""
        with self._lock:
            self._kept.append(text)

    def acknowledged(self) -> list[str]:
        """Every text that was accepted so far."""
        with self._lock:
            return list(self._kept)


def shown(commune: Commune) -> Counter[str]:
    """How often each text of the check is shown in this commune."""
    with commune.reading() as site:
        sources = site.session.scalars(
            select(Post.source).where(Post.deleted_at.is_(None), Post.source.startswith(f"{MARK} "))
        )
        return Counter(sources)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of the values does not exceed (nearest rank), 0 for none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[max(0, -(-int(share * 100) * len(ordered) // 100) - 1)]


def result(ledger: Ledger, communes: Iterable[Commune], propagation_ms: list[float], catch_up_per_s: float) -> Result:
    """Everything counted, now that the communes had time to agree."""
    chosen = list(communes)
    accepted = ledger.acknowledged()
    counts = [shown(commune) for commune in chosen]
    everywhere = sum(all(count[text] == 1 for count in counts) for text in accepted)
    lost = sum(any(count[text] == 0 for count in counts) for text in accepted)
    duplicated = sum(times > 1 for count in counts for times in count.values())
    return Result(
        acknowledged=len(accepted),
        everywhere=everywhere,
        lost=lost,
        duplicated=duplicated,
        digests_equal=len(set(states(chosen).values())) == 1,
        propagation_ms_p50=round(percentile(propagation_ms, 0.50), 1),
        propagation_ms_p99=round(percentile(propagation_ms, 0.99), 1),
        catch_up_per_s=round(catch_up_per_s, 1),
    )
