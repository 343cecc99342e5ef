"""Improvements of the common text: what communes propose, and what became of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Improvement(Base):
    """A version of the common text that a commune proposes; its words are in `revisions`."""

    __tablename__ = "improvements"

    digest: Mapped[str] = mapped_column(String(80), primary_key=True)
    host: Mapped[str] = mapped_column(String(260))
    measure: Mapped[str] = mapped_column(String(200), index=True)
    need: Mapped[str] = mapped_column(String(20))  # essential | wished
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    replaces: Mapped[str | None] = mapped_column(String(80), index=True)  # the one of its commune that it changes


class ImprovementAnswer(Base):
    """What a commune said became of an improvement: its last word. That of the programme's home is the one shown."""

    __tablename__ = "improvement_answers"
    __table_args__ = (UniqueConstraint("host", "digest"), Index(None, "digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(260))
    digest: Mapped[str] = mapped_column(String(80))  # of the improvement
    outcome: Mapped[str] = mapped_column(String(20))  # whole | part | rework | refused
    sentence: Mapped[str] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(String(80))  # the common version that came of it
    at: Mapped[datetime]
    epoch: Mapped[int]
    n: Mapped[int]


class ImprovementOpinion(Base):
    """What an editor thinks should become of an improvement: her last word. Shown while she is of the group."""

    __tablename__ = "improvement_opinions"
    __table_args__ = (UniqueConstraint("editor", "digest"), Index(None, "digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(260))  # her commune, which says it
    editor: Mapped[str] = mapped_column(String(400))  # the id of a person
    digest: Mapped[str] = mapped_column(String(80))  # of the improvement
    outcome: Mapped[str] = mapped_column(String(20))
    sentence: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    epoch: Mapped[int]
    n: Mapped[int]


class DraftingGroup(Base):
    """Who answers improvements: the last word of a site on it. That of the programme's home counts."""

    __tablename__ = "drafting_groups"

    host: Mapped[str] = mapped_column(String(260), primary_key=True)
    editors: Mapped[list[str]]  # ids of persons
    quorum: Mapped[int]
    days: Mapped[int]
    at: Mapped[datetime]
    epoch: Mapped[int]
    n: Mapped[int]


class ImprovementBacker(Base):
    """Who of this site supports an improvement: told when it is changed, and named nowhere else."""

    __tablename__ = "improvement_backers"
    __table_args__ = (Index(None, "account_id", "told_at", "seen_at"),)

    digest: Mapped[str] = mapped_column(String(80), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), primary_key=True)
    told_at: Mapped[datetime | None]  # when it was changed, and the support void
    seen_at: Mapped[datetime | None]


class ImprovementAuthor(Base):
    """Who of this site wrote an improvement: told of the answer, and named nowhere else."""

    __tablename__ = "improvement_authors"
    __table_args__ = (Index(None, "account_id", "told_at", "seen_at"),)

    digest: Mapped[str] = mapped_column(String(80), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"))
    told_at: Mapped[datetime | None]  # when the answer came
    seen_at: Mapped[datetime | None]
