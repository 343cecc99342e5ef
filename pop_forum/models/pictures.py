"""Pictures, named by their content, and the messages that show them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Picture(Base):
    """A picture on this site's disk; its bytes are in a file of this name."""

    __tablename__ = "pictures"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]  # bytes
    width: Mapped[int]
    height: Mapped[int]
    kept_at: Mapped[datetime] = mapped_column(index=True)


class PostPicture(Base):
    """A picture of a message, in its place there; `alt` is empty for one that only decorates."""

    __tablename__ = "post_pictures"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    alt: Mapped[str] = mapped_column(String(400))
