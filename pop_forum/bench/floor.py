"""The floor of a measurement: a plain Flask view that returns the same bytes ready-made."""

import os
from pathlib import Path

from flask import Flask, Response

FILE = "BENCH_FLOOR_FILE"  # the environment variable that names the page


def create_floor(page: bytes) -> Flask:
    """An app that answers every address with this page."""
    app = Flask(__name__, static_folder=None)

    @app.get("/")
    def ready_made() -> Response:
        return Response(page, content_type="text/html; charset=utf-8")

    return app


def application_from_environment() -> Flask:
    """The same, with the page read once, when the server's worker starts."""
    return create_floor(Path(os.environ[FILE]).read_bytes())
