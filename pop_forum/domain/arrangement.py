"""What the moderation may do with a thread: pin, close, move; and the bounds of it."""

from enum import StrEnum

PINNED_MOST = 3  # in one list: more would push everything else off a small screen
REASON_CHARS = 300  # a sentence or two, shown in the thread


class Act(StrEnum):
    """One line in a thread's page."""

    CLOSED = "closed"
    REOPENED = "reopened"
    PINNED = "pinned"
    UNPINNED = "unpinned"
    MOVED = "moved"
