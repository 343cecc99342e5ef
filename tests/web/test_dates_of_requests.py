"""What a request says of its own time, as odd as can be: 401 for everybody, and nothing is kept. Row 9."""

from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.models import Envelope
from tests.web.neighbour import HERE, HOST, neighbour, neighbour_data, page, signed
from tests.web.test_journal import FORUM, friends, held

__all__ = ["friends", "neighbour", "neighbour_data"]

LETTER = b'{"id":"http://%b/a/aaaaaaaaaaaaaaaa","actor":"http://%b/acteur","type":"Invite"}' % ((HOST.encode(),) * 2)
ODD = [
    "Mon, 23 Nov 99999999999999999999 10:00:00 GMT",
    "Mon, 23 Nov 10000 10:00:00 GMT",
    "Mon, 23 Nov " + "9" * 5_000 + " 10:00:00 GMT",
    "Mon, 23 Nov 2026 10:00:00 +99999999999999999999",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Mon, 99 Nov 2026 99:99:99 GMT",
    "1 1 1 1:1:1 +0000 (((((",
    "hier",
    ",",
    "-",
]


@pytest.mark.parametrize("date", ODD)
def test_row_9_a_date_that_is_none_is_refused_at_every_door(
    client: Any, commune: Commune, friends: Commune, date: str
) -> None:
    body = page(friends)
    asked = {**signed(friends, "GET", f"{FORUM}?since=0"), "Date": date}
    assert client.get("/journal/forum?since=0", headers=asked).status_code == 401
    pushed = {**signed(friends, "POST", FORUM, body), "Date": date}
    assert client.post("/journal/forum", data=body, headers=pushed).status_code == 401
    sent = {**signed(friends, "POST", f"{HERE}/boite", LETTER), "Date": date}
    assert client.post("/boite", data=LETTER, headers=sent).status_code == 401
    assert held(commune) == (0, 0)


@pytest.mark.parametrize("date", ODD)
def test_row_9_a_letter_of_a_stranger_with_such_a_date_is_not_kept(
    client: Any, commune: Commune, neighbour: Commune, date: str
) -> None:
    headers = {**signed(neighbour, "POST", f"{HERE}/boite", LETTER), "Date": date}
    assert client.post("/boite", data=LETTER, headers=headers).status_code == 401
    with commune.reading() as site:
        assert site.session.query(Envelope).count() == 0


def test_a_letter_that_no_key_could_make_right_is_refused_before_one_is_fetched(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    good = signed(neighbour, "POST", f"{HERE}/boite", LETTER)
    for changed in (
        {"Digest": "SHA-256=" + "A" * 43 + "="},
        {"Signature": good["Signature"].replace("(request-target) host date digest", "host date")},
        {"Signature": good["Signature"].replace("rsa-sha256", "hmac-sha256")},
    ):
        assert client.post("/boite", data=LETTER, headers={**good, **changed}).status_code == 401
    elsewhere = signed(neighbour, "POST", "http://sainte-aure.localhost:8080/boite", LETTER)
    assert client.post("/boite", data=LETTER, headers=elsewhere).status_code in (400, 401, 404)
    with commune.reading() as site:
        assert site.session.query(Envelope).count() == 0
    assert client.post("/boite", data=LETTER, headers=good).status_code == 202
