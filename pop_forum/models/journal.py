"""Journals of this site and of others: epochs, entries, and the keys that signed them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base

CLAIMS = "creates IS NOT NULL"


class Journal(Base):
    """One append-only journal; its row is both the cursor and the counter that numbers entries."""

    __tablename__ = "journals"
    __table_args__ = (UniqueConstraint("host", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(260))
    name: Mapped[str] = mapped_column(String(20))
    epoch: Mapped[int]
    epoch_id: Mapped[str] = mapped_column(String(32))
    n: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    head: Mapped[bytes | None] = mapped_column(LargeBinary)  # the signed head that proves what we hold, as JCS bytes
    head_n: Mapped[int] = mapped_column(default=0)
    highest_n: Mapped[int] = mapped_column(default=0, server_default="0")  # of the highest signed head seen anywhere
    head_at: Mapped[datetime | None]  # the time in that head
    head_seen_at: Mapped[datetime | None]  # when we last heard a head of this end, from whomever
    erasure_epoch: Mapped[int] = mapped_column(default=0, server_default="0")  # of the last entry that erases another
    erasure_n: Mapped[int] = mapped_column(default=0, server_default="0")
    quarantined: Mapped[str | None] = mapped_column(Text)  # why, once two histories or an edit were found
    key_number: Mapped[int] = mapped_column(default=1, server_default="1")  # of the newest key that may sign
    resuming_since: Mapped[datetime | None]  # of ours: nothing is appended before the peers have said what they hold


class Epoch(Base):
    """One epoch of a journal and the position it continues from, if any."""

    __tablename__ = "epochs"
    __table_args__ = (UniqueConstraint("journal_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journals.id"))
    number: Mapped[int]
    epoch_id: Mapped[str] = mapped_column(String(32))
    predecessor_id: Mapped[str | None] = mapped_column(String(32))
    predecessor_n: Mapped[int | None]
    predecessor_hash: Mapped[str | None] = mapped_column(String(64))
    head: Mapped[bytes | None] = mapped_column(LargeBinary)  # of another site's past epoch: the highest one seen


class Entry(Base):
    """One entry, kept byte for byte; its outcome tells what this site made of it."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("journal_id", "epoch", "n"),
        Index(None, "outcome", "waiting_on"),
        Index("ix_entries_creates", "creates", sqlite_where=text(CLAIMS)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journals.id"))
    epoch: Mapped[int]
    n: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    leaf: Mapped[str] = mapped_column(String(64))
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    activity: Mapped[bytes | None] = mapped_column(LargeBinary)
    activity_id: Mapped[str | None] = mapped_column(String(400), index=True)
    type: Mapped[str] = mapped_column(String(60))
    # own | applied | waiting | postponed | unsupported | refused | erased
    outcome: Mapped[str] = mapped_column(String(20))
    waiting_on: Mapped[str | None] = mapped_column(String(400))
    reason: Mapped[str | None] = mapped_column(Text)
    erased_by: Mapped[int | None]
    erased_epoch: Mapped[int | None]  # of the entry that erased it, when that is not its own
    creates: Mapped[str | None] = mapped_column(String(400))  # the id it gives to a message, when kept without effect
    received_at: Mapped[datetime]
    received_from: Mapped[str | None] = mapped_column(String(260))


class JournalKey(Base):
    """A key of the site that keeps a journal, and where it may sign there, as the registers in it tell."""

    __tablename__ = "journal_keys"
    __table_args__ = (UniqueConstraint("journal_id", "number", "since_epoch", "since_n"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journals.id"))
    number: Mapped[int]
    ed25519: Mapped[str] = mapped_column(String(80))
    rsa_pem: Mapped[str] = mapped_column(Text)
    since_epoch: Mapped[int]  # the register that lists it first
    since_n: Mapped[int]
    since_at: Mapped[datetime]  # the date of that register
    until_epoch: Mapped[int | None]  # the register that lists it no more; null: it may sign
    until_n: Mapped[int | None]
    until_at: Mapped[datetime | None]
