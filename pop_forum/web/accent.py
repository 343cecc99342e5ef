"""Styles, scripts and icons, addressed by their content so that they are cached for good; the commune's accent."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, Response, request

from pop_forum import paths
from pop_forum.errors import NotFound
from pop_forum.web.addresses import url_for
from pop_forum.web.viewer import commune

FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"
DIGEST_LETTERS = 12
GZIP_LEVEL = 9  # once per process and file
COMPRESSED = frozenset(("text/css", "text/javascript", "image/svg+xml", "application/manifest+json"))

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    content: bytes
    type: str

    @property
    def digest(self) -> str:
        """What its address carries."""
        return _digest(self.content)


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
    """The asset, compressed for who can read that; kept for good when its address names its content, else briefly."""
    zipped = asset.type in COMPRESSED and request.accept_encodings["gzip"] > 0
    response = Response(_zipped(asset.content) if zipped else asset.content, mimetype=asset.type)
    response.headers["Cache-Control"] = FOREVER if request.args.get("v") == asset.digest else BRIEFLY
    response.set_etag(f"{asset.digest}-gzip" if zipped else asset.digest)
    response.make_conditional(request)
    if asset.type in COMPRESSED:
        response.vary.add("Accept-Encoding")
    if zipped and response.status_code == 200:
        response.headers["Content-Encoding"] = "gzip"
    return response


@cache
def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGEST_LETTERS]


@cache
def _zipped(content: bytes) -> bytes:
    return gzip.compress(content, GZIP_LEVEL, mtime=0)


def _accent() -> Asset:
    colours = commune().settings.accent
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
