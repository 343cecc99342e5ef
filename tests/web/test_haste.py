"""What is shared leaves at once: the worker is told with the commit, and asks every peer when it starts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pop_forum import tasks
from pop_forum.commune import Commune
from pop_forum.services import peers
from pop_forum.services.journal import DELIVER
from tests.network import befriended
from tests.web.neighbour import befriend, neighbour, neighbour_data

__all__ = ["neighbour", "neighbour_data"]
FORM = "/quotidien/ouvrir"


def test_the_worker_is_told_with_the_commit_of_what_is_shared_and_of_nothing_else(
    commune: Commune, neighbour: Commune, signed_in: Callable[..., Any]
) -> None:
    befriend(commune, neighbour)
    browser, told = signed_in("resident"), commune.wakeups.told  # type: ignore[attr-defined]
    told.clear()
    browser.send(FORM, FORM, title="Un banc", text="Il manque.", reach="local")
    assert ("valombre", DELIVER) not in told
    browser.send(FORM, FORM, title="Un lavoir", text="Il fuit.", reach="shared")
    assert ("valombre", DELIVER) in told


def test_a_worker_that_starts_asks_every_peer_what_is_new(tmp_path: Path) -> None:
    network = befriended(tmp_path)
    valombre = network.communes["valombre"]
    tasks.run(valombre, peers.SYNC)
    network.wire.requests.clear()
    tasks.run(valombre, peers.SYNC)
    assert network.wire.requests == [], "nothing is due"
    tasks.start(valombre)
    tasks.run(valombre, peers.SYNC)
    asked = {url for method, url in network.wire.requests if method == "GET" and url.endswith("/journal")}
    assert asked == {f"http://{slug}.localhost:8080/journal" for slug in ("pont-hervel", "sainte-aure")}
    network.close()
