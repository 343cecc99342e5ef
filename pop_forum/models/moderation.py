"""Reports of messages, and what was decided: the queue, the public log, the statement of reasons."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pop_forum.models.base import Base
from pop_forum.models.people import Person


class Decision(Base):
    """One act of moderation, never changed; a later one may undo it."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "object_uri", "act"), Index(None, "person_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(String(20))  # domain.moderation.Act
    moderator_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    object_uri: Mapped[str] = mapped_column(String(400))  # the message it is about
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))  # its author
    reason: Mapped[str] = mapped_column(String(20))  # domain.moderation.Reason
    sentence: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]  # of a suspension

    moderator: Mapped[Person] = relationship(foreign_keys=[moderator_id], lazy="joined")


class Report(Base):
    """What somebody, with or without an account, finds wrong with a message."""

    __tablename__ = "reports"
    __table_args__ = (Index(None, "object_uri", "decision_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt: Mapped[str] = mapped_column(String(12), unique=True)  # in the address where its fate can be read
    object_uri: Mapped[str] = mapped_column(String(400))
    reason: Mapped[str] = mapped_column(String(20))
    details: Mapped[str] = mapped_column(Text)
    submission: Mapped[str | None] = mapped_column(String(26), unique=True)  # of the form: sent twice, one report
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.person_id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))

    decision: Mapped[Decision | None] = relationship()
