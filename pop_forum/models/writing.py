"""What people write beside their messages: drafts, texts that wait for their author to sign in, mentions."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Draft(Base):
    """The present content of one form: an account's, or a browser's that nobody has signed in with yet."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("account_id", "place"), UniqueConstraint("browser", "place"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"))
    browser: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the token in a visitor's cookie
    place: Mapped[str] = mapped_column(String(200))  # the path its form is sent to
    title: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    reach: Mapped[str | None] = mapped_column(String(20))
    category: Mapped[str | None] = mapped_column(String(40))
    to: Mapped[str | None] = mapped_column(String(12))  # the message that is answered
    more: Mapped[dict[str, str] | None]  # fields that few forms have: pictures, passages
    origin: Mapped[str | None] = mapped_column(String(26))  # the tab or the form that it was typed in, when it is known
    saved_at: Mapped[datetime] = mapped_column(index=True)


class DraftSave(Base):
    """The newest save of a draft by one open page: an older one that comes after it is not kept."""

    __tablename__ = "draft_saves"

    page: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of account, name of the page and place
    number: Mapped[int] = mapped_column(BigInteger)
    saved_at: Mapped[datetime] = mapped_column(index=True)


class Mention(Base):
    """Somebody whom a message names, and the name as it was typed; pages show the name they bear now."""

    __tablename__ = "mentions"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    typed: Mapped[str] = mapped_column(String(100))
