"""Roles of one person: given and ended by who administers the site; the form by which one changes one's own name."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain.permissions import Role, may_give_role
from pop_forum.errors import Conflict, ForumError
from pop_forum.models import Account
from pop_forum.services import accounts, grant_history, grants, programme_pages
from pop_forum.services.drafts import Kept
from pop_forum.services.site import Site
from pop_forum.web.drafts import forget_sent, restored
from pop_forum.web.errors import sentence
from pop_forum.web.grant_forms import GrantForm, NameForm
from pop_forum.web.viewer import commune, require_account, require_admin, viewer

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM = 400
SEE_OTHER = 303

blueprint = Blueprint("grants", __name__)


@blueprint.get("/administration/personnes/<int:person_id>")
def show(person_id: int) -> str:
    """The roles of one person, those past included, and the form that gives another one."""
    require_admin()
    with commune().reading() as site:
        account = accounts.account(site, person_id)
        kept = restored(site, url_for("grants.give", person_id=person_id))
        form = _form(site, {"name": account.person.name, **(kept.fields if kept else {})})
        return _page(site, account, form, kept)


@blueprint.post("/administration/personnes/<int:person_id>/roles")
def give(person_id: int) -> Answer:
    """The person with one more role."""
    require_admin()
    with commune().reading() as site:
        form = _form(site)
        if not form.validate():
            return _page(site, accounts.account(site, person_id), form), BAD_FORM
    wish = grants.Wish(form.role.data, form.scope.data, form.form.data, form.reason.data, form.name.data or "")
    try:
        with commune().transaction() as site:
            grants.give(site, viewer(), person_id, wish)
            forget_sent(site)
    except Conflict as error:
        form.refuse("role", sentence(error))
        with commune().reading() as site:
            return _page(site, accounts.account(site, person_id), form), Conflict.status
    flash(gettext("Le rôle est donné. Si ses droits changent, la personne devra se reconnecter."))
    return redirect(url_for("grants.show", person_id=person_id), SEE_OTHER)


@blueprint.post("/administration/personnes/<int:person_id>/roles/<int:grant_id>/fin")
def end(person_id: int, grant_id: int) -> AnyResponse:
    """The person without that role, which stays in their history."""
    require_admin()
    try:
        with commune().transaction() as site:
            grants.end(site, viewer(), person_id, grant_id)
        flash(gettext("Le rôle est retiré. Il reste dans l’historique de la personne."))
    except Conflict as refusal:  # nothing was typed that an error page could give back
        flash(sentence(refusal), "bad")
    return redirect(url_for("grants.show", person_id=person_id), SEE_OTHER)


@blueprint.get("/mon-compte/nom")
def name_form() -> str:
    """The form that changes one's own display name."""
    return render_template("grants/name.html", form=NameForm(formdata=None, name=require_account().name))


@blueprint.post("/mon-compte/nom")
def rename() -> Answer:
    """One's own account under another name."""
    me, form = require_account(), NameForm()
    if not form.validate():
        return render_template("grants/name.html", form=form), BAD_FORM
    try:
        with commune().transaction() as site:
            grants.rename(site, viewer(), me.person_id, form.name.data)
    except ForumError as error:
        form.refuse("name", sentence(error))
        return render_template("grants/name.html", form=form), error.status
    flash(gettext("Vos messages portent maintenant ce nom."))
    return redirect(url_for("accounts.mine"), SEE_OTHER)


def _form(site: Site, filled: Mapping[str, str] | None = None) -> GrantForm:
    """The form as it was sent, or `filled`."""
    form = GrantForm() if filled is None else GrantForm(formdata=None, data=dict(filled))
    roles = {role for role in Role if role is not Role.RESIDENT and may_give_role(viewer(), role, site.settings.kind)}
    programme = [
        (lines.theme.slug, lines.theme.title, {line.slug: line.title for line in lines.measures})
        for lines in programme_pages.programme(site)
    ]
    form.offer(roles, programme)
    return form


def _page(site: Site, account: Account, form: GrantForm, kept: Kept | None = None) -> str:
    roles = grant_history.history(site, account.person_id)
    return render_template("grants/show.html", account_shown=account, roles=roles, form=form, kept=kept)
