"""What people come for, on a phone, on a desktop, and without a script."""

import re

import pytest

from pop_forum.domain.permissions import Role
from tests.browser.conftest import SCREENS, Enter
from tests.browser.host import PASSWORD, PONT_HERVEL, SAINTE_AURE, VALOMBRE, mail
from tests.browser.visitor import Screen, Visitor

THREAD_MEASURE = "trajets-scolaires-surs"
TO_ADAPT = dict(
    zip(SCREENS, ("salle-de-teleconsultation", "reparation-compost-partage", "accueil-des-soignants"), strict=True)
)

TO_PRICE = dict(
    zip(SCREENS, ("trajets-scolaires-surs", "covoiturage-et-marche", "creches-participatives"), strict=True)
)


@pytest.fixture
def label(request: pytest.FixtureRequest) -> str:
    """The name of the screen in use, so that each run of a journey writes words of its own."""
    return str(request.node.callspec.params["screen"])


def open_discussion(visitor: Visitor, title: str, path: str) -> None:
    """Nothing; a shared discussion has been opened through the form at this path, and is shown."""
    visitor.go(path)
    visitor.page.get_by_label("Titre").fill(title)
    visitor.page.get_by_label("Votre message").fill(f"{title} : qu’en pensez-vous ?")
    visitor.page.get_by_label("Partagée avec le réseau").check()
    visitor.press("Publier la discussion")
    assert visitor.page.get_by_role("heading", level=1).inner_text() == title


def reply(visitor: Visitor, text: str) -> None:
    """Nothing; a reply has been sent from the discussion that is shown."""
    visitor.page.get_by_label("Votre texte").fill(text)
    visitor.press("Envoyer la réponse")
    assert visitor.reads(text)


def test_a_shared_discussion_and_its_reply_reach_the_neighbour(enter: Enter, screen: Screen, label: str) -> None:
    here, there = enter(VALOMBRE, screen=screen), enter(PONT_HERVEL, screen=screen)
    title, answer = f"Un passage piéton devant l’école ({label})", f"Oui, et un ralentisseur ({label})."
    here.sign_in(mail(VALOMBRE, Role.RESIDENT), PASSWORD)
    open_discussion(here, title, f"/programme/{THREAD_MEASURE}/ouvrir")
    reply(here, answer)
    there.wait_to_read(f"/programme/{THREAD_MEASURE}/discussion", title)
    there.follow(title)
    there.wait_to_read(there.page.url.removeprefix(there.host.url(PONT_HERVEL, "")), answer)
    plates = there.page.locator("main .origin").all_inner_texts()
    assert plates.count(there.host.name(VALOMBRE)) == 2, "one plate for the discussion, one for the reply"
    assert here.complaints == there.complaints == []


def test_an_adaptation_shows_here_and_at_the_neighbour(enter: Enter, screen: Screen, label: str) -> None:
    here, there = enter(PONT_HERVEL, Role.CANDIDATE, screen), enter(SAINTE_AURE, screen=screen)
    measure = TO_ADAPT[label]
    here.go(f"/programme/{measure}")
    assert here.lacks("adaptée")
    here.follow("Adapter à notre commune")
    here.page.locator("textarea").first.fill(f"À Pont-Hervel, nous commençons autrement ({label}).")
    here.press("Ajouter un passage")
    here.page.locator("textarea").last.fill(f"Un passage de plus, propre à notre commune ({label}).")
    here.page.get_by_label("Pourquoi ce changement ?").fill("Parce que notre commune est au bord de l’eau.")
    here.press(here.page.get_by_role("button", name="Relire avant de publier").last)
    assert here.reads("Rien n’est encore publié.")
    assert here.page.locator("ins").count() and here.page.locator("del").count()
    here.press("Publier cette version")
    assert here.reads("adaptée") and here.reads(f"Un passage de plus, propre à notre commune ({label}).")
    there.wait_to_read(f"/programme/{measure}/communes", "avec le texte commun de départ")
    row = there.page.get_by_role("row").filter(has_text=here.host.name(PONT_HERVEL))
    assert "adaptée" in row.inner_text()
    there.follow(row.get_by_role("link").first)
    there.page.wait_for_url("**/versions/*")
    assert there.reads(f"Un passage de plus, propre à notre commune ({label}).")
    assert here.complaints == there.complaints == []


def test_a_measure_is_priced_and_its_totals_follow_what_is_typed(enter: Enter, screen: Screen, label: str) -> None:
    here = enter(PONT_HERVEL, Role.CANDIDATE, screen)
    here.go(f"/programme/{TO_PRICE[label]}/budget/chiffrer")
    for name, text in (("running_low", "11 400"), ("running_high", "15 900 €"), ("investment_low", "0")):
        here.page.locator(f"[name=b-{name}]").fill(text)
    here.page.locator("[name=b-investment_high]").fill("0")
    if screen.scripts:
        here.page.locator("[data-totals]").get_by_text("11\u202f400\u202f€ à 15\u202f900\u202f€").wait_for()
    here.page.get_by_label("Méthode").select_option("calculation")
    here.page.get_by_label("Confiance").select_option("estimate")
    here.page.get_by_label("Hypothèses").fill("Deux demi-journées.")
    here.page.get_by_label("Pourquoi ce changement ?").fill("Pour en parler.")
    here.press(here.page.get_by_role("button", name="Relire avant de publier").last)
    here.press("Publier ce budget")
    assert here.reads("11\u202f400\u202f€ à 15\u202f900\u202f€") and here.reads("Deux demi-journées.")
    assert here.complaints == []


def test_an_edited_message_keeps_its_history_and_a_deleted_one_its_place(
    enter: Enter, screen: Screen, label: str
) -> None:
    here = enter(VALOMBRE, Role.RESIDENT, screen)
    open_discussion(here, f"Le banc du lavoir ({label})", "/quotidien/ouvrir")
    reply(here, f"Il manque une latte ({label}).")
    here.follow(here.page.locator(".thread").get_by_role("link", name="Modifier"))
    here.page.get_by_label("Votre texte").fill(f"Il manque deux lattes ({label}).")
    here.press("Enregistrer")
    assert here.reads(f"Il manque deux lattes ({label}).") and here.lacks(f"Il manque une latte ({label}).")
    here.follow(here.page.locator(".thread").get_by_role("link", name="modifié"))
    here.page.wait_for_url("**/historique")
    assert here.reads(f"Il manque deux lattes ({label}).") and here.reads(f"Il manque une latte ({label}).")
    here.page.go_back()
    here.follow(here.page.locator(".thread").get_by_role("link", name="Retirer"))
    here.press("Retirer le message")
    assert here.reads("a retiré ce message")
    anybody = enter(VALOMBRE, screen=screen)
    anybody.page.goto(here.page.url)
    assert anybody.reads("a retiré ce message") and anybody.lacks(f"Il manque deux lattes ({label}).")


def test_a_support_is_given_and_taken_back(enter: Enter, screen: Screen, label: str) -> None:
    author, reader = enter(VALOMBRE, Role.CANDIDATE, screen), enter(VALOMBRE, Role.RESIDENT, screen)
    open_discussion(author, f"Une fontaine d’eau potable ({label})", "/quotidien/ouvrir")
    reader.page.goto(author.page.url)
    button = reader.page.locator(".opening").get_by_role("button")
    assert re.match(r"Soutenir\s+0", button.inner_text())
    reader.press(button)
    assert re.match(r"Soutenu\s+1", button.inner_text())
    reader.press(button)
    assert re.match(r"Soutenir\s+0", button.inner_text())


def test_who_administers_sees_the_fingerprint_to_compare(enter: Enter, screen: Screen) -> None:
    admin, neighbour = enter(VALOMBRE, Role.ADMIN, screen), enter(SAINTE_AURE, screen=screen)
    assert admin.go("/administration/reseau") == 200
    shown = admin.page.locator(".fingerprint code").first.inner_text()
    assert re.fullmatch(r"[a-z2-7]{4}(\s[a-z2-7]{4})+", shown, re.IGNORECASE)
    admin.go("/reseau")
    assert admin.page.locator(".fingerprint code").first.inner_text() == shown
    neighbour.go("/reseau")
    assert neighbour.page.locator(".fingerprint code").first.inner_text() != shown
    plates = admin.page.locator("table .origin").all_inner_texts()
    assert {admin.host.name(PONT_HERVEL), admin.host.name(SAINTE_AURE)} <= set(plates)
