"""« Resident, 3G »: from a short address on a printed sheet to a published message, without an account wall."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Enter
from tests.browser.host import VALOMBRE, wait_until
from tests.browser.test_keyboard import enter_on, tab_to, type_into
from tests.browser.test_pages import OVERFLOW, violations
from tests.browser.visitor import DESKTOP, PHONE, Screen, Visitor

SCREENS = {
    "phone": Screen(*PHONE),
    "phone, dark": Screen(*PHONE, dark=True),
    "phone, without script": Screen(*PHONE, scripts=False),
    "desktop": Screen(*DESKTOP),
    "desktop, dark": Screen(*DESKTOP, dark=True),
    "desktop, without script": Screen(*DESKTOP, scripts=False),
}
PRINTED = "/quotidien"
CODE = re.compile(r"\b(\d{3})[\s\u202f]?(\d{3})\b")


@pytest.fixture(params=list(SCREENS))
def name(request: pytest.FixtureRequest) -> str:
    """A screen; it names the person, so that each run of the journey is somebody else's."""
    return str(request.param)


def write(visitor: Visitor, title: str, text: str) -> None:
    """Nothing; the form holds these words."""
    visitor.page.get_by_label("Titre").fill(title)
    visitor.page.get_by_label("Votre message").fill(text)
    visitor.page.get_by_label("Reste dans la commune").check()


def typed(visitor: Visitor) -> str:
    """The words that the form holds."""
    return visitor.page.get_by_label("Votre message").input_value()


def stays_here(visitor: Visitor) -> bool:
    """Whether the form still says that the neighbours will not read it."""
    return visitor.page.get_by_label("Reste dans la commune").is_checked()


def register(visitor: Visitor, person: str, mail: str) -> None:
    """Nothing; the account is asked for, and the page that waits for the code is shown."""
    visitor.follow(visitor.page.locator("#qui").get_by_role("link", name="Créer un compte"))
    visitor.page.get_by_role("textbox", name="Nom affiché").fill(person)
    visitor.page.get_by_label("Adresse électronique").fill(mail)
    visitor.page.get_by_label("J’ai au moins 15 ans").check()
    visitor.page.get_by_label("J’accepte que mes messages").check()
    visitor.press("Créer mon compte")
    visitor.page.wait_for_url("**/connexion/code")


def code_for(visitor: Visitor, mail: str) -> str:
    """The six digits of the letter to this address, read in another window as on another device."""
    letters = visitor.context.new_page()
    found: list[str] = []

    def arrived() -> bool:
        letters.goto(visitor.host.url(VALOMBRE, "/demonstration/courrier"))
        said = letters.locator("article.letter").filter(has_text=mail)
        match = CODE.search(said.first.inner_text()) if said.count() else None
        found.extend(["".join(match.groups())] if match else [])
        return bool(match)

    wait_until(arrived, f"a letter to {mail}")
    letters.close()
    return found[0]


def quiet(visitor: Visitor, screen: Screen) -> None:
    """Nothing; the page fits, and axe finds no fault in it."""
    assert visitor.page.evaluate(OVERFLOW) == 0, visitor.page.url
    if screen.scripts:
        assert list(violations(visitor, Axe())) == [], visitor.page.url
        visitor.page.set_viewport_size({"width": screen.width, "height": screen.height})


def test_a_resident_publishes_from_a_printed_address(enter: Enter, name: str) -> None:
    screen, number = SCREENS[name], list(SCREENS).index(name)
    visitor, mail = enter(VALOMBRE, screen=screen), f"lucienne{number}@exemple.fr"
    title, text = f"Un banc près de l’arrêt ({name})", f"Il n’y a nulle part où s’asseoir ({name})."
    visitor.go(PRINTED)
    visitor.follow("Ouvrir une discussion")
    quiet(visitor, screen)
    write(visitor, title, text)
    if screen.scripts:
        visitor.page.reload()
        assert typed(visitor) == text, "a reload loses nothing"
    visitor.press("Continuer")
    assert visitor.reads("Votre texte est gardé") and typed(visitor) == text
    quiet(visitor, screen)
    register(visitor, f"Lucienne {number}", mail)
    quiet(visitor, screen)
    visitor.page.get_by_label("Code à six chiffres").fill(code_for(visitor, mail))
    visitor.press("Entrer")
    visitor.page.wait_for_url("**/quotidien/ouvrir")
    assert typed(visitor) == text, "signing in loses nothing"
    visitor.press("Publier la discussion")
    visitor.page.wait_for_url("**/discussions/*")
    assert visitor.page.get_by_role("heading", level=1).inner_text() == title
    quiet(visitor, screen)
    other = enter(VALOMBRE)
    other.go(PRINTED)
    assert other.reads(title)
    assert visitor.complaints == []


@pytest.mark.parametrize("name", ["phone", "desktop, without script"])
def test_a_resident_writes_from_a_printed_address_before_saying_who_she_is(enter: Enter, name: str) -> None:
    screen, visitor = SCREENS[name], enter(VALOMBRE, screen=SCREENS[name])
    title, text = f"Un banc près de l’arrêt ({name})", f"Il n’y a nulle part où s’asseoir ({name})."
    visitor.go(PRINTED)
    visitor.follow("Ouvrir une discussion")
    quiet(visitor, screen)
    write(visitor, title, text)
    if screen.scripts:
        visitor.page.reload()
        assert typed(visitor) == text, "a reload loses nothing"
    visitor.press("Continuer")
    assert visitor.reads("Votre texte est gardé") and typed(visitor) == text
    quiet(visitor, screen)
    visitor.go("/")
    visitor.go("/quotidien/ouvrir")
    assert typed(visitor) == text, "whoever comes back finds the text"
    assert stays_here(visitor), "and who was to read it"
    elsewhere = enter(VALOMBRE, screen=screen)
    elsewhere.go("/quotidien/ouvrir")
    assert typed(elsewhere) == "", "and nobody else does"
    assert visitor.complaints == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_lost_connection_loses_no_word(enter: Enter, size: tuple[int, int]) -> None:
    visitor = enter(VALOMBRE, screen=Screen(*size))
    visitor.go("/quotidien/ouvrir")
    write(visitor, "Un banc", "Les mots tapés dans le tunnel.")
    visitor.press_in_vain("Continuer")
    visitor.go("/quotidien/ouvrir")
    assert typed(visitor) == "Les mots tapés dans le tunnel." and stays_here(visitor)


@pytest.mark.parametrize("name", ["phone", "phone, without script", "desktop", "desktop, without script"])
def test_the_whole_way_needs_no_mouse(enter: Enter, name: str) -> None:
    visitor, number = enter(VALOMBRE, screen=SCREENS[name]), list(SCREENS).index(name)
    title, mail = f"Un banc sans souris ({name})", f"lucienne.sans.souris{number}@exemple.fr"
    visitor.go(PRINTED)
    enter_on(visitor, "Ouvrir une discussion")
    type_into(visitor, "Titre", title)
    type_into(visitor, "Votre message", "Il n’y a nulle part où s’asseoir.")
    enter_on(visitor, "Continuer")
    enter_on(visitor, "Créer un compte")
    type_into(visitor, "Nom affiché", f"Lucienne S. {number}")
    type_into(visitor, "Adresse électronique", mail)
    for label in ("J’ai", "J’accepte"):
        tab_to(visitor, label)
        visitor.page.keyboard.press("Space")
    enter_on(visitor, "Créer mon compte")
    type_into(visitor, "Code à six chiffres", code_for(visitor, mail))
    enter_on(visitor, "Entrer$")
    enter_on(visitor, "Publier la discussion")
    assert visitor.page.get_by_role("heading", level=1).inner_text() == title
    assert visitor.complaints == []
