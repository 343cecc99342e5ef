"""The pages of a host for requests that reach no commune's app: a title and advice, in the language asked.

There is no app to build them, no account and no stylesheet: the language is that of the device, else of the browser.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header, parse_cookie

from pop_forum.web.display import COOKIE, LANGUAGES, parse
from pop_forum.web.language import SOURCE, catalogue

PAGE: Final = (
    "<!doctype html><html lang={language}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>{title}</title><h1>{title}</h1><p>{advice}</p>{links}"
)
BEFORE_LINKS = "Choisissez une des adresses de la démonstration."
Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class BarePage:
    """What such a page says, in French; what else it tells software, and the addresses it lists."""

    status: int
    title: str
    advice: str
    headers: tuple[Header, ...] = ()
    links: tuple[str, ...] = ()

    def answer(self, environ: Mapping[str, Any], offered: Iterable[str] = LANGUAGES) -> tuple[list[Header], bytes]:
        """Headers and body, in the best of the languages offered."""
        language = _language(environ, tuple(offered))
        say = catalogue(language).ugettext
        links = "".join(f"<li><a href='{escape(one)}'>{escape(one)}</a></li>" for one in self.links)
        body = PAGE.format(
            language=language,
            title=escape(say(self.title)),
            advice=escape(say(self.advice)),
            links=f"<p>{escape(say(BEFORE_LINKS))}</p><ul>{links}</ul>" if links else "",
        ).encode()
        headers = [
            ("content-type", "text/html; charset=utf-8"),
            ("content-length", str(len(body))),
            ("content-language", language),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("vary", "Accept-Language, Cookie"),
            ("cache-control", "no-store"),
        ]
        return [*headers, *self.headers], body


CLOSES: Final = ("connection", "close")
UNKNOWN_HOST = BarePage(
    404, "Adresse inconnue", "Aucun site de commune n’est servi à cette adresse. Vérifiez l’adresse saisie."
)
NOT_OURS = BarePage(400, "Adresse inconnue", "Cette adresse n’est pas celle de ce site. Vérifiez l’adresse saisie.")
BUSY = BarePage(
    503,
    "Site occupé",
    "Ce site ne peut pas répondre pour le moment. Réessayez dans une minute.",
    (("retry-after", "30"),),
)
IN_REPAIR = BarePage(
    503,
    "Site en entretien",
    "La personne qui administre ce site doit le remettre en état. Rien n’est perdu : revenez dans quelques minutes.",
    (("retry-after", "300"),),
)
TOO_SLOW = BarePage(
    408,
    "Votre envoi s’est interrompu en chemin",
    "Rien n’a été enregistré. Revenez en arrière : votre texte y est encore. Réessayez.",
    (CLOSES,),
)
NO_LENGTH = BarePage(
    411,
    "Envoi sans longueur",
    "Un envoi doit annoncer sa longueur (en-tête Content-Length). Rien n’a été enregistré.",
    (CLOSES,),
)
TOO_MANY = BarePage(
    503,
    "Trop d’envois à la fois",
    "Rien n’a été enregistré. Revenez en arrière : votre texte y est encore. Réessayez dans une minute.",
    (CLOSES, ("retry-after", "60")),
)


def _language(environ: Mapping[str, Any], offered: tuple[str, ...]) -> str:
    """The language chosen on this device, else the best that the browser accepts."""
    chosen = parse(parse_cookie(environ.get("HTTP_COOKIE", "")).get(COOKIE, "")).language
    if chosen in offered:
        return chosen
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT_LANGUAGE", ""), LanguageAccept)
    return accepted.best_match(offered, SOURCE) or SOURCE
