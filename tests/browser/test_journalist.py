"""« Journalist »: from the front page to a sentence that can be quoted, with its address, its date and who wrote it."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import StorageState

from pop_forum.domain.permissions import Role
from tests.browser.addresses import ADAPTED
from tests.browser.conftest import Enter, nobody
from tests.browser.host import VALOMBRE, RunningHost
from tests.browser.test_keyboard import enter_on
from tests.browser.test_pages import violations
from tests.browser.visitor import DESKTOP, PHONE, Screen, Visitor

SCREENS = {
    "phone, light": Screen(*PHONE),
    "phone, dark": Screen(*PHONE, dark=True),
    "phone, without script": Screen(*PHONE, scripts=False),
    "desktop, light": Screen(*DESKTOP),
    "desktop, dark": Screen(*DESKTOP, dark=True),
    "desktop, without script": Screen(*DESKTOP, scripts=False),
}
TITLE = "La navette passera-t-elle"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def host(quiet_host: RunningHost) -> RunningHost:
    """Three communes where nobody writes: the front page shows the news that this journey begins with."""
    return quiet_host


@pytest.fixture(scope="module")
def profile() -> Callable[[str, Role], StorageState]:
    """The cookies of no one: this host is its own, and a journalist has no account."""
    return nobody


TWICE_SEEN = ("phone, without script", "desktop, dark")  # what the other four show together; in make test-long


@pytest.fixture(
    params=[
        pytest.param(one, id=name, marks=[pytest.mark.long] if name in TWICE_SEEN else [])
        for name, one in SCREENS.items()
    ]
)
def screen(request: pytest.FixtureRequest) -> Screen:
    """A phone and a desktop, light, dark, and without scripts."""
    found: Screen = request.param
    return found


def stops(visitor: Visitor) -> Iterator[str]:
    """The journey with a mouse or a finger: the name of each page once it is shown."""
    visitor.go("/")
    yield "front page"
    visitor.follow(visitor.page.locator(".feed").get_by_role("link", name="Navette à la demande").first)
    visitor.page.wait_for_url(f"**/programme/{ADAPTED}")
    yield "measure"
    visitor.follow("Historique")
    visitor.page.wait_for_url("**/historique")
    yield "history"
    visitor.follow(re.compile("ce qui a changé"))
    visitor.page.wait_for_url("**/comparaison?*")
    yield "comparison"
    visitor.follow(visitor.page.locator(".crumbs").get_by_role("link").last)
    visitor.follow(re.compile(r"Discussion \("))
    visitor.page.wait_for_url("**/discussion")
    visitor.follow(TITLE)
    visitor.page.wait_for_url("**/discussions/*")
    yield "discussion"
    visitor.page.locator(".thread .perma").first.click()
    visitor.page.wait_for_url(re.compile("#m-"))
    yield "message"


def canonical(visitor: Visitor) -> str:
    """The address that the page gives as its own."""
    return visitor.page.locator("link[rel=canonical]").get_attribute("href") or ""


def test_a_journalist_finds_a_quotation_and_its_address(enter: Enter, screen: Screen) -> None:
    visitor, titles = enter(VALOMBRE, screen=screen), {}
    for name in stops(visitor):
        address = urlsplit(visitor.page.url)._replace(fragment="").geturl()
        assert canonical(visitor) == address, f"the {name} is at the address it gives"
        titles[address] = visitor.page.title()
        assert visitor.page.locator("main time").count(), f"the {name} has a date"
        if screen.scripts:
            assert list(violations(visitor, Axe())) == [], name
            visitor.page.set_viewport_size({"width": screen.width, "height": screen.height})
    assert len(set(titles.values())) == len(titles)
    assert visitor.complaints == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_way_there_needs_no_mouse(enter: Enter, size: tuple[int, int], scripts: bool) -> None:
    visitor = enter(VALOMBRE, screen=Screen(*size, scripts=scripts))
    visitor.go("/")
    enter_on(visitor, "Navette à la demande")
    enter_on(visitor, "Historique")
    enter_on(visitor, "ce qui a changé")
    assert visitor.page.locator("main ins, main del").count()
    visitor.page.go_back()
    enter_on(visitor, r"Discussion \(")
    enter_on(visitor, TITLE)
    assert visitor.page.locator(".thread li").count() > 1
    assert visitor.complaints == []


def test_a_quotation_opens_at_its_words_for_somebody_else(enter: Enter) -> None:
    visitor = enter(VALOMBRE)
    for _ in stops(visitor):
        pass
    quoted = visitor.page.locator(".thread > li:target")
    words = quoted.locator(".prose").inner_text()
    author = quoted.locator("h3").inner_text()
    other = enter(VALOMBRE, screen=Screen(*PHONE))
    other.page.goto(visitor.page.url)
    found = other.page.locator(".thread > li:target")
    assert found.locator(".prose").inner_text() == words
    assert found.locator("h3").inner_text() == author
    assert found.locator("time").first.get_attribute("datetime")
    assert found.locator("article").evaluate("one => one.getBoundingClientRect().top < innerHeight")


def test_the_facts_of_each_page_can_be_taken_away(enter: Enter, host: RunningHost) -> None:
    visitor = enter(VALOMBRE)
    for name in stops(visitor):
        for link in visitor.page.locator("link[rel=alternate][type='application/atom+xml']").all():
            feed = ElementTree.fromstring(taken(host, link.get_attribute("href") or ""))
            assert feed.tag == f"{ATOM}feed" and feed.find(f"{ATOM}entry") is not None, name
    data = json.loads(taken(host, f"/programme/{ADAPTED}.json"))
    assert data["versions"][0]["digest"] and data["versions"][0]["commune"] and data["versions"][0]["published"]
    messages = json.loads(taken(host, f"{urlsplit(visitor.page.url).path}.json"))["messages"]
    assert visitor.page.locator(".thread > li").count() == len(messages) - 1
    assert len(list(csv.reader(io.StringIO(taken(host, "/programme.csv"), newline="")))) == 41


def taken(host: RunningHost, path: str) -> str:
    """The file at this path, as a program of the journalist's fetches it."""
    request = Request(f"http://127.0.0.1:{host.place.port}{path}", headers={"Host": host.place.network[VALOMBRE]})
    with urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())
