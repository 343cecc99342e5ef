"""Each commune of the demonstration has its own accent: its words are legible by day and by night.

test_pages.py looks at every page of one commune; the others have the same components, in their own colour.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

from pop_forum.domain.permissions import Role
from tests.browser.conftest import Enter
from tests.browser.host import PONT_HERVEL, SAINTE_AURE
from tests.browser.test_pages import COLOUR_RULES, violations
from tests.browser.visitor import DESKTOP, PHONE, Screen

PAGES = ("/", "/programme/navette-a-la-demande", "/programme/navette-a-la-demande/discussion", "/quotidien")
VIEWS = [pytest.param(Screen(*DESKTOP), id="day"), pytest.param(Screen(*PHONE, dark=True), id="night")]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("slug", [PONT_HERVEL, SAINTE_AURE])
def test_the_words_of_another_accent_are_legible(enter: Enter, slug: str, view: Screen) -> None:
    visitor, axe = enter(slug, Role.ADMIN, view), Axe()
    accent = "--accent-night" if view.dark else "--accent-day"
    used = f"() => getComputedStyle(document.documentElement).getPropertyValue('{accent}').trim()"
    faults = []
    for path in PAGES:
        visitor.go(path)
        faults += [f"{path}: {fault}" for fault in violations(visitor, axe, COLOUR_RULES)]
    chosen = visitor.host.communes[slug].settings.accent
    assert visitor.page.evaluate(used) == (chosen.night if view.dark else chosen.day)
    assert not faults, "\n".join(faults)
