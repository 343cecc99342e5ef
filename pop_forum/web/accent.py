"""Styles, scripts and icons, addressed by their content so that they are cached for good; the commune's accent."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache, cached_property

from flask import Blueprint, Response, request

from pop_forum import paths
from pop_forum.errors import NotFound
from pop_forum.settings.model import Accent
from pop_forum.web.addresses import url_for
from pop_forum.web.viewer import commune

FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"
DIGEST_LETTERS = 12

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    content: bytes
    type: str

    @cached_property
    def digest(self) -> str:
        """What its address carries."""
        return hashlib.sha256(self.content).hexdigest()[:DIGEST_LETTERS]


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """One file of static/, by its exact name."""
    asset = _files().get(name)
    if asset is None:
        raise NotFound(f"no static file {name[:60]!r}")
    return serve(asset)


@blueprint.get("/accent.css")
def accent() -> Response:
    """The two colours of this commune."""
    return serve(_accent())


def static_url(name: str) -> str:
    """The address of a static file, with the digest of its content."""
    return url_for("assets.static", name=name, v=_files()[name].digest)


def accent_url() -> str:
    """The address of the commune's two colours."""
    return url_for("assets.accent", v=_accent().digest)


def serve(asset: Asset) -> Response:
    """The asset: kept for good when its address names its content, briefly otherwise."""
    response = Response(asset.content, mimetype=asset.type)
    response.headers["Cache-Control"] = FOREVER if request.args.get("v") == asset.digest else BRIEFLY
    response.set_etag(asset.digest)
    response.make_conditional(request)
    return response


def _accent() -> Asset:
    return _accent_of(commune().settings.accent)


@cache
def _accent_of(colours: Accent) -> Asset:
    css = f":root {{ --accent-day: {colours.day}; --accent-night: {colours.night}; }}\n"
    return Asset(css.encode(), "text/css")


@cache
def _files() -> dict[str, Asset]:
    """Every file of static/, read once per process: all of them together weigh less than one picture."""
    found = {}
    for path in paths.static().iterdir():
        kind, _ = mimetypes.guess_type(path.name)
        if path.is_file() and kind is not None:
            found[path.name] = Asset(path.read_bytes(), kind)
    return found
