"""Changing one's mail address: asked here, confirmed by the letter to the new one."""

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.errors import InvalidInput, Unauthenticated
from pop_forum.services import codes, new_address
from pop_forum.services.entering import Refused
from pop_forum.web import letters
from pop_forum.web.errors import sentence
from pop_forum.web.forms import CodeForm, NewAddressForm
from pop_forum.web.proofs import needs_password, prove
from pop_forum.web.rates import COSTLY, limit
from pop_forum.web.viewer import commune, network, require_account, signed_in

Answer = str | AnyResponse | tuple[str, int]
SEE_OTHER = 303
BROWSER, MAIL = "address_browser", "address_new"

blueprint = Blueprint("own_address", __name__, url_prefix="/mon-compte/adresse")


@blueprint.get("")
def index() -> str:
    """The form for a new address."""
    require_account()
    return _page(NewAddressForm())


@blueprint.post("")
@limit(COSTLY)
def ask() -> Answer:
    """A letter owed to the new address; the same answer when another account has it (row 83)."""
    account, form = require_account(), NewAddressForm()
    if form.validate():
        prove(form, account)
    if form.errors:
        return _page(form), InvalidInput.status
    try:
        with commune().transaction() as site:
            browser = new_address.ask(
                site, account.person_id, form.mail.data, network(), letters.new_address(), letters.taken_address()
            )
    except InvalidInput as error:
        form.refuse("mail", sentence(error))
        return _page(form), error.status
    session[BROWSER], session[MAIL] = browser, form.mail.data[: codes.MAIL_SHOWN]
    return redirect(url_for("own_address.wait"), SEE_OTHER)


@blueprint.get("/code")
def wait() -> Answer:
    """The form for the six digits."""
    require_account()
    if BROWSER not in session:
        return redirect(url_for("own_address.index"), SEE_OTHER)
    return _form(CodeForm())


@blueprint.post("/code")
@limit(COSTLY)
def confirm() -> Answer:
    """The new address, when these are the digits."""
    account, form = require_account(), CodeForm()
    if not form.validate():
        return _form(form), InvalidInput.status
    with commune().transaction() as site:
        found = new_address.confirm_by_code(
            site, account.person_id, session.get(BROWSER), form.code.data, letters.address_changed()
        )
    if isinstance(found, Refused):
        form.refuse("code", str(gettext(found.sentence)))
        return _form(form), Unauthenticated.status
    return _changed(found)


@blueprint.get("/lien/<token>")
def link(token: str) -> Answer:
    """One button, for who has the letter."""
    try:
        with commune().reading() as site:
            new = new_address.shown_by_link(site, token)
    except Unauthenticated as error:
        return _dead_link(error)
    return render_template("accounts/address_link.html", new=new, sentence="")


@blueprint.post("/lien/<token>")
@limit(COSTLY)
def confirm_by_link(token: str) -> Answer:
    """The new address, from any device, signed in or not."""
    try:
        with commune().transaction() as site:
            new = new_address.confirm_by_link(site, token, letters.address_changed())
    except Unauthenticated as error:
        return _dead_link(error)
    return _changed(new)


def _dead_link(error: Unauthenticated) -> tuple[str, int]:
    return render_template("accounts/address_link.html", new="", sentence=sentence(error)), error.status


def _changed(new: str) -> AnyResponse:
    session.pop(BROWSER, None)
    session.pop(MAIL, None)
    flash(gettext("Votre adresse est maintenant %(mail)s. L’ancienne en est avertie.", mail=new))
    return redirect(url_for("accounts.mine" if signed_in() else "accounts.sign_in"), SEE_OTHER)


def _page(form: NewAddressForm) -> str:
    return render_template("accounts/address.html", form=form, needs_password=needs_password(require_account()))


def _form(form: CodeForm) -> str:
    minutes = int(codes.VALID.total_seconds()) // 60
    return render_template("accounts/address_code.html", form=form, mail=session.get(MAIL, ""), minutes=minutes)
