"""Mail that this site owes to people: one row each, from its cause to its arrival or its end."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Mail(Base):
    """One letter to one address. It is owed while `next_at` is set, and then either sent or given up."""

    __tablename__ = "mails"
    __table_args__ = (Index(None, "next_at"), Index(None, "created_at"), Index(None, "sent_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text())  # emptied a day after it was sent
    language: Mapped[str] = mapped_column(String(5), default="fr")
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]  # after this nobody would want it any more
    perishable: Mapped[bool] = mapped_column(default=False)  # it holds a code: sending it later is of no use
    next_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(String(20))  # a domain.letters.Trouble
    last_error: Mapped[str | None] = mapped_column(String(300))  # what the server answered
