"""A message that its author and the moderation both want hidden comes back once neither wants it so any more."""

from collections.abc import Callable
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Deletion, Entry, Post
from pop_forum.services import threads
from pop_forum.services.messages import page_key
from tests.web.neighbour import answer, neighbour, neighbour_data, page, write
from tests.web.test_discussions import hide, open_thread, rows
from tests.web.test_journal import friends, push
from tests.web.test_moderation import JUDGEMENT
from tests.web.test_undo import reply, undo

__all__ = ["friends", "neighbour", "neighbour_data"]

WORDS = "Propos injurieux"


@pytest.fixture
def author(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def moderator(signed_in: Callable[..., Any]) -> Any:
    return signed_in("moderator", "Nadège R.")


@pytest.fixture
def address(author: Any) -> str:
    return open_thread(author)


@pytest.fixture
def key(author: Any, address: str) -> str:
    """A message that its author withdrew, and that the moderation then hid."""
    return reply(author, address, WORDS)


def withdraw(author: Any, key: str) -> None:
    assert author.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer").status_code == 303


def test_row_91_what_its_author_withdrew_and_the_moderation_hid_does_not_come_back_through_its_author(
    author: Any, moderator: Any, client: Any, address: str, key: str
) -> None:
    withdraw(author, key)
    assert "il faudra vos deux accords" in moderator.get(f"/moderation/messages/{key}").text
    assert hide(moderator, key).status_code == 303
    assert undo(author, key, "retrait").status_code == 303
    page = author.get(address).text
    assert "Votre retrait est annulé. Le message reste caché" in page
    assert "La modération a retiré ce message" in page
    assert WORDS not in client.get(address).text
    assert author.send(f"/messages/{key}/retablir").status_code == 403
    assert WORDS not in client.get(address).text


def test_the_author_s_own_withdrawal_stays_when_the_moderation_takes_its_back(
    author: Any, moderator: Any, client: Any, address: str, key: str
) -> None:
    withdraw(author, key)
    hide(moderator, key)
    assert f"/messages/{key}/retablir" in moderator.get(address).text
    assert moderator.send(f"/messages/{key}/retablir").status_code == 303
    page = moderator.get(address).text
    assert "La modération ne retire plus ce message. Il reste caché" in page and "rétablir" not in page
    assert WORDS not in client.get(address).text
    assert moderator.send(f"/messages/{key}/retablir").status_code == 403
    assert author.send(f"/messages/{key}/retablir").status_code == 303
    assert WORDS in client.get(address).text


def test_each_wish_is_told_to_the_network(commune: Any, author: Any, moderator: Any, address: str, key: str) -> None:
    withdraw(author, key)
    hide(moderator, key)
    assert [(row.actor.endswith("/commune"), row.active) for row in rows(commune, Deletion)] == [
        (False, True),
        (True, True),
    ]
    assert [row.type for row in rows(commune, Entry)].count("PostDeleted") == 2
    author.send(f"/messages/{key}/retablir")
    assert [row.type for row in rows(commune, Entry)].count("PostRestored") == 1
    assert [row.deleted_by for row in rows(commune, Post) if row.key == key] == ["moderation"]


def test_the_log_says_removed_only_when_the_moderation_removed(
    author: Any, moderator: Any, client: Any, address: str, key: str
) -> None:
    withdraw(author, key)
    moderator.send(f"/moderation/messages/{key}", **{**JUDGEMENT, "decision": "keep"})
    assert "Message retiré" not in client.get("/moderation/journal").text
    assert author.send(f"/messages/{key}/retablir").status_code == 303
    assert WORDS in client.get(address).text


def test_a_moderator_does_not_restore_their_own_message_that_a_colleague_hid(
    signed_in: Callable[..., Any], moderator: Any, client: Any
) -> None:
    address = open_thread(moderator, text=WORDS)
    key = address.rsplit("/", 1)[1]
    admin = signed_in("admin", "Paul G.")
    hide(admin, key)
    assert f"/messages/{key}/retablir" not in moderator.get(address).text
    assert moderator.send(f"/messages/{key}/retablir").status_code == 403
    assert WORDS not in client.get(address).text
    assert admin.send(f"/messages/{key}/retablir").status_code == 303


def test_what_another_commune_removed_says_whose_moderation_it_was_and_where_its_reason_stands(
    client: Any, commune: Commune, friends: Commune
) -> None:
    opened = write(friends, "Un titre")
    said = answer(friends, opened, WORDS)
    with friends.transaction() as site:
        post = site.session.query(Post).filter_by(uri=said).one()
        threads.hide(site, Viewer(0, Role.ADMIN), post)
    assert push(client, friends, page(friends)).status_code == 200
    shown = client.get(client.get(f"/messages/{page_key(said, commune.settings.host)}").headers["Location"]).text
    assert WORDS not in shown
    assert "La modération du site de Pont-Hervel a retiré ce message le" in shown.replace("\u00a0", " ")
    assert 'href="http://pont-hervel.localhost:8080/moderation/journal"' in shown
