"""The commands of the network, beside its page."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pop_forum.cli import federation, inquiries
from pop_forum.commune import Commune
from pop_forum.models import Entry, Peer
from tests.web.neighbour import HOST, befriend, neighbour, neighbour_data, write

__all__ = ["neighbour", "neighbour_data"]

Run = Callable[..., Result]


@pytest.fixture
def run(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`pop_forum federation …` on Valombre."""
    for module in (federation, inquiries):
        monkeypatch.setattr(module, "one", lambda slug: commune)
    return lambda *words: CliRunner().invoke(federation.group, [words[0], "valombre", *words[1:]])


def test_verify_ends_with_a_count_in_json(commune: Commune, run: Run) -> None:
    write(commune, "Pour tous")
    done = run("verify")
    counts = json.loads(done.stdout.splitlines()[-1])
    assert done.exit_code == 0 and counts["journals"] == 2
    assert counts["entries"] == counts["proofs"] > 2 and counts["faults"] == 0
    assert "sur" in done.stderr  # how far it has come


def test_verify_fails_on_a_fault_and_says_where(commune: Commune, run: Run) -> None:
    write(commune, "Pour tous")
    with commune.transaction() as site:
        site.session.query(Entry).filter_by(n=3).one().leaf = "0" * 64
    done = run("verify")
    assert done.exit_code == 1 and "n° 3" in done.stdout
    assert json.loads(done.stdout.splitlines()[-1])["faults"] > 0


def test_why_takes_an_address_and_says_where_it_stands(commune: Commune, neighbour: Commune, run: Run) -> None:
    befriend(commune, neighbour)
    uri = write(commune, "Pour tous")
    said = run("why", uri).stdout
    assert "Montré sur ce site." in said and "ne l’a pas encore" in said and HOST in said
    document = json.loads(run("why", uri, "--json").stdout)
    assert document["shown"] == "shown" and document["entry"]["outcome"] == "own"
    unknown = run("why", "https://ailleurs.example/x")
    assert unknown.exit_code != 0


def test_peers_tells_what_waits_both_ways_and_sync_takes_one(commune: Commune, neighbour: Commune, run: Run) -> None:
    befriend(commune, neighbour)
    write(commune, "Pour tous")
    assert "3 à envoyer" in run("peers").stdout
    [row] = json.loads(run("peers", "--json").stdout)
    assert row["journals"]["forum"]["to_send"] == 3 and row["exchange"] == "late"
    assert run("sync", HOST).exit_code == run("sync").exit_code == 0
    assert run("sync", "inconnue.example").exit_code != 0
    with commune.reading() as site:
        peer: Any = site.session.query(Peer).one()
        assert peer.sync_due_at <= site.clock.now()
