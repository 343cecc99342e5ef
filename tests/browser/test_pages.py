"""Every page as everybody sees it: accessible, light, quiet, and never wider than the screen."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus

import pytest
from axe_playwright_python.sync_playwright import Axe

from pop_forum.app import create_app
from pop_forum.domain.permissions import Role
from tests.browser.addresses import addresses, page_endpoints
from tests.browser.conftest import Enter
from tests.browser.host import VALOMBRE, RunningHost
from tests.browser.visitor import Screen, Visitor

LIGHT = Screen()
DARK_ENLARGED = Screen(640, 900, scale=2, dark=True)  # what a window of 1280 shows at 200 %
NARROW = {"width": 320, "height": 740}
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
VIEWS = [
    pytest.param(None, LIGHT, id="anybody, light"),
    pytest.param(None, DARK_ENLARGED, id="anybody, dark"),
    pytest.param(Role.RESIDENT, LIGHT, id="a resident, light"),
    pytest.param(Role.RESIDENT, DARK_ENLARGED, id="a resident, dark"),
    pytest.param(Role.ADMIN, LIGHT, id="an admin, light"),
    pytest.param(Role.ADMIN, DARK_ENLARGED, id="an admin, dark"),
]
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


@pytest.mark.parametrize(("role", "view"), VIEWS)
def test_every_page_is_accessible_light_and_quiet(
    enter: Enter, pages: Mapping[str, tuple[str, ...]], role: Role | None, view: Screen
) -> None:
    visitor, axe = enter(VALOMBRE, role, view), Axe()
    faults: list[str] = []
    for path in paths_for(role, pages):
        visitor.page.set_viewport_size({"width": view.width, "height": view.height})
        status = visitor.go(path)
        found = [*faults_of(visitor), *violations(visitor, axe, COLOUR_RULES if view.dark else RULES)]
        if status != expected(role, path):
            found.append(f"answers {status}")
        if not visitor.shows(path):
            found.append(f"led to {visitor.page.url}")
        faults += [f"{path}: {fault}" for fault in (*found, *visitor.complaints)]
        visitor.complaints.clear()
    assert not faults, "\n".join(faults)


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
    """What is too heavy, too small or too wide, also on a screen of 320 pixels."""
    weight = visitor.page.evaluate(WEIGHT)
    if weight["bytes"] > MOST_BYTES or weight["requests"] >= MOST_REQUESTS:  # the icon is one more
        yield f"weighs {weight}"
    yield from visitor.page.evaluate(SMALL_CONTROLS, LEAST_HEIGHT)
    for size in (visitor.page.viewport_size, NARROW):
        assert size is not None
        visitor.page.set_viewport_size(size)
        if over := visitor.page.evaluate(OVERFLOW):
            yield f"is {over} px wider than {size['width']} px"


def violations(visitor: Visitor, axe: Axe, rules: Mapping[str, object] = RULES) -> Iterator[str]:
    """What axe-core finds, at 320 pixels; all but colours is the same in both themes, and is looked at in one."""
    for violation in axe.run(visitor.page, options=rules).response["violations"]:
        for node in violation["nodes"]:
            yield f"{violation['id']}: {node['html'][:120]} ({node['failureSummary'][:200]})"
