"""What passes between the rules of this site on passkeys and those of WebAuthn."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a verified registration tells."""

    credential: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an answer to a sign-in challenge claims, before it is verified."""

    credential: bytes
    user_handle: bytes | None


class Authenticators(Protocol):
    """How answers of browsers are read and verified; each raises Unauthenticated for what is not right."""

    def verify_new(self, answer: str, challenge: bytes) -> NewKey:
        """The key in an answer to a registration challenge."""

    def read(self, answer: str) -> Assertion:
        """Which key an answer to a sign-in challenge says it is by."""

    def verify(self, answer: str, challenge: bytes, public_key: bytes, sign_count: int) -> int:
        """The new count of signatures of that key."""
