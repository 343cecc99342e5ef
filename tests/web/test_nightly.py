"""What this site showed in the night, through its door; and what the console says of the comparison."""

from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.federation import state_digests
from pop_forum.models import Peer
from pop_forum.services import nightly
from pop_forum.services.sync import Target
from tests.web.neighbour import HERE, befriend, neighbour, neighbour_data, page, signed, write

__all__ = ["neighbour", "neighbour_data"]

DIGESTS = "/empreintes"


@pytest.fixture
def friends(commune: Commune, neighbour: Commune) -> Commune:
    """Pont-Hervel, an active peer on both sides, that has written something."""
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    write(neighbour, "La passerelle rouvre")
    return neighbour


def work_out(commune: Commune) -> None:
    with commune.transaction() as site:
        nightly.keep(site, nightly.work_out(site))


def test_only_a_peer_reads_what_was_shown_and_only_after_the_first_night(
    client: Any, commune: Commune, friends: Commune
) -> None:
    headers = signed(friends, "GET", HERE + DIGESTS)
    assert client.get(DIGESTS).status_code == 401
    assert client.get(DIGESTS, headers=headers).status_code == 404
    work_out(commune)
    answer = client.get(DIGESTS, headers=headers)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    told = state_digests.read(answer.data)
    assert told is not None and told.whole


def test_the_console_tells_what_differs_at_a_neighbour(
    client: Any, commune: Commune, friends: Commune, signed_in: Any
) -> None:
    body = page(friends)
    client.post("/journal/forum", data=body, headers=signed(friends, "POST", f"{HERE}/journal/forum", body))
    with commune.reading() as site:
        peer = site.session.scalars(select(Peer)).one()
        target, address = Target(peer.id, peer.host), f"/administration/reseau/{peer.id}"  # type: ignore[arg-type]
    admin = signed_in("admin")
    assert "Ce que les deux sites en montrent" not in admin.get(address).text
    work_out(commune)
    with commune.transaction() as site:
        nightly.note_silent(site, target)
    assert "ne relève pas encore ce qu’il montre" in admin.get(address).text
    work_out(friends)
    with friends.reading() as site:
        theirs = nightly.document(site)
    with commune.transaction() as site:
        nightly.compare(site, target, theirs)
    assert "identique" in admin.get(address).text
    document = state_digests.read(theirs)
    assert document is not None
    part = next(part for part in document.digests if part.board == "personnes")
    other = state_digests.Night(document.at, document.positions, {**document.digests, part: "00" * 32})
    with commune.transaction() as site:
        nightly.compare(site, target, state_digests.build(other))
    text = admin.get(address).text
    assert "ses habitantes et habitants" in text and "en cours d’application" in text
