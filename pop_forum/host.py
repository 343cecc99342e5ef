"""Many communes in one process: the Host header chooses the commune, whose app is built when first asked for."""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from sqlalchemy.exc import DatabaseError

from pop_forum.app import create_app
from pop_forum.commune import Communes
from pop_forum.errors import ForumError, Unavailable
from pop_forum.settings import Host, Mode, load_all
from pop_forum.web.bare import BUSY, IN_REPAIR, UNKNOWN_HOST, BarePage
from pop_forum.web.display import LANGUAGES
from pop_forum.web.door import Door
from pop_forum.web.page_cache import PageCache
from pop_forum.web.page_door import PageDoor

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

WEB_PATIENCE_SECONDS = 2.0  # that a request waits for other writers: meanwhile the process answers nobody else


def unknown_host(communes: Communes) -> BarePage:
    """The page for an address that is nobody's; that of a demonstration says which ones there are."""
    if communes.host.mode is not Mode.DEMO:
        return UNKNOWN_HOST
    return replace(UNKNOWN_HOST, links=tuple(one.base_url for one in communes.instances))


class Switch:
    """The WSGI application of a host: one Flask app per commune, chosen by the Host header."""

    def __init__(self, communes: Communes) -> None:
        self._communes = communes
        self._slugs: Mapping[str, str] = {one.host: one.slug for one in communes.instances}
        self._unknown = unknown_host(communes)
        self._apps: dict[str, WsgiApp] = {}
        self._pages = PageCache()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["HTTP_HOST"] = environ.get("HTTP_HOST", "").lower().removesuffix(".")  # names of hosts have no case
        try:
            app = self._app_for(environ["HTTP_HOST"])
        except Unavailable as error:  # the site must be put right before it answers, and somebody else writes
            return self._without_app(BUSY, error, environ, start_response)
        except (ForumError, OSError, DatabaseError) as error:  # its keys, its folder, its schema or its file
            return self._without_app(IN_REPAIR, error, environ, start_response)
        if app is None:
            return _plain(self._unknown, LANGUAGES, environ, start_response)
        return app(environ, start_response)

    def _without_app(
        self, page: BarePage, error: Exception, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        host = environ["HTTP_HOST"]
        logging.getLogger(__name__).error("%s: %s", host, error)
        offered = next(one.languages for one in self._communes.instances if one.host == host)
        return _plain(page, offered, environ, start_response)

    def _app_for(self, host: str) -> WsgiApp | None:
        """The app of this authority. Only exact names of ours are answered (row 86): no default site."""
        slug = self._slugs.get(host)
        if slug is None:
            return None
        with self._lock:
            if slug not in self._apps:
                commune = self._communes.commune(slug)
                if commune is None:
                    return None
                commune.check_schema()
                commune.look_back()
                self._apps[slug] = PageDoor(create_app(commune), commune, self._pages)
            return self._apps[slug]


def _plain(
    page: BarePage, offered: tuple[str, ...], environ: dict[str, Any], start_response: StartResponse
) -> Iterable[bytes]:
    headers, body = page.answer(environ, offered)
    start_response(f"{page.status} {HTTPStatus(page.status).phrase}", headers)
    return [body] if environ["REQUEST_METHOD"] != "HEAD" else []


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI entry point `pop_forum.host:application`; reads the environment at the first request."""
    return _switch()(environ, start_response)


door = Door(application)  # the same for `pop_forum serve`: bodies are waited for outside of the app

_state: dict[str, Switch] = {}
_state_lock = threading.Lock()


def _switch() -> Switch:
    with _state_lock:
        if "switch" not in _state:
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
            host = Host.from_environment(os.environ)
            _state["switch"] = Switch(
                Communes(host, load_all(host.instances, environment=host), patience=WEB_PATIENCE_SECONDS)
            )
        return _state["switch"]
