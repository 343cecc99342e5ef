"""What this site serves of another site's journal: byte for byte, through the same door as its own."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.federation import journal as chain
from pop_forum.federation import pages
from pop_forum.models import Entry, Journal, Link
from tests.web.neighbour import (
    ACTIVITY,
    HERE,
    HOST,
    befriend,
    neighbour,
    neighbour_data,
    open_neighbour,
    page,
    signed,
    write,
)

__all__ = ["neighbour", "neighbour_data"]

MIRROR = f"/journal/{HOST}/forum"


@pytest.fixture(scope="session")
def third_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Sainte-Aure's keys and schema; only ever copied."""
    data = tmp_path_factory.mktemp("third")
    commune = open_neighbour(data, "sainte-aure")
    commune.migrate()
    commune.close()
    return data


@pytest.fixture
def third(third_data: Path, tmp_path: Path) -> Iterator[Commune]:
    """Sainte-Aure for one test, which cannot reach Pont-Hervel."""
    shutil.copytree(third_data, tmp_path / "third")
    opened = open_neighbour(tmp_path / "third", "sainte-aure")
    yield opened
    opened.close()


@pytest.fixture
def reader(client: Any, commune: Commune, neighbour: Commune, third: Commune) -> Commune:
    """Sainte-Aure, a peer of Valombre, which holds a journal of Pont-Hervel."""
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    befriend(commune, third)
    write(neighbour, "Le pont")
    push(client, neighbour)
    return third


def push(client: Any, signer: Commune) -> Any:
    body = page(signer)
    return client.post("/journal/forum", data=body, headers=signed(signer, "POST", f"{HERE}/journal/forum", body))


def get(client: Any, signer: Commune, address: str, **headers: str) -> Any:
    return client.get(address, headers={**signed(signer, "GET", HERE + address), **headers})


def test_a_peer_reads_here_what_another_wrote_byte_for_byte(client: Any, neighbour: Commune, reader: Commune) -> None:
    found = get(client, reader, f"{MIRROR}?since=0")
    assert (found.status_code, found.mimetype) == (200, ACTIVITY)
    assert found.headers["Cache-Control"] == "no-cache"
    read = pages.parse_page(found.data, host=HOST, journal="forum")
    assert pages.verify_chain(read, chain.start_of(HOST, "forum", read.epoch)) == read.hashes
    assert chain.verify_head(read.head_document, {1: neighbour.keys.public()}).n == len(read.entries) == 3
    origin = json.loads(page(neighbour))
    served = json.loads(found.data)
    for member in ("orderedItems", "hashes", "epoch", "previous", "startIndex"):
        assert served[member] == origin[member]
    with neighbour.reading() as site:
        written = [row.activity for row in site.session.query(Entry).join(Journal).filter(Journal.name == "forum")]
    assert all(activity is not None and activity in found.data for activity in written)


def test_the_page_of_a_mirror_names_where_it_is_served(client: Any, reader: Commune) -> None:
    served = json.loads(get(client, reader, f"{MIRROR}?since=1").data)
    assert served["partOf"] == HERE + MIRROR
    assert served["id"] == f"{HERE}{MIRROR}?since=1"
    assert [item["n"] for item in served["orderedItems"]] == [2, 3]


def test_the_head_is_the_one_that_was_received(client: Any, commune: Commune, reader: Commune) -> None:
    heads = [json.loads(get(client, reader, f"{MIRROR}?since={since}").data)["head"] for since in (0, 3)]
    with commune.reading() as site:
        row = site.session.query(Journal).filter_by(host=HOST, name="forum").one()
        assert heads == [json.loads(row.head or b"")] * 2


def test_a_site_that_lost_its_disk_reads_its_own_journal_here(client: Any, neighbour: Commune, reader: Commune) -> None:
    found = get(client, neighbour, f"{MIRROR}?since=0")
    assert len(pages.parse_page(found.data, host=HOST, journal="forum").entries) == 3


def test_our_own_journal_is_the_same_under_its_full_name(client: Any, commune: Commune, reader: Commune) -> None:
    write(commune, "Chez nous")
    short, full = (get(client, reader, f"/journal/{path}?since=0") for path in ("forum", f"{HERE[7:]}/forum"))
    assert json.loads(full.data)["id"] == json.loads(short.data)["id"]
    assert json.loads(full.data)["orderedItems"] == json.loads(short.data)["orderedItems"]


def test_a_known_etag_is_answered_304_until_more_comes(client: Any, neighbour: Commune, reader: Commune) -> None:
    etag = get(client, reader, f"{MIRROR}?since=0").headers["ETag"]
    assert get(client, reader, f"{MIRROR}?since=0", **{"If-None-Match": etag}).status_code == 304
    write(neighbour, "La suite")
    push(client, neighbour)
    assert get(client, reader, f"{MIRROR}?since=0", **{"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{MIRROR}?since=99", 404),
        (f"{MIRROR}?since=0&epoch=2", 404),
        (f"{MIRROR}?since=-1", 400),
        ("/journal/inconnue.example/forum?since=0", 404),
        (f"/journal/{HOST}/candidats?since=0", 403),
        (f"/journal/{HOST}/programme?since=0", 404),
    ],
)
def test_what_is_not_held_or_not_carried_is_refused(client: Any, reader: Commune, path: str, status: int) -> None:
    assert get(client, reader, path).status_code == status


def test_a_journal_that_the_link_does_not_carry_is_refused(client: Any, commune: Commune, reader: Commune) -> None:
    with commune.transaction() as site:
        site.session.query(Link).filter(Link.journal == "forum").delete()
    assert get(client, reader, f"{MIRROR}?since=0").status_code == 403


@pytest.mark.parametrize(("state", "status"), [("limited", 200), ("suspended", 403), ("withdrawn", 403)])
def test_a_mirror_is_read_by_active_and_limited_peers_only(
    client: Any, commune: Commune, neighbour: Commune, third: Commune, state: str, status: int
) -> None:
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    befriend(commune, third, state)
    push(client, neighbour)
    assert get(client, third, f"{MIRROR}?since=0").status_code == status


def test_a_mirror_is_closed_to_strangers_and_to_unsigned_requests(
    client: Any, commune: Commune, neighbour: Commune, third: Commune
) -> None:
    befriend(commune, neighbour)
    push(client, neighbour)
    assert client.get(f"{MIRROR}?since=0").status_code == 401
    assert get(client, third, f"{MIRROR}?since=0").status_code == 401
    late = signed(neighbour, "GET", f"{HERE}{MIRROR}?since=0", late=timedelta(hours=-13))
    assert client.get(f"{MIRROR}?since=0", headers=late).status_code == 401
