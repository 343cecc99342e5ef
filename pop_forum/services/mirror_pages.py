"""What the console shows of what communes pass on: who holds what of whom, and how old its signed head is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, Forbidden, NotFound
from pop_forum.federation.identifiers import origin
from pop_forum.models import Journal, Member, Mirror, Peer
from pop_forum.services import members, peers
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.mirrors import WITHHELD
from pop_forum.services.site import Site

GOOD, LATE, QUARANTINED = "good", "late", "quarantined"
NO_MIRROR = "Ce relais n’est plus dans la liste."
NO_JOURNAL = "Ce journal n’est plus dans la liste."
NOT_HELD = "Inscrite nulle part : seules les communes du programme peuvent être montrées ici sans être reliées à nous."
CUT_OFF = "Cette commune est suspendue : rien de ce qu’elle partage n’est montré ici."
LINKED = "Cette commune est déjà reliée à nous : ce qu’elle partage est montré ici."


@dataclass(frozen=True, slots=True)
class Source:
    """A commune that passes a journal on: where it stands, and the signed head that it last showed."""

    mirror: Mirror
    name: str
    state: str  # good | late | quarantined | root | refused


@dataclass(frozen=True, slots=True)
class Passed:
    """One journal of an origin: what we hold of it, the head that proves it, and who else has it."""

    journal: str
    row: Journal | None
    sources: tuple[Source, ...]

    @property
    def missing(self) -> int:
        """How many entries we know to exist, by a signed head, and do not hold."""
        return 0 if self.row is None else max(0, self.row.highest_n - self.row.n)


@dataclass(frozen=True, slots=True)
class Origin:
    """A commune whose journals others pass on."""

    host: str
    name: str
    linked: bool
    shown: bool
    suspended: bool
    member: bool
    journals: tuple[Passed, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A commune of the programme, or one that exchanges with its home and is not on the list."""

    host: str
    name: str
    kind: str
    fingerprint: str
    since: datetime | None
    peer_id: int | None


def origins(site: Site) -> list[Origin]:
    """Every origin that a peer of ours passes on, those that need a look first, then by name."""
    rows = {(row.host, row.name): row for row in site.session.scalars(select(Journal))}
    known = {peer.host: peer for peer in peers.all_peers(site)}
    listed = {row.host: row for row in members.listed(site)}
    found: dict[tuple[str, str], list[Source]] = {}
    told = select(Mirror).join(Peer).where(Peer.state.in_(EXCHANGING)).order_by(Peer.name, Peer.host)
    for mirror in site.session.scalars(told):
        held = rows.get((mirror.host, mirror.journal))
        source = Source(mirror, mirror.peer.name or mirror.peer.host, state_of(mirror, held))
        found.setdefault((mirror.host, mirror.journal), []).append(source)
    for key, row in rows.items():
        if row.quarantined:
            found.setdefault(key, [])
    hosts = {host for host, _ in found}
    each = [_origin(host, known.get(host), listed.get(host), _passed(host, found, rows)) for host in hosts]
    return sorted(each, key=lambda one: (not needs_a_look(one), one.name.casefold(), one.host))


def needs_a_look(one: Origin) -> bool:
    """Whether a journal of this origin, or a source of one, is in quarantine."""
    return any(
        (passed.row is not None and passed.row.quarantined) or any(s.state == QUARANTINED for s in passed.sources)
        for passed in one.journals
    )


def state_of(mirror: Mirror, held: Journal | None) -> str:
    """What is to be said of a source: in quarantine, late by what any source has shown, or something else is wrong."""
    if mirror.quarantined:
        return QUARANTINED
    if mirror.problem == WITHHELD:
        return LATE
    if mirror.problem:
        return mirror.problem
    if held is None:
        return GOOD
    return LATE if (mirror.epoch, mirror.n) < (held.epoch, max(held.highest_n, held.n)) else GOOD


def lift_mirror(site: Site, viewer: Viewer, mirror_id: int) -> None:
    """The admin reads this journal from this source again. Raises Forbidden, NotFound."""
    _only_admins(viewer)
    mirror = site.session.get(Mirror, mirror_id)
    if mirror is None:
        raise NotFound(f"no mirror {mirror_id}", NO_MIRROR)
    mirror.quarantined = mirror.quarantined_at = mirror.problem = mirror.asked_at = None
    _compare_soon(site, mirror.peer)


def lift_journal(site: Site, viewer: Viewer, journal_id: int) -> None:
    """The admin takes this journal again, after what we hold of it. Raises Forbidden, NotFound."""
    _only_admins(viewer)
    row = site.session.get(Journal, journal_id)
    if row is None:
        raise NotFound(f"no journal {journal_id}", NO_JOURNAL)
    row.quarantined = None
    for peer in site.session.scalars(select(Peer).where(Peer.state.in_(EXCHANGING))):
        _compare_soon(site, peer)


def show(site: Site, viewer: Viewer, host: str) -> None:
    """What a commune of the programme shares is shown here, though we are not linked. Raises Forbidden, Conflict."""
    _only_admins(viewer)
    member = next((row for row in members.listed(site) if row.host == host), None)
    if member is None:
        raise Conflict(f"{host} is no member", NOT_HELD)
    peer = peers.find(site, host)
    if peer is None:
        peer = Peer(
            host=host,
            base_url=origin(host),
            state=peers.WITHDRAWN,
            invited_by=peers.US,
            name=member.name,
            kind=member.kind,
            created_at=site.clock.now(),
        )
        site.session.add(peer)
    elif peer.state in EXCHANGING:
        raise Conflict(f"{host} is {peer.state}", LINKED)
    elif peer.state == peers.SUSPENDED:
        raise Conflict(f"{host} is suspended", CUT_OFF)
    peer.relayed = True


def hide(site: Site, viewer: Viewer, host: str) -> None:
    """What this commune shares is kept and no longer shown. Raises Forbidden, NotFound."""
    _only_admins(viewer)
    peers.by_host(site, host).relayed = False


def candidates(site: Site) -> tuple[list[Candidate], list[Candidate]]:
    """The communes of the programme; and, at its home, those that exchange with us and are not on the list."""
    listed = members.listed(site)
    on_it = {row.host for row in listed}
    members_ = [Candidate(row.host, row.name, row.kind, row.fingerprint, row.at, None) for row in listed]
    others = [
        Candidate(peer.host, peer.name or peer.host, peer.kind or "", peer.fingerprint or "", None, peer.id)
        for peer in peers.all_peers(site)
        if site.settings.is_programme_home and peer.state in members.COMPARED and peer.host not in on_it
    ]
    return members_, others


def _passed(
    host: str, found: dict[tuple[str, str], list[Source]], rows: dict[tuple[str, str], Journal]
) -> Iterable[Passed]:
    names = sorted((name for at, name in found if at == host), reverse=True)
    return tuple(Passed(name, rows.get((host, name)), tuple(found[host, name])) for name in names)


def _origin(host: str, peer: Peer | None, member: Member | None, journals: Iterable[Passed]) -> Origin:
    linked = peer is not None and peer.state in EXCHANGING
    suspended = peer is not None and peer.state == peers.SUSPENDED
    shown = linked or (peer is not None and peer.relayed and not suspended)
    name = (peer.name if peer is not None else None) or (member.name if member is not None else host)
    return Origin(host, name, linked, shown, suspended, member is not None, tuple(journals))


def _compare_soon(site: Site, peer: Peer) -> None:
    peer.sync_due_at, peer.sync_failures = site.clock.now(), 0
    site.wake(peers.SYNC)


def _only_admins(viewer: Viewer) -> None:
    if not permissions.may_administer_network(viewer):
        raise Forbidden(f"{viewer} may not administer the network")
