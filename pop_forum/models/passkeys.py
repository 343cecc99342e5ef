"""Passkeys: the public halves of keys that live in people's devices, and the challenges these are asked to sign."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Passkey(Base):
    """One key of one account, in a phone, a computer or a token."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    credential: Mapped[bytes] = mapped_column(LargeBinary)  # its id, at most 1,023 bytes (WebAuthn §5.1.3)
    credential_hash: Mapped[str] = mapped_column(String(64), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # COSE
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Challenge(Base):
    """Random bytes that one browser was asked to have signed; the row goes with the first answer, right or wrong."""

    __tablename__ = "challenges"

    value_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))  # register | sign_in
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
