"""Following a discussion through the door, by hand and by writing."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.models import Follow, Journal, Person
from pop_forum.services import threads
from pop_forum.services.reading import THREADS_PER_PAGE
from pop_forum.services.threads import ThreadDraft
from pop_forum.tasks import notify
from tests.web.test_discussions import open_thread

Enter = Callable[..., Any]


def follows(commune: Any) -> list[tuple[int, int, bool]]:
    with commune.reading() as site:
        rows = site.session.scalars(select(Follow).order_by(Follow.account_id, Follow.thread_id))
        return [(row.account_id, row.thread_id, row.active) for row in rows]


def test_one_follows_what_one_writes_in_and_may_stop(signed_in: Enter, commune: Any) -> None:
    huguette, karim = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    address = open_thread(huguette)
    assert "Ne plus suivre" in huguette.get(address).text
    assert "Suivre cette discussion" in karim.get(address).text
    karim.send(f"{address}/repondre", address, text="Oui.")
    assert [active for *_, active in follows(commune)] == [True, True]
    assert karim.send(f"{address}/suivre", address, arreter="1").status_code == 303
    karim.send(f"{address}/repondre", address, text="Encore.")
    assert "Suivre cette discussion" in karim.get(address).text, "writing again does not undo a choice"


def test_who_follows_by_hand_is_told_and_finds_it_in_their_list(signed_in: Enter, commune: Any) -> None:
    huguette, karim = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    address = open_thread(huguette, title="La navette")
    assert "aucune discussion" in karim.get("/mes-discussions").text
    karim.send(f"{address}/suivre", address)
    karim.get(address)
    huguette.send(f"{address}/repondre", address, text="Oui.")
    notify.run(commune)
    assert "Huguette P. écrit dans une discussion que vous suivez" in karim.get("/notifications").text
    mine = karim.get("/mes-discussions").text
    assert "La navette" in mine and "1 message non lu" in mine


def test_a_setting_stops_following_what_one_writes_in(signed_in: Enter, commune: Any) -> None:
    huguette = signed_in("resident", "Huguette P.")
    assert huguette.send("/mes-discussions/reglage", "/mes-discussions").status_code == 303
    address = open_thread(huguette)
    huguette.send(f"{address}/repondre", address, text="Oui.")
    assert follows(commune) == []
    huguette.send("/mes-discussions/reglage", "/mes-discussions", suivre="1")
    huguette.send(f"{address}/repondre", address, text="Encore.")
    assert len(follows(commune)) == 1


@pytest.mark.parametrize("path", ["/mes-discussions/reglage", "/discussions/{key}/suivre"])
def test_a_visitor_follows_nothing(client: Any, signed_in: Enter, commune: Any, path: str) -> None:
    key = open_thread(signed_in("resident")).rsplit("/", 1)[1]
    before = follows(commune)
    assert client.send(path.format(key=key), suivre="1").status_code == 401
    assert client.get("/mes-discussions").status_code == 401
    assert follows(commune) == before
    assert "Suivre cette discussion" not in client.get(f"/discussions/{key}").text


def test_an_unknown_discussion_is_not_followed(signed_in: Enter, commune: Any) -> None:
    reader = signed_in("resident")
    assert reader.send("/discussions/rien/suivre").status_code == 404
    assert reader.get("/discussions/rien/non-lu").status_code == 404
    assert follows(commune) == []


def test_followed_discussions_at_the_limit_fill_a_page(signed_in: Enter, commune: Any) -> None:
    reader = signed_in("resident", "Huguette P.")
    for count in (THREADS_PER_PAGE, 1):
        with commune.transaction() as site:
            me = site.session.scalars(select(Person)).one()
            for number in range(count):
                threads.open_thread(site, me, ThreadDraft(f"Fil {number}", "x", None, shared=False))
        assert reader.get("/mes-discussions?page=2").status_code == (404 if count > 1 else 200)


def test_what_one_follows_and_reads_is_in_no_journal(signed_in: Enter, commune: Any) -> None:
    reader = signed_in("resident", "Huguette P.")
    address = open_thread(signed_in("resident", "Karim B."))
    with commune.reading() as site:
        before = [(row.name, row.n) for row in site.session.scalars(select(Journal))]
    reader.send(f"{address}/suivre", address)
    reader.get(address)
    with commune.reading() as site:
        assert [(row.name, row.n) for row in site.session.scalars(select(Journal))] == before
