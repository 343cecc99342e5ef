"""How people come in: registrations that wait for their mail, codes on their way, and what was agreed to."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from pop_forum.models.base import Base


class Registration(Base):
    """Somebody who asked for an account and has not yet shown that the address is theirs: nobody sees them."""

    __tablename__ = "registrations"

    id: Mapped[int] = mapped_column(primary_key=True)
    mail: Mapped[str] = mapped_column(String(254))
    mail_key: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))  # empty: they sign in by mail
    consent_version: Mapped[str] = mapped_column(String(20))
    consent_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(index=True)


class Code(Base):
    """A code and a link in a letter; used once, then gone. Nobody's for an address that is not known here."""

    __tablename__ = "codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(64), index=True)  # keyed hash of the address it was sent to
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    mail: Mapped[str | None] = mapped_column(String(254))  # the new address that it proves, when one changes it
    code_hash: Mapped[str] = mapped_column(String(64))
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser_hash: Mapped[str] = mapped_column(String(64), index=True)  # who asked may type the code
    next_page: Mapped[str] = mapped_column(String(400))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Consent(Base):
    """An agreement with its date and the version of its text: what the law asks us to be able to prove."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), index=True)
    subject: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
