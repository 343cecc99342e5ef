"""« Notre programme » as everybody reads it, and its order, changed by buttons."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from pop_forum.domain import permissions
from pop_forum.errors import InvalidInput
from pop_forum.services import our_programme
from pop_forum.web.adaptation import require_adapt
from pop_forum.web.kept import kept
from pop_forum.web.viewer import commune, viewer

blueprint = Blueprint("ours", __name__)

STEPS = {"monter": -1, "descendre": 1}


@blueprint.get("/programme/notre-programme")
@kept()
def index() -> str:
    """What this commune holds, what it set aside, and how much is still to be decided."""
    with commune().reading() as site:
        may_order = permissions.may_adapt(viewer(), site.settings.kind)
        return render_template("programme/ours.html", ours=our_programme.ours(site), may_order=may_order)


@blueprint.get("/programme/notre-programme/ordre")
def order() -> str:
    """The measures with buttons."""
    require_adapt()
    with commune().reading() as site:
        return render_template("programme/order.html", held=our_programme.ours(site).held)


@blueprint.post("/programme/notre-programme/ordre")
def move() -> Response:
    """The list again, at the measure that changed places."""
    require_adapt()
    step, _, slug = request.form.get("action", "").partition("-")
    if step not in STEPS:
        raise InvalidInput(f"unknown button {step[:40]!r}")
    with commune().transaction() as site:
        our_programme.move(site, viewer(), slug, STEPS[step])
    return redirect(url_for("programme.ours.order", _anchor=slug), 303)
