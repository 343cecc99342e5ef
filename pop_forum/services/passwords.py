"""Password hashes: Argon2id, computed outside any transaction (130 to 200 ms and 64 MiB each)."""

import base64
from dataclasses import dataclass

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

DIGEST_BYTES = 32
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Passwords:
    """How hard a password is to guess from its hash: RFC 9106, second recommended option, by default."""

    time_cost: int = 3
    memory_kib: int = 65_536
    lanes: int = 4

    def hash(self, password: str) -> str:
        """The hash to keep."""
        return self._hasher().hash(password)

    def verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Whether the password is the one kept, and a fresh hash when the kept one is weaker than today's.

        Without a kept hash the same work is done for nothing, so that the answer takes as long for an address
        that nobody registered (row 83 of the attack list).
        """
        return self._hasher().verify_and_update(password, kept or self._nobody())

    def _hasher(self) -> PasswordHash:
        return PasswordHash((Argon2Hasher(self.time_cost, self.memory_kib, self.lanes),))

    def _nobody(self) -> str:
        """A well-formed hash that no password has: its digest is all zeros."""
        salt = base64.b64encode(bytes(SALT_BYTES)).decode().rstrip("=")
        digest = base64.b64encode(bytes(DIGEST_BYTES)).decode().rstrip("=")
        return f"$argon2id$v=19$m={self.memory_kib},t={self.time_cost},p={self.lanes}${salt}${digest}"
