"""A time that no calendar holds, in a well-signed entry: refused alone, and no page or journal suffers. Row 36."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from pop_forum.commune import Commune
from pop_forum.federation.identifiers import ObjectId
from pop_forum.models import Entry, Post, Revision, Thread
from pop_forum.services import digest, indexing, journal, translation
from tests.web.neighbour import HOST, answer, neighbour, neighbour_data, page, write
from tests.web.test_journal import _forge, _outcomes, _revise, friends, push, push_programme

__all__ = ["friends", "neighbour", "neighbour_data"]

MEASURE = "/programme/navette-a-la-demande"
LISTS = ("/", "/quotidien", "/reseau", "/flux.atom", "/quotidien/flux.atom", "/donnees", "/recherche?q=fil")
OUTSIDE = [
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(9999, 12, 31, 22, 30, tzinfo=UTC),
    datetime(2200, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
]


def outcomes(commune: Commune) -> list[str]:
    """What became of Pont-Hervel's entries, in the order they came in."""
    with commune.reading() as site:
        rows = site.session.query(Entry).filter(Entry.received_from == HOST).order_by(Entry.id)
        return [row.outcome for row in rows]


def answers(client: Any, commune: Commune) -> None:
    """Every list and every discussion answers, and what reads all messages reads them."""
    with commune.reading() as site:
        keys = [row.key for row in site.session.query(Thread)]
        assert len(site.session.query(Post).all()) >= len(keys)
        assert digest.shared_state(site)["all"]
        indexing.posts_after(site, 0, 100)
    for address in (*LISTS, *(f"/discussions/{key}{end}" for key in keys for end in ("", ".json", "/flux.atom"))):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("when", OUTSIDE)
def test_row_36_a_message_published_outside_of_all_calendars_is_refused_alone(
    client: Any, commune: Commune, friends: Commune, when: datetime
) -> None:
    own = write(friends, "Un fil")
    with friends.transaction() as site:
        _forge(site, own, uri=ObjectId(site.url("/o/demaindemain")), published=when, title="Extrême")
    assert push(client, friends, page(friends)).status_code == 200
    assert outcomes(commune) == ["applied", "applied", "applied", "refused"]
    write(friends, "La suite du fil")
    assert push(client, friends, page(friends)).status_code == 200
    assert "La suite du fil" in client.get("/quotidien").text
    answers(client, commune)


@pytest.mark.parametrize("when", OUTSIDE)
def test_row_36_an_edit_outside_of_all_calendars_is_refused_alone(
    client: Any, commune: Commune, friends: Commune, when: datetime
) -> None:
    own = write(friends, "Un fil")
    with friends.transaction() as site:
        post = site.session.query(Post).filter_by(uri=own).one()
        edited = replace(translation.post_edited(post), updated=when, source="Changé.")
        journal.append(site, "forum", translation.said_by(site, post.author.uri, edited))
    assert push(client, friends, page(friends)).status_code == 200
    assert outcomes(commune)[-1] == "refused"
    answers(client, commune)


@pytest.mark.parametrize("when", OUTSIDE)
def test_row_36_an_activity_outside_of_all_calendars_is_refused_alone(
    client: Any, commune: Commune, friends: Commune, when: datetime
) -> None:
    own = write(friends, "Un fil")
    with friends.transaction() as site:
        post = site.session.query(Post).filter_by(uri=own).one()
        said = translation.said_by(site, post.author.uri, replace(translation.post_edited(post), source="Changé."))
        journal.append(site, "forum", replace(said, published=when))
    assert push(client, friends, page(friends)).status_code == 200
    assert outcomes(commune)[-1] == "refused"
    answers(client, commune)


@pytest.mark.parametrize(
    "created", ["9999-12-31T23:59:59.999999Z", "9999-12-31", "2200-01-01", "1969-12-31", "0001-01-01T00:00:00Z"]
)
def test_row_36_a_version_created_outside_of_all_calendars_is_refused_alone(
    client: Any, commune: Commune, friends: Commune, created: str
) -> None:
    with friends.transaction() as site:
        _revise(site, created=created)
        _revise(site, title="La version suivante")
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == ["refused", "applied"]
    for end in ("", "/historique", "/communes", "/flux.atom", ".json"):
        assert client.get(MEASURE + end).status_code == 200, end


@pytest.mark.parametrize("stored", [253_402_300_800_000, 253_402_300_799_000, -62_135_596_800_000, 2**62])
def test_a_message_that_was_kept_with_such_a_date_before_is_shown_again(
    client: Any, commune: Commune, friends: Commune, stored: int
) -> None:
    own = write(friends, "Un fil")
    answer(friends, own, "Une réponse au fil.")
    assert push(client, friends, page(friends)).status_code == 200
    with commune.transaction() as site:
        for table in ("threads", "posts"):
            site.session.execute(text(f"UPDATE {table} SET published = :stored"), {"stored": stored})
    answers(client, commune)


@pytest.mark.parametrize("stored", ["9999-12-31T23:59:59.999999Z", "9999-12-31", "0001-01-01T00:00:00Z"])
def test_a_version_that_was_kept_with_such_a_date_before_is_shown_again(
    client: Any, commune: Commune, friends: Commune, stored: str
) -> None:
    with friends.transaction() as site:
        _revise(site)
    assert push_programme(client, friends).status_code == 200
    with commune.transaction() as site:
        row = site.session.query(Revision).filter_by(host=HOST).one()
        row.created = stored
        key = row.digest
    ends = ("", "/historique", "/communes", "/flux.atom", ".json", f"/versions/{key}")
    for end in ends:
        assert client.get(MEASURE + end).status_code == 200, end
