"""A clock that was ahead and is set right leaves nothing waiting until the date it showed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from pop_forum import tasks
from pop_forum.models import Link, Peer
from pop_forum.services import backoff, peers, wrong_clock
from tests.network import Network, befriended


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    network = befriended(tmp_path)
    yield network
    network.close()


def test_what_a_clock_a_day_ahead_put_off_is_due_once_it_is_set_right(network: Network) -> None:
    commune, later = network.communes["valombre"], timedelta(days=1)
    with commune.transaction() as site:
        for link in site.session.scalars(select(Link)):
            link.push_due_at = link.push_claimed_until = site.clock.now() + later
        for peer in site.session.scalars(select(Peer)):
            peer.sync_due_at = peer.sync_claimed_until = site.clock.now() + later
    tasks.run(commune, tasks.SWEEP)
    with commune.reading() as site:
        now = site.clock.now()
        assert all(link.push_due_at <= now for link in site.session.scalars(select(Link)) if link.push_due_at)
        assert {link.push_claimed_until for link in site.session.scalars(select(Link))} == {None}
        assert all(peer.sync_due_at <= now for peer in site.session.scalars(select(Peer)) if peer.sync_due_at)
        assert {peer.sync_claimed_until for peer in site.session.scalars(select(Peer))} == {None}


def test_a_pause_that_failures_explain_is_left_alone_and_one_beyond_it_is_not(network: Network) -> None:
    commune = network.communes["valombre"]
    with commune.transaction() as site:
        just, beyond = site.session.scalars(select(Link).order_by(Link.id)).all()[:2]
        now = site.clock.now()
        just.push_failures = beyond.push_failures = 10
        just.push_due_at = backoff.next_try(now, 10)
        beyond.push_due_at = backoff.next_try(now, 10) + timedelta(minutes=1)
        kept, just_id, beyond_id = just.push_due_at, just.id, beyond.id
    with commune.transaction() as site:
        wrong_clock.sweep(site)
    with commune.reading() as site:
        assert site.session.get_one(Link, just_id).push_due_at == kept
        assert site.session.get_one(Link, beyond_id).push_due_at < kept


def test_a_lease_that_is_held_is_left_alone(network: Network) -> None:
    commune = network.communes["valombre"]
    with commune.transaction() as site:
        link = site.session.scalars(select(Link).order_by(Link.id)).first()
        assert link is not None
        link.push_claimed_until = site.clock.now() + backoff.LEASE
        kept, number = link.push_claimed_until, link.id
    with commune.transaction() as site:
        wrong_clock.sweep(site)
    with commune.reading() as site:
        assert site.session.get_one(Link, number).push_claimed_until == kept


def test_a_call_ends_a_silence_that_a_clock_ahead_has_dated(network: Network) -> None:
    commune = network.communes["valombre"]
    with commune.transaction() as site:
        peer = site.session.scalars(select(Peer)).all()[0]
        peer.error, peer.error_at = "Son site ne répond pas.", site.clock.now() + timedelta(hours=20)
        assert peers.is_back(site, peer)
