"""What a browser is, in two words, so that people recognise their sessions; nothing finer is kept."""

from dataclasses import dataclass

# In this order: Edge and Opera also name Chrome, Chrome also names Safari.
_BROWSERS = (
    ("Firefox", ("firefox/", "fxios/")),
    ("Edge", ("edg/", "edga/", "edgios/")),
    ("Opera", ("opr/", "opera")),
    ("Samsung Internet", ("samsungbrowser/",)),
    ("Chrome", ("chrome/", "crios/", "chromium/")),
    ("Safari", ("safari/",)),
)
_SYSTEMS = (
    ("iPhone", ("iphone",)),
    ("iPad", ("ipad",)),
    ("Android", ("android",)),
    ("Windows", ("windows",)),
    ("ChromeOS", ("cros ",)),
    ("macOS", ("mac os x", "macintosh")),
    ("Linux", ("linux", "x11")),
)
READ_CHARS = 400  # of a User-Agent, which anybody may make as long as a header may be


@dataclass(frozen=True, slots=True)
class Device:
    """The family of a browser and its system; empty when we do not know them."""

    browser: str
    system: str

    @property
    def kept(self) -> str:
        """What its row holds."""
        return f"{self.browser}/{self.system}"


def device(user_agent: str) -> Device:
    """The browser and the system that a User-Agent header names."""
    text = user_agent[:READ_CHARS].lower()
    return Device(_first(_BROWSERS, text), _first(_SYSTEMS, text))


def kept_device(kept: str | None) -> Device:
    """The device of a row."""
    browser, _, system = (kept or "/").partition("/")
    return Device(browser, system)


def _first(families: tuple[tuple[str, tuple[str, ...]], ...], text: str) -> str:
    return next((name for name, marks in families if any(mark in text for mark in marks)), "")
