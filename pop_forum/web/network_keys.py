"""The console of this site's keys: which pairs have signed, which may, and the change of the pair."""

from typing import TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.errors import InvalidInput
from pop_forum.services import identity, network_pages, rotation
from pop_forum.web.viewer import commune, viewer

blueprint = Blueprint("keys", __name__, url_prefix="/cles")

Answer: TypeAlias = "str | Response | tuple[str, int]"

NOT_DECIDED = "Cochez la case : un changement de clés ne se reprend pas."


@blueprint.get("")
def index() -> str:
    """The pairs of this site."""
    return _page()


@blueprint.post("/changer")
def rotate() -> Answer:
    """A new pair signs from now on; the old one may for a week."""
    if request.form.get("decided") != "1":
        return _page(error=gettext(NOT_DECIDED)), InvalidInput.status
    pair = commune().prepare_pair()
    with commune().transaction() as site:
        rotation.rotate(site, viewer(), pair)
    flash(gettext("C’est fait : ce site signe avec ses nouvelles clés, et l’annonce aux autres communes."), "good")
    return redirect(url_for("network.admin.keys.index"), 303)


def _page(*, error: str = "") -> str:
    with commune().reading() as site:
        root = identity.own_fingerprint(site)
        pairs = rotation.pairs(site)
        return render_template(
            "network/keys.html",
            root_short=network_pages.short(root),
            root_full=network_pages.grouped(root),
            pairs=pairs,
            going_on=next((pair for pair in pairs if not pair.signs and not pair.dropped), None),
            days=rotation.ROTATION_DAYS,
            error=error,
        )
