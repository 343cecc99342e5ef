"""Styles, scripts and icons, addressed by their content so that they are cached for good; the commune's accent."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory, url_for

from pop_forum import paths
from pop_forum.settings import Accent
from pop_forum.web.viewer import commune

FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"

blueprint = Blueprint("assets", __name__)


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """One file of static/; for good when asked for by its present content."""
    response = send_from_directory(paths.static(), name, conditional=True)
    exact = request.args.get("v") == _digest(paths.static() / name)
    response.headers["Cache-Control"] = FOREVER if exact else BRIEFLY
    return response


@blueprint.get("/accent.css")
def accent() -> Response:
    """The two colours of this commune."""
    css = _accent_css(commune().settings.accent)
    response = Response(css, mimetype="text/css")
    response.headers["Cache-Control"] = FOREVER if request.args.get("v") == _short(css.encode()) else BRIEFLY
    return response


def static_url(name: str) -> str:
    """The address of a static file, with the digest of its content."""
    return url_for("assets.static", name=name, v=_digest(paths.static() / name))


def accent_url() -> str:
    """The address of the commune's two colours."""
    return url_for("assets.accent", v=_short(_accent_css(commune().settings.accent).encode()))


def _accent_css(accent: Accent) -> str:
    return f":root {{ --accent-day: {accent.day}; --accent-night: {accent.night}; }}\n"


@cache
def _digest(path: Path) -> str:
    return _short(path.read_bytes())


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
