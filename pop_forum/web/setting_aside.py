"""Setting a measure aside, with a reason that everybody reads, and taking it up again."""

from typing import TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.domain.text import is_visible
from pop_forum.services import decisions
from pop_forum.services import programme_pages as pages
from pop_forum.services.drafts import Kept
from pop_forum.web.adaptation import require_adapt
from pop_forum.web.drafts import forget_sent, restored
from pop_forum.web.measure_form import MAX_REASON_CHARS, wrong_reason
from pop_forum.web.viewer import commune, viewer

blueprint = Blueprint("setting_aside", __name__)

Answer: TypeAlias = "str | Response | tuple[str, int]"


@blueprint.get("/programme/<slug>/ecarter")
def form(slug: str) -> str:
    """What setting this measure aside means, and the field for the reason."""
    require_adapt()
    with commune().reading() as site:
        kept = restored(site, request.path)
    return _page(slug, kept.fields.get("reason", "") if kept else "", None, kept)


@blueprint.post("/programme/<slug>/ecarter")
def decide(slug: str) -> Answer:
    """The measure set aside, or taken up again as it was held before."""
    require_adapt()
    if request.form.get("action") == "revenir":
        return _taken_up(slug)
    reason = request.form.get("reason", "")
    error = _wrong(reason)
    if error is not None:
        return _page(slug, reason, error), 400
    with commune().transaction() as site:
        decisions.set_aside(site, viewer(), pages.find_measure(site, slug), reason)
        forget_sent(site)
    flash(gettext("La mesure est écartée. La raison se lit ici et dans les autres communes."), "good")
    return redirect(url_for("programme.text", slug=slug), 303)


def _taken_up(slug: str) -> Response:
    with commune().transaction() as site:
        decisions.take_up_again(site, viewer(), pages.find_measure(site, slug))
    flash(gettext("La mesure n’est plus écartée. Les autres communes en seront informées."), "good")
    return redirect(url_for("programme.text", slug=slug), 303)


def _wrong(reason: str) -> str | None:
    """What is wrong with the reason."""
    if not is_visible(reason):
        return str(gettext("Dites en une phrase pourquoi : elle sera lue par tout le monde."))
    return wrong_reason(reason).get("reason")


def _page(slug: str, reason: str, error: str | None, kept: Kept | None = None) -> str:
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        said = {"reason": reason, "error": error, "kept": kept, "most": MAX_REASON_CHARS}
        return render_template("programme/aside.html", page=page, **said)
