"""How many requests one sender may make: counted in the memory of one process, without a thread.

These rates only shape; what must hold across processes (sign-in, mail, codes, messages) is counted in rows.
"""

import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from pop_forum.adapters.clock import SystemClock
from pop_forum.errors import TooMany
from pop_forum.web.viewer import commune, network, signed_in

SOFTWARE = ("activitypub", "journal")  # the blueprints that other sites talk to
PER_MINUTE = 120  # POST requests of one person or one address, whatever their row limits
COSTLY = "30 per minute"  # each of these hashes a password
ENABLED = "RATES_ENABLED"  # configuration of an app: False where a test asks more often than people do
CLEARED_EVERY = 60.0  # seconds

P = ParamSpec("P")
R = TypeVar("R")
rate = lru_cache(parse)


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
        return self._clock.now().timestamp() + self.seconds_left(key)

    def seconds_left(self, key: str) -> float:
        """Until the present window ends; 0 when there is none."""
        return max(0.0, self._windows.get(key, (0, 0.0))[1] - self._clock.monotonic())

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


_counters = Counters()
_windows = FixedWindowRateLimiter(_counters)


def install(app: Flask) -> None:
    """Forms are counted on this app, before anything else looks at them."""
    app.before_request(_check_form)


def limit(text: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view that one sender may ask this often (`30 per minute`), beside the rate of all forms."""

    def limited(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            check(rate(text), request.endpoint or "", _sender())
            return view(*args, **kwargs)

        return checked

    return limited


def check(allowed: RateLimitItem, *who: str) -> None:
    """Nothing; one request of `who` is counted. Raises TooMany above the rate."""
    if not current_app.config.get(ENABLED, True):
        return
    key = (commune().settings.slug, *who)
    if not _windows.hit(allowed, *key):
        left = _counters.seconds_left(allowed.key_for(*key))
        raise TooMany(f"{allowed} for {who}", retry_after=max(1, round(left)))


def _check_form() -> None:
    """Nothing; a form is counted. Reading is not, and peers are counted by web/journal.py."""
    if request.method != "POST" or request.blueprint in SOFTWARE:
        return
    limits = commune().settings.limits
    per_minute = max(PER_MINUTE, 2 * limits.messages // limits.messages_minutes)
    check(rate(f"{per_minute} per minute"), _sender())


def _sender() -> str:
    """Whose rate a request counts on: the person's, else the address's."""
    account = signed_in()
    return f"person {account.person_id}" if account else f"address {network()}"
