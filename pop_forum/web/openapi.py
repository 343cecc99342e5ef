"""The description of the data files for programs: OpenAPI 3.1, at /donnees/openapi.json."""

from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, jsonify

from pop_forum.services.open_lists import PER_PAGE
from pop_forum.web.open_data import once
from pop_forum.web.open_schemas import ITEMS, LISTS, WHOLE, Schema, listed, ref
from pop_forum.web.viewer import commune

ADDRESS = "/donnees/openapi.json"
LICENCE = (
    "The software grants no right to what sites contain: the publisher of each site, named in its legal notice, says "
    "it. Public information of a town hall is reused freely with its source and date; messages stay their authors'."
)
TABLES = ("/programme.csv", "/budget.csv", "/programme/editions/{edition}.csv")
FEEDS = {
    "/flux.atom": "Discussions opened and versions published here.",
    "/quotidien/flux.atom": "Discussions of daily life, from here and from the network.",
    "/quotidien/{slug}/flux.atom": "Shared discussions of one category.",
    "/discussions/{key}/flux.atom": "A shared discussion and its replies.",
    "/programme/flux.atom": "New versions of all measures, in the whole network.",
    "/programme/{slug}/flux.atom": "The versions of a measure, and the discussions on it.",
}
PARAMETERS = {
    "slug": ("The address of a measure, a theme or a category.", "[a-z0-9-]{1,80}"),
    "key": ("The key of a discussion or a person.", "[A-Za-z0-9_-]{1,40}"),
    "edition": ("The name of an edition, as 2026-1.", "[0-9]{4}-[0-9]{1,3}"),
}

blueprint = Blueprint("openapi", __name__)


@blueprint.get(ADDRESS)
def description() -> Response:
    """The description, for this commune's address."""
    return once(jsonify(document(commune().settings.base_url)))


def document(base_url: str) -> dict[str, Any]:
    """The description of a site at this address."""
    paths = {path: _whole(path, schema) for path, schema in WHOLE.items()}
    for path, shape in LISTS.items():
        paths[f"{path}.json"] = _list(path, listed(*shape))
        paths[f"{path}.csv"] = _table(f"{path}.csv", pages=True)
    paths |= {path: _table(path, pages=False) for path in TABLES}
    paths |= {
        path: _operation(path, told, _answer("application/atom+xml", {"type": "string"}))
        for path, told in FEEDS.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"pop_forum: {base_url}",
            "version": version("pop-forum"),
            "summary": "What this commune shares with the network, to read, to count and to quote.",
            "description": LICENCE,
        },
        "servers": [{"url": base_url}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(ITEMS)},
    }


def _whole(path: str, schema: Schema) -> dict[str, Any]:
    return _operation(path, "The whole in one file.", _answer("application/json", schema))


def _list(path: str, schema: Schema) -> dict[str, Any]:
    told = f"One page of the list at {path}, {PER_PAGE} items at most; `next` leads on."
    return _operation(f"{path}.json", told, _answer("application/json", schema), pages=True)


def _table(path: str, *, pages: bool) -> dict[str, Any]:
    told = "The same as a table, with headings in French. An apostrophe stands before what would be read as a formula."
    return _operation(path, told, _answer("text/csv", {"type": "string"}), pages=pages)


def _operation(path: str, told: str, answer: dict[str, Any], *, pages: bool = False) -> dict[str, Any]:
    names = [name for name in PARAMETERS if f"{{{name}}}" in path]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "description": PARAMETERS[name][0],
         "schema": {"type": "string", "pattern": f"^{PARAMETERS[name][1]}$"}}
        for name in names
    ]  # fmt: skip
    if pages:
        number = {"type": "integer", "minimum": 1, "default": 1}
        parameters.append({"name": "page", "in": "query", "required": False, "schema": number})
    answers = {"200": answer, "304": {"description": "Nothing has changed since `If-None-Match`."}}
    if names or pages:
        answers |= {"404": _error("There is no such thing, or it is not shared."), "410": _error("It was withdrawn.")}
    return {"get": {"operationId": _name(path), "summary": told, "parameters": parameters, "responses": answers}}


def _answer(kind: str, schema: Schema) -> dict[str, Any]:
    return {"description": "The file.", "content": {kind: {"schema": schema}}}


def _error(told: str) -> dict[str, Any]:
    """An error, as a page for people, and as JSON for who asks for it."""
    return {
        "description": told,
        "content": {"application/json": {"schema": ref("Error")}, "text/html": {"schema": {"type": "string"}}},
    }


def _name(path: str) -> str:
    """`programme_slug_json` for `/programme/{slug}.json`."""
    return "_".join("".join(one if one.isalnum() else " " for one in path).split())
