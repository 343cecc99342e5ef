"""The doors for other software: actors, messages, versions and activities, each under its own id."""

import re
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, redirect, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.federation.canonical import jcs
from pop_forum.federation.strict_json import JsonObject
from pop_forum.federation.vocabulary import CONTENT_TYPE
from pop_forum.services import actors, objects
from pop_forum.services.site import Site
from pop_forum.web.negotiation import wants_document, wants_page
from pop_forum.web.viewer import commune

CACHE = "public, max-age=0, must-revalidate"

blueprint = Blueprint("activitypub", __name__)


@blueprint.get("/acteur")
def site_actor() -> AnyResponse:
    """The site."""
    return _show(actors.site_actor, "/reseau")


@blueprint.get("/commune")
def organization() -> AnyResponse:
    """The commune."""
    return _show(actors.commune, "/")


@blueprint.get("/p/<key>")
def person(key: str) -> AnyResponse:
    """A person, once something of hers was shared."""
    return _show(lambda site: actors.person(site, objects.person(site, key)), f"/personnes/{key}")


@blueprint.get("/m/<slug>")
def measure(slug: str) -> AnyResponse:
    """The Group of a measure."""
    return _show(lambda site: actors.measure(site, objects.measure(site, slug)), f"/programme/{slug}")


@blueprint.get("/g/quotidien")
def daily_life() -> AnyResponse:
    """The Group of daily life."""
    return _show(actors.daily_life, "/quotidien")


@blueprint.get("/o/<key>")
def message(key: str) -> AnyResponse:
    """A shared thread or reply; 410 and a tombstone once it was removed."""
    with commune().reading() as site:
        found = objects.message(site, key)
    if wants_page():
        return _see(found.page)
    return _document(jcs(found.document), 410 if found.gone else 200)


@blueprint.get("/v/<digest>")
def revision(digest: str) -> AnyResponse:
    """A version of a measure, which never changes."""
    with commune().reading() as site:
        article, page = objects.revision(site, digest)
    return _see(page) if wants_page() else _document(jcs(article))


@blueprint.get("/a/<key>")
def activity(key: str) -> AnyResponse:
    """An activity of ours, as it was signed."""
    with commune().reading() as site:
        return _document(objects.activity(site, key))


def _show(build: Callable[[Site], JsonObject], page: str) -> AnyResponse:
    """The document, or the way to the page for a browser; either only when the thing exists."""
    with commune().reading() as site:
        document = build(site)
    return _see(page) if wants_page() else _document(jcs(document))


def _see(page: str) -> AnyResponse:
    answer = redirect(page, 303)
    answer.vary.add("Accept")
    return answer


def _document(data: bytes, status: int = 200) -> AnyResponse:
    answer = Response(data, status, content_type=CONTENT_TYPE)
    answer.headers["Cache-Control"] = CACHE
    answer.vary.add("Accept")
    answer.add_etag()
    return answer.make_conditional(request) if status == 200 else answer


# Pages of people that have an id, and how to find it; the first group is the key, slug or digest.
Finder = Callable[[Site, str], str | None]
PAGES: tuple[tuple[re.Pattern[str], Finder], ...] = (
    (re.compile(r"/discussions/([^/]+)"), lambda site, key: objects.message_id(site, key, thread=True)),
    (re.compile(r"/messages/([^/]+)"), lambda site, key: objects.message_id(site, key, thread=False)),
    (re.compile(r"/programme/[^/]+/versions/([^/]+)"), objects.revision_id),
    (re.compile(r"/programme/([^/]+)"), lambda site, slug: actors.measure_id(site, objects.measure(site, slug))),
    (re.compile(r"/personnes/([^/]+)"), objects.person_id),
    (re.compile(r"/(quotidien)"), lambda site, slug: site.url(f"/g/{slug}")),
)


def _negotiate() -> AnyResponse | None:
    """What a page answers to ActivityPub software: the way to its id; an unknown or local thing is nothing."""
    if request.method not in ("GET", "HEAD") or not wants_document():
        return None
    if request.path == "/":
        with commune().reading() as site:
            return _document(jcs(actors.site_actor(site)))
    for pattern, find in PAGES:
        match = pattern.fullmatch(request.path)
        if match:
            with commune().reading() as site:
                found = find(site, match[1])
            return _nothing() if found is None else _redirect_to_id(found)
    return None


def _redirect_to_id(uri: str) -> AnyResponse:
    answer = redirect(uri, 303)
    answer.vary.add("Accept")
    return answer


def _nothing() -> Response:
    """The one answer for what does not exist here and for what stays in the commune."""
    answer = jsonify({"error": objects.NOTHING, "code": "introuvable"})
    answer.status_code = 404
    answer.vary.add("Accept")
    return answer


def _vary(answer: Response) -> Response:
    if answer.mimetype == "text/html":
        answer.vary.add("Accept")
    return answer


def _install(state: BlueprintSetupState) -> None:
    app = state.app
    app.before_request(_negotiate)
    app.after_request(_vary)


blueprint.record_once(_install)
