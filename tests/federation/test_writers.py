"""Eight writers in web and worker at once: nothing locked, no number missing, no fork, every reply there once."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.federation import journal as chain
from pop_forum.models import Entry, Journal, Link, Peer, Post
from pop_forum.services import journal, threads
from pop_forum.services.site import Site
from pop_forum.services.threads import ThreadDraft
from tests.databases import Server, postgresql_server
from tests.federation import writers
from tests.network import Network, UrlOf, acting, on_sqlite, person

EACH = 4  # processes of each kind


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgresql_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url_of(request: pytest.FixtureRequest) -> UrlOf:
    return on_sqlite if request.param == "sqlite" else request.getfixturevalue("server").commune


def prepare(commune: Commune) -> None:
    """A shared thread, four authors, and two peers that are owed every entry."""
    authors = [person(commune, f"Autrice {number}") for number in range(EACH)]
    with acting(commune, authors[0]) as (site, who):
        threads.open_thread(site, who, ThreadDraft("La place", "Texte.", None, shared=True))
        for host in ("pont-hervel.localhost:8080", "sainte-aure.localhost:8080"):
            peer = Peer(
                host=host, base_url=f"http://{host}", state="active", invited_by="us", created_at=site.clock.now()
            )
            site.session.add(peer)
            site.session.flush()
            site.session.add(Link(peer_id=peer.id, journal="forum", push_due_at=site.clock.now()))


@pytest.mark.timeout(120)
def test_eight_writers_leave_no_gap_no_fork_and_lose_nothing(tmp_path: Path, url_of: UrlOf) -> None:
    network = Network(tmp_path, url_of)
    commune = network.add("valombre")
    try:
        prepare(commune)
        reports = write_at_once(tmp_path, commune)
        errors = [error for _, _, found in reports for error in found]
        assert errors == []
        acknowledged = [uri for _, uris, _ in reports for uri in uris]
        assert len(acknowledged) == EACH * (writers.REPLIES + writers.PAGES)
        with commune.reading() as site:
            there = Counter(site.session.scalars(select(Post.uri).where(~Post.opening)))
            assert there == Counter(acknowledged)
            for row in site.session.scalars(select(Journal)):
                assert_whole(site, row)
            ours = journal.find(site, site.settings.host, "forum")
            assert ours is not None
            assert ours.n == 1 + EACH + 1 + EACH * writers.REPLIES  # keys, authors, the thread, the replies
            confirmed = {row.peer.host: row.confirmed_n for row in site.session.scalars(select(Link))}
            assert confirmed["pont-hervel.localhost:8080"] > 0  # deliveries were recorded while all that was written
            assert confirmed["sainte-aure.localhost:8080"] == 0
    finally:
        network.close()


def write_at_once(folder: Path, commune: Commune) -> list[writers.Report]:
    """What each process tells once all have ended."""
    apart = multiprocessing.get_context("forkserver")
    apart.set_forkserver_preload([writers.__name__])  # what takes a second to import is imported once
    told = apart.Queue()
    url = None if commune.settings.database_url.startswith("sqlite") else commune.settings.database_url
    started = [
        apart.Process(target=writers.run, args=(work, number, folder, url, told))
        for work in (writers.web, writers.worker)
        for number in range(EACH)
    ]
    for process in started:
        process.start()
    reports = [told.get(timeout=100) for _ in started]
    for process in started:
        process.join(20)
        process.close()
    told.close()
    told.join_thread()
    return reports


def assert_whole(site: Site, row: Journal) -> None:
    """The numbers of a journal go from 1 to n, and its chain of hashes can be recomputed from its entries."""
    position = chain.start_of(row.host, row.name, journal.epoch_of(site, row))
    entries = site.session.scalars(select(Entry).where(Entry.journal_id == row.id).order_by(Entry.n)).all()
    for number, entry in enumerate(entries, 1):
        assert entry.n == number
        assert entry.salt is not None
        assert entry.activity is not None
        position = chain.after(row.host, row.name, position, chain.leaf(entry.salt, entry.activity))
        assert entry.hash == position.hash.hex()
    assert (row.n, row.hash) == (position.n, position.hash.hex())
