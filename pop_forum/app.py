"""One commune's Flask app: settings, database, languages, sessions, blueprints, error pages."""

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from pop_forum import paths, web
from pop_forum.commune import Commune

MAX_BODY_BYTES = 1024 * 1024  # a page of a journal is at most half of it, a message a fiftieth
MAX_FORM_PARTS = 1_000
MAX_FORM_MEMORY_BYTES = 1024 * 1024


class FlaskDatabase(SQLAlchemy):
    """Flask-SQLAlchemy on the commune's own engine: `db.py` stays the one place that opens and commits.

    What it gives the web: the engine among the app's extensions, and recorded queries when an app asks for them
    (SQLALCHEMY_RECORD_QUERIES), which the tests on the number of statements use.
    """

    def __init__(self, engine: Engine) -> None:
        self._commune_engine = engine
        super().__init__()

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        return self._commune_engine


def create_app(commune: Commune, **overrides: Any) -> Flask:
    """The app of a commune; `overrides` are Flask configuration keys (tests, profiling)."""
    settings = commune.settings
    app = Flask(
        "pop_forum",
        template_folder=str(paths.templates()),
        static_folder=None,
        root_path=str(paths.templates().parent),
    )
    app.config.update(
        SECRET_KEY=commune.secret,
        SERVER_NAME=None,
        PREFERRED_URL_SCHEME=settings.scheme,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_MEMORY_BYTES,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        **web.cookie_settings(settings),
    )
    app.config.update(overrides)
    app.extensions["pop_forum"] = commune
    FlaskDatabase(commune.database.engine).init_app(app)
    web.install(app)
    # Only the address, and only from that many proxies of ours: the host name is never theirs to say (row 86).
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=commune.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    return app
