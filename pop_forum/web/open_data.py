"""Data files for whoever wants to count or to quote: JSON and CSV beside the pages, and the page that lists them."""

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, jsonify, render_template, request

from pop_forum.domain.tables import table
from pop_forum.federation.strict_json import JsonObject
from pop_forum.services import budget_data, open_data
from pop_forum.services.site import Site
from pop_forum.web.kept import kept
from pop_forum.web.viewer import commune

CACHE = "public, max-age=0, must-revalidate"

blueprint = Blueprint("open_data", __name__)


@blueprint.get("/donnees")
@kept()
def index() -> str:
    """The files and the feeds of this site, and what is in them."""
    return render_template("pages/open_data.html")


@blueprint.get("/programme.json")
def programme() -> Response:
    """Every measure."""
    return as_json(open_data.programme)


@blueprint.get("/programme.csv")
def programme_table() -> Response:
    """Every measure, one a row."""
    return as_table("programme", open_data.COLUMNS, open_data.programme_rows)


@blueprint.get("/budget.json")
def budget() -> Response:
    """The programme by year, and every measure's sheet."""
    return as_json(budget_data.whole)


@blueprint.get("/budget.csv")
def budget_table() -> Response:
    """The sheets of the measures, one a row."""
    return as_table("budget", budget_data.COLUMNS, budget_data.rows)


def as_json(build: Callable[[Site], JsonObject]) -> Response:
    """What this builds, as a file."""
    with commune().reading() as site:
        document = build(site)
    return once(jsonify(document))


def as_table(name: str, columns: Sequence[str], rows: Callable[[Site], list[tuple[str | int, ...]]]) -> Response:
    """These rows, as a file by this name."""
    with commune().reading() as site:
        found = rows(site)
    return file(name, columns, found)


def file(name: str, columns: Sequence[str], rows: Sequence[Sequence[str | int]]) -> Response:
    """A table with these rows, under this name."""
    answer = Response(table(columns, rows), content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{commune().settings.slug}.csv"'
    return once(answer)


def once(answer: Response) -> Response:
    """The file, or 304 for who has these very bytes."""
    answer.headers["Cache-Control"] = CACHE
    answer.add_etag()
    answer.make_conditional(request)
    return answer
