"""What the pages of the network show: the communes, what they last said, and how the exchanges with each are going."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from pop_forum.errors import NotFound
from pop_forum.models import Delivery, Entry, Journal, Link, Peer
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.peers import CONTACTING, INVITED, LIMITED, SUSPENDED, US, WITHDRAWN, never_linked
from pop_forum.services.site import Site

SHOWN_STATES = EXCHANGING  # the communes whose content is shown are those we exchange journals with
NO_PEER = "Cette commune n’est pas dans la liste du réseau."
WITHOUT_EFFECT = ("waiting", "postponed", "unsupported", "refused")  # outcomes of entries
STUCK_SHOWN = 20
SHORT = 16  # characters of a fingerprint that people compare: 80 bits


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One journal carried with a peer: how far each side has come, and what waits."""

    journal: str
    ours: int
    confirmed: int
    theirs: int
    received: int
    waiting: int
    refused: int
    quarantined: str | None
    failures: int
    next_try: datetime | None
    pushed_at: datetime | None
    agrees: bool | None
    link: Link

    @property
    def to_send(self) -> int:
        """How many of our entries this peer has not confirmed yet."""
        return max(0, self.ours - self.confirmed)

    @property
    def to_receive(self) -> int:
        """How many of its entries we know to exist and have not received."""
        return max(0, self.theirs - self.received)


@dataclass(frozen=True, slots=True)
class PeerLine:
    """One peer in the console, with its journals and the handshakes that are still on their way."""

    peer: Peer
    journals: tuple[JournalLine, ...]
    deliveries: int
    forgettable: bool = False  # nothing was ever exchanged with it

    @property
    def state(self) -> str:
        """The word for the console; an active peer that fails is « unreachable », one behind is « late ».

        An invitation on which our comparison of the fingerprint is awaited is « unconfirmed »; a commune that is no
        longer looked for is « missing ».
        """
        if self.peer.state == INVITED and not (self.peer.invited_by == US and self.peer.confirmed_by):
            return "unconfirmed"
        if self.peer.state == CONTACTING and self.peer.contact_due_at is None:
            return "missing"
        if self.peer.state not in SHOWN_STATES:
            return "relayed" if self.peer.relayed and self.peer.state == WITHDRAWN else self.peer.state
        if any(line.quarantined for line in self.journals):
            return "quarantined"
        if self.peer.error is not None:
            return "unreachable"
        if self.peer.paused_at is not None:
            return "paused"
        late = any(line.to_receive or line.to_send for line in self.journals)
        return "late" if late else self.peer.state


_NAMES = select(Peer.host, Peer.name)
_IS_SHOWN = or_(
    *(Peer.state == state for state in SHOWN_STATES),
    Peer.relayed & (Peer.state != SUSPENDED),
)
_SHOWN = select(Peer.host).where(_IS_SHOWN).order_by(Peer.host)


def shown_peer() -> ColumnElement[bool]:
    """Whether what a peer shares is shown here: it is linked, or our admin shows what others pass on of it."""
    return _IS_SHOWN


def listed_hosts(site: Site) -> list[str]:
    """The communes whose discussions and versions our lists, feeds and search name: the shown ones but the limited."""
    hosts = site.session.scalars(_SHOWN.where(Peer.state != LIMITED))
    return [site.settings.host, *hosts]


def shown_hosts(site: Site) -> list[str]:
    """The communes whose content is shown here: this one first, then the active and limited ones."""
    hosts = site.session.scalars(_SHOWN)
    return [site.settings.host, *hosts]


Communes = tuple[list[str], dict[str, str]]


def communes(site: Site) -> Communes:
    """The shown hosts and the names of all communes, both at once."""
    hosts, names = [site.settings.host], {}
    for host, name, shown in site.session.execute(select(Peer.host, Peer.name, _IS_SHOWN).order_by(Peer.host)):
        names[host] = name or host
        if shown:
            hosts.append(host)
    return hosts, {**names, site.settings.host: site.settings.name}


def is_shown(host: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The same as a condition on a column, for a statement that is built once and given `here`."""
    return (host == bindparam("here")) | host.in_(select(Peer.host).where(_IS_SHOWN))


def commune_names(site: Site) -> dict[str, str]:
    """The names of the communes by host; the host stands in for a name that is not known yet."""
    names = {host: name or host for host, name in site.session.execute(_NAMES)}
    return {**names, site.settings.host: site.settings.name}


def find_peer(site: Site, peer_id: int) -> Peer:
    """The peer with this number. Raises NotFound."""
    peer = site.session.get(Peer, peer_id)
    if peer is None:
        raise NotFound(f"no peer {peer_id}", NO_PEER)
    return peer


def console(site: Site) -> list[PeerLine]:
    """Every commune we have to do with: what an admin must look at first, then by name."""
    lines = _lines(site, site.session.scalars(select(Peer)).all())
    return sorted(lines, key=lambda line: (line.state in SHOWN_STATES, (line.peer.name or line.peer.host).casefold()))


def line_of(site: Site, peer: Peer) -> PeerLine:
    """The same of one commune."""
    return _lines(site, [peer])[0]


def _lines(site: Site, found: Sequence[Peer]) -> list[PeerLine]:
    journals = {(row.host, row.name): row for row in site.session.scalars(select(Journal))}
    waiting = _counts(site, "waiting", "postponed")
    refused = _counts(site, "refused")
    owed = _owed(site)
    held = {host for host, _ in journals}
    links: dict[int, list[JournalLine]] = {}
    for link in site.session.scalars(select(Link).order_by(Link.journal.desc())):
        ours = journals.get((site.settings.host, link.journal))
        theirs = journals.get((link.peer.host, link.journal))
        number = theirs.id if theirs is not None else 0
        line = _journal_line(link, ours, theirs, waiting.get(number, 0), refused.get(number, 0))
        links.setdefault(link.peer_id, []).append(line)
    return [
        PeerLine(
            peer, tuple(links.get(peer.id, ())), owed.get(peer.host, 0), never_linked(peer) and peer.host not in held
        )
        for peer in found
    ]


def stuck(site: Site, peer: Peer) -> Sequence[tuple[Entry, str]]:
    """The newest entries of a peer that have no effect here, each with the name of its journal."""
    rows = site.session.execute(
        select(Entry, Journal.name)
        .join(Journal, Journal.id == Entry.journal_id)
        .where(Journal.host == peer.host, Entry.outcome.in_(WITHOUT_EFFECT))
        .order_by(Entry.id.desc())
        .limit(STUCK_SHOWN)
    )
    return [(row.Entry, row.name) for row in rows]


def owed_since(site: Site, line: PeerLine) -> datetime | None:
    """Since when the oldest entry of ours waits that this peer has not confirmed."""
    oldest = [
        site.session.scalar(
            select(func.min(Entry.received_at))
            .join(Journal, Journal.id == Entry.journal_id)
            .where(Journal.host == site.settings.host, Journal.name == each.journal, Entry.epoch == Journal.epoch)
            .where(Entry.n == each.confirmed + 1)
        )
        for each in line.journals
        if each.to_send
    ]
    return min((at for at in oldest if at is not None), default=None)


def count_states(lines: Sequence[PeerLine]) -> dict[str, int]:
    """How many communes are in each state, for the sentence at the top; ended ones do not count."""
    return dict(Counter(line.state for line in lines if line.state != "withdrawn"))


def own_journals(site: Site) -> list[Journal]:
    """Our own journals, as the others see them."""
    rows = site.session.scalars(select(Journal).where(Journal.host == site.settings.host).order_by(Journal.name.desc()))
    return list(rows)


def _journal_line(link: Link, ours: Journal | None, theirs: Journal | None, waiting: int, refused: int) -> JournalLine:
    """One row of the console; positions of another epoch are not comparable and count as nothing confirmed."""
    same_epoch = ours is not None and link.confirmed_epoch == ours.epoch
    received = theirs.n if theirs is not None else 0
    return JournalLine(
        journal=link.journal,
        ours=ours.n if ours is not None else 0,
        confirmed=link.confirmed_n if same_epoch else 0,
        theirs=max(link.their_n, received),
        received=received,
        waiting=waiting,
        refused=refused,
        quarantined=theirs.quarantined if theirs is not None else None,
        failures=link.push_failures,
        next_try=link.push_due_at,
        pushed_at=link.pushed_at,
        agrees=link.agrees,
        link=link,
    )


def _counts(site: Site, *outcomes: str) -> dict[int, int]:
    rows = site.session.execute(
        select(Entry.journal_id, func.count()).where(Entry.outcome.in_(outcomes)).group_by(Entry.journal_id)
    )
    return {key: int(count) for key, count in rows}


def _owed(site: Site) -> dict[str, int]:
    rows = site.session.execute(
        select(Delivery.host, func.count()).where(Delivery.due_at.is_not(None)).group_by(Delivery.host)
    )
    return {key: int(count) for key, count in rows}


def grouped(fingerprint: str) -> str:
    """A fingerprint in groups of four, to be read aloud."""
    return " ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4))


def short(fingerprint: str) -> str:
    """The first 16 characters of a fingerprint in groups of four: what two people compare by telephone."""
    return grouped(fingerprint[:SHORT])
