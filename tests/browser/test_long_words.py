"""A title that is one long word makes no page about its discussion wider than the screen."""

from collections.abc import Iterator

import pytest

from pop_forum.domain.permissions import Role
from tests.browser.conftest import Enter
from tests.browser.host import VALOMBRE
from tests.browser.test_pages import OVERFLOW
from tests.browser.visitor import Screen, Visitor

WORD = "Anticonstitutionnellement" * 4 + "Rue"
WIDTHS = (320, 360, 1280)
PAGES = (
    *("/discussions/{}", "/discussions/{}/repondre", "/discussions/{}/ranger"),
    *("/messages/{}/historique", "/messages/{}/modifier", "/messages/{}/supprimer"),
)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_title_that_is_one_long_word_widens_no_page(enter: Enter, width: int) -> None:
    author = enter(VALOMBRE, Role.ADMIN)
    author.go("/quotidien/ouvrir")
    author.page.get_by_label("Titre").fill(f"{WORD}{width}")
    author.page.get_by_label("Votre message").fill("Un mot sans espace.")
    author.page.get_by_label("Reste dans la commune").check()
    author.press("Publier la discussion")
    key = author.page.url.partition("#")[0].rsplit("/", 1)[1]
    author.page.set_viewport_size({"width": width, "height": 740})
    faults = [*too_wide(author, [page.format(key) for page in PAGES])]
    visitor = enter(VALOMBRE, None, Screen(width, 740))
    faults += too_wide(visitor, [f"/discussions/{key}", f"/discussions/{key}/repondre", f"/messages/{key}/signaler"])
    assert not faults, "\n".join(faults)


def too_wide(visitor: Visitor, paths: list[str]) -> Iterator[str]:
    """Those of these pages that scroll sideways, and by how much."""
    for path in paths:
        assert visitor.go(path) == 200, path
        if over := visitor.page.evaluate(OVERFLOW):
            yield f"{path} is {over} px too wide"
