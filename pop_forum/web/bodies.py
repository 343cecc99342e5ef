"""What is read of a form: fields with a name, and from those we know also a text far too long, to be given back."""

from collections.abc import Iterable
from typing import IO, Any

from flask import Flask, Request, request
from werkzeug.datastructures import MultiDict
from werkzeug.formparser import FormDataParser

from pop_forum.services import drafts
from pop_forum.web.viewer import signed_in

WRITTEN_BYTES = 4 * 1024 * 1024  # a book that was pasted by mistake; beyond, the page that says to go back


class NamedFields(FormDataParser):
    """A part of a form may come without any name (RFC 7578, section 4.2, forbids it): then it is no field."""

    def parse(self, stream: IO[bytes], mimetype: str, content_length: int | None, *rest: Any, **options: Any) -> Any:
        """What was read, the fields and the files."""
        read, fields, files = super().parse(stream, mimetype, content_length, *rest, **options)
        return read, self._named(fields), files  # who reads files asks for them by name, and closes them all

    def _named(self, found: MultiDict[str, Any]) -> MultiDict[str, Any]:
        pairs: Iterable[tuple[str | None, Any]] = found.items(multi=True)
        return found if None not in found else self.cls([(name, value) for name, value in pairs if name is not None])


class OurRequest(Request):
    """A request whose form holds fields with names."""

    form_data_parser_class = NamedFields


def install(app: Flask) -> None:
    """Forms in which people write may be longer, for those we know; everything else keeps the limits of the app."""
    app.request_class = OurRequest
    app.url_value_preprocessor(_allow_long_texts)


def _allow_long_texts(endpoint: str | None, values: object) -> None:
    if request.method != "POST" or not drafts.is_place(request.path) or signed_in() is None:
        return
    request.max_form_memory_size = WRITTEN_BYTES
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = WRITTEN_BYTES
