"""Which pages are kept for visitors, what of their address counts, and what they show.

The mark stands at the view. A page without it is built anew for everybody, which is always right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from pop_forum import page_versions

MARK = "_kept"
SHOWN_UNTIL = "pop_forum.shown_until"  # in the environment of a request whose page may be kept
VALUE_CHARS = 12  # of a parameter that counts: a page number, the key of a message

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Keeping:
    """How one view's pages are kept: the parameters it reads, and the argument that is a thread's key."""

    parameters: frozenset[str]
    thread: str | None

    def subjects(self, arguments: dict[str, Any]) -> tuple[str, ...]:
        """What such a page was built from, in the words of page_versions.py; `any` comes first."""
        if self.thread is None:
            return (page_versions.ANY,)
        return (page_versions.ANY, page_versions.ALL, page_versions.thread(arguments[self.thread]))


def kept(*parameters: str, thread: str | None = None) -> Callable[[View], View]:
    """A mark for a view: visitors without any cookie may be given the page that another one was given.

    `parameters` are those of the query that the view reads. With `thread`, the page shows nothing of other threads but
    what a change of `all` tells.
    """

    def mark(view: View) -> View:
        setattr(view, MARK, Keeping(frozenset(parameters), thread))
        return view

    return mark


def find(app: Flask, path: str) -> tuple[Keeping, tuple[str, ...]] | None:
    """How the page at this path is kept and what it is built from; None for one that is not."""
    try:
        endpoint, arguments = app.url_map.bind("", "/").match(path)
    except (HTTPException, RequestRedirect):
        return None
    keeping = getattr(app.view_functions[endpoint], MARK, None)
    return None if keeping is None else (keeping, keeping.subjects(dict(arguments)))


def show_until(instant: datetime) -> None:
    """Say that the page being built shows something else from this instant on: a poll ends, for example."""
    instants = request.environ.get(SHOWN_UNTIL)
    if instants is not None:
        instants.append(instant)
