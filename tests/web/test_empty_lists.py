"""Every list of an empty site says so in a sentence, and what to do next."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

EMPTY = {
    "/": "Rien encore. La première discussion peut être la vôtre.",
    "/quotidien": "Personne n’a encore ouvert de discussion. La première peut être la vôtre.",
    "/quotidien/idees": "Rien encore dans cette rubrique. La première discussion peut être la vôtre.",
    "/programme/navette-a-la-demande/discussion": "Personne n’a encore ouvert de discussion sur cette mesure",
    "/programme/navette-a-la-demande/communes": "Ce site n’est encore relié à aucune autre commune.",
    "/reseau": "Ce site n’est encore relié à aucune autre commune.",
    "/recherche?q=introuvablement": "Aucun résultat",
    "/moderation/journal": "Rien n’a encore été décidé.",
}
MINE = {
    "/notifications": "Aucune notification pour le moment.",
    "/mes-discussions": "Vous ne suivez encore aucune discussion.",
    "/mon-compte/moderation": "La modération n’a rien eu à dire de vos messages.",
}
ADMINISTRATION = {
    "/moderation": "Rien à examiner.",
    "/administration/reseau": "Aucune commune pour le moment.",
    "/administration/courrier": "Aucun courriel n’attend.",
}


def words(answer: Any) -> str:
    """What can be read of a page, with ordinary spaces."""
    [main] = re.findall(r"<main.*?</main>", answer.text, re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", main)))


@pytest.mark.parametrize("address", EMPTY)
def test_a_list_without_entries_says_so_to_everybody(client: Any, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200 and EMPTY[address] in words(answer)


@pytest.mark.parametrize("address", MINE)
def test_a_list_of_one_s_own_without_entries_says_so(signed_in: Callable[..., Any], address: str) -> None:
    answer = signed_in("resident").get(address)
    assert answer.status_code == 200 and MINE[address] in words(answer)


@pytest.mark.parametrize("address", ADMINISTRATION)
def test_a_list_of_the_administration_without_entries_says_so(signed_in: Callable[..., Any], address: str) -> None:
    answer = signed_in("admin").get(address)
    assert answer.status_code == 200 and ADMINISTRATION[address] in words(answer)


def test_a_discussion_without_replies_says_so(signed_in: Callable[..., Any], client: Any) -> None:
    form = "/quotidien/ouvrir"
    answer = signed_in("resident").send(form, form, title="Un banc", text="Où ?", reach="local")
    assert "Pas encore de réponse" in words(client.get(answer.headers["Location"]))
