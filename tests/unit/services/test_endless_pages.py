"""A journal that never ends: each pull has its budget, and goes on where the last one stopped (row 56)."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.federation import vectors
from pop_forum.federation.shapes import MAX_NUMBER
from pop_forum.federation.vectors import Held
from pop_forum.models import Link, Peer
from pop_forum.services import journal
from pop_forum.tasks import sync
from tests.network import START
from tests.unit.services.scribe import Scribe


@pytest.fixture
def scribe(commune: Commune) -> Scribe:
    """A neighbour with a journal of five entries, which is due to be asked."""
    written = Scribe()
    thread = written.opens()
    for number in range(3):
        written.replies(thread, f"reponse-{number}")
    peer = Peer(
        host=written.host,
        base_url=f"http://{written.host}",
        state="active",
        invited_by="us",
        created_at=START,
        fingerprint=written.root,
    )
    with commune.transaction() as site:
        site.session.add(peer)
        site.session.flush()
        site.session.add(Link(peer_id=peer.id, journal="forum"))
    return written


def pull(
    commune: Commune, scribe: Scribe, monkeypatch: pytest.MonkeyPatch, page: Callable[[int], bytes], told: int = 5
) -> list[int]:
    """After which entry each page was asked for, in one comparison with a neighbour that answers so."""
    asked: list[int] = []

    def answer(commune: Commune, url: str, headers: dict[str, str]) -> bytes:
        if url.endswith("/journal"):
            vector = vectors.build_vector([Held(scribe.host, "forum", scribe.positions[-1])])
            return re.sub(rb'"n":\s*5', b'"n":%d' % told, vector)
        since = int(re.findall(r"since=(\d+)", url)[0])
        asked.append(since)
        return page(since)

    monkeypatch.setattr(sync, "_get", answer)
    with commune.transaction() as site:
        site.session.scalars(select(Peer)).one().sync_due_at = site.clock.now()
    sync.run(commune)
    return asked


def held(commune: Commune, scribe: Scribe) -> int:
    with commune.reading() as site:
        row = journal.find(site, scribe.host, "forum")
        return 0 if row is None else row.n


def test_row_56_pages_that_promise_more_and_bring_nothing_end_the_pull(
    commune: Commune, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pull(commune, scribe, monkeypatch, lambda since: scribe.page(until=2)) == [0, 2]
    assert held(commune, scribe) == 2


def test_row_56_a_pull_has_a_budget_of_pages_and_the_next_one_goes_on_from_there(
    commune: Commune, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "MAX_PAGES", 2)

    def one_entry(since: int) -> bytes:
        return scribe.page(since, since + 1)

    assert pull(commune, scribe, monkeypatch, one_entry) == [0, 1] and held(commune, scribe) == 2
    assert pull(commune, scribe, monkeypatch, one_entry) == [2, 3] and held(commune, scribe) == 4
    assert pull(commune, scribe, monkeypatch, one_entry) == [4] and held(commune, scribe) == 5


@pytest.mark.parametrize(("told", "asked"), [(MAX_NUMBER, [0]), (MAX_NUMBER + 1, []), (10**12, [])])
def test_row_56_a_journal_said_to_be_endless_is_asked_for_once_or_refused(
    commune: Commune, scribe: Scribe, monkeypatch: pytest.MonkeyPatch, told: int, asked: list[int]
) -> None:
    assert pull(commune, scribe, monkeypatch, scribe.page, told) == asked
    with commune.reading() as site:
        peer = site.session.scalars(select(Peer)).one()
        assert peer.sync_failures == (0 if asked else 1) and (peer.error is None) == bool(asked)
