"""Comparisons of positions: what another history looks like, and that dead peers leave threads free."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.federation import vectors
from pop_forum.federation.identifiers import EpochId, Host
from pop_forum.federation.vectors import Held
from pop_forum.models import Journal, Peer
from pop_forum.services import journal, sync
from pop_forum.services.sync import DOUBTFUL_LANES, Target
from tests.network import START, Network, peer_of

NEIGHBOUR = Host("pont-hervel.localhost:8080")


def held(commune: Commune) -> Held:
    with commune.reading() as site:
        row = journal.find(site, NEIGHBOUR, "forum")
        assert row is not None
        return Held(NEIGHBOUR, "forum", journal.position_of(row))


def told(commune: Commune, position: Held) -> tuple[list[str], str | None, str | None]:
    """What a vector with this position leads to: journals to pull, the journal's quarantine, the peer's error."""
    with commune.transaction() as site:
        peer = peer_of(site, NEIGHBOUR)
        behind = sync.compare(site, Target(peer.id, NEIGHBOUR), vectors.build_vector([position]))
        site.session.flush()
        row = site.session.scalars(select(Journal).where(Journal.host == NEIGHBOUR, Journal.name == "forum")).one()
        return behind, row.quarantined, peer.error


def test_a_vector_that_says_what_we_hold_changes_nothing(trio: Network) -> None:
    home = trio.communes["valombre"]
    assert told(home, held(home)) == ([], None, None)


def test_a_vector_with_more_than_we_hold_leads_to_a_pull(trio: Network) -> None:
    home = trio.communes["valombre"]
    known = held(home)
    further = replace(known, position=replace(known.position, n=known.position.n + 1, hash=b"\1" * 32))
    assert told(home, further)[0] == ["forum"]


@pytest.mark.parametrize("change", [{"hash": b"\1" * 32}, {"epoch_id": EpochId("ab" * 16)}])
def test_a_vector_that_tells_another_history_leads_to_a_pull_and_proves_nothing(
    trio: Network, change: dict[str, object]
) -> None:
    home = trio.communes["valombre"]
    known = held(home)
    another = replace(known, position=replace(known.position, **change))  # type: ignore[arg-type]
    assert told(home, another) == (["forum"], None, None)


def test_peers_that_did_not_answer_share_two_lanes(commune: Commune) -> None:
    with commune.transaction() as site:
        for number in range(5):
            host = f"pair-{number}.localhost:8080"
            site.session.add(
                Peer(
                    host=host,
                    base_url=f"http://{host}",
                    state="active",
                    invited_by="us",
                    created_at=START,
                    sync_due_at=START,
                    sync_failures=3,
                )
            )
    claimed = []
    for _ in range(5):
        with commune.transaction() as site:
            claimed.append(sync.claim(site))
    assert sum(target is not None for target in claimed) == DOUBTFUL_LANES
