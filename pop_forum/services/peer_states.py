"""Limiting, suspending, resuming and withdrawing a commune of the network: each with its public reason.

| state | journals | shown here |
|---|---|---|
| active | carried both ways | everywhere |
| limited | carried both ways | where one goes to read it; in no list, feed or search of ours |
| suspended | our doors answer 403, and we call no more | nothing; all that came is kept |
| withdrawn | the same, and only a new invitation begins again | nothing, unless our admin shows what others pass on |

What is held of a commune is never touched: the state is a filter on what is shown. Its journal goes on where we stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_text
from pop_forum.errors import Conflict, InvalidInput, NotFound
from pop_forum.models import NetworkAct, Peer
from pop_forum.services import peers
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.peers import ACTIVE, LIMITED, SUSPENDED, WITHDRAWN
from pop_forum.services.site import Site

REASON_CHARS = 500
ACTS_PER_PAGE = 50
MET = (ACTIVE, LIMITED, SUSPENDED)  # whose fingerprint was compared: one can decide on the exchange
TOLD = (LIMITED, SUSPENDED)  # states that the public page of the network explains as long as they last
DECIDED = (ACTIVE, LIMITED, SUSPENDED, WITHDRAWN)

NOT_MET = "Rien n’est échangé avec cette commune : il n’y a rien à limiter ni à suspendre."
SAME_STATE = "Cette décision est déjà en place."
NOTHING_TO_PAUSE = "Rien n’est envoyé à cette commune en ce moment."
NOT_PAUSED = "Les envois vers cette commune ne sont pas en pause."
NO_REASON = "Écrivez le motif : tout le monde le lira sur la page du réseau."
NO_STATE = "Choisissez ce que vous décidez."


@dataclass(frozen=True, slots=True)
class Acts:
    """One page of what was decided on the network, the newest first."""

    acts: Sequence[NetworkAct]
    page: int
    pages: int


def decide(site: Site, viewer: Viewer, peer: Peer, state: str, reason: str = "") -> None:
    """The exchange with a commune changed from now on, and said in public.

    Raises Forbidden; InvalidInput for an unknown state, or without a reason where one is due; Conflict when nothing is
    exchanged with it, or nothing would change.
    """
    peers.only_admins(viewer)
    if state not in DECIDED:
        raise InvalidInput(f"unknown state {state[:40]!r}", NO_STATE)
    if peer.state not in MET:
        raise Conflict(f"{peer.host} is {peer.state}", NOT_MET)
    if peer.state == state:
        raise Conflict(f"{peer.host} is {state} already", SAME_STATE)
    said = _reason(reason, due=state != ACTIVE)
    was_cut = peer.state == SUSPENDED
    peer.state = state
    site.session.add(NetworkAct(peer=peer, state=state, reason=said, at=site.clock.now()))
    if state in (SUSPENDED, WITHDRAWN):
        peer.error, peer.error_at = None, None  # nobody calls it any more: what failed last is no news
    elif was_cut:
        peers.catch_up(site, peer)
    if state == WITHDRAWN:  # what was agreed is to be agreed again, by both: an invitation of theirs waits for us
        peer.confirmed_by, peer.invitation_id = None, None


def pause(site: Site, viewer: Viewer, peer: Peer) -> None:
    """Nothing more is pushed to a commune until `unpause`; it can still read us. Raises Forbidden, Conflict."""
    peers.only_admins(viewer)
    if peer.state not in EXCHANGING or peer.paused_at is not None:
        raise Conflict(f"{peer.host} is {peer.state}, paused at {peer.paused_at}", NOTHING_TO_PAUSE)
    peer.paused_at = site.clock.now()


def unpause(site: Site, viewer: Viewer, peer: Peer) -> None:
    """What waits for a commune is pushed again. Raises Forbidden, Conflict."""
    peers.only_admins(viewer)
    if peer.paused_at is None:
        raise Conflict(f"{peer.host} is not paused", NOT_PAUSED)
    peer.paused_at = None
    if peer.state in EXCHANGING:
        peers.catch_up(site, peer)


def standing(site: Site) -> dict[int, NetworkAct]:
    """For each commune that is limited or suspended, when and why, by its number; none for one set so by hand."""
    newest = select(func.max(NetworkAct.id)).group_by(NetworkAct.peer_id)
    rows = site.session.scalars(select(NetworkAct).where(NetworkAct.id.in_(newest), NetworkAct.state.in_(TOLD)))
    return {act.peer_id: act for act in rows if act.peer.state == act.state}


def acts_of(site: Site, peer: Peer) -> Sequence[NetworkAct]:
    """What was decided on one commune, the newest first."""
    return site.session.scalars(
        select(NetworkAct).where(NetworkAct.peer_id == peer.id).order_by(NetworkAct.id.desc())
    ).all()


def log(site: Site, page: int) -> Acts:
    """One page of what was decided on the network. Raises NotFound beyond the last one."""
    count = site.session.scalar(select(func.count()).select_from(NetworkAct)) or 0
    pages = max(1, -(-count // ACTS_PER_PAGE))
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    newest = select(NetworkAct).order_by(NetworkAct.at.desc(), NetworkAct.id.desc())
    chosen = newest.offset((page - 1) * ACTS_PER_PAGE).limit(ACTS_PER_PAGE)
    return Acts(site.session.scalars(chosen).all(), page, pages)


def _reason(text: str, *, due: bool) -> str:
    if not text.strip():
        if due:
            raise InvalidInput("no reason", NO_REASON)
        return ""
    return clean_text(text, REASON_CHARS)
