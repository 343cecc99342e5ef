"""What the pages shown to visitors were built from, as numbers that grow."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class PageVersion(Base):
    """How often what pages show of this subject has changed: `any`, `all`, or one thread (page_versions.py)."""

    __tablename__ = "page_versions"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
