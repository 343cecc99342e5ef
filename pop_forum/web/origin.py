"""Whether a page of ours sent a form, as the browser itself says: for the one form that is filled in without a session.

A token needs a session to be compared with. Browsers tell where a request comes from, in headers that no page can set:
Sec-Fetch-Site (W3C Fetch Metadata), before it Origin (RFC 6454) and Referer.
"""

from flask import request

from pop_forum.errors import Forbidden
from pop_forum.web.viewer import commune

ELSEWHERE = "Ce formulaire ne vient pas de notre site. Ouvrez-le ici, puis envoyez-le de nouveau."


def require_own_page() -> None:
    """Nothing when a page of this site sends this request. Raises Forbidden, also when the browser does not say."""
    if not _from_here():
        raise Forbidden("a form from elsewhere", ELSEWHERE)


def _from_here() -> bool:
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        return fetched == "same-origin"
    here = f"{commune().settings.scheme}://{commune().settings.host}"
    origin = request.headers.get("Origin")
    return origin == here if origin is not None else request.headers.get("Referer", "").startswith(f"{here}/")
