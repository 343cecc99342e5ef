"""Somebody in front of a browser: one window on one commune, and what went wrong in it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, StorageState, TimeoutError

from tests.browser.host import RunningHost, wait_until

PATIENCE_MS = 1_500  # for what is expected to be there, and for what is expected to be absent
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

    def press(self, name: str) -> None:
        """Nothing; the button that says this has been pressed."""
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, name: str) -> None:
        """Nothing; the link that says this has been followed."""
        self.page.get_by_role("link", name=name).first.click()

    def reads(self, text: str) -> bool:
        """Whether this can be seen on the page, which may still be on its way."""
        try:
            self.page.get_by_text(text).first.wait_for(state="visible", timeout=PATIENCE_MS)
        except TimeoutError:
            return False
        return True

    def wait_to_read(self, path: str, text: str) -> None:
        """Nothing, once the page at this path shows the text: what another commune sent may take a moment."""

        def shown() -> bool:
            self.go(path)
            return self.reads(text)

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
    context.set_default_timeout(10_000)
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
