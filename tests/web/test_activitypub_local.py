"""Row 91: what stays in the commune leaves by no door, and every door answers as for what does not exist."""

from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Entry, Post
from pop_forum.services import threads
from tests.web.neighbour import ACTIVITY, HERE, answer, befriend, neighbour, neighbour_data, page, signed, write

__all__ = ["neighbour", "neighbour_data"]

SECRET = "entre-nous-seulement"
NOWHERE = "aaaaaaaaaaaa"


@pytest.fixture
def local(commune: Commune) -> tuple[str, str]:
    """The keys of a local thread and of a reply in it, by somebody who never shared anything."""
    thread = write(commune, f"Local {SECRET}", SECRET, shared=False)
    return thread.rsplit("/", 1)[1], answer(commune, thread, SECRET).rsplit("/", 1)[1]


def same(client: Any, address: str, nowhere: str, **headers: str) -> None:
    """Both addresses answer alike: status, type and body."""
    found, absent = client.get(address, headers=headers), client.get(nowhere, headers=headers)
    assert found.status_code == absent.status_code == 404
    assert (found.mimetype, found.data) == (absent.mimetype, absent.data)
    assert SECRET not in found.text


@pytest.mark.parametrize("accept", [ACTIVITY, "text/html", "*/*"])
def test_its_id_answers_as_if_it_did_not_exist(client: Any, local: tuple[str, str], accept: str) -> None:
    for key in local:
        same(client, f"/o/{key}", f"/o/{NOWHERE}", Accept=accept)


def test_its_page_asked_for_by_software_answers_as_if_it_did_not_exist(client: Any, local: tuple[str, str]) -> None:
    thread, reply = local
    same(client, f"/discussions/{thread}", f"/discussions/{NOWHERE}", Accept=ACTIVITY)
    same(client, f"/messages/{reply}", f"/messages/{NOWHERE}", Accept=ACTIVITY)


def test_a_deleted_local_message_leaves_no_tombstone_outside(
    client: Any, commune: Commune, local: tuple[str, str]
) -> None:
    with commune.transaction() as site:
        post = site.session.query(Post).filter_by(key=local[1]).one()
        threads.delete(site, Viewer(post.author_id, Role.RESIDENT), post)
    same(client, f"/o/{local[1]}", f"/o/{NOWHERE}", Accept=ACTIVITY)


def test_its_author_is_unknown_outside(client: Any, commune: Commune, local: tuple[str, str]) -> None:
    with commune.reading() as site:
        author = site.session.query(Post).filter_by(key=local[0]).one().author.uri
    same(client, author.removeprefix(HERE), f"/p/{NOWHERE}", Accept=ACTIVITY)


def test_no_etag_tells_that_it_exists(client: Any, local: tuple[str, str]) -> None:
    for address in (f"/o/{local[0]}", f"/discussions/{local[0]}"):
        found = client.get(address, headers={"Accept": ACTIVITY, "If-None-Match": "*"})
        assert found.status_code == 404
        assert "ETag" not in found.headers


def test_no_journal_and_no_activity_holds_it(
    client: Any, commune: Commune, neighbour: Commune, local: tuple[str, str]
) -> None:
    befriend(commune, neighbour)
    write(commune, "Partagé", "Pour tous.")
    with commune.reading() as site:
        rows = site.session.query(Entry).all()
        assert rows and all(SECRET.encode() not in (row.activity or b"") for row in rows)
    for name in ("forum", "programme"):
        url = f"{HERE}/journal/{name}?since=0"
        found = client.get(f"/journal/{name}?since=0", headers=signed(neighbour, "GET", url))
        assert found.status_code == 200
        assert SECRET not in found.text
        assert local[0] not in found.text and local[1] not in found.text


def test_the_pages_of_a_peer_never_list_it(
    app: Any, client: Any, commune: Commune, neighbour: Commune, local: tuple[str, str]
) -> None:
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    shown = write(neighbour, "Partagé par Pont-Hervel")
    hidden = write(neighbour, f"Local {SECRET}", shared=False)
    body = page(neighbour)
    url = f"{HERE}/journal/forum"
    assert client.post("/journal/forum", data=body, headers=signed(neighbour, "POST", url, body)).status_code == 200
    network = client.get("/reseau").text
    assert "Partagé par Pont-Hervel" in network
    assert SECRET not in network
    with commune.reading() as site:
        assert site.session.query(Post).filter_by(uri=shown).count() == 1
        assert site.session.query(Post).filter_by(uri=hidden).count() == 0


def test_local_messages_change_no_document(client: Any, commune: Commune) -> None:
    write(commune, "Partagé", "Pour tous.")
    before = _documents(client)
    answer(commune, write(commune, f"Local {SECRET}", SECRET, shared=False), SECRET)
    assert _documents(client) == before
    shared = write(commune, "Partagé aussi", "Pour tous.").rsplit("/", 1)[1]
    assert client.get(f"/o/{shared}", headers={"Accept": ACTIVITY}).status_code == 200


def _documents(client: Any) -> list[Any]:
    """What the site says of itself, of the commune and of its boards."""
    addresses = ("/acteur", "/commune", "/g/quotidien")
    return [client.get(address, headers={"Accept": ACTIVITY}).json for address in addresses]
