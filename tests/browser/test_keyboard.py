"""The main journey with Tab and Enter only: everything can be reached, and one always sees where one is."""

import re

import pytest

from pop_forum.domain.permissions import Role
from tests.browser.conftest import Enter
from tests.browser.host import PASSWORD, PONT_HERVEL, VALOMBRE, mail
from tests.browser.visitor import DESKTOP, PHONE, Screen, Visitor

MOST_STOPS = 60
FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const label = one.labels?.length ? one.labels[0].innerText : "";
  return {
    name: (label || one.innerText || "").replace(/\\s+/g, " ").trim(),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def tab_to(visitor: Visitor, name: str) -> None:
    """Nothing; the focus is on what has this name, and at every stop on the way it could be seen."""
    for _ in range(MOST_STOPS):
        visitor.page.keyboard.press("Tab")
        focus = visitor.page.evaluate(FOCUS)
        assert focus["outlined"], f"no visible focus on {focus['name']!r} of {visitor.page.url}"
        assert focus["seen"], f"the focus on {focus['name']!r} of {visitor.page.url} is off the screen"
        if re.match(name, focus["name"]):
            return
    raise AssertionError(f"{name!r} cannot be reached with Tab on {visitor.page.url}")


def enter_on(visitor: Visitor, name: str) -> None:
    """Nothing; what has this name has been reached and Enter pressed on it, and its page is there."""
    tab_to(visitor, name)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")


def type_into(visitor: Visitor, label: str, text: str) -> None:
    """Nothing; the field has been reached and the text typed."""
    tab_to(visitor, label)
    visitor.page.keyboard.type(text)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_one_signs_in_reads_a_measure_and_answers_without_a_mouse(enter: Enter, size: tuple[int, int]) -> None:
    visitor = enter(VALOMBRE, screen=Screen(*size))
    visitor.go("/")
    enter_on(visitor, "Se connecter")
    enter_on(visitor, "Entrer avec un mot de passe")
    type_into(visitor, "Adresse électronique", mail(VALOMBRE, Role.MODERATOR))
    type_into(visitor, "Mot de passe", PASSWORD)
    enter_on(visitor, "Entrer$")
    enter_on(visitor, "Programme")
    enter_on(visitor, "Navette à la demande")
    enter_on(visitor, r"Discussion \(")
    enter_on(visitor, "La navette passera-t-elle")
    enter_on(visitor, "Répondre")
    words = f"Sans souris, sur un écran de {size[0]} pixels."
    type_into(visitor, "Votre texte", words)
    enter_on(visitor, "Envoyer la réponse")
    assert visitor.reads(words)
    neighbour = enter(PONT_HERVEL, screen=Screen(*size))
    neighbour.go("/programme/navette-a-la-demande")
    enter_on(neighbour, r"Discussion \(")
    enter_on(neighbour, "La navette passera-t-elle")
    neighbour.wait_to_read(neighbour.page.url.removeprefix(neighbour.host.url(PONT_HERVEL, "")), words)
    assert visitor.complaints == neighbour.complaints == []


@pytest.mark.parametrize(
    ("size", "measure"), [(PHONE, "ecole-ouverte"), (DESKTOP, "cantine-locale")], ids=["phone", "desktop"]
)
def test_one_adapts_a_measure_without_a_mouse(enter: Enter, size: tuple[int, int], measure: str) -> None:
    visitor = enter(PONT_HERVEL, Role.CANDIDATE, Screen(*size))
    visitor.go(f"/programme/{measure}")
    enter_on(visitor, "Adapter à notre commune")
    words = f"Sans souris non plus, sur {size[0]} pixels."
    type_into(visitor, "Votre texte", words)
    type_into(visitor, "Pourquoi ce changement", "Parce que notre commune est au bord de l’eau.")
    enter_on(visitor, "Relire avant de publier")
    enter_on(visitor, "Publier cette version")
    assert visitor.reads("adaptée") and visitor.reads(words)
    assert visitor.complaints == []


def test_the_skip_link_leads_to_the_content(enter: Enter) -> None:
    visitor = enter(VALOMBRE)
    visitor.go("/programme")
    tab_to(visitor, "Aller au contenu")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**#contenu")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("() => document.getElementById('contenu').contains(document.activeElement)")


def test_one_prices_a_measure_without_a_mouse(enter: Enter) -> None:
    visitor = enter(PONT_HERVEL, Role.CANDIDATE, Screen(*PHONE))
    visitor.go("/programme/mutualisation-intercommunale/budget")
    enter_on(visitor, "Chiffrer pour notre commune")
    for label, text in (("au plus bas ?, Inv", "0"), ("au plus haut ?, Inv", "0"), ("au plus bas ?, Fon", "6 500")):
        type_into(visitor, label, text)
    type_into(visitor, "au plus haut ?, Fon", "9 000")
    type_into(visitor, "Méthode", "comp")
    type_into(visitor, "Confiance", "ordre")
    type_into(visitor, "Hypothèses", "Une demi-journée par semaine.")
    type_into(visitor, "Pourquoi ce changement", "Pour en parler.")
    enter_on(visitor, "Relire avant de publier")
    enter_on(visitor, "Publier ce budget")
    assert visitor.reads("6\u202f500\u202f€ à 9\u202f000\u202f€") and visitor.reads("ordre de grandeur")
    assert visitor.complaints == []
