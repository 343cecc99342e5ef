"""Who has erased what we asked: signed by each peer, kept beside its link, and who has not answered yet.

A site erases in the transaction in which it takes the entry that asks for it. So the place of the last such entry says
everything: each vector that an origin reads tells it, signed, how far its own erasures have come there.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from pop_forum.errors import ForumError
from pop_forum.federation import acknowledgements
from pop_forum.federation.acknowledgements import Acknowledgement
from pop_forum.federation.activities import Erase
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Host, Seq
from pop_forum.federation.strict_json import JsonObject
from pop_forum.models import Entry, Epoch, Journal, Link, Peer
from pop_forum.services import journal, key_registers
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.site import Site


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A peer that has not said yet that it erased so many entries of ours, the first of them asked for then."""

    peer: Peer
    count: int
    since: datetime

    @property
    def exchanging(self) -> bool:
        """Whether it will hear of them from us."""
        return self.peer.state in EXCHANGING


def told_to(site: Site, origin: str) -> list[JsonObject]:
    """What this site tells an origin: how far the erasures of its journals are carried out here."""
    rows = select(Journal).where(Journal.host == origin, Journal.erasure_n > 0).order_by(Journal.name)
    return [_signed(site, row) for row in site.session.scalars(rows)]


def note(site: Site, peer: Peer, links: dict[str, Link], vector: bytes) -> None:
    """Nothing; what this peer has erased of ours is known. What it has not signed, or cannot know, is ignored."""
    listed = acknowledgements.read_listed(vector)
    keys = key_registers.valid_now(site, peer.host) if listed else {}
    for document in listed:
        try:
            said = acknowledgements.verify(document, Host(peer.host), keys)
        except ForumError:
            continue
        row = journal.find(site, site.settings.host, said.journal)
        link = links.get(said.journal)
        if row is None or link is None or said.host != site.settings.host:
            continue
        epoch = site.session.scalar(
            select(Epoch.number).where(Epoch.journal_id == row.id, Epoch.epoch_id == said.epoch_id)
        )
        place = (epoch or 0, said.n)
        if (link.erased_epoch, link.erased_n) < place <= (row.erasure_epoch, row.erasure_n):
            link.erased_epoch, link.erased_n = place
            link.erased_at, link.erased_proof = site.clock.now(), jcs(document)


def unanswered(site: Site) -> list[Unanswered]:
    """The peers that carry a journal of ours and have not acknowledged all its erasures, the longest silent first."""
    ours = {row.name: row for row in site.session.scalars(select(Journal).where(Journal.host == site.settings.host))}
    linked = select(Link).join(Peer).where(Peer.active_at.is_not(None), Link.journal.in_(ours)).order_by(Link.id)
    found: dict[int, Unanswered] = {}
    for link in site.session.scalars(linked):
        row = ours[link.journal]
        if (row.erasure_epoch, row.erasure_n) <= (link.erased_epoch, link.erased_n):
            continue
        count, since = _asked_since(site, row, link)
        if count:
            before = found.get(link.peer_id)
            both = (count + before.count, min(since, before.since)) if before else (count, since)
            found[link.peer_id] = Unanswered(link.peer, *both)
    return sorted(found.values(), key=lambda one: (one.since, one.peer.host))


def _asked_since(site: Site, row: Journal, link: Link) -> tuple[int, datetime]:
    later = or_(Entry.epoch > link.erased_epoch, and_(Entry.epoch == link.erased_epoch, Entry.n > link.erased_n))
    asked = (Entry.journal_id == row.id, Entry.type == Erase.__name__, later)
    count, since = site.session.execute(select(func.count(), func.min(Entry.received_at)).where(*asked)).one()
    return count, since


def _signed(site: Site, row: Journal) -> JsonObject:
    epoch_id = journal.epoch_of(site, row, row.erasure_epoch).id
    said = Acknowledgement(Host(row.host), row.name, epoch_id, Seq(row.erasure_n), site.clock.now())
    return acknowledgements.sign(said, Host(site.settings.host), site.keys)
