"""What was withdrawn more than ten minutes ago comes out of no door, for nobody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pop_forum.services import erasing
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


@pytest.fixture
def reported(author: Any, client: Any, commune: Any) -> tuple[str, str]:
    """A discussion, and the key of a message in it that was reported, then withdrawn eleven minutes ago."""
    address = open_thread(author)
    key = reply(author, address, WORDS)
    client.send(f"/messages/{key}/signaler", reason="injure")
    author.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    age(commune, key, "deleted_at", timedelta(minutes=11))
    erase.run(commune)
    return address, key


def test_reported_words_wait_for_the_decision_and_only_the_moderation_reads_them(
    signed_in: Callable[..., Any], client: Any, commune: Any, reported: tuple[str, str]
) -> None:
    address, key = reported
    moderator, case = signed_in("moderator", "Nadège R."), f"/moderation/messages/{key}"
    assert WORDS in moderator.get("/moderation").text and WORDS in moderator.get(case).text
    assert "gardé pour vous jusqu’à votre décision, pendant 30 jours au plus" in moderator.get(case).text
    for path in (address, f"/messages/{key}/historique"):
        assert WORDS not in client.get(path).text and WORDS not in signed_in("resident", path).get(path).text
    assert client.get(f"/o/{key}", headers=AP).status_code == 410
    moderator.send(case, decision="hide", reason="injure", sentence="Une injure.")
    erase.run(commune)
    assert WORDS not in moderator.get(case).text and WORDS not in moderator.get(address).text


@pytest.mark.parametrize(("past", "kept"), [(timedelta(minutes=-1), True), (timedelta(minutes=1), False)])
def test_reported_words_that_nobody_judges_are_erased_after_thirty_days(
    signed_in: Callable[..., Any], commune: Any, reported: tuple[str, str], past: timedelta, kept: bool
) -> None:
    age(commune, reported[1], "deleted_at", erasing.HELD_FOR + past)
    erase.run(commune)
    assert (WORDS in signed_in("moderator", "Nadège R.").get(f"/moderation/messages/{reported[1]}").text) is kept


def test_reported_words_of_who_leaves_do_not_wait(
    author: Any, signed_in: Callable[..., Any], commune: Any, reported: tuple[str, str]
) -> None:
    author.send("/mon-compte/quitter", "/mon-compte/quitter", messages="supprimer", sure="y")
    erase.run(commune)
    assert WORDS not in signed_in("moderator", "Nadège R.").get(f"/moderation/messages/{reported[1]}").text
