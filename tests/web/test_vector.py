"""The position vector through the door: signed, and of a type that our own reader accepts."""

from pop_forum.adapters.remote import ACTIVITY
from pop_forum.commune import Commune
from pop_forum.federation.vectors import read_vector
from tests.web.conftest import Browser
from tests.web.neighbour import befriend, neighbour, neighbour_data, signed

__all__ = ["neighbour", "neighbour_data"]


def test_a_peer_reads_where_we_stand(client: Browser, commune: Commune, neighbour: Commune) -> None:
    befriend(commune, neighbour)
    answer = client.get("/journal", headers=signed(neighbour, "GET", f"{commune.settings.base_url}/journal"))
    assert answer.status_code == 200
    assert answer.mimetype in ACTIVITY
    held = {(str(one.host), one.journal): one.position.n for one in read_vector(answer.data)}
    assert held[commune.settings.host, "forum"] == 1


def test_nobody_else_does(client: Browser) -> None:
    assert client.get("/journal").status_code == 401
