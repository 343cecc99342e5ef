"""« Reprendre les changements » on a phone, by keyboard: begun with scripts, ended another day without."""

from axe_playwright_python.sync_playwright import Axe

from pop_forum.domain.permissions import Role
from tests.browser.addresses import EVOLVED
from tests.browser.conftest import SCREENS, Enter
from tests.browser.host import VALOMBRE
from tests.browser.test_keyboard import enter_on, tab_to
from tests.browser.test_pages import OVERFLOW, violations
from tests.browser.visitor import Visitor

OURS = "Garder notre texte"
MEASURE = f"/programme/{EVOLVED}"


def faults(visitor: Visitor) -> list[str]:
    """What is wrong with the page as it stands; scripts must run in it."""
    wide = visitor.page.evaluate(OVERFLOW)
    found = [*violations(visitor, Axe()), *visitor.complaints]
    return [*found, f"{wide} px too wide"] if wide > 0 else found


def choose(visitor: Visitor, steps: int) -> None:
    """Nothing; the next passage without a choice has been reached and its option taken, as many steps down."""
    tab_to(visitor, OURS)
    for _ in range(steps):
        visitor.page.keyboard.press("ArrowDown")
    if not steps:
        visitor.page.keyboard.press("Space")


def test_changes_are_taken_in_on_a_phone_by_keyboard_with_and_without_scripts(enter: Enter) -> None:
    visitor = enter(VALOMBRE, Role.CANDIDATE, SCREENS["phone"])
    visitor.go(MEASURE)
    enter_on(visitor, "Reprendre les changements")
    assert faults(visitor) == []
    choose(visitor, 0)
    enter_on(visitor, "Relire notre version 2")
    assert visitor.reads("2 points à corriger") and faults(visitor) == []
    tab_to(visitor, "Passage 2")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**#p2")
    enter_on(visitor, "Décider plus tard")
    assert visitor.reads("Vos choix sont gardés")

    later = enter(VALOMBRE, Role.CANDIDATE, SCREENS["without-script"])
    later.go(f"{MEASURE}/changements")
    assert later.reads("Brouillon du ")
    assert (
        later.page.locator("[type=radio]:checked").count() == 2
    )  # the choice made before, and the change that came in
    choose(later, 0)  # the first passage, chosen already, is reached on its choice
    choose(later, 0)
    choose(later, 2)
    enter_on(later, "Relire notre version 2")
    assert later.reads("Rien n’est encore publié")
    enter_on(later, "Publier cette version")
    assert later.reads("À jour avec le texte commun") and later.reads("accessible en fauteuil")
    assert later.complaints == []
