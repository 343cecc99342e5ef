"""The common programme: editions, themes, measures, their revisions, and what each commune made of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Edition(Base):
    """A dated, frozen set of versions; the first one is `2026-1`."""

    __tablename__ = "editions"

    host: Mapped[str] = mapped_column(String(260), primary_key=True)  # who published it; empty for the first one
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    date: Mapped[date]
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)
    texts: Mapped[list[dict[str, Any]]]  # measure and digest, in the order of the programme
    epoch: Mapped[int] = mapped_column(default=0)
    n: Mapped[int] = mapped_column(default=0)


class Theme(Base):
    """One of the eleven themes."""

    __tablename__ = "themes"

    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)


class Measure(Base):
    """A measure of the common programme, or of one commune: its place and nature; its words are in `revisions`."""

    __tablename__ = "measures"

    urn: Mapped[str] = mapped_column(String(200), primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    theme: Mapped[str] = mapped_column(String(80), index=True)
    position: Mapped[int]
    host: Mapped[str] = mapped_column(String(260), default="", server_default="")  # whose; empty for the programme
    facts: Mapped[dict[str, Any]]  # cost_nature, budget_effect, funding_hints, related


class Revision(Base):
    """An immutable text of a measure, addressed by its content (federation.md, Measure revisions)."""

    __tablename__ = "revisions"
    __table_args__ = (Index(None, "measure", "host"),)

    digest: Mapped[str] = mapped_column(String(80), primary_key=True)
    measure: Mapped[str] = mapped_column(String(200))
    host: Mapped[str] = mapped_column(String(260))  # who published it; empty for an edition
    role: Mapped[str] = mapped_column(String(20))  # edition | common | adaptation | local
    title: Mapped[str] = mapped_column(String(300))
    blocks: Mapped[list[dict[str, Any]]]
    budget: Mapped[dict[str, Any] | None]
    parents: Mapped[list[str]]
    author: Mapped[str] = mapped_column(String(400))
    created: Mapped[str] = mapped_column(String(30))  # as written in the digest
    summary: Mapped[str] = mapped_column(Text)  # the reason given, outside the digest
    epoch: Mapped[int] = mapped_column(default=0)
    n: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]


class Stance(Base):
    """What a commune holds for a measure: the common text (`adopted`), its own (`adapted`), or none (`aside`)."""

    __tablename__ = "stances"
    __table_args__ = (UniqueConstraint("host", "measure"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(260))
    measure: Mapped[str] = mapped_column(String(200), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # adopted | adapted | aside | undecided
    digest: Mapped[str] = mapped_column(String(80))  # empty when no version is or was held
    reason: Mapped[str | None] = mapped_column(Text)  # why it is set aside
    epoch: Mapped[int] = mapped_column(default=0)
    n: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]


class Rank(Base):
    """The place of a measure in the order that this commune chose for its programme."""

    __tablename__ = "ranks"

    measure: Mapped[str] = mapped_column(String(200), primary_key=True)
    position: Mapped[int]


class KeptText(Base):
    """A common version that this commune has looked at and keeps its own text beside; it is not asked again."""

    __tablename__ = "kept_texts"

    measure: Mapped[str] = mapped_column(String(200), primary_key=True)
    head: Mapped[str] = mapped_column(String(80), primary_key=True)  # the digest of the common version
    at: Mapped[datetime]
