"""« Notre programme »: what the commune holds, how much is decided, and its order, by buttons."""

import re
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.services import decisions, measures
from tests.web.test_programme_writing import SignIn
from tests.web.test_taking import BASE, EDITOR, lines, write

PAGE, ORDER = "/programme/notre-programme", "/programme/notre-programme/ordre"
TAKEN = ("cantine-locale", "lieu-de-vie-quotidien")


@pytest.fixture
def decided(commune: Commune) -> Commune:
    """Two measures taken as they are, one adapted, one set aside."""
    with commune.transaction() as site:
        for slug in TAKEN:
            measures.adopt(site, EDITOR, measures.by_slug(site, slug))
        decisions.set_aside(site, EDITOR, measures.by_slug(site, "navette-sante"), "La navette suffit.")
    write(commune, BASE, False)
    return commune


def order(browser: Any) -> list[str]:
    """The measures in the order of the page."""
    return re.findall(r'<li id="([a-z-]+)">', browser.get(PAGE).text)


def test_everybody_reads_what_is_held_what_is_not_and_what_is_open(client: Any, decided: Commune) -> None:
    text = lines(client.get(PAGE).text)
    assert "a décidé pour 4 sur 40" in text and "Il reste 36 mesures à décider" in text
    assert "2 reprises, 1 adaptée, 1 écartée" in text and "La navette suffit." in text
    assert order(client) == ["navette-a-la-demande", *TAKEN] and "Changer l’ordre" not in text


def test_a_measure_changes_places_by_a_button(signed_in: SignIn, client: Any, decided: Commune) -> None:
    browser = signed_in("candidate")
    answer = browser.send(ORDER, ORDER, action=f"monter-{TAKEN[1]}")
    assert answer.status_code == 303 and answer.location.endswith(f"{ORDER}#{TAKEN[1]}")
    assert order(client) == ["navette-a-la-demande", TAKEN[1], TAKEN[0]]
    browser.send(ORDER, ORDER, action="descendre-navette-a-la-demande")
    assert order(client) == [TAKEN[1], "navette-a-la-demande", TAKEN[0]]
    browser.send(ORDER, ORDER, action=f"monter-{TAKEN[1]}")
    assert order(client) == [TAKEN[1], "navette-a-la-demande", TAKEN[0]], "the first one stays"
    with decided.transaction() as site:
        measures.adopt(site, EDITOR, measures.by_slug(site, "maison-de-sante"))
    assert order(client)[-1] == "maison-de-sante", "a new one comes last"


@pytest.mark.parametrize("action", ["monter-navette-sante", "monter-rien", "exploser-cantine-locale", ""])
def test_an_unknown_button_moves_nothing(signed_in: SignIn, decided: Commune, action: str) -> None:
    assert signed_in("candidate").send(ORDER, ORDER, action=action).status_code == 400


def test_only_who_holds_our_text_orders_it(client: Any, signed_in: SignIn, decided: Commune) -> None:
    assert client.get(ORDER).status_code == 401
    browser = signed_in("resident")
    assert browser.get(ORDER).status_code == 403
    assert browser.send(ORDER, "/affichage", action=f"monter-{TAKEN[0]}").status_code == 403
