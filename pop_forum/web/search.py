"""The search page: a form that sends its words in the address, so that a search can be kept and passed on."""

from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, render_template, request, url_for

from pop_forum.domain.french import printed
from pop_forum.domain.search_words import MAX_QUERY_CHARS, MAX_TERMS
from pop_forum.domain.searching import Kind
from pop_forum.errors import InvalidInput
from pop_forum.services import search
from pop_forum.services.programme_pages import themes
from pop_forum.services.search import Period, Place, Search
from pop_forum.web.threads import page_number
from pop_forum.web.viewer import commune

blueprint = Blueprint("search", __name__)
Choice = TypeVar("Choice", bound=StrEnum)

LONGEST = 4_000  # characters of an address that are looked at: a text pasted by mistake is cut, not refused


@blueprint.get("/recherche")
def index() -> str:
    """What was found, or how to search."""
    with commune().reading() as site:
        known = themes(site)
        asked = _asked([theme.slug for theme in known])
        found = search.query(site, commune().index, asked)
        there = search.themes_found(known, commune().index, asked, found.asked)
    return render_template(
        "search/index.html",
        found=found,
        search=asked,
        there=[
            (url_for("programme.theme", slug=each.slug), printed(each.title), printed(each.summary)) for each in there
        ],
        themes=[(theme.slug, printed(theme.title)) for theme in known],
        limits={"chars": MAX_QUERY_CHARS, "terms": MAX_TERMS},
        address=_address(asked),
        more=_address(asked, page=asked.page + 1),
        less=_address(asked, page=asked.page - 1),
        corrected=_address(asked, q=found.did_you_mean or "", page=1),
        everywhere=_address(Search(asked.text)),
    )


def _asked(slugs: list[str]) -> Search:
    """The search that the address holds. Raises InvalidInput for a filter that does not exist (row 74)."""
    theme = request.args.get("theme") or None
    if theme is not None and theme not in slugs:
        raise InvalidInput(f"no theme {theme[:40]!r}")
    return Search(
        text=request.args.get("q", "")[:LONGEST].strip(),
        kind=_one_of(Kind, "quoi"),
        place=_one_of(Place, "lieu"),
        theme=theme,
        period=_one_of(Period, "depuis"),
        page=page_number(),
    )


def _one_of(choices: type[Choice], name: str) -> Choice | None:
    value = request.args.get(name) or None
    if value is None:
        return None
    if value not in set(choices):
        raise InvalidInput(f"{name}={value[:40]!r}")
    return choices(value)


def _address(asked: Search, **changed: str | int) -> str:
    """The page of this search, with something changed; what is not chosen is not in the address."""
    values: dict[str, Any] = {
        "q": asked.text,
        "quoi": asked.kind,
        "lieu": asked.place,
        "theme": asked.theme,
        "depuis": asked.period,
        **changed,
    }
    if values.get("page") == 1:
        del values["page"]
    return url_for("search.index", **{name: value for name, value in values.items() if value})
