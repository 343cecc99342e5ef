"""What the moderation does with whole discussions: pinning, closing, moving; and the categories of daily life."""

from datetime import date, datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain.arrangement import REASON_CHARS
from pop_forum.domain.french import PARIS
from pop_forum.domain.permissions import may_arrange
from pop_forum.errors import Forbidden, InvalidInput, NotFound
from pop_forum.models import Thread
from pop_forum.services import arranging, measure_names, programme_pages, reading, scopes, titles
from pop_forum.services.site import Site
from pop_forum.settings.model import IDEAS
from pop_forum.web.drafts import forget_sent, restored
from pop_forum.web.kept import kept, show_until
from pop_forum.web.threads import SEE_OTHER, day, page_number
from pop_forum.web.viewer import commune, require_account, viewer

NO_REASON = "Donnez la raison en une phrase : la discussion et le journal de la modération la montrent."
MOVED_FOR_GOOD = 301
ACTS = ("close", "pin", "move")

blueprint = Blueprint("arranging", __name__)


@blueprint.get("/quotidien/<slug>")
@kept("page")
def category(slug: str) -> str:
    """The discussions of daily life in one category."""
    found = commune().settings.category(slug)
    if found is None:
        raise NotFound(f"no category {slug[:40]!r}")
    with commune().reading() as site:
        page = reading.in_category(site, found, page_number(), viewer().person_id)
    if page.until is not None:
        show_until(page.until)
    return render_template("threads/daily.html", page=page, category=found)


@blueprint.get("/idees")
def ideas() -> AnyResponse:
    """The idea box, at an address short enough to be printed."""
    if commune().settings.category(IDEAS) is None:
        raise NotFound("no idea box")
    return redirect(url_for("arranging.category", slug=IDEAS), MOVED_FOR_GOOD)


@blueprint.get("/discussions/<key>/ranger")
def form(key: str) -> str:
    """What may be done with a discussion."""
    require_account()
    with commune().reading() as site:
        thread = reading.find_thread(site, key)
        if not may_arrange(scopes.there(site, viewer(), thread)):
            raise Forbidden(f"may not arrange {thread.uri}")
        measures = measure_names.choices(site)
        pinned = thread.pinned_at is not None
        return render_template(
            "threads/arrange.html",
            thread=thread,
            title=titles.title_of(site, thread),
            measures=measures,
            pinned=pinned,
            most=REASON_CHARS,
            begun={act: restored(site, url_for(f"arranging.{act}", key=key)) for act in ACTS},
        )


@blueprint.post("/discussions/<key>/epingler")
def pin(key: str) -> AnyResponse:
    """The discussion at the head of its list, or no longer."""
    with commune().transaction() as site:
        thread = _thread(site, key)
        if request.form.get("detacher"):
            arranging.unpin(site, viewer(), thread)
        else:
            arranging.pin(site, viewer(), thread, _end_of(request.form.get("jusqua", "")), _reason())
            forget_sent(site)
    return _back(key, gettext("C’est fait."))


@blueprint.post("/discussions/<key>/clore")
def close(key: str) -> AnyResponse:
    """The discussion closed, or open again, for a reason that everybody reads."""
    reason = _given_reason()
    with commune().transaction() as site:
        act = arranging.reopen if request.form.get("rouvrir") else arranging.close
        act(site, viewer(), _thread(site, key), reason)
        forget_sent(site)
    return _back(key, gettext("C’est fait : la raison est affichée dans la discussion."))


@blueprint.post("/discussions/<key>/deplacer")
def move(key: str) -> AnyResponse:
    """The discussion in another category, or under a measure."""
    target, _, slug = request.form.get("ou", "").partition(":")
    reason = _given_reason()
    with commune().transaction() as site:
        thread = _thread(site, key)
        if target == "mesure":
            measure = programme_pages.find_measure(site, slug)
            title = reading.measure_titles(site, [measure.urn]).get(measure.urn, measure.slug)
            arranging.move_to_measure(site, viewer(), thread, measure, title, reason)
        elif target == "quotidien":
            arranging.move_to_category(site, viewer(), thread, slug, reason)
        else:
            raise InvalidInput(f"moved to {target[:20]!r}")
        forget_sent(site)
    return _back(key, gettext("La discussion est déplacée."))


def _reason() -> str:
    return request.form.get("raison", "")


def _given_reason() -> str:
    """The reason. Raises InvalidInput without one."""
    if not _reason().strip():
        raise InvalidInput("no reason", NO_REASON)
    return _reason()


def _thread(site: Site, key: str) -> Thread:
    require_account()
    return reading.find_thread(site, key)


def _end_of(text: str) -> datetime | None:
    """The end of that day in Paris; None without one."""
    if not text:
        return None
    last = day(text)
    if last >= date.max:
        raise InvalidInput("the last day there is")
    return datetime.combine(last + timedelta(days=1), time(), PARIS)


def _back(key: str, sentence: str) -> AnyResponse:
    flash(sentence)
    return redirect(url_for("threads.show", key=key), SEE_OTHER)
