"""Coming in without a password, on a phone: the letter is read on the demonstration's page."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import StorageState

from pop_forum.domain.permissions import Role
from tests.browser.conftest import Enter, nobody
from tests.browser.host import VALOMBRE, RunningHost, mail
from tests.browser.test_pages import RULES, faults_of
from tests.browser.visitor import DESKTOP, PHONE, Screen, Visitor

LETTERS = "/demonstration/courrier"
VIEWS = [Screen(*PHONE), Screen(*DESKTOP, dark=True), Screen(*PHONE, scripts=False)]
NAMES = dict(zip(map(id, VIEWS), ("Ondine P.", "Basile T.", "Mahaut V."), strict=True))


@pytest.fixture(scope="module")
def host(quiet_host: RunningHost) -> RunningHost:
    """Three communes where nobody else registers: one network may open ten accounts in an hour."""
    return quiet_host


@pytest.fixture(scope="module")
def profile() -> Callable[[str, Role], StorageState]:
    """The cookies of no one: here everybody signs in anew."""
    return nobody


def last_letter(visitor: Visitor, to: str) -> str:
    """The text of the last letter to this address, read in another tab of the same person."""
    tab = visitor.context.new_page()
    tab.goto(visitor.host.url(VALOMBRE, LETTERS))
    text = tab.locator("article.letter", has_text=to).first.inner_text()
    tab.close()
    return text


def check(visitor: Visitor, screen: Screen) -> None:
    """Nothing; the page that is shown is light and no wider than the screen, and accessible: axe needs scripts."""
    size = visitor.page.viewport_size
    assert [*faults_of(visitor)] == []
    assert size is not None
    visitor.page.set_viewport_size(size)
    if screen.scripts:
        violations = Axe().run(visitor.page, options=RULES).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []


@pytest.mark.parametrize("screen", VIEWS, ids=["phone", "desktop, dark", "without script"])
def test_one_signs_in_by_a_code(enter: Enter, screen: Screen) -> None:
    visitor, address = enter(VALOMBRE, screen=screen), mail(VALOMBRE, Role.RESIDENT)
    visitor.go("/connexion")
    check(visitor, screen)
    visitor.page.get_by_label("Adresse électronique").fill(address)
    visitor.press("Recevoir un code")
    check(visitor, screen)
    code = re.search(r"\d{3} \d{3}", last_letter(visitor, address))
    assert code is not None
    visitor.page.get_by_label("Code à six chiffres").fill(code[0])
    visitor.press("Entrer")
    assert visitor.go("/mon-compte") == 200 and visitor.reads(address)
    check(visitor, screen)
    for path in ("/mon-compte/sessions", "/mon-compte/adresse"):
        visitor.go(path)
        check(visitor, screen)
    assert visitor.complaints == []


@pytest.mark.parametrize("screen", VIEWS, ids=["phone", "desktop, dark", "without script"])
def test_one_registers_and_confirms_by_the_link(enter: Enter, screen: Screen) -> None:
    visitor, name = enter(VALOMBRE, screen=screen), NAMES[id(screen)]
    address = f"{name.split()[0].lower()}@exemple.fr"
    visitor.go("/inscription")
    check(visitor, screen)
    visitor.page.get_by_role("textbox", name="Nom affiché").fill(name)
    visitor.page.get_by_label("Adresse électronique").fill(address)
    visitor.page.get_by_label("J’ai au moins 15 ans").check()
    visitor.page.get_by_label("J’accepte que mes messages").check()
    visitor.press("Créer mon compte")
    link = re.search(r"https?://\S+/lien/\S+", last_letter(visitor, address))
    assert link is not None
    visitor.page.goto(link[0])
    check(visitor, screen)
    visitor.press("Entrer")
    assert visitor.reads("Votre compte est ouvert.")
    assert visitor.complaints == []


@pytest.mark.parametrize("screen", VIEWS, ids=["phone", "desktop, dark", "without script"])
def test_one_confirms_on_another_device_after_reading_whose_account_it_is(enter: Enter, screen: Screen) -> None:
    visitor, phone = enter(VALOMBRE, screen=screen), enter(VALOMBRE, screen=screen)
    name = f"{NAMES[id(screen)].split()[0]}-Rose B."
    address = f"{name.split()[0].lower()}@exemple.fr"
    visitor.go("/inscription")
    visitor.page.get_by_role("textbox", name="Nom affiché").fill(name)
    visitor.page.get_by_label("Adresse électronique").fill(address)
    visitor.page.get_by_label("J’ai au moins 15 ans").check()
    visitor.page.get_by_label("J’accepte que mes messages").check()
    visitor.press("Créer mon compte")
    link = re.search(r"https?://\S+/lien/\S+", last_letter(visitor, address))
    assert link is not None
    phone.page.goto(link[0])
    assert phone.reads(name)
    check(phone, screen)
    phone.press("Ouvrir ce compte")
    assert phone.reads("Sans votre accord, nous ne pouvons pas ouvrir de compte.")
    check(phone, screen)
    phone.page.get_by_label("J’ai au moins 15 ans").check()
    phone.page.get_by_label("J’accepte que mes messages").check()
    phone.press("Ouvrir ce compte")
    assert phone.reads("Votre compte est ouvert.")
