"""What became of an entry of another site."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry; `arrived` names what others may have been waiting for."""

    state: str  # applied | waiting | unsupported; postponed: services/unapplied.py
    waiting_on: str | None = None
    reason: str | None = None
    arrived: tuple[str, ...] = ()


APPLIED = Outcome("applied")
