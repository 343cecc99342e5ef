"""The floor of a measurement: a plain Flask view that returns the same bytes ready-made."""

import os
from pathlib import Path

from flask import Flask, Response

from pop_forum.web.door import Door

FOLDER = "BENCH_FLOOR_FOLDER"  # the environment variable that names the folder of the pages
GZIP_MAGIC = b"\x1f\x8b"


def create_floor(pages: dict[str, bytes]) -> Flask:
    """An app that answers /NAME with that page, and /304/NAME that nothing has changed."""
    app = Flask(__name__, static_folder=None)

    @app.get("/")
    def alive() -> Response:
        return Response(b"", content_type="text/html; charset=utf-8")

    @app.get("/<name>")
    def ready_made(name: str) -> Response:
        answer = Response(pages[name], content_type="text/html; charset=utf-8")
        if pages[name].startswith(GZIP_MAGIC):
            answer.headers["Content-Encoding"] = "gzip"
        return answer

    @app.get("/304/<name>")
    def unchanged(name: str) -> Response:
        return Response(status=304, headers={"ETag": f'"{name}"'})

    return app


def door_from_environment() -> Door:
    """The same behind the door that every app has, with the pages read once, when the server's worker starts."""
    folder = Path(os.environ[FOLDER])
    return Door(create_floor({path.name: path.read_bytes() for path in folder.iterdir()}))
