"""Pushes: who has the next turn, what each answer means, and that no peer delays or stops another."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from pop_forum.adapters.remote import Answer
from pop_forum.commune import Commune
from pop_forum.federation import pages
from pop_forum.federation.identifiers import EpochId
from pop_forum.federation.journal import Position
from pop_forum.models import Link, Peer
from pop_forum.services import backoff, claims, deliveries, journal, peers, threads
from pop_forum.services.deliveries import Push
from pop_forum.services.threads import ThreadDraft
from pop_forum.tasks import deliver
from tests.network import SLOWEST, START, Network, acting, person

OWN_HOST = "valombre.localhost:8080"


@pytest.fixture
def home(commune: Commune) -> Commune:
    """Valombre with five active peers, each owed the journal `forum` since another moment."""
    with commune.transaction() as site:
        for number in range(5):
            host = f"pair-{number}.localhost:8080"
            peer = Peer(host=host, base_url=f"http://{host}", state="active", invited_by="us", created_at=START)
            site.session.add(peer)
            site.session.flush()
            due = site.clock.now() - timedelta(minutes=number)
            site.session.add(Link(peer_id=peer.id, journal="forum", push_due_at=due))
    return commune


def links(commune: Commune) -> list[Link]:
    with commune.reading() as site:
        return list(site.session.scalars(select(Link).order_by(Link.id)))


def claim(commune: Commune) -> int | None:
    with commune.transaction() as site:
        return next(iter(deliveries.claim(site, 1)), None)


def change(commune: Commune, link_id: int, **values: object) -> None:
    with commune.transaction() as site:
        for name, value in values.items():
            setattr(site.session.get_one(Link, link_id), name, value)


def write(commune: Commune, count: int = 1) -> None:
    author = person(commune, "Huguette P.")
    with acting(commune, author) as (site, who):
        for _ in range(count):
            threads.open_thread(site, who, ThreadDraft("La place", "Texte.", None, shared=True))


def answer(commune: Commune, link_id: int, status: int, position: Position | None, since: int = 0) -> bool:
    with commune.transaction() as site:
        push = Push(link_id, "", b"", {}, 1, since)
        return deliveries.record_answer(site, push, status, pages.answer(position))


def position(commune: Commune, n: int) -> Position:
    with commune.reading() as site:
        row = journal.find(site, OWN_HOST, "forum")
        assert row is not None
        epoch = journal.epoch_of(site, row)
        return journal._position_at(site, row, epoch, n)


def test_links_are_claimed_in_the_order_they_are_due_and_only_once(home: Commune) -> None:
    longest_first = [link.id for link in reversed(links(home))]
    assert [claim(home) for _ in range(6)] == [*longest_first, None]


def test_a_failing_peer_is_never_before_a_healthy_one(home: Commune) -> None:
    first, *others = (link.id for link in reversed(links(home)))
    change(home, first, push_failures=1)
    assert [claim(home) for _ in range(5)] == [*others, first]


def test_peers_that_fail_share_two_lanes(home: Commune) -> None:
    for link in links(home):
        change(home, link.id, push_failures=3)
    assert [claim(home) is None for _ in range(3)] == [False, False, True]
    change(home, links(home)[0].id, push_failures=0)
    assert claim(home) == links(home)[0].id


def test_a_claim_ends_with_its_lease_or_when_a_worker_starts(home: Commune) -> None:
    for _ in range(5):
        claim(home)
    with home.transaction() as site:
        claims.release_all(site)
    assert claim(home) is not None
    home.clock.advance(seconds=backoff.LEASE.total_seconds() + 1)  # type: ignore[attr-defined]
    assert [claim(home) is None for _ in range(6)] == [False] * 5 + [True]


@pytest.mark.parametrize("state", ["invited", "suspended", "withdrawn", "contacting"])
def test_nothing_is_pushed_to_who_is_no_active_peer(home: Commune, state: str) -> None:
    with home.transaction() as site:
        for peer in peers.all_peers(site):
            peer.state = state
    assert claim(home) is None


def test_pauses_grow_to_a_day_and_a_commune_is_never_given_up(home: Commune) -> None:
    pauses = [backoff.next_try(START, failures) - START for failures in range(1, 40)]
    assert pauses[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert pauses == sorted(pauses)
    assert set(pauses[17:]) == {timedelta(days=1)}
    link = links(home)[0].id
    for _ in range(60):
        with home.transaction() as site:
            deliveries.record_failure(site, link, "Personne ne répond.")
    due = links(home)[0].push_due_at
    assert due is not None
    assert due - home.clock.now() <= timedelta(days=1)


def test_200_moves_on_and_clears_failures(home: Commune) -> None:
    write(home, 2)
    link = links(home)[0].id
    change(home, link, push_failures=4)
    assert answer(home, link, 200, position(home, 2))
    assert (links(home)[0].confirmed_n, links(home)[0].push_failures) == (2, 0)


def test_409_ahead_of_what_we_thought_moves_on(home: Commune) -> None:
    write(home, 2)
    assert answer(home, links(home)[0].id, 409, position(home, 3))
    assert links(home)[0].confirmed_n == 3


@pytest.mark.parametrize(("n", "expected"), [(1, 1), (None, 0)])
def test_409_behind_rewinds_and_the_rest_is_pushed_again_a_little_later(
    home: Commune, n: int | None, expected: int
) -> None:
    write(home, 2)
    link = links(home)[0].id
    change(home, link, confirmed_epoch=1, confirmed_n=3)
    assert not answer(home, link, 409, None if n is None else position(home, n), since=3)
    found = links(home)[0]
    assert (found.confirmed_n, found.push_claimed_until) == (expected, None)
    with home.reading() as site:
        [push] = deliveries.prepare(site, [link])
        assert push.since == expected


@pytest.mark.parametrize("status", [200, 409])
@pytest.mark.parametrize(
    "told",
    [
        Position(1, EpochId("ff" * 16), 1, b"\0" * 32),
        Position(99, EpochId("ff" * 16), 1, b"\0" * 32),
    ],
)
def test_a_position_that_is_not_ours_is_a_failure_to_look_at(home: Commune, status: int, told: Position) -> None:
    assert not answer(home, links(home)[0].id, status, told)
    assert (links(home)[0].confirmed_n, links(home)[0].push_failures) == (0, 1)


def test_a_peer_that_takes_a_page_without_moving_has_failed(home: Commune) -> None:
    write(home)
    link = links(home)[0].id
    change(home, link, confirmed_epoch=1, confirmed_n=1)
    assert not answer(home, link, 200, position(home, 1), since=1)
    assert links(home)[0].push_failures == 1


@pytest.mark.parametrize(("status", "body"), [(500, b""), (403, b""), (200, b""), (200, b"[]"), (409, b"{}")])
def test_any_other_answer_is_a_failure(home: Commune, status: int, body: bytes) -> None:
    with home.transaction() as site:
        assert not deliveries.record_answer(site, Push(links(home)[0].id, "", b"", {}, 1, 0), status, body)
    assert links(home)[0].push_failures == 1


def test_an_answer_that_cannot_be_read_is_told_in_one_language(home: Commune) -> None:
    link = links(home)[0].id
    with home.transaction() as site:
        deliveries.record_answer(site, Push(link, "", b"", {}, 1, 0), 200, b'{"position":{"epoch":"x"}}')
        assert site.session.get_one(Link, link).peer.error == deliveries.UNREADABLE


def test_a_link_is_released_when_all_is_confirmed_and_waits_its_turn_otherwise(home: Commune) -> None:
    first = links(home)[-1].id
    claim(home)
    with home.transaction() as site:
        assert deliveries.release(site, first)
    assert [claim(home) for _ in range(5)][-1] == first
    change(home, first, confirmed_epoch=1, confirmed_n=1)
    with home.transaction() as site:
        assert not deliveries.release(site, first)
    assert next(link for link in links(home) if link.id == first).push_due_at is None


def test_the_sweep_finds_what_no_wake_up_brings(home: Commune) -> None:
    link = links(home)[0].id
    change(home, link, push_due_at=None)
    with home.transaction() as site:
        deliveries.sweep(site)
    assert links(home)[0].push_due_at is not None


def test_a_peer_that_lost_everything_is_given_all_of_it_again(trio: Network) -> None:
    home = trio.communes["valombre"]
    write(home, 2)
    trio.settle()
    with home.transaction() as site:
        for link in site.session.scalars(select(Link).where(Link.journal == "forum")):
            link.confirmed_n = 2  # as if the peers had told so and then lost it
    url = "http://pont-hervel.localhost:8080/journal/forum"
    trio.wire.answers["POST", url] = Answer(409, {}, pages.answer(None), url)
    write(home)
    deliver.run(home)
    with home.reading() as site:
        rewound = site.session.scalars(
            select(Link).join(Peer).where(Link.journal == "forum").order_by(Link.confirmed_n)
        )
        assert rewound.first().confirmed_n == 0  # type: ignore[union-attr]
    trio.wire.answers.clear()
    home.clock.advance(seconds=10)  # type: ignore[attr-defined]
    deliver.run(home)
    with home.reading() as site:
        assert {link.confirmed_n for link in site.session.scalars(select(Link).where(Link.journal == "forum"))} == {6}


@pytest.mark.parametrize("status", [200, 409])
def test_a_peer_that_always_answers_the_same_keeps_no_worker_busy(trio: Network, status: int) -> None:
    home = trio.communes["valombre"]
    url = "http://pont-hervel.localhost:8080/journal/forum"
    trio.wire.answers["POST", url] = Answer(status, {}, pages.answer(position(home, 1)), url)
    write(home, 3)
    trio.wire.requests.clear()
    deliver.run(home)
    assert trio.wire.requests.count(("POST", url)) < 4
    assert confirmed(trio, "sainte-aure.localhost:8080")


def confirmed(network: Network, host: str) -> bool:
    with network.communes["valombre"].reading() as site:
        row = journal.find(site, OWN_HOST, "forum")
        link = site.session.scalars(select(Link).join(Peer).where(Peer.host == host, Link.journal == "forum")).one()
        return row is not None and link.confirmed_n == row.n


def test_a_slow_peer_delays_nobody(trio: Network) -> None:
    home, slow = trio.communes["valombre"], "pont-hervel.localhost:8080"
    trio.wire.slow[slow] = threading.Event()
    write(home)
    workers = [threading.Thread(target=deliver.run, args=(home,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        deadline = time.monotonic() + SLOWEST / 2
        while not confirmed(trio, "sainte-aure.localhost:8080") and time.monotonic() < deadline:
            time.sleep(0.02)
        assert confirmed(trio, "sainte-aure.localhost:8080")
        assert not confirmed(trio, slow)
    finally:
        trio.wire.slow[slow].set()
        for worker in workers:
            worker.join(20)
    assert confirmed(trio, slow)


def test_a_dead_peer_delays_nobody(trio: Network) -> None:
    home, dead = trio.communes["valombre"], "pont-hervel.localhost:8080"
    trio.wire.down.add(dead)
    write(home)
    deliver.run(home)
    assert confirmed(trio, "sainte-aure.localhost:8080")
    assert not confirmed(trio, dead)
    with home.reading() as site:
        assert peers.by_host(site, dead).error
