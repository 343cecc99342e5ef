"""A measure on paper: its text, black on white, without what only a screen can use."""

import pytest

from tests.browser.conftest import Enter
from tests.browser.host import VALOMBRE
from tests.browser.visitor import Screen

COLOURS = "(one) => [getComputedStyle(one).color, getComputedStyle(document.documentElement).backgroundColor]"
ON_SCREEN_ONLY = (".masthead nav", ".crumbs", ".tabs", ".skip", "main .btn", ".foot ul")
BLACK, WHITE = "rgb(0, 0, 0)", "rgb(255, 255, 255)"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_measure_prints_black_on_white_without_navigation(enter: Enter, dark: bool) -> None:
    visitor = enter(VALOMBRE, screen=Screen(dark=dark))
    visitor.go("/programme/navette-a-la-demande")
    visitor.page.emulate_media(media="print")
    text = visitor.page.locator("main .prose.text p").first
    assert text.is_visible()
    assert text.evaluate(COLOURS) == [BLACK, WHITE]
    for selector in ON_SCREEN_ONLY:
        assert not any(one.is_visible() for one in visitor.page.locator(selector).all()), selector
    assert visitor.page.get_by_role("heading", level=1).is_visible()
