"""One's own agreement to publish opinions: reading it, withdrawing it, giving it again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from pop_forum.errors import Conflict
from pop_forum.services import accounts, consents, leaving, polls
from pop_forum.web.errors import sentence
from pop_forum.web.forms import Form
from pop_forum.web.own_pages import own_page
from pop_forum.web.pages import document
from pop_forum.web.rates import COSTLY, limit
from pop_forum.web.viewer import commune, require_account

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM = 400
SEE_OTHER = 303
DELETE, KEEP = "supprimer", "laisser"

blueprint = Blueprint("consents", __name__, url_prefix="/mon-compte/accord")


class WithdrawForm(Form):
    """What becomes of what was published; nothing is ticked for the person."""

    messages = RadioField(
        lazy_gettext("Que deviennent vos messages déjà publiés ?"),
        [InputRequired(lazy_gettext("Choisissez ce que deviennent vos messages."))],
        choices=[
            SelectChoice(KEEP, lazy_gettext("Les laisser lisibles, sous mon nom")),
            SelectChoice(DELETE, lazy_gettext("Les retirer, avec mes soutiens et mes votes en cours")),
        ],
    )


class AgreeForm(Form):
    """An agreement to the version that was shown."""

    version = StringField("")
    consent = BooleanField(
        lazy_gettext("J’accepte que mes messages soient publics"),
        [InputRequired(lazy_gettext("Cochez cette case pour donner votre accord."))],
    )


@blueprint.get("")
def index() -> str:
    """The agreement, when it was given or withdrawn, and the form that changes it."""
    return _page(WithdrawForm(formdata=None), AgreeForm(formdata=None))


@blueprint.get("/nouveau")
def renew_form() -> Answer:
    """What changed since the version one agreed to, and the choice; the next page when nothing did."""
    account, target = require_account(), own_page(request.args.get("next"))
    if account.shares or not account.agreed:
        return redirect(target or url_for("consents.index"), SEE_OTHER)
    return _renewal(AgreeForm(formdata=None), target)


@blueprint.post("/nouveau")
def renew() -> Answer:
    """The page one was on the way to, with the agreement to the new text."""
    account, form, target = require_account(), AgreeForm(), own_page(request.form.get("next"))
    if not form.validate():
        return _renewal(form, target), BAD_FORM
    try:
        with commune().transaction() as site:
            consents.give_again(site, account.person_id, form.version.data or "")
    except Conflict as error:
        form.refuse("consent", sentence(error))
        return _renewal(form, target), Conflict.status
    flash(gettext("Votre accord est donné. Vous pouvez de nouveau écrire dans les discussions partagées."))
    return redirect(target or url_for("consents.index"), SEE_OTHER)


@blueprint.post("/retirer")
@limit(COSTLY)
def withdraw() -> Answer:
    """The same page, where one may agree again."""
    account, form = require_account(), WithdrawForm()
    if not form.validate():
        if not account.agreed:  # withdrawn meanwhile, in another tab: there is nothing to choose any more
            return redirect(url_for("consents.index"), SEE_OTHER)
        return _page(form, AgreeForm(formdata=None)), BAD_FORM
    with commune().transaction() as site:
        consents.withdraw(site, account.person_id)
    if form.messages.data == DELETE:
        _take_all_back(account.person_id)
        flash(gettext("Votre accord est retiré. Vos messages, vos soutiens et vos votes en cours aussi."))
    else:
        flash(gettext("Votre accord est retiré."))
    return redirect(url_for("consents.index"), SEE_OTHER)


@blueprint.post("/messages")
@limit(COSTLY)
def remove_messages() -> AnyResponse:
    """The same page, with no message of one's own left to read."""
    account = require_account()
    with commune().reading() as site:
        if consents.agrees(site, account.person_id):
            raise Conflict("the consent is in force", gettext("Retirez d’abord votre accord."))
    _take_all_back(account.person_id)
    flash(gettext("Vos messages, vos soutiens et vos votes en cours sont retirés."))
    return redirect(url_for("consents.index"), SEE_OTHER)


@blueprint.post("")
def agree() -> Answer:
    """One's account, which may write again."""
    account, form = require_account(), AgreeForm()
    if not form.validate():
        if account.agreed:  # given meanwhile, in another tab: there is no box to tick any more
            return redirect(url_for("consents.renew_form"), SEE_OTHER)
        return _page(WithdrawForm(formdata=None), form), BAD_FORM
    try:
        with commune().transaction() as site:
            consents.give_again(site, account.person_id, form.version.data or "")
    except Conflict as error:
        if account.agreed:
            return redirect(url_for("consents.renew_form"), SEE_OTHER)
        form.refuse("consent", sentence(error))
        return _page(WithdrawForm(formdata=None), form), Conflict.status
    flash(gettext("Votre accord est donné. Vous pouvez de nouveau écrire."))
    return redirect(url_for("consents.index"), SEE_OTHER)


def _take_all_back(person_id: int) -> None:
    """Messages go in several transactions, so that others can write meanwhile; supports and votes in the last one."""
    remaining = True
    while remaining:
        with commune().transaction() as site:
            remaining = leaving.remove_some_messages(site, person_id)
    with commune().transaction() as site:
        leaving.withdraw_supports_of(site, accounts.person(site, person_id))
        polls.withdraw_all(site, person_id)


def _renewal(form: AgreeForm, target: str) -> str:
    text = consents.text()
    return render_template(
        "accounts/renewal.html", form=form, next=target, version=text.version, text=document(text.text)
    )


def _page(withdrawing: WithdrawForm, agreeing: AgreeForm) -> str:
    account, text = require_account(), consents.text()
    with commune().reading() as site:
        given = consents.last(site, account.person_id)
        return render_template(
            "accounts/consent.html",
            given=given,
            in_force=given is not None and given.withdrawn_at is None,
            form=withdrawing if withdrawing.errors else agreeing,
            withdrawing=withdrawing,
            agreeing=agreeing,
            version=text.version,
            text=document(text.text),
        )
