"""Pictures, named by their content, and the messages that show them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Picture(Base):
    """A picture on this site's disk, in a file of this name.

    The name is the SHA-256 of the bytes, except for one that was `fetched`: it was made anew here from the bytes that
    bear this name at their origin.
    """

    __tablename__ = "pictures"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]  # bytes
    width: Mapped[int]
    height: Mapped[int]
    kept_at: Mapped[datetime]
    looked_at: Mapped[datetime] = mapped_column(index=True)  # when the sweep last saw that a message needs it
    fetched: Mapped[bool] = mapped_column(default=False)


class PostPicture(Base):
    """A picture of a message, in its place there; `alt` is empty for one that only decorates."""

    __tablename__ = "post_pictures"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    alt: Mapped[str] = mapped_column(String(400))
    width: Mapped[int]  # at its origin, as the network is told
    height: Mapped[int]


class FormerPictures(Base):
    """The pictures that a message had before its last change, for as long as that change may be undone."""

    __tablename__ = "former_pictures"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    pictures: Mapped[list[dict[str, Any]]]  # digest and alt of each, in their order
    at: Mapped[datetime] = mapped_column(index=True)


class PictureRequest(Base):
    """A picture that a message of another commune names, and that is not here yet."""

    __tablename__ = "picture_requests"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    host: Mapped[str] = mapped_column(String(260), primary_key=True)  # the origin that is asked for it
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # null: given up, for the reason in `outcome`
    failures: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)  # of the last try, in plain French
