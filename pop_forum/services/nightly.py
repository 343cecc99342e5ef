"""Anti-entropy: each night, what this site shows of the network is compared with what its peers show of it.

Positions tell that two sites have read the same; this tells that they made the same of it. Every site works out its
digests at the same hour, when little is written. A little later each asks its peers for theirs, with the next
comparison of positions. A difference has the journal applied over again here (services/refolding.py); what stays
different after that is told to the admins.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from pop_forum.errors import NotFound
from pop_forum.federation import state_digests
from pop_forum.federation.identifiers import origin
from pop_forum.federation.state_digests import Compared, Night
from pop_forum.models import Journal, Peer, StateComparison, StateDifference, StateDigest, StateRepair
from pop_forum.services import authentication, journal, refolding, state_parts
from pop_forum.services.site import Site
from pop_forum.services.sync import Target

HOUR = time(2)  # UTC: the same moment for every commune of a network, also for one overseas
GRACE = timedelta(minutes=30)  # for peers to have worked out theirs
NONE_YET = "Ce site n’a pas encore relevé ce qu’il montre : redemandez demain."


@dataclass(frozen=True, slots=True)
class Seen:
    """The last comparison with a peer: what differed, and the journals that were applied over again for it."""

    comparison: StateComparison
    differences: tuple[StateDifference, ...]
    repairs: tuple[StateRepair, ...]


def is_due(site: Site) -> bool:
    """Whether a night has begun since this site last worked out its digests, or something was mended since."""
    row = site.session.get(StateDigest, 1)
    now = site.clock.now()
    return row is None or _night(row.at) != _night(now) or refolding.has_mended_since(site, row.at)


def work_out(site: Site) -> Night:
    """What this site shows, and where it stands: read in one transaction."""
    rows = site.session.scalars(select(Journal))
    positions = {(row.host, row.name): journal.position_of(row) for row in rows}
    return Night(site.clock.now(), positions, state_parts.digests(site))


def keep(site: Site, night: Night) -> None:
    """The document that peers are told until the next one."""
    row = site.session.get(StateDigest, 1)
    again = row is not None and _night(row.at) == _night(night.at)
    if row is None:
        row = StateDigest(id=1)
        site.session.add(row)
    row.at, row.compared_from = night.at, night.at if again else night.at + GRACE
    row.document = state_digests.build(night)


def document(site: Site) -> bytes:
    """What was last worked out. Raises NotFound before the first night."""
    row = site.session.get(StateDigest, 1)
    if row is None:
        raise NotFound("no digests yet", NONE_YET)
    return row.document


def owes(site: Site, target: Target) -> bool:
    """Whether this peer is to be asked for its digests."""
    row = site.session.get(StateDigest, 1)
    if row is None or row.compared_from > site.clock.now():
        return False
    last = site.session.get(StateComparison, target.peer_id)
    return last is None or last.of != row.at


def request(site: Site, target: Target) -> tuple[str, dict[str, str]]:
    """The address of a peer's digests, and the headers of a signed request for it."""
    url = f"{origin(target.host)}/empreintes"
    return url, authentication.sign(site, "GET", url)


def note_silent(site: Site, target: Target) -> None:
    """The peer tells no digests: it is asked again after the next night."""
    _note(site, target, answered=False, same=0, different=0)


def compare(site: Site, target: Target, data: bytes) -> None:
    """What a peer shows compared with what we showed; a difference is noted, and its journal applied over again.

    Raises InvalidInput for what is no such document.
    """
    theirs, ours = state_digests.read(data), state_digests.read(document(site))
    if theirs is None or ours is None:
        note_silent(site, target)
        return
    found = state_digests.compare(ours, theirs)
    _note(site, target, answered=True, same=len(found.same), different=len(found.different))
    _remember(site, target, found)
    for host, name in sorted({(part.host, part.journal) for part in found.different}):
        if host != site.settings.host:
            refolding.ask(site, host, name, since=_began(_night(ours.at)))


def differences(site: Site, peer: Peer) -> list[StateDifference]:
    """The parts that this peer showed otherwise than we when they were last compared."""
    theirs = select(StateDifference).where(StateDifference.peer_id == peer.id)
    return list(site.session.scalars(theirs.order_by(StateDifference.host, StateDifference.board)))


def seen(site: Site, peer: Peer) -> Seen | None:
    """What the console shows of the last comparison with this peer; None before the first one."""
    last = comparison(site, peer)
    if last is None:
        return None
    found = differences(site, peer)
    journals = sorted({(row.host, row.journal) for row in found})
    repairs = [one for key in journals if (one := refolding.last(site, *key)) is not None]
    return Seen(last, tuple(found), tuple(repairs))


def comparison(site: Site, peer: Peer) -> StateComparison | None:
    """The last comparison with this peer."""
    return site.session.get(StateComparison, peer.id)


def lasting(site: Site) -> list[tuple[str, str, datetime]]:
    """Peer, origin and since when, where a difference was seen again after the journal was applied over again."""
    rows = site.session.execute(
        select(Peer.host, StateDifference.host, func.min(StateDifference.found_at))
        .join(Peer, Peer.id == StateDifference.peer_id)
        .where(StateDifference.seen_at > StateDifference.found_at, Peer.state.in_(authentication.EXCHANGING))
        .group_by(Peer.host, StateDifference.host)
        .order_by(Peer.host, StateDifference.host)
    )
    return [(peer, host, since) for peer, host, since in rows]


def _night(at: datetime) -> datetime:
    """The day whose HOUR is the last one before this moment."""
    return (at - timedelta(hours=HOUR.hour)).replace(hour=0, minute=0, second=0, microsecond=0)


def _began(night: datetime) -> datetime:
    return night + timedelta(hours=HOUR.hour)


def _note(site: Site, target: Target, *, answered: bool, same: int, different: int) -> None:
    ours = site.session.get_one(StateDigest, 1)
    row = site.session.get(StateComparison, target.peer_id)
    if row is None:
        row = StateComparison(peer_id=target.peer_id)
        site.session.add(row)
    row.of, row.at, row.answered, row.same, row.different = ours.at, site.clock.now(), answered, same, different


def _remember(site: Site, target: Target, found: Compared) -> None:
    """Nothing; a row stands for each board that differs. What could not be compared this time stays as it was."""
    now = site.clock.now()
    rows = site.session.scalars(select(StateDifference).where(StateDifference.peer_id == target.peer_id))
    known = {(row.host, row.journal, row.board): row for row in rows}
    different = {(part.host, part.journal, part.board) for part in found.different}
    for key in sorted(different):
        if key in known:
            known[key].seen_at = now
        else:
            named = dict(zip(("host", "journal", "board"), key, strict=True))
            site.session.add(StateDifference(peer_id=target.peer_id, **named, found_at=now, seen_at=now))
    for part in found.same:
        key = (part.host, part.journal, part.board)
        if key in known and key not in different:
            site.session.delete(known.pop(key))
    site.session.flush()
