"""The people of this site, for who administers it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain.permissions import Role, may_give_role
from pop_forum.errors import Conflict, InvalidInput
from pop_forum.services import accounts
from pop_forum.web.forms import RoleForm
from pop_forum.web.threads import page_number
from pop_forum.web.viewer import commune, require_admin, viewer

SEE_OTHER = 303

blueprint = Blueprint("people", __name__, url_prefix="/administration/personnes")


@blueprint.get("")
def index() -> str:
    """Everybody with an account, with the role each has."""
    me = require_admin()
    with commune().reading() as site:
        page = accounts.list_people(site, page_number())
        roles = [role for role in Role if may_give_role(me.viewer, role, site.settings.kind)]
    return render_template("people/index.html", page=page, roles=roles, me=me, labels=_labels())


@blueprint.post("/<int:person_id>/role")
def give_role(person_id: int) -> AnyResponse:
    """The person with a new role, signed out everywhere (row 81)."""
    require_admin()
    form = RoleForm()
    if not form.validate():
        raise InvalidInput("unknown role")
    try:
        with commune().transaction() as site:
            account = accounts.give_role(site, viewer(), person_id, form.role.data)
    except Conflict as refusal:  # nothing was typed that an error page could give back
        flash(gettext(refusal.public))
        return redirect(url_for("people.index"), SEE_OTHER)
    role = _labels()[form.role.data]
    flash(gettext("%(name)s a maintenant le rôle « %(role)s ».", name=account.person.name, role=role))
    return redirect(url_for("people.index"), SEE_OTHER)


def _labels() -> dict[str, str]:
    return {choice.value: str(choice.label) for choice in RoleForm().role.choices}
