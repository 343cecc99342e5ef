"""Atom feeds (RFC 4287): the same bytes for everybody, told apart by ETag, in the site's first language."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, current_app, g, request

from pop_forum.domain import xml
from pop_forum.federation import timestamps
from pop_forum.services import feeds
from pop_forum.services.feeds import Feed
from pop_forum.services.site import Site
from pop_forum.web.kept import kept
from pop_forum.web.language import SOURCE
from pop_forum.web.viewer import commune

TYPE = "application/atom+xml"
CACHE = "public, max-age=0, must-revalidate"  # what was hidden waits in no cache; the ETag answers who asks often

blueprint = Blueprint("feeds", __name__)


@blueprint.app_template_filter("instant")
def instant(value: datetime) -> str:
    """`2026-11-23T10:00:00Z`, as RFC 3339 has it."""
    return timestamps.to_text(value)


@blueprint.get("/flux.atom")
@kept()
def of_commune() -> Response:
    """What is new here."""
    return _atom(feeds.of_commune)


@blueprint.get("/quotidien/flux.atom")
@kept()
def of_daily() -> Response:
    """The discussions of daily life."""
    return _atom(feeds.of_daily)


@blueprint.get("/quotidien/<slug>/flux.atom")
@kept()
def of_category(slug: str) -> Response:
    """One category of daily life."""
    return _atom(lambda site: feeds.of_category(site, slug))


@blueprint.get("/discussions/<key>/flux.atom")
@kept(thread="key")
def of_thread(key: str) -> Response:
    """One discussion."""
    return _atom(lambda site: feeds.of_thread(site, key))


@blueprint.get("/programme/flux.atom")
@kept()
def of_programme() -> Response:
    """Every version of every measure."""
    return _atom(feeds.of_programme)


@blueprint.get("/programme/<slug>/flux.atom")
@kept()
def of_measure(slug: str) -> Response:
    """One measure."""
    return _atom(lambda site: feeds.of_measure(site, slug))


def _atom(build: Callable[[Site], Feed]) -> Response:
    """The feed, or 304 for who has these very bytes.

    Only the ETag decides: a message that was removed, or came late from another commune, changes the feed without
    making it younger, and who asks by date alone would keep what is gone.
    """
    with commune().reading() as site:
        feed = build(site)
    g.language = SOURCE  # one feed, one text: whoever asks, and whatever their browser prefers
    # Without the variables of pages: those would ask the session who is reading.
    template = current_app.jinja_env.get_template("feeds/feed.xml")
    document = xml.legal(template.render(feed=feed, commune=commune().settings, language=SOURCE))
    answer = Response(document, mimetype=TYPE)
    answer.headers["Cache-Control"] = CACHE
    answer.last_modified = feed.updated
    answer.add_etag()
    if request.if_none_match.contains_weak(answer.get_etag()[0] or ""):
        answer.set_data(b"")
        answer.status_code = 304
    return answer
