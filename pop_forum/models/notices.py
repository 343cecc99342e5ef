"""What this site keeps for its own people only: notices, threads they follow, how far they have read.

None of it is journalled and none of it leaves the site: who follows what is nobody else's business.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, true
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base
from pop_forum.models.threads import ORDER_KEY


class Notice(Base):
    """Something one account should know; as long as it is not seen, more of the same joins it."""

    __tablename__ = "notices"
    __table_args__ = (Index(None, "account_id", "seen_at"), Index(None, "account_id", "made_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))  # the names are in services/notices.py
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), index=True)
    about_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)  # answered
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)  # the first told
    actor_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL")
    )  # who wrote the last one told
    messages: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime | None]


class Follow(Base):
    """One account follows one thread, or once said that it does not want to (`active` false)."""

    __tablename__ = "follows"
    __table_args__ = (Index(None, "thread_id", "active"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    since: Mapped[datetime]


class MeasureFollow(Base):
    """One account follows one measure: it is told of each new version of the common text."""

    __tablename__ = "measure_follows"
    __table_args__ = (Index(None, "measure"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), primary_key=True)
    measure: Mapped[str] = mapped_column(String(200), primary_key=True)
    since: Mapped[datetime]


class VersionNotice(Base):
    """One account is told of one version of the text that ours comes from, once."""

    __tablename__ = "version_notices"
    __table_args__ = (Index(None, "account_id", "seen_at"), Index(None, "measure"))

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), primary_key=True)
    head: Mapped[str] = mapped_column(String(80), primary_key=True)  # the digest of the version
    measure: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime | None]


class Reading(Base):
    """How far one account has read one thread.

    Read is what sorts up to `read_key`, had come by `seen_id` (messages are numbered as they come) and is not among
    `missed`: what came late from the network and sorts before is unread all the same.
    """

    __tablename__ = "readings"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True, index=True)
    read_key: Mapped[str] = mapped_column(ORDER_KEY)
    seen_id: Mapped[int]
    missed: Mapped[list[int]]
    at: Mapped[datetime] = mapped_column(index=True)


class Position(Base):
    """How far a kind of work has come through the messages, in the order in which they came."""

    __tablename__ = "positions"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    post_id: Mapped[int]
