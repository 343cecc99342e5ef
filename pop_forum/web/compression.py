"""Pages built for one person, compressed; and the tokens of their forms, masked so that this tells nothing.

Who can see how long an answer is, and can put words of theirs into it, may guess a secret that stands in it unchanged
(BREACH, 2013). The one such secret of our pages is the token of forms: it looks different in each answer.
"""

import base64
import binascii
import gzip

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from pop_forum.adapters.clock import SystemEntropy

LEVEL = 3  # a page of 150 KB in a quarter of a millisecond, to a twelfth of its length; 4 takes twice as long
FROM_BYTES = 1_000

_entropy = SystemEntropy()


class MaskedCSRF(CSRFProtect):  # type: ignore[misc]  # Flask-WTF has no types
    """Flask-WTF's protection, for tokens that were masked."""

    def _get_csrf_token(self) -> str | None:
        sent: str | None = super()._get_csrf_token()
        return unmask(sent) if sent else sent


def mask(token: str) -> str:
    """The token under a pad of its length that is drawn each time, with that pad."""
    plain = token.encode()
    pad = _entropy.bytes(len(plain))
    return base64.urlsafe_b64encode(pad + _mixed(plain, pad)).decode()


def unmask(sent: str) -> str:
    """The token that was masked; what is no mask, unchanged: it is refused as any wrong token is."""
    try:
        both = base64.b64decode(sent.encode(), altchars=b"-_", validate=True)
        return _mixed(both[: len(both) // 2], both[len(both) // 2 :]).decode()
    except (binascii.Error, ValueError, OverflowError):
        return sent


def install(app: Flask) -> None:
    """This app compresses the pages that are built for one request; those that are kept were compressed once."""
    app.after_request(_compress)


def accepts_gzip() -> bool:
    """Whether whoever asks understands what is compressed."""
    return bool(request.accept_encodings["gzip"] > 0)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html":
        return response
    response.vary.add("Accept-Encoding")
    if response.content_encoding or response.direct_passthrough or not accepts_gzip():
        return response
    body = response.get_data()
    if len(body) >= FROM_BYTES:
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response


def _mixed(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")
