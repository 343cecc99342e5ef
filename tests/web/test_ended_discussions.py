"""A discussion that was closed or withdrawn says so before anybody writes in it, and asks nobody to sign in."""

from collections.abc import Callable
from typing import Any

import pytest

from pop_forum.models import Draft
from tests.web.test_discussions import hide, open_thread, rows

CLOSED = "Cette discussion est close\u00a0: elle n’accepte plus de réponse."
REMOVED = "Cette discussion a été retirée\u00a0: elle n’accepte plus de réponse."


@pytest.fixture
def address(signed_in: Callable[..., Any]) -> str:
    return open_thread(signed_in("resident", "Huguette P."))


@pytest.fixture
def moderator(signed_in: Callable[..., Any]) -> Any:
    return signed_in("moderator", "Nadège R.")


def end(moderator: Any, address: str, how: str) -> str:
    """The sentence that says it."""
    if how == "closed":
        moderator.send(f"{address}/clore", raison="Tout est dit.")
        return CLOSED
    hide(moderator, address.rsplit("/", 1)[1])
    return REMOVED


@pytest.mark.parametrize("how", ["closed", "removed"])
def test_its_form_says_so_and_is_no_form(client: Any, moderator: Any, address: str, how: str) -> None:
    assert "<textarea" in client.get(f"{address}/repondre").text
    sentence = end(moderator, address, how)
    for browser in (client, moderator):
        page = browser.get(f"{address}/repondre").text
        assert (
            sentence in page
            and "<textarea" not in page
            and "Écrivez d’abord" not in page
            and "vous écrivez d’abord" not in page
        )


@pytest.mark.parametrize("how", ["closed", "removed"])
def test_who_writes_meanwhile_is_told_before_signing_in_and_keeps_the_text(
    client: Any, moderator: Any, address: str, commune: Any, how: str
) -> None:
    sentence = end(moderator, address, how)
    answer = client.send(f"{address}/repondre", text="Mes mots de visiteuse")
    assert answer.status_code == 409
    assert sentence in answer.text and "Mes mots de visiteuse" in answer.text
    assert len(rows(commune, Draft)) == 1, "for the day it opens again"


def test_what_was_kept_before_it_ended_can_still_be_read_and_copied(client: Any, moderator: Any, address: str) -> None:
    client.send(f"{address}/repondre", text="Mes mots d’hier")
    end(moderator, address, "closed")
    page = client.get(f"{address}/repondre").text
    assert CLOSED in page and "Mes mots d’hier</textarea>" in page and "readonly" in page
    assert "Envoyer" not in page and "Se connecter</a>" not in page.split("<main", 1)[1]


def test_who_is_signed_in_is_offered_no_answer_and_reads_who_closed_it_and_why(
    signed_in: Callable[..., Any], moderator: Any, address: str
) -> None:
    other = signed_in("resident", "Karim B.")
    other.send(f"{address}/repondre", address, text="Une réponse d’avant.")
    assert "Citer" in other.get(address).text
    end(moderator, address, "closed")
    for page in (other.get(address).text, other.get(address).text, moderator.get(address).text):
        assert "Citer" not in page and "?a=" not in page and "close&nbsp;·" in page
        assert ", par Nadège R.\u00a0: Tout est dit." in page
    assert ", par Nadège R.\u00a0: Tout est dit." in other.get(f"{address}/repondre").text


def test_it_can_be_reopened(client: Any, moderator: Any, address: str) -> None:
    end(moderator, address, "closed")
    moderator.send(f"{address}/clore", rouvrir="1", raison="Du nouveau.")
    assert CLOSED not in client.get(f"{address}/repondre").text
    assert client.send(f"{address}/repondre", text="Merci").status_code == 303


def test_a_removed_discussion_without_replies_counts_none_and_waits_for_none(
    client: Any, moderator: Any, address: str
) -> None:
    assert "0\u00a0réponse" in client.get(address).text and "Pas encore de réponse" in client.get(address).text
    end(moderator, address, "removed")
    for browser in (client, moderator):
        page = browser.get(address).text
        assert "message de départ retiré" in page
        assert "0\u00a0réponse" not in page and "0 personne" not in page and "Pas encore de réponse" not in page
