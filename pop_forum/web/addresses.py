"""Addresses of our own pages, built once: a page holds hundreds of links, and building one takes longer than a word."""

from functools import lru_cache
from typing import Any

import flask
from flask import Flask

REMEMBERED = 2_048  # the links of some twenty pages


def install(app: Flask) -> None:
    """Templates of this app use the addresses that are remembered."""
    app.jinja_env.globals["url_for"] = url_for


def url_for(endpoint: str, **values: Any) -> str:
    """The path of this view, as `flask.url_for` gives it: the same in every request and for every commune."""
    if endpoint.startswith(".") or "_external" in values:
        return flask.url_for(endpoint, **values)
    return _built(endpoint, tuple(values.items()), flask.request.root_path)


@lru_cache(REMEMBERED)
def _built(endpoint: str, values: tuple[tuple[str, Any], ...], root: str) -> str:
    return flask.url_for(endpoint, **dict(values))
