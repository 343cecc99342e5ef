"""Signs of life of the worker, and the troubles that admins have been told of."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Beat(Base):
    """The worker's last sign for this commune; one row."""

    __tablename__ = "beats"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    since: Mapped[datetime]  # from when on signs have come without a gap


class Alarm(Base):
    """A trouble that lasts, and when admins were last told; the row goes when it is over."""

    __tablename__ = "alarms"
    __table_args__ = (UniqueConstraint("trouble", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    trouble: Mapped[str] = mapped_column(String(20))  # a domain.health.Trouble
    subject: Mapped[str] = mapped_column(String(300))
    began_at: Mapped[datetime]
    told_at: Mapped[datetime]
