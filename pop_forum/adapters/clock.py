"""System time and system entropy: the only module that may read either.

Everything else receives a clock and an entropy, so that the fault simulator can give its own.
"""

import base64
import secrets
import time
from datetime import UTC, datetime

BASE32_BITS = 5


class SystemClock:
    """The wall clock and the steady clock of this machine."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC, cut to milliseconds (what a published date carries)."""
        instant = datetime.now(UTC)
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back, for durations and deadlines."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Nothing, after that many seconds."""
        time.sleep(seconds)


class SystemEntropy:
    """Unpredictable bytes from the operating system."""

    def bytes(self, count: int) -> bytes:
        """`count` unpredictable bytes."""
        return secrets.token_bytes(count)

    def token(self, length: int) -> str:
        """`length` random characters of the lower-case base32 alphabet (RFC 4648), 5 bits each."""
        raw = self.bytes((length * BASE32_BITS + 7) // 8)
        return base64.b32encode(raw).decode("ascii").lower()[:length]
