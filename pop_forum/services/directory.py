"""The public page of the network: its communes, and what they last shared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from pop_forum.models import NetworkAct, Peer, Thread
from pop_forum.services import peer_states
from pop_forum.services.discussions import ThreadLine
from pop_forum.services.network_pages import listed_hosts, shown_peer
from pop_forum.services.peers import SUSPENDED
from pop_forum.services.reading import shown_threads, thread_lines
from pop_forum.services.site import Site

LATEST = 20


@dataclass(frozen=True, slots=True)
class Directory:
    """The communes in alphabetical order, and the newest discussions of theirs."""

    peers: Sequence[Peer]
    suspended: Sequence[NetworkAct]
    told: Mapping[int, NetworkAct]  # why a commune is limited or suspended, by its number
    latest: Sequence[ThreadLine]


def directory(site: Site) -> Directory:
    """The network as anybody may see it."""
    peers = site.session.scalars(select(Peer).where(shown_peer())).all()
    newest = (
        shown_threads(site, listed_hosts(site)[1:])
        .where(Thread.shared.is_(True))
        .order_by(Thread.received_at.desc(), Thread.id.desc())
        .limit(LATEST)
    )
    by_name = sorted(peers, key=lambda peer: (peer.name or peer.host).casefold())
    told = peer_states.standing(site)
    suspended = sorted((act for act in told.values() if act.state == SUSPENDED), key=lambda act: act.at, reverse=True)
    return Directory(by_name, suspended, told, thread_lines(site, newest))
