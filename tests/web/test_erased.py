"""What was withdrawn more than ten minutes ago comes out of no door, for nobody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pop_forum.tasks import erase
from tests.web.test_discussions import open_thread
from tests.web.test_undo import age, reply

WORDS = "Une phrase de trop"
AP = {"Accept": "application/activity+json"}


@pytest.fixture
def author(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def erased(author: Any, commune: Any) -> tuple[str, str]:
    """A discussion, and the key of a message in it that was withdrawn and erased."""
    address = open_thread(author)
    key = reply(author, address, WORDS)
    author.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    age(commune, key, "deleted_at", timedelta(minutes=11))
    erase.run(commune)
    return address, key


def test_row_94_erased_words_come_out_of_no_door(
    signed_in: Callable[..., Any], client: Any, erased: tuple[str, str]
) -> None:
    address, key = erased
    admin = signed_in("admin", "Nadège R.")
    for path in (address, f"/messages/{key}/historique", f"/moderation/messages/{key}", "/moi/donnees"):
        assert WORDS not in admin.get(path).text
    assert "Relire le message retiré" not in admin.get(address).text
    assert "Son texte est effacé" in admin.get(f"/moderation/messages/{key}").text
    assert "a retiré ce message" in client.get(address).text
    told = client.get(f"/o/{key}", headers=AP)
    assert (told.status_code, told.json["type"]) == (410, "Tombstone")


def test_an_erased_message_is_not_restored(author: Any, erased: tuple[str, str]) -> None:
    address, key = erased
    assert "retablir" not in author.get(address).text
    assert author.send(f"/messages/{key}/retablir").status_code == 409
