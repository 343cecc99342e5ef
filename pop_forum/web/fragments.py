"""Pieces of pages as they were rendered: a message looks the same on every page that shows these very values.

A piece is found under a name and given only when all values it was rendered from are equal, so that nothing has to tell
it what changed. The token of a form is the one thing of a session in it: it is put in last, each time.

A page for many readers (web/shared_pages.py) is rendered with places where each has something of their own.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from pop_forum.adapters.clock import SystemEntropy
from pop_forum.domain import french
from pop_forum.services.sign_ins import SignedIn
from pop_forum.web.compression import mask
from pop_forum.web.language import language
from pop_forum.web.pictures import loading
from pop_forum.web.viewer import commune

MAX_CHARS = 3_000_000  # per process, of the pieces; what they were rendered from weighs as much again
OVERHEAD_CHARS = 1_000  # of a piece beside its text

# Stands for the token while a piece is rendered. Drawn anew by each process and never sent: nobody can write it in a
# message to have a reader's token put there.
_TOKEN = SystemEntropy().token(32)
_PLACE = SystemEntropy().token(32)
_PLACES = re.compile(f"{_PLACE}([a-z]+[0-9]*);")
DRAWN = "csrf_token"  # where Flask-WTF keeps in a session what it drew for it
TOKENS = 1_000  # of lately seen sessions, signed once: signing takes longer than masking
MESSAGE = "m"  # begins the name of a message's place, before its number

Macro = Callable[..., Markup]


class Fragments:
    """The pieces of one process: the least recently shown make room."""

    def __init__(self, max_chars: int = MAX_CHARS) -> None:
        self._max_chars = max_chars
        self._chars = 0
        self._pieces: OrderedDict[Hashable, tuple[tuple[Any, ...], Markup, bool]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pieces)

    def render(self, name: Hashable, macro: Macro, *values: Any) -> Markup:
        """What `macro` makes of these values, with the session's token in its forms."""
        with self._lock:
            found = self._pieces.get(name)
            if found is not None:
                self._pieces.move_to_end(name)
        if found is None or found[0] != values:
            found = self._make(name, macro, values)
        _, piece, has_form = found
        return Markup(str.replace(piece, _TOKEN, token())) if has_form else piece  # still what the macro made

    def _make(self, name: Hashable, macro: Macro, values: tuple[Any, ...]) -> tuple[tuple[Any, ...], Markup, bool]:
        g.rendering_piece = True
        try:
            piece = macro(*values)
        finally:
            g.rendering_piece = False
        made = (values, piece, _TOKEN in piece)
        with self._lock:
            former = self._pieces.pop(name, None)
            self._chars += len(piece) - (len(former[1]) if former else -OVERHEAD_CHARS)
            self._pieces[name] = made
            while self._chars > self._max_chars:
                _, (_, oldest, _) = self._pieces.popitem(last=False)
                self._chars -= len(oldest) + OVERHEAD_CHARS
        return made

    def clear(self) -> None:
        """Nothing, and nothing is kept."""
        with self._lock:
            self._pieces.clear()
            self._chars = 0


FRAGMENTS = Fragments()


def install(app: Flask) -> None:
    """Templates of this app may say `remembered(macro, …)` and `personal(name, value)`, and make one token per page."""
    app.jinja_env.globals.update(remembered=remembered, personal=personal, csrf_token=token)
    app.context_processor(lambda: {"csrf_token": token})


def remembered(macro: Macro, message: Any, *values: Any) -> Markup:
    """What the macro makes of a message and these values, rendered once for all who see the same."""
    year = french.in_paris(commune().clock.now()).year  # dates of another year say theirs
    looks = (message.may, message.supported, message.new)
    about = (commune().settings.host, message.key, *looks, language(), year, loading())
    piece = FRAGMENTS.render(about, macro, message, *values)
    shown: Markup = personal(f"{MESSAGE}{message.number}", piece)
    return shown


def personal(name: str, value: Any) -> Any:
    """The value; while a page is rendered for many readers, its place, and the value is what the stand-in has there."""
    places: dict[str, Any] | None = g.get("places")
    if places is None:
        return value
    places[name] = value
    return place(name)


def place(name: str) -> Markup:
    """What stands in a page for many readers where each has something of their own."""
    return Markup(f"{_PLACE}{name};")


def split(text: str) -> list[str]:
    """A page for many readers in pieces: text, the name of a place, text, and so on."""
    return _PLACES.split(text)


def with_token(page: bytes) -> bytes:
    """A page that was put together, with the token of this session in its forms."""
    return page.replace(_TOKEN.encode(), session_token().encode())


@contextmanager
def for_many(stand_in: SignedIn) -> Iterator[dict[str, Any]]:
    """Inside, pages are rendered for `stand_in`, with places for what is one reader's, and here what it has at each."""
    g.stand_in, g.places = stand_in, {}
    try:
        yield g.places
    finally:
        del g.stand_in, g.places


def token() -> str:
    """The token of this session's forms; while a piece or a page for many is rendered, what stands for it."""
    return session_token() if g.get("places") is None and not g.get("rendering_piece") else _TOKEN


def session_token() -> str:
    """The token of this session's forms, masked once for this answer."""
    if "session_token" not in g:
        drawn = session.get(DRAWN)
        g.session_token = mask(_signed(drawn, current_app.secret_key) if drawn else generate_csrf())
    found: str = g.session_token
    return found


@lru_cache(TOKENS)
def _signed(drawn: str, secret: bytes) -> str:
    """What Flask-WTF signs of the token in this request's session: it holds as long as that (web/sessions.py)."""
    signed: str = generate_csrf()
    return signed
