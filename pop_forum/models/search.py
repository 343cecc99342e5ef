"""What the index does not know yet: one row per change of something that can be found."""

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class IndexChange(Base):
    """Something that was written, changed or taken away since the index last looked.

    Triggers of the database write these rows (migrations/triggers.py), in the transaction of the change: no service
    can forget one, and a reply pays for no further statement.
    """

    __tablename__ = "index_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(210))  # p<post>, t<thread>, u<person> or m<urn of a measure>
