"""Every page as everybody sees it: accessible, light, quiet, and never wider than the screen."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from pop_forum.app import create_app
from pop_forum.domain.permissions import Role
from tests.browser.addresses import addresses, page_endpoints
from tests.browser.answered_forms import of_role
from tests.browser.conftest import Enter
from tests.browser.host import VALOMBRE, RunningHost
from tests.browser.visitor import Visitor

WIDE, ENLARGED, NARROW = (1280, 900), (640, 450), (320, 740)  # the second is what the first shows at 200 %
MOST_BYTES, MOST_REQUESTS = 100_000, 8
LEAST_HEIGHT = 44
NO_PAGE, USED = "/rien-de-tel", ("/connexion/lien/deja-servi", "/mon-compte/adresse/lien/deja-servi")
RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"target-size": {"enabled": True}},
}
COLOUR_RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
WRITING = ("threads.reply_form", "threads.open_daily")
DIFFERENT_FOR_VISITORS = ("front.home", "programme.text", "threads.show", "accounts.mine", "accounts.sign_in", *WRITING)
OWN = ("threads.edit_form", "threads.delete_form", "polls.form")  # of who wrote the message, and of nobody else
DIFFERENT_FOR_RESIDENTS = (
    "notices.index",
    "following.index",
    "programme.text",
    "threads.show",
    *OWN,
    *WRITING,
)
VIEWS = [pytest.param(None, id="anybody"), *(pytest.param(one, id=one) for one in (Role.RESIDENT, Role.ADMIN))]
WEIGHT = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return {bytes: all.reduce((sum, one) => sum + one.encodedBodySize, 0), requests: all.length};
}"""
SMALL_CONTROLS = """(least) => [
    ...document.querySelectorAll("button, .tap, .act, .btn, select, input:not([type=hidden]), summary")]
  .filter((one) => !one.matches(".vh, [type=radio], [type=checkbox]") && one.checkVisibility())
  .filter((one) => one.getBoundingClientRect().height < least)
  .map((one) => `${one.outerHTML.slice(0, 90)} is ${one.getBoundingClientRect().height} px high`)"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def pages(host: RunningHost) -> Mapping[str, tuple[str, ...]]:
    """The addresses of every page, by endpoint."""
    return addresses(host.communes[VALOMBRE])


def test_every_page_that_answers_is_visited_here(host: RunningHost, pages: Mapping[str, tuple[str, ...]]) -> None:
    rules = create_app(host.communes[VALOMBRE]).url_map.iter_rules()
    assert page_endpoints(rule.endpoint for rule in rules if "GET" in (rule.methods or ())) == set(pages)


@pytest.mark.parametrize("role", VIEWS)
def test_every_page_is_accessible_light_and_quiet(
    enter: Enter, pages: Mapping[str, tuple[str, ...]], role: Role | None
) -> None:
    visitor, axe = enter(VALOMBRE, role), Axe()
    faults: list[str] = []
    for path in paths_for(role, pages):
        show(visitor, WIDE, "light")
        status = visitor.go(path)
        found = [*faults_of(visitor), *violations(visitor, axe)]
        show(visitor, NARROW, "dark")
        found += violations(visitor, axe, COLOUR_RULES)
        if status != expected(role, path):
            found.append(f"answers {status}")
        if not visitor.shows(path):
            found.append(f"led to {visitor.page.url}")
        faults += [f"{path}: {fault}" for fault in (*found, *visitor.complaints)]
        visitor.complaints.clear()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("role", VIEWS)
def test_a_form_that_comes_back_is_accessible_too(
    enter: Enter, pages: Mapping[str, tuple[str, ...]], role: Role | None
) -> None:
    visitor, axe = enter(VALOMBRE, role), Axe()
    faults: list[str] = []
    for form in of_role(role):
        show(visitor, WIDE, "light")
        status = form.send(visitor, pages[form.endpoint][0])
        found = [*faults_of(visitor), *violations(visitor, axe)]
        show(visitor, NARROW, "dark")
        found += violations(visitor, axe, COLOUR_RULES)
        if status != form.status:
            found.append(f"answers {status}: {visitor.page.locator('main').inner_text()[:300]}")
        faults += [f"{form}: {fault}" for fault in (*found, *visitor.complaints)]
        visitor.complaints.clear()
    assert not faults, "\n".join(faults)


def show(visitor: Visitor, size: tuple[int, int], theme: Literal["light", "dark"]) -> None:
    """Nothing; the window has this size and this theme, and so has the page in it."""
    visitor.page.emulate_media(color_scheme=theme)
    resize(visitor, size)


def resize(visitor: Visitor, size: tuple[int, int]) -> None:
    """Nothing; the window has this size."""
    visitor.page.set_viewport_size({"width": size[0], "height": size[1]})


def paths_for(role: Role | None, pages: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """All pages for an admin, who sees the most; for others those that differ, and an address of no page."""
    every = tuple(name for name in pages if name not in OWN)
    chosen = {None: DIFFERENT_FOR_VISITORS, Role.RESIDENT: DIFFERENT_FOR_RESIDENTS}.get(role, every)
    for endpoint in chosen:
        yield from pages[endpoint]
    yield NO_PAGE


def expected(role: Role | None, path: str) -> HTTPStatus:
    """How the page at this path answers: three of them say why there is nothing to see."""
    if path == NO_PAGE:
        return HTTPStatus.NOT_FOUND
    refuses = path in USED or (role is None and path == "/mon-compte")
    return HTTPStatus.UNAUTHORIZED if refuses else HTTPStatus.OK


def faults_of(visitor: Visitor) -> Iterator[str]:
    """What is too heavy, too small or too wide, also enlarged and on a screen of 320 pixels, on which it ends."""
    weight = visitor.page.evaluate(WEIGHT)
    if weight["bytes"] > MOST_BYTES or weight["requests"] >= MOST_REQUESTS:  # the icon is one more
        yield f"weighs {weight}"
    shown = visitor.page.viewport_size
    assert shown is not None
    for size in dict.fromkeys([(shown["width"], shown["height"]), ENLARGED, NARROW]):
        resize(visitor, size)
        yield from visitor.page.evaluate(SMALL_CONTROLS, LEAST_HEIGHT)
        if over := visitor.page.evaluate(OVERFLOW):
            yield f"is {over} px wider than {size[0]} px"


def violations(visitor: Visitor, axe: Axe, rules: Mapping[str, object] = RULES) -> Iterator[str]:
    """What axe-core finds, at the size shown; all but colours is the same in both themes, and is looked at in one."""
    if not visitor.page.evaluate("() => 'axe' in window"):
        visitor.page.evaluate(axe.axe_script)  # half a megabyte: once for each page
    for violation in visitor.page.evaluate("rules => axe.run(rules)", rules)["violations"]:
        for node in violation["nodes"]:
            yield f"{violation['id']}: {node['html'][:120]} ({node['failureSummary'][:200]})"
