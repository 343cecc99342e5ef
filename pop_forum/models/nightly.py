"""What this site showed of the network in the night, where a peer showed something else, and what is applied again."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class StateDigest(Base):
    """The document of the last night, as peers are told it; one row."""

    __tablename__ = "state_digests"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    compared_from: Mapped[datetime]  # peers are asked for theirs from then on
    document: Mapped[bytes] = mapped_column(LargeBinary)


class StateComparison(Base):
    """The last comparison with a peer, and how many parts were the same or not."""

    __tablename__ = "state_comparisons"

    peer_id: Mapped[int] = mapped_column(ForeignKey("peers.id", ondelete="CASCADE"), primary_key=True)
    of: Mapped[datetime]  # the moment of our document
    at: Mapped[datetime]
    answered: Mapped[bool]  # False: it tells no digests
    same: Mapped[int]
    different: Mapped[int]


class StateDifference(Base):
    """A part that a peer shows otherwise than we, both having read the same; the row goes once they are the same."""

    __tablename__ = "state_differences"
    __table_args__ = (UniqueConstraint("peer_id", "host", "journal", "board"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peers.id", ondelete="CASCADE"))
    host: Mapped[str] = mapped_column(String(260))
    journal: Mapped[str] = mapped_column(String(20))
    board: Mapped[str] = mapped_column(String(260))
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class StateRepair(Base):
    """A journal of another site whose entries are applied over again, from the first one to where we stand."""

    __tablename__ = "state_repairs"
    __table_args__ = (UniqueConstraint("host", "journal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(260))
    journal: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime]
    epoch: Mapped[int]  # the last entry that was applied over again
    n: Mapped[int]
    mended: Mapped[int]
    done_at: Mapped[datetime | None]
