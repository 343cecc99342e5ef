"""A poll in a discussion, and the ballots of an open one: at its end they are counted and deleted."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Poll(Base):
    """What the author of a discussion asks those who have an account here; nothing of it leaves the site."""

    __tablename__ = "polls"
    __table_args__ = (Index(None, "settled_at", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), unique=True)
    question: Mapped[str] = mapped_column(String(200))  # empty: the title of the discussion
    options: Mapped[list[str]]
    multiple: Mapped[bool]  # whether a voter may choose several
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))  # closed early or removed by it
    settled_at: Mapped[datetime | None]  # since then the counts are here, and no ballot is
    voters: Mapped[int] = mapped_column(default=0)
    counts: Mapped[list[int]] = mapped_column(default=list)  # by position of the option


class Ballot(Base):
    """What one account chose in an open poll; nobody is shown another one's, and none outlives its poll."""

    __tablename__ = "poll_ballots"

    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.person_id", ondelete="CASCADE"), primary_key=True, index=True
    )
    choices: Mapped[int]  # bits by position: domain/polls.py
