"""Passkeys: registering and removing one's own, and signing in with one.

Two plain pages and no request behind the reader's back: a form asks for a challenge, the next page has it signed by the
device and sends the answer as a form. The challenge is in the browser's signed session and, once, in the database.
"""

import base64
import binascii

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, ValidationError

from pop_forum.adapters.passkeys import WebAuthn
from pop_forum.errors import Conflict, InvalidInput, Unauthenticated
from pop_forum.services import passkeys, sign_ins
from pop_forum.web import sessions
from pop_forum.web.codes import this_device
from pop_forum.web.errors import sentence
from pop_forum.web.forms import REQUIRED, Form, one_line, too_long
from pop_forum.web.own_pages import first_page, own_page
from pop_forum.web.rates import COSTLY, limit
from pop_forum.web.viewer import commune, network, require_account

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM = 400
SEE_OTHER = 303
CHALLENGE = "challenge"  # in the browser's session, until it is answered

blueprint = Blueprint("passkeys", __name__)


def short_name(form: object, field: StringField) -> None:
    """A check that the name of a key stays short."""
    if len(field.data or "") > passkeys.NAME_CHARS:
        raise ValidationError(too_long(len(field.data or ""), passkeys.NAME_CHARS))


class NameKeyForm(Form):
    """How one calls a new key."""

    name = StringField(lazy_gettext("Nom de la clé"), [InputRequired(REQUIRED), one_line, short_name])


class AnswerForm(Form):
    """What the device answered; filled in by static/passkeys.js."""

    answer = HiddenField(default="")
    name = HiddenField(default="")


@blueprint.get("/mon-compte/cles")
def index() -> str:
    """One's own keys, and the form that adds one."""
    require_account()
    return _index(NameKeyForm(formdata=None))


@blueprint.post("/mon-compte/cles")
@limit(COSTLY)
def ask() -> Answer:
    """The page on which the device makes the key."""
    account, form = require_account(), NameKeyForm()
    if not form.validate():
        return _index(form), BAD_FORM
    try:
        with commune().transaction() as site:
            asked = passkeys.ask_new(site, account.person_id)
    except Conflict as refusal:
        form.refuse("name", sentence(refusal))
        return _index(form), Conflict.status
    _remember(asked.challenge)
    options = _rules().registration(asked.challenge, asked.user_handle, asked.name, asked.known)
    return render_template("passkeys/create.html", options=options, name=form.name.data)


@blueprint.post("/mon-compte/cles/ajouter")
@limit(COSTLY)
def add() -> AnyResponse:
    """The list, with the new key."""
    account, form = require_account(), AnswerForm()
    spent = _spend(passkeys.REGISTER)
    try:
        with commune().transaction() as site:
            passkeys.add(site, _rules(), account.person_id, form.name.data or "", form.answer.data or "", spent)
    except (Unauthenticated, InvalidInput):
        flash(gettext(passkeys.REFUSED), "bad")
    except Conflict as refusal:
        flash(sentence(refusal), "bad")
    else:
        flash(gettext("Votre clé d’accès est prête. Elle vous ouvrira ce site sans mot de passe."))
    return redirect(url_for("passkeys.index"), SEE_OTHER)


@blueprint.post("/mon-compte/cles/<int:key_id>/retirer")
def remove(key_id: int) -> AnyResponse:
    """The list, without that key."""
    account = require_account()
    with commune().transaction() as site:
        passkeys.remove(site, account.person_id, key_id)
    flash(gettext("La clé est retirée de votre compte. Effacez-la aussi de votre appareil."))
    return redirect(url_for("passkeys.index"), SEE_OTHER)


@blueprint.post("/connexion/cle")
@limit(COSTLY)
def ask_sign_in() -> str:
    """The page on which the device signs."""
    with commune().transaction() as site:
        challenge = passkeys.ask_sign_in(site, network())
    _remember(challenge)
    target = own_page(request.form.get("next"))
    return render_template("passkeys/sign_in.html", options=_rules().request(challenge), next=target)


@blueprint.post("/connexion/cle/entrer")
@limit(COSTLY)
def enter() -> AnyResponse:
    """The page one came from, signed in; the form to sign in otherwise when the key is refused."""
    form, target = AnswerForm(), own_page(request.form.get("next"))
    spent = _spend(passkeys.SIGN_IN)
    try:
        with commune().transaction() as site:
            replaced = sessions.current_token()
            token = passkeys.sign_in(
                site, _rules(), form.answer.data or "", spent, replaces=replaced, device=this_device()
            )
            account = sign_ins.account_for_token(site, token)
    except Unauthenticated:
        flash(gettext(passkeys.REFUSED), "bad")
        return redirect(url_for("accounts.sign_in", next=target or None), SEE_OTHER)
    if account is None:
        return redirect(target or url_for("front.home"), SEE_OTHER)
    sessions.welcome(token, account)
    return redirect(first_page(account, target), SEE_OTHER)


def _index(form: NameKeyForm) -> str:
    with commune().reading() as site:
        keys = passkeys.keys_of(site, require_account().person_id)
        return render_template("passkeys/index.html", keys=keys, form=form, most=passkeys.PASSKEYS_PER_ACCOUNT)


def _rules() -> WebAuthn:
    """WebAuthn for this commune: keys are bound to its domain, which has no port, and answers to its one origin."""
    settings = commune().settings
    return WebAuthn(settings.name, settings.host.partition(":")[0], settings.base_url)


def _remember(challenge: bytes) -> None:
    session[CHALLENGE] = base64.urlsafe_b64encode(challenge).decode()


def _spend(purpose: str) -> passkeys.Spent | None:
    """What this browser was asked, which it can answer once."""
    kept = session.pop(CHALLENGE, "")
    try:
        challenge = base64.urlsafe_b64decode(kept)
    except (binascii.Error, ValueError, TypeError):
        return None
    with commune().transaction() as site:
        return passkeys.spend(site, challenge or None, purpose)
