"""How much of a form is read: who is signed in gets back a text that is far too long, with what is wrong."""

from flask import Flask, request

from pop_forum.services import drafts
from pop_forum.web.viewer import signed_in

WRITTEN_BYTES = 4 * 1024 * 1024  # a book that was pasted by mistake; beyond, the page that says to go back


def install(app: Flask) -> None:
    """Forms in which people write may be longer, for those we know; everything else keeps the limits of the app."""
    app.url_value_preprocessor(_allow_long_texts)


def _allow_long_texts(endpoint: str | None, values: object) -> None:
    if request.method != "POST" or not drafts.is_place(request.path) or signed_in() is None:
        return
    request.max_form_memory_size = WRITTEN_BYTES
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = WRITTEN_BYTES
