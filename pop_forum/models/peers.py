"""Peers, the journals carried with each, and work owed to or received from them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pop_forum.models.base import Base


class Peer(Base):
    """Another commune of the network, and how far the two admins have come with each other."""

    __tablename__ = "peers"

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(260), unique=True)
    base_url: Mapped[str] = mapped_column(String(300))
    # contacting | invited | active | limited | suspended | withdrawn
    state: Mapped[str] = mapped_column(String(20))
    invited_by: Mapped[str] = mapped_column(String(10))  # us | them
    name: Mapped[str | None] = mapped_column(String(100))
    kind: Mapped[str | None] = mapped_column(String(20))
    fingerprint: Mapped[str | None] = mapped_column(String(60))  # root fingerprint, once known
    key_number: Mapped[int | None]
    ed25519: Mapped[str | None] = mapped_column(String(80))
    rsa_pem: Mapped[str | None] = mapped_column(Text)
    older_rsa: Mapped[list[str] | None]  # its keys from before a change, which may still sign requests
    key_asked_at: Mapped[datetime | None]  # when its journals were last asked for a key that is unknown here
    journals: Mapped[list[str] | None]  # those it proposes to carry with us
    latitude: Mapped[int | None]  # where it says that it lies, in millionths of a degree
    longitude: Mapped[int | None]
    relayed: Mapped[bool] = mapped_column(default=False, server_default=false())  # shown here without being linked
    invitation_id: Mapped[str | None] = mapped_column(String(400))
    confirmed_by: Mapped[str | None] = mapped_column(String(60))  # our admin who compared the fingerprint
    created_at: Mapped[datetime]
    active_at: Mapped[datetime | None]
    contact_at: Mapped[datetime | None]  # last successful exchange, either way
    error: Mapped[str | None] = mapped_column(Text)  # last failure, in plain French
    error_at: Mapped[datetime | None]
    contact_due_at: Mapped[datetime | None] = mapped_column(index=True)  # when its actor is to be fetched
    contact_failures: Mapped[int] = mapped_column(default=0)
    sync_due_at: Mapped[datetime | None] = mapped_column(index=True)  # when we next compare positions and pull
    sync_failures: Mapped[int] = mapped_column(default=0)
    sync_claimed_until: Mapped[datetime | None]
    synced_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]  # since when our admin has us push nothing to it
    test_id: Mapped[str | None] = mapped_column(String(400))  # of the last test message
    test_sent_at: Mapped[datetime | None]
    test_reached_at: Mapped[datetime | None]  # by its clock
    test_back_at: Mapped[datetime | None]


class NetworkAct(Base):
    """What this site decided on its exchange with a commune, and why: public, never changed, a later one may undo it.

    It names nobody: the team of the site decides and answers for it.
    """

    __tablename__ = "network_acts"

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peers.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(20))  # that of the peer from then on
    reason: Mapped[str] = mapped_column(Text)  # empty for an exchange that goes on
    at: Mapped[datetime] = mapped_column(index=True)

    peer: Mapped[Peer] = relationship(lazy="joined")


class Link(Base):
    """One journal carried with a peer: how much of ours it confirmed, and when we next push."""

    __tablename__ = "links"
    __table_args__ = (
        UniqueConstraint("peer_id", "journal"),
        Index(None, "push_due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peers.id", ondelete="CASCADE"))
    journal: Mapped[str] = mapped_column(String(20))
    confirmed_epoch: Mapped[int] = mapped_column(default=0)
    confirmed_n: Mapped[int] = mapped_column(default=0)
    push_due_at: Mapped[datetime | None]  # null: nothing owed
    push_failures: Mapped[int] = mapped_column(default=0)
    push_claimed_until: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]  # when it last confirmed a push
    their_n: Mapped[int] = mapped_column(default=0)  # their own journal's head as last heard
    agrees: Mapped[bool | None]  # as last compared: both hold the same of both journals; null when one is behind
    reread_after: Mapped[int | None]  # their journal is being read again after this entry: services/rereading.py
    reread_at: Mapped[datetime | None]  # when that was last done, of how many entries, how many of them differed
    reread_entries: Mapped[int] = mapped_column(default=0, server_default="0")
    reread_wrong: Mapped[int] = mapped_column(default=0, server_default="0")
    # The epoch of ours for whose beginning this peer was asked what more it holds of the one before (reprise.py).
    asked_epoch: Mapped[int] = mapped_column(default=1, server_default="1")
    erased_epoch: Mapped[int] = mapped_column(default=0, server_default="0")  # the last of our erasures it acknowledged
    erased_n: Mapped[int] = mapped_column(default=0, server_default="0")
    erased_at: Mapped[datetime | None]
    erased_proof: Mapped[bytes | None] = mapped_column(LargeBinary)  # what it signed

    peer: Mapped[Peer] = relationship(lazy="joined")


class Mirror(Base):
    """What a peer holds of another site's journal, as it says itself and as its pages show."""

    __tablename__ = "mirrors"
    __table_args__ = (UniqueConstraint("peer_id", "host", "journal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peers.id", ondelete="CASCADE"))
    host: Mapped[str] = mapped_column(String(260))
    journal: Mapped[str] = mapped_column(String(20))
    epoch: Mapped[int]  # its position, as its vector told last; 0, 0: it has nothing any more
    n: Mapped[int]
    head_epoch: Mapped[int] = mapped_column(default=0)  # the signed head that it last showed
    head_n: Mapped[int] = mapped_column(default=0)
    head_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]  # when we last asked it for a page
    asked_n: Mapped[int] = mapped_column(default=0)  # what it said to have then
    problem: Mapped[str | None] = mapped_column(String(20))  # withheld | root
    quarantined: Mapped[str | None] = mapped_column(Text)  # why, once it was found to have altered a page
    quarantined_at: Mapped[datetime | None]

    peer: Mapped[Peer] = relationship()


class Member(Base):
    """A commune of the programme, as the site `issuer` says in its journal; that of the programme's home counts."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("issuer", "host"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(260))
    host: Mapped[str] = mapped_column(String(260), index=True)
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    fingerprint: Mapped[str] = mapped_column(String(60))
    active: Mapped[bool]
    epoch: Mapped[int]  # of the entry that says so; the last one stands
    n: Mapped[int]
    at: Mapped[datetime]


class Delivery(Base):
    """One activity owed to one inbox (handshakes between communes; foreign followers later)."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox: Mapped[str] = mapped_column(String(400))
    host: Mapped[str] = mapped_column(String(260), index=True)
    activity: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # null: done or given up
    failures: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)


class Envelope(Base):
    """Raw bytes that reached the inbox, kept and committed before the sender hears 2xx."""

    __tablename__ = "envelopes"
    __table_args__ = (UniqueConstraint("activity_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[str] = mapped_column(String(400))
    sha256: Mapped[str] = mapped_column(String(64))
    host: Mapped[str] = mapped_column(String(260), index=True)
    request: Mapped[dict[str, str]]  # method, path and the signed headers
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(20))  # received | applied | waiting | refused | dead
    reason: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
