"""The people of this site, for who administers it."""

from flask import Blueprint, render_template
from flask_babel import gettext

from pop_forum.domain.permissions import Role
from pop_forum.services import accounts
from pop_forum.web.threads import page_number
from pop_forum.web.viewer import commune, require_admin

blueprint = Blueprint("people", __name__, url_prefix="/administration/personnes")


@blueprint.get("")
def index() -> str:
    """Everybody with an account, with the role each has."""
    me = require_admin()
    with commune().reading() as site:
        page = accounts.list_people(site, page_number())
    return render_template("people/index.html", page=page, me=me, labels=role_labels())


def role_labels() -> dict[str, str]:
    """Each role in both forms."""
    return {
        Role.RESIDENT: gettext("Habitante ou habitant"),
        Role.CANDIDATE: gettext("Candidate ou candidat"),
        Role.ELECTED: gettext("Élue ou élu"),
        Role.MODERATOR: gettext("Modération"),
        Role.ADMIN: gettext("Administration"),
    }
