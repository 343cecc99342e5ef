"""One host, a quiet one, and one browser for the whole folder; a profile signed in once per commune and role."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from pop_forum.bench.slow import BROWSERS
from pop_forum.domain.permissions import Role
from tests.browser.host import PASSWORD, RunningHost, mail, start
from tests.browser.visitor import DESKTOP, PHONE, Screen, Visitor, visit

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]
SCREENS = {
    "phone": Screen(*PHONE),
    "desktop": Screen(*DESKTOP),
    "without-script": Screen(*PHONE, scripts=False),
}

Enter = Callable[..., Visitor]


@pytest.fixture(scope="package")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """Three communes, federated, with their processes running; what other tests have written is there too."""
    running = start(tmp_path_factory.mktemp("host"))
    yield running
    running.stop()


@pytest.fixture(scope="package")
def quiet_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """Another one, where nobody publishes: for journeys that need the news, the letters or the peers for themselves."""
    running = start(tmp_path_factory.mktemp("quiet"))
    yield running
    running.stop()


def nobody(slug: str, role: Role) -> StorageState:
    """The profile of a module with a host of its own, where nobody has signed in."""
    pytest.fail(f"nobody has signed in as {role} of {slug}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine; without one these tests fail and say so."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("The browser tests need Chromium: « sudo apt install chromium », then run them again.")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="package")
def profile(browser: Browser, host: RunningHost) -> Callable[[str, Role], StorageState]:
    """The cookies of a person of this role, signed in once."""
    known: dict[tuple[str, Role], StorageState] = {}

    def signed_in(slug: str, role: Role) -> StorageState:
        if (slug, role) not in known:
            visitor = visit(browser, host, slug, Screen())
            visitor.sign_in(mail(slug, role), PASSWORD)
            known[slug, role] = visitor.context.storage_state()
            visitor.context.close()
        return known[slug, role]

    return signed_in


@pytest.fixture
def enter(browser: Browser, host: RunningHost, profile: Callable[[str, Role], StorageState]) -> Iterator[Enter]:
    """A way to open windows on communes, closed after the test."""
    opened: list[Visitor] = []

    def open_window(slug: str, role: Role | None = None, screen: Screen | None = None) -> Visitor:
        state = profile(slug, role) if role else None
        opened.append(visit(browser, host, slug, screen or Screen(), state=state))
        return opened[-1]

    yield open_window
    for visitor in opened:
        visitor.context.close()


@pytest.fixture(params=list(SCREENS))
def screen(request: pytest.FixtureRequest) -> Screen:
    """A phone, a desktop, and a phone whose scripts are off."""
    return SCREENS[request.param]
