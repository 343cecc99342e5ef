"""Where request rates are counted: in the memory of one process, without a thread."""

import threading
from typing import Any

from limits.storage import Storage

from pop_forum.adapters.clock import SystemClock

ADDRESS = "counters://"
CLEARED_EVERY = 60.0  # seconds


class Counters(Storage):
    """Counts that begin anew when their window has ended.

    The memory storage of `limits` itself clears what has ended in a thread that it starts at nearly every request:
    under load that took longer than all statements of the request together.
    """

    STORAGE_SCHEME = ["counters"]  # noqa: RUF012  # as its base declares it

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._clock = SystemClock()
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, float]] = {}  # what was counted, and until when
        self._clear_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """None of ours: memory does not go away."""
        return MemoryError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """The count, with this amount more; a window begins with its first."""
        now = self._clock.monotonic()
        with self._lock:
            if now >= self._clear_at:
                self._windows = {known: one for known, one in self._windows.items() if one[1] > now}
                self._clear_at = now + CLEARED_EVERY
            count, end = self._windows.get(key, (0, now))
            count, end = (count + amount, end) if end > now else (amount, now + expiry)
            self._windows[key] = (count, end)
            return count

    def get(self, key: str) -> int:
        """The count in the present window."""
        count, end = self._windows.get(key, (0, 0.0))
        return count if end > self._clock.monotonic() else 0

    def get_expiry(self, key: str) -> float:
        """When the present window ends, in seconds since 1970; now when there is none."""
        left = self._windows.get(key, (0, 0.0))[1] - self._clock.monotonic()
        return self._clock.now().timestamp() + max(0.0, left)

    def check(self) -> bool:
        """True: memory is always there."""
        return True

    def reset(self) -> int:
        """How many counts were forgotten: all."""
        with self._lock:
            count = len(self._windows)
            self._windows = {}
        return count

    def clear(self, key: str) -> None:
        """Nothing; this count is forgotten."""
        with self._lock:
            self._windows.pop(key, None)
