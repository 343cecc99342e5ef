"""How a reader wants to see the site: theme, size, spacing, contrast, language, in a cookie that names nobody.

The cookie holds words of this file and nothing else, so it is one of a few hundred values that many people share.
Words that are not known are passed over. Choices are kept apart from the session: a visitor needs none to read.
"""

from dataclasses import dataclass
from typing import Final

from flask import Response, g, request

from pop_forum.web.viewer import commune

COOKIE: Final = "affichage"
KEPT_SECONDS = 390 * 24 * 3600  # thirteen months: what the CNIL lets a choice of display last (2020-091)
COOKIE_CHARS = 60
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "theme": ("auto", "light", "dark"),
    "size": ("normal", "large", "largest"),
    "spacing": ("usual", "airy"),
    "contrast": ("soft", "strong"),
    "pictures": ("few", "loaded", "offered"),
}
LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Display:
    """One reader's choices; each is the first of its words until it is made, the language is then unknown."""

    theme: str = "auto"
    size: str = "normal"
    spacing: str = "usual"
    contrast: str = "soft"
    pictures: str = "few"
    language: str = ""

    @property
    def shown(self) -> dict[str, str]:
        """What is said on <html> for the stylesheet: the choices that differ from the usual."""
        return {name: value for name, words in CHOICES.items() if (value := getattr(self, name)) != words[0]}

    @property
    def key(self) -> str:
        """The cookie's value: one spelling for one display, empty for the usual one. A page cache may key on it."""
        return ".".join([*self.shown.values(), *([self.language] if self.language else [])])


def parse(text: str) -> Display:
    """The choices that a cookie's value spells; whatever else it holds is as if it were not there."""
    words = text[:COOKIE_CHARS].split(".")
    known = {name: word for name, choices in CHOICES.items() for word in words if word in choices}
    language = next((word for word in words if word in LANGUAGES), "")
    return Display(**known, language=language)


def display() -> Display:
    """How whoever asks wants to see this page."""
    if "display" not in g:
        g.display = parse(request.cookies.get(COOKIE, ""))
    chosen: Display = g.display
    return chosen


def keep(answer: Response, chosen: Display) -> None:
    """Have the browser keep these choices; forget them when they are the usual ones."""
    secure = commune().settings.scheme == "https"
    if chosen.key:
        answer.set_cookie(
            COOKIE, chosen.key, max_age=KEPT_SECONDS, path="/", secure=secure, httponly=True, samesite="Lax"
        )
    else:
        answer.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="Lax")
