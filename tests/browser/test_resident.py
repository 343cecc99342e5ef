"""« Resident, 3G »: from a short address on a printed sheet to a text that is kept, without an account wall."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Enter
from tests.browser.host import VALOMBRE
from tests.browser.test_keyboard import enter_on, type_into
from tests.browser.test_pages import OVERFLOW, violations
from tests.browser.visitor import DESKTOP, PHONE, Screen, Visitor

SCREENS = {
    "phone": Screen(*PHONE),
    "phone, dark": Screen(*PHONE, dark=True),
    "phone, without script": Screen(*PHONE, scripts=False),
    "desktop": Screen(*DESKTOP),
    "desktop, without script": Screen(*DESKTOP, scripts=False),
}
PRINTED = "/quotidien"


@pytest.fixture(params=list(SCREENS))
def name(request: pytest.FixtureRequest) -> str:
    """The name of a screen, which is in the words that are typed on it."""
    return str(request.param)


def write(visitor: Visitor, title: str, text: str) -> None:
    """Nothing; the form holds these words."""
    visitor.page.get_by_label("Titre").fill(title)
    visitor.page.get_by_label("Votre message").fill(text)
    visitor.page.get_by_label("Reste dans la commune").check()


def typed(visitor: Visitor) -> str:
    """The words that the form holds."""
    return visitor.page.get_by_label("Votre message").input_value()


def quiet(visitor: Visitor, screen: Screen) -> None:
    """Nothing; the page fits, and axe finds no fault in it."""
    assert visitor.page.evaluate(OVERFLOW) == 0, visitor.page.url
    if screen.scripts:
        assert list(violations(visitor, Axe())) == [], visitor.page.url
        visitor.page.set_viewport_size({"width": screen.width, "height": screen.height})


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
    elsewhere = enter(VALOMBRE, screen=screen)
    elsewhere.go("/quotidien/ouvrir")
    assert typed(elsewhere) == "", "and nobody else does"
    assert visitor.complaints == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_lost_connection_loses_no_word(enter: Enter, size: tuple[int, int]) -> None:
    visitor = enter(VALOMBRE, screen=Screen(*size))
    visitor.go("/quotidien/ouvrir")
    write(visitor, "Un banc", "Les mots tapés dans le tunnel.")
    visitor.context.set_offline(True)
    visitor.press("Continuer")
    visitor.page.wait_for_timeout(500)
    visitor.context.set_offline(False)
    visitor.go("/quotidien/ouvrir")
    assert typed(visitor) == "Les mots tapés dans le tunnel."


def test_writing_first_needs_no_mouse(enter: Enter) -> None:
    visitor = enter(VALOMBRE, screen=Screen(*PHONE))
    visitor.go(PRINTED)
    enter_on(visitor, "Ouvrir une discussion")
    type_into(visitor, "Titre", "Un banc sans souris")
    type_into(visitor, "Votre message", "Il n’y a nulle part où s’asseoir.")
    enter_on(visitor, "Continuer")
    assert visitor.reads("Votre texte est gardé") and typed(visitor) == "Il n’y a nulle part où s’asseoir."
