"""Threads, their messages, the versions of each, deletions and supports, from here and from the network."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pop_forum.models.base import Base
from pop_forum.models.people import Person

# Compared as bytes: a PostgreSQL collation would order the same thread otherwise than SQLite does.
ORDER_KEY = String(500).with_variant(String(500, collation="C"), "postgresql")

# The few messages whose words are owed to be erased, and those that were just withdrawn: services/erasing.py.
WITHDRAWN_ONLY = "deleted_by = 'author' AND erased_at IS NULL"


class Thread(Base):
    """A discussion on a measure or of daily life. Its opening message is a `Post` like the others."""

    __tablename__ = "threads"
    __table_args__ = (
        Index(None, "board", "active_at"),
        Index(None, "measure", "active_at"),
        Index(None, "category", "active_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uri: Mapped[str] = mapped_column(String(400), unique=True)
    key: Mapped[str] = mapped_column(String(12), unique=True)  # in our own page addresses
    host: Mapped[str] = mapped_column(String(260), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    title: Mapped[str] = mapped_column(String(300))
    board: Mapped[str] = mapped_column(String(20))  # quotidien | mesure
    measure: Mapped[str | None] = mapped_column(String(200))  # urn
    block: Mapped[str | None] = mapped_column(String(80))  # the passage that it is about
    shared: Mapped[bool]
    published: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    active_at: Mapped[datetime] = mapped_column(index=True)  # local receipt of its newest message
    poll: Mapped[bool] = mapped_column(default=False, server_default=false())  # its author's site has one in it
    # What follows is this site's own order and goes into no journal.
    category: Mapped[str | None] = mapped_column(String(40))  # of daily life: a slug of the settings
    pinned_at: Mapped[datetime | None] = mapped_column(index=True)
    pinned_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    author: Mapped[Person] = relationship()


class Post(Base):
    """One message: the opening of a thread (`opening`) or a reply."""

    __tablename__ = "posts"
    __table_args__ = (
        # Pages, counts and unread ones of a long thread are found in this index alone, without rows and their texts.
        Index(None, "thread_id", "order_key", "opening", "host", "deleted_at", "author_id"),
        Index(
            "uq_posts_author_id_submission",
            "author_id",
            "submission",
            unique=True,
            sqlite_where=text("submission IS NOT NULL"),
        ),
        Index("ix_posts_withdrawn", "host", sqlite_where=text(WITHDRAWN_ONLY)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uri: Mapped[str] = mapped_column(String(400), unique=True)
    key: Mapped[str] = mapped_column(String(12), unique=True)
    host: Mapped[str] = mapped_column(String(260), index=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"))
    parent_uri: Mapped[str | None] = mapped_column(String(400), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    opening: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    published: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    edited_at: Mapped[datetime | None]
    order_key: Mapped[str] = mapped_column(ORDER_KEY)
    epoch: Mapped[int] = mapped_column(default=0)  # last (epoch, n) of its owner that wrote its content
    n: Mapped[int] = mapped_column(default=0)
    deleted_at: Mapped[datetime | None]  # derived from `deletions`
    deleted_by: Mapped[str | None] = mapped_column(String(20))  # author | moderation
    erased_at: Mapped[datetime | None]  # since then its words are gone from here, and it stays hidden
    pictures: Mapped[int] = mapped_column(default=0)  # how many
    submission: Mapped[str | None] = mapped_column(String(26))  # of the form that wrote it: one form, one message

    thread: Mapped[Thread] = relationship()
    author: Mapped[Person] = relationship()


class PostVersion(Base):
    """The public history of a message: each text it ever had, first one included."""

    __tablename__ = "post_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    title: Mapped[str | None] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    epoch: Mapped[int] = mapped_column(default=0)
    n: Mapped[int] = mapped_column(default=0)

    post: Mapped[Post] = relationship()


class ThreadAct(Base):
    """What the moderation did with a thread: a line of its page and of the public log."""

    __tablename__ = "thread_acts"

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"), index=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    act: Mapped[str] = mapped_column(String(20))  # domain.arrangement.Act
    sentence: Mapped[str] = mapped_column(Text)  # the reason; may be empty for a pin
    moved_to: Mapped[str | None] = mapped_column(Text)  # the name of the category or measure; empty for none
    at: Mapped[datetime] = mapped_column(index=True)


class Deletion(Base):
    """One actor's wish that an object be hidden; it may be known before the object is."""

    __tablename__ = "deletions"
    __table_args__ = (UniqueConstraint("object_uri", "actor"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    object_uri: Mapped[str] = mapped_column(String(400))
    actor: Mapped[str] = mapped_column(String(400))  # the author, or the commune that moderates
    active: Mapped[bool]
    epoch: Mapped[int] = mapped_column(default=0)
    n: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]


class Support(Base):
    """A support, without a name: a token that only its commune can link to a person (federation.md)."""

    __tablename__ = "supports"
    __table_args__ = (UniqueConstraint("object_uri", "host", "token"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    object_uri: Mapped[str] = mapped_column(String(400))
    host: Mapped[str] = mapped_column(String(260))
    token: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool]
    epoch: Mapped[int] = mapped_column(default=0)
    n: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
