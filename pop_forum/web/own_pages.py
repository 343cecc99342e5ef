"""Where one may be led after signing in: a page of this site, and nothing else."""

from urllib.parse import unquote, urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from pop_forum.services.sign_ins import SignedIn
from pop_forum.web.addresses import url_for


def own_page(address: str | None) -> str:
    """The address when it is a page of this site that a link may open, else nothing (row 87)."""
    if not address or not address.startswith("/") or address.startswith("//") or not address.isprintable():
        return ""
    parts = urlsplit(address)
    foreign = parts.scheme or parts.netloc or "\\" in address
    return address if not foreign and _opens(unquote(parts.path)) else ""


def first_page(account: SignedIn, target: str) -> str:
    """Where somebody goes who has just come in: who agreed to a former text is first shown what changed in it."""
    if account.agreed and not account.shares:
        return url_for("consents.renew_form", next=target or None)
    return target or url_for("front.home")


def _opens(path: str) -> bool:
    """Whether a page answers to GET there: what is done by a button is done by nobody who follows a link."""
    try:
        current_app.url_map.bind("", "/").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return True
