"""People of every commune, and the accounts, sessions and sign-in attempts of this one."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pop_forum.models.base import Base


class Person(Base):
    """An author as the network sees them: a name and where they are from, nothing else."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    uri: Mapped[str] = mapped_column(String(400), unique=True)
    host: Mapped[str] = mapped_column(String(260), index=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))  # the one that is told; an account may have others
    form: Mapped[str] = mapped_column(String(1), default="", server_default="")  # f | m: how a badge is said here
    shared: Mapped[bool] = mapped_column(default=False)  # declared in the journal `forum`
    epoch: Mapped[int] = mapped_column(default=0)
    n: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Account(Base):
    """The private side of a local person; no other table and no other site holds it."""

    __tablename__ = "accounts"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    mail: Mapped[str] = mapped_column(String(254))
    mail_key: Mapped[str] = mapped_column(String(254), unique=True)
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))  # empty: they come in by mail
    role: Mapped[str] = mapped_column(String(20))  # the strongest over the whole site
    # Every role in force, as `moderator@quotidien admin@site`: derived from `grants`, so that a request asks one row.
    grants: Mapped[str] = mapped_column(Text, default="", server_default="")
    language: Mapped[str | None] = mapped_column(String(5))
    suspended_until: Mapped[datetime | None]  # reads until then, and writes nothing
    age_declared_at: Mapped[datetime | None]  # none for an account made by who runs the site
    created_at: Mapped[datetime]
    follows_own: Mapped[bool] = mapped_column(default=True, server_default=true())  # threads one writes in

    person: Mapped[Person] = relationship(lazy="joined")


class Grant(Base):
    """A role that an admin gave somebody: over what, why, from when, until when. Rows are ended, not removed."""

    __tablename__ = "grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(100))  # site | quotidien | theme:… | mesure:…
    form: Mapped[str] = mapped_column(String(1), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")  # public
    given_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # null: who has the server
    given_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None]


class RetiredName(Base):
    """The keyed hash of the name of somebody who has left: it is given to nobody else, and nobody reads it back."""

    __tablename__ = "retired_names"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]


class SignIn(Base):
    """One signed-in browser; the cookie holds the token, this row only its SHA-256."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.person_id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    method: Mapped[str | None] = mapped_column(String(20))
    device: Mapped[str | None] = mapped_column(String(60))  # a domain.devices.Device, in words


class Attempt(Base):
    """A counted act (signing in, registering, posting): the limits of rule 12 are rows."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "kind", "subject", "at"), Index(None, "kind", "network", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(64))  # keyed hash of the mail, or a person's number
    network: Mapped[str] = mapped_column(String(64))  # keyed hash of the /24 or /48 the request came from
    succeeded: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)
