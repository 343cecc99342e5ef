"""Where one may be led after signing in: a page of this site, and nothing else."""

from urllib.parse import unquote, urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect


def own_page(address: str | None) -> str:
    """The address when it is a page of this site that a link may open, else nothing (row 87)."""
    if not address or not address.startswith("/") or address.startswith("//") or not address.isprintable():
        return ""
    parts = urlsplit(address)
    foreign = parts.scheme or parts.netloc or "\\" in address
    return address if not foreign and _opens(unquote(parts.path)) else ""


def _opens(path: str) -> bool:
    """Whether a page answers to GET there: what is done by a button is done by nobody who follows a link."""
    try:
        current_app.url_map.bind("", "/").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return True
