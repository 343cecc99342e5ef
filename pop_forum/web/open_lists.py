"""The list or the discussion of a page as JSON and as a table: the page's own address with « .json » or « .csv »."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from pop_forum.federation.strict_json import JsonObject
from pop_forum.services import open_improvements, open_lists
from pop_forum.services.open_lists import Listed
from pop_forum.web.open_data import file, once
from pop_forum.web.threads import page_number
from pop_forum.web.viewer import commune

LISTS: dict[str, tuple[str, Callable[..., Listed]]] = {
    "daily": ("/quotidien", open_lists.daily),
    "category": ("/quotidien/<slug>", open_lists.category),
    "thread": ("/discussions/<key>", open_lists.thread),
    "theme": ("/programme/themes/<slug>", open_lists.theme),
    "measure": ("/programme/<slug>", open_lists.versions),
    "of_measure": ("/programme/<slug>/discussion", open_lists.of_measure),
    "improvements": ("/ameliorations", open_improvements.of_all),
    "improvements_of_measure": ("/programme/<slug>/ameliorations", open_improvements.of_measure),
    "person": ("/personnes/<key>", open_lists.person),
    "log": ("/moderation/journal", open_lists.log),
    "network": ("/reseau", open_lists.network),
    "decisions": ("/reseau/decisions", open_lists.decisions),
}

blueprint = Blueprint("open_lists", __name__)


def _route(name: str, address: str, build: Callable[..., Listed]) -> None:
    """Nothing; from now on the list has both addresses."""

    def listed(which: dict[str, str]) -> Listed:
        with commune().reading() as site:
            return build(site, page_number(), **which)

    def data(**which: str) -> Response:
        found = listed(which)
        return _leading_on(jsonify(_document(found)), found)

    def rows(**which: str) -> Response:
        found = listed(which)
        return _leading_on(
            file(request.path.strip("/").removesuffix(".csv").replace("/", "-"), found.header, found.rows), found
        )

    blueprint.add_url_rule(f"{address}.json", name, data)
    blueprint.add_url_rule(f"{address}.csv", f"{name}_table", rows)


for _name, (_address, _build) in LISTS.items():
    _route(_name, _address, _build)


def _document(found: Listed) -> JsonObject:
    following = _following(found)
    pages: JsonObject = {"page": found.page, "pages": found.pages, "next": following, "complete": found.pages == 1}
    return {**found.about, **pages, found.name: [*found.items]}


def _leading_on(answer: Response, found: Listed) -> Response:
    """The file with the address of the next page in its head, where programs look for it (RFC 8288)."""
    following = _following(found)
    if following is not None:
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return once(answer)


def _following(found: Listed) -> str | None:
    """The address of the next page."""
    with_page = f"{request.base_url}?page={found.following}"
    return with_page if found.following else None
