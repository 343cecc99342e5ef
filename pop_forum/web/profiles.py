"""The public page of each person, from here and from the network."""

from flask import Blueprint, render_template

from pop_forum.services import grant_history, profiles
from pop_forum.web.kept import kept
from pop_forum.web.threads import page_number
from pop_forum.web.viewer import commune, viewer

blueprint = Blueprint("profiles", __name__)


@blueprint.get("/personnes/<key>")
@kept("page")
def show(key: str) -> str:
    """Who somebody is here, and what they wrote."""
    with commune().reading() as site:
        page = profiles.profile(site, viewer(), key, page_number())
        roles = grant_history.history(site, page.person_id)
    return render_template("profiles/show.html", page=page, roles=roles)
