"""What every page shows around its own words: the commune, the spaces, the foot."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import request

from pop_forum.domain.permissions import moderates_somewhere
from pop_forum.settings import Mode
from pop_forum.web.addresses import url_for
from pop_forum.web.display import display
from pop_forum.web.language import gettext, language
from pop_forum.web.phone import bar_colours
from pop_forum.web.viewer import commune, signed_in

PARAMETERS = {
    "programme.comparison.show": ("de", "a", "vue"),
    "search.index": ("q", "quoi", "lieu", "theme", "depuis", "page"),
}  # elsewhere only the page number counts
SPACES = ("programme", "quotidien", "reseau", "recherche", "notifications")


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the masthead or of the foot."""

    label: str
    url: str
    space: str = ""
    end: bool = False
    news: int = 0


def frame() -> dict[str, Any]:
    """The variables that base.html needs, for every template."""
    return {
        "commune": commune().settings,
        "account": signed_in(),
        "language": language(),
        "display": display(),
        "bar_colours": bar_colours(),
        "canonical": canonical(),
        "page_shown": _page_shown(),
        "demo": commune().mode is Mode.DEMO,
        "space": _space(request.path),
        "navigation": _navigation(),
        "foot": _foot(),
    }


def canonical() -> str:
    """The one address of this page: at the site's own name, with the parameters that change what is shown."""
    wanted = PARAMETERS.get(request.endpoint or "", ("page",))
    pairs = [(name, request.args[name]) for name in wanted if request.args.get(name)]
    shown = [pair for pair in pairs if pair != ("page", "1")]
    return commune().settings.base_url + quote(request.path) + (f"?{urlencode(shown)}" if shown else "")


def _page_shown() -> int:
    """The page of a long list that was asked for: it is said in the title, so that each has its own."""
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _space(path: str) -> str:
    first = path.split("/", 2)[1]
    first = "programme" if first == "budget" else first
    if path.rstrip("/") == "/moderation" or path.startswith("/moderation/messages/"):
        return "moderation"
    return first if first in SPACES else "compte" if first in ("connexion", "mon-compte") else ""


def _navigation() -> list[Entry]:
    spaces = [
        Entry(gettext("Programme"), "/programme", "programme"),
        Entry(gettext("Quotidien"), url_for("threads.daily"), "quotidien"),
        Entry(gettext("Recherche"), url_for("search.index"), "recherche"),
        Entry(gettext("Réseau"), "/reseau", "reseau"),
    ]
    account = signed_in()
    if account:
        news = Entry(gettext("Notifications"), url_for("notices.index"), "notifications", end=True, news=account.news)
        reports = Entry(gettext("Signalements"), url_for("moderation.queue"), "moderation", news=account.reports)
        return [
            *spaces,
            news,
            *([reports] if moderates_somewhere(account.viewer) else []),
            Entry(gettext("Mon compte"), url_for("accounts.mine"), "compte"),
        ]
    return [*spaces, Entry(gettext("Se connecter"), url_for("accounts.sign_in"), "compte", end=True)]


def _foot() -> list[Entry]:
    entries = [
        Entry(gettext("Programme"), "/programme"),
        Entry(gettext("Quotidien"), url_for("threads.daily")),
        Entry(gettext("Recherche"), url_for("search.index")),
        Entry(gettext("Réseau"), "/reseau"),
        Entry(gettext("Affichage et langue"), url_for("pages.display")),
        Entry(gettext("Données et flux"), url_for("open_data.index")),
        Entry(gettext("Charte"), url_for("pages.charter")),
        Entry(gettext("Journal de la modération"), "/moderation/journal"),
        Entry(gettext("Mentions légales"), url_for("pages.legal")),
        Entry(gettext("Accessibilité"), url_for("pages.accessibility")),
        Entry(gettext("Aide et contact"), url_for("pages.help")),
    ]
    if commune().mode is Mode.DEMO:
        entries.append(Entry(gettext("Courrier de la démonstration"), url_for("mail.demonstration")))
    account = signed_in()
    if account and moderates_somewhere(account.viewer):
        entries.append(Entry(gettext("Signalements"), "/moderation"))
    if account and account.viewer.administers:
        entries += [
            Entry(gettext("Administration : personnes"), url_for("people.index")),
            Entry(gettext("Administration : réseau"), "/administration/reseau"),
            Entry(gettext("Administration : santé du site"), url_for("health.index")),
        ]
    return entries
