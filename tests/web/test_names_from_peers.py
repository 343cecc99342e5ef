"""Names and titles that draw nothing, or turn what stands beside them round: refused, whoever signs them. Row 68."""

from dataclasses import replace
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.federation.activities import PersonDeclared
from pop_forum.federation.identifiers import ObjectId
from pop_forum.models import Person, Post
from pop_forum.services import journal, translation
from tests.web.neighbour import HOST, neighbour, neighbour_data, page, write
from tests.web.test_journal import _forge, _outcomes, _revise, friends, push, push_programme
from tests.web.test_times_from_peers import outcomes

__all__ = ["friends", "neighbour", "neighbour_data"]

ODD = [" ", "\u00a0\u2009", "\u200b", "\u2800", "\u3164", "\ufeff", "\u202eegamoD", "Le \u2066banc"]
GOOD = ["ب", "😀", ".", "Le banc\u00a0: où\u202f?", "e\u0301", "a\u200db"]


@pytest.mark.parametrize("title", ODD)
def test_row_68_a_title_that_cannot_be_seen_as_it_stands_is_refused(
    client: Any, commune: Commune, friends: Commune, title: str
) -> None:
    own = write(friends, "Un fil")
    with friends.transaction() as site:
        _forge(site, own, uri=ObjectId(site.url("/o/demaindemain")), title=title)
        post = site.session.query(Post).filter_by(uri=own).one()
        edited = replace(translation.post_edited(post), title=title)
        journal.append(site, "forum", translation.said_by(site, post.author.uri, edited))
        person = ObjectId(site.url("/p/aaaabbbbcccc"))
        journal.append(site, "forum", translation.said_by(site, person, PersonDeclared(person, title, "resident")))
    assert push(client, friends, page(friends)).status_code == 200
    assert outcomes(commune)[-3:] == ["refused"] * 3
    assert "Un fil" in client.get("/quotidien").text and "\u202e" not in client.get("/quotidien").text


@pytest.mark.parametrize("title", ODD)
def test_row_68_a_version_with_such_a_title_is_refused(
    client: Any, commune: Commune, friends: Commune, title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with friends.transaction() as site:
        _revise(site, title=title)
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == ["refused"]


@pytest.mark.parametrize("name", GOOD)
def test_any_name_that_draws_something_is_taken(client: Any, commune: Commune, friends: Commune, name: str) -> None:
    with friends.transaction() as site:
        person = ObjectId(site.url("/p/aaaabbbbcccc"))
        journal.append(site, "forum", translation.said_by(site, person, PersonDeclared(person, name, "resident")))
    assert push(client, friends, page(friends)).status_code == 200
    with commune.reading() as site:
        assert site.session.query(Person).filter_by(host=HOST).one().name == name
