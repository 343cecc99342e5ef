"""Somebody in front of a browser: one window on one commune, and what went wrong in it."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    StorageState,
    TimeoutError,
)

from tests.browser.host import RunningHost, wait_until

PATIENCE_MS = 30_000  # for what is expected to come: a machine that does much else is no failure
PHONE, DESKTOP = (360, 740), (1280, 900)


@dataclass(frozen=True, slots=True)
class Screen:
    """A window: its size, its theme, and whether scripts run in it."""

    width: int = DESKTOP[0]
    height: int = DESKTOP[1]
    scale: int = 1
    dark: bool = False
    scripts: bool = True


@dataclass
class Visitor:
    """A window of one person on one commune's site."""

    host: RunningHost
    slug: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        """The browser profile of this person."""
        return self.page.context

    def go(self, path: str) -> int:
        """The status of the page at this path, now shown."""
        answer = self.page.goto(self.host.url(self.slug, path))
        assert answer is not None
        return answer.status

    def shows(self, path: str) -> bool:
        """Whether the page shown is the one at this path, and none that it leads to."""
        return self.page.url.partition("#")[0] == self.host.url(self.slug, path)

    def press(self, button: str | Locator) -> None:
        """Nothing; the button has been pressed, and the page that it leads to is there."""
        self._leave_by(self.page.get_by_role("button", name=button).first if isinstance(button, str) else button)

    def follow(self, link: str | re.Pattern[str] | Locator) -> None:
        """Nothing; the link has been followed, and its page is there."""
        self._leave_by(link if isinstance(link, Locator) else self.page.get_by_role("link", name=link).first)

    def press_in_vain(self, button: str) -> None:
        """Nothing; the button has been pressed without a connection, the browser has said so, and it is back."""
        self.context.set_offline(True)
        with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
            self.press(button)
        self.page.wait_for_url("chrome-error://**", wait_until="commit")
        self.context.set_offline(False)

    def _leave_by(self, control: Locator) -> None:
        with self.page.expect_navigation():  # up to the load event of the next document
            control.click()

    def reads(self, text: str) -> bool:
        """Whether this can be seen on the page: a script may still be putting it there."""
        try:
            self._seen(text).first.wait_for()
        except TimeoutError:
            return False
        return True

    def lacks(self, text: str) -> bool:
        """Whether this cannot be seen on the page, which is complete."""
        return not self._seen(text).count()

    def _seen(self, text: str) -> Locator:
        return self.page.get_by_text(text).filter(visible=True)

    def wait_to_read(self, path: str, text: str) -> None:
        """Nothing, once the page at this path shows the text: what another commune sent may take a moment."""

        def shown() -> bool:
            self.go(path)
            return not self.lacks(text)

        wait_until(shown, f"« {text} » at {self.slug}{path}")

    def sign_in(self, mail: str, password: str) -> None:
        """Nothing; this person has signed in through the form."""
        self.go("/connexion/mot-de-passe")
        self.page.get_by_label("Adresse électronique").fill(mail)
        self.page.get_by_label("Mot de passe", exact=True).fill(password)
        self.press("Entrer")
        assert not urlsplit(self.page.url).path.startswith("/connexion"), self.page.locator("main").inner_text()


def visit(
    browser: Browser, host: RunningHost, slug: str, screen: Screen, *, state: StorageState | None = None
) -> Visitor:
    """A new window, whose complaints are noted; the caller closes its context."""
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        device_scale_factor=screen.scale,
        color_scheme="dark" if screen.dark else "light",
        java_script_enabled=screen.scripts,
        storage_state=state,
        locale="fr-FR",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(host, slug, context.new_page())
    ours = urlsplit(host.url(slug)).netloc

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            visitor.complaints.append(f"console: {message.text}")

    def note_request(request: Request) -> None:
        if urlsplit(request.url).netloc != ours:
            visitor.complaints.append(f"request to {request.url}")

    visitor.page.on("console", note_console)
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(f"script: {error}"))
    visitor.page.on("request", note_request)
    return visitor
