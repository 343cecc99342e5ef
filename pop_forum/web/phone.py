"""The site on a phone's home screen: its manifest (W3C Web Application Manifest) and its icons."""

from functools import cache
from typing import Any

from flask import Blueprint, Response, g
from flask.json import dumps
from flask_babel import gettext

from pop_forum import paths
from pop_forum.domain import icons
from pop_forum.errors import NotFound
from pop_forum.settings import Kind
from pop_forum.web.accent import Asset, serve
from pop_forum.web.addresses import url_for
from pop_forum.web.language import SOURCE
from pop_forum.web.viewer import commune

PAPER = "#fcfaf5"  # --paper by day in pop.css: what is shown while the site opens
NIGHT_PAPER = "#181b19"
SHORT_NAME = 12  # characters that stand under an icon on most home screens
TYPE = "application/manifest+json"

blueprint = Blueprint("phone", __name__)


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a phone needs to put the site beside its other applications."""
    g.language = SOURCE  # one text for everybody: phones ask for it without cookies, and keep it
    return serve(Asset(dumps(_manifest()).encode(), TYPE))


@blueprint.get("/icones/<name>.png")
def picture(name: str) -> Response:
    """The icon in the commune's colour: 192, 512, or maskable-512 for phones that cut their icons out."""
    if name not in _drawings():
        raise NotFound(f"no icon {name[:60]!r}")
    return serve(_picture(name, commune().settings.accent.day))


@blueprint.get("/icone.svg")
def drawing() -> Response:
    """The same icon for the browser's tabs."""
    return serve(_drawing(commune().settings.accent.day))


def icon_url(name: str) -> str:
    """The address of a picture of the icon, with the digest of its content."""
    return url_for("phone.picture", name=name, v=_picture(name, commune().settings.accent.day).digest)


def drawing_url() -> str:
    """The address of the drawn icon, with the digest of its content."""
    return url_for("phone.drawing", v=_drawing(commune().settings.accent.day).digest)


def bar_colours() -> dict[str, str]:
    """What a phone paints its bars with, by theme."""
    return {"light": commune().settings.accent.day, "dark": NIGHT_PAPER}


def _manifest() -> dict[str, Any]:
    settings = commune().settings
    kinds = {Kind.MUNICIPALE: gettext("Site municipal"), Kind.PARTISANE: gettext("Site partisan")}
    short = settings.name if len(settings.name) <= SHORT_NAME else settings.name.split("-")[0].split(" ")[0]
    return {
        "id": "/",
        "name": settings.name,
        "short_name": short[:SHORT_NAME],
        "description": f"{kinds.get(settings.kind, gettext('Site citoyen'))}, {settings.keeper}",
        "lang": SOURCE,
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": settings.accent.day,
        "background_color": PAPER,
        "icons": [
            {"src": drawing_url(), "sizes": "any", "type": "image/svg+xml"},
            *(
                {"src": icon_url(name), "sizes": size, "type": "image/png", "purpose": purpose}
                for name, size, purpose in (
                    ("192", "192x192", "any"),
                    ("512", "512x512", "any"),
                    ("maskable-512", "512x512", "maskable"),
                )
            ),
        ],
        "shortcuts": [
            {"name": gettext("Quotidien"), "url": url_for("threads.daily")},
            {"name": gettext("Programme"), "url": url_for("programme.index")},
        ],
    }


@cache
def _drawings() -> dict[str, bytes]:
    """The drawings in shades, by name."""
    return {path.stem: path.read_bytes() for path in (paths.data_files() / "icons").glob("*.png")}


@cache
def _picture(name: str, accent: str) -> Asset:
    return Asset(icons.coloured(_drawings()[name], accent), "image/png")


@cache
def _drawing(accent: str) -> Asset:
    svg = (paths.data_files() / "icons" / "icon.svg").read_text("utf-8")
    return Asset(svg.replace("#0d5561", accent).encode(), "image/svg+xml")
