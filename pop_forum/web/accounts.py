"""Registering, signing in and out, and one's own account."""

from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain.names import chosen_name, clean_mail
from pop_forum.errors import Conflict, ForumError, InvalidInput, Unauthenticated
from pop_forum.services import accounts, consents, registrations, sign_ins
from pop_forum.services import sessions as open_sessions
from pop_forum.services.sign_ins import SignedIn
from pop_forum.web import letters, sessions
from pop_forum.web.codes import asking, this_device, wait_for_letter
from pop_forum.web.display import display, keep
from pop_forum.web.errors import sentence
from pop_forum.web.forms import AddressForm, DisplayForm, PasswordForm, RegisterForm, SignInForm
from pop_forum.web.own_pages import first_page, own_page
from pop_forum.web.proofs import needs_password, prove
from pop_forum.web.rates import COSTLY, limit
from pop_forum.web.viewer import commune, network, passwords, require_account

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM = 400
SEE_OTHER = 303

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/inscription")
def register() -> str:
    """The form for a new account."""
    return _registering(RegisterForm(), own_page(request.args.get("next")))


@blueprint.post("/inscription")
@limit(COSTLY)
def create() -> Answer:
    """The same answer for a new address and for a known one: the letter tells them apart (row 83)."""
    form, target = RegisterForm(), own_page(request.form.get("next"))
    if not form.validate() or not _sound(form):
        return _registering(form, target), BAD_FORM
    kept = passwords().hash(form.password.data) if form.password.data else ""
    wanted = registrations.Wanted(form.name.data, form.mail.data, kept, form.age.data, form.consent.data)
    try:
        with commune().transaction() as site:
            browser = registrations.register(site, wanted, asking(), target, letters.welcome, letters.known_here())
    except Conflict as error:
        form.refuse("name", sentence(error))
        return _registering(form, target), Conflict.status
    wait_for_letter(browser, form.mail.data, registered=True)
    return redirect(url_for("codes.wait"), SEE_OTHER)


@blueprint.get("/connexion")
def sign_in() -> str:
    """The form to sign in by a letter."""
    return render_template("accounts/sign_in.html", form=AddressForm(), next=own_page(request.args.get("next")))


@blueprint.get("/connexion/mot-de-passe")
def by_password() -> str:
    """The form to sign in by password."""
    return render_template("accounts/password.html", form=SignInForm(), next=own_page(request.args.get("next")))


@blueprint.post("/connexion")
@limit(COSTLY)
def enter() -> Answer:
    """A new session, then the page one came from; one sentence for whatever does not match."""
    form, target = SignInForm(), own_page(request.form.get("next"))
    try:
        if not form.validate():
            raise Unauthenticated("incomplete form", sign_ins.WRONG)
        account = _verify_and_enter(form.mail.data, form.password.data)
    except Unauthenticated as error:
        form.refuse("password", sentence(error))
        return render_template("accounts/password.html", form=form, next=target), Unauthenticated.status
    return redirect(first_page(account, target) if account else target or url_for("front.home"), SEE_OTHER)


@blueprint.post("/deconnexion")
def sign_out() -> AnyResponse:
    """The front page, signed out."""
    token = sessions.current_token()
    if token is not None:
        with commune().transaction() as site:
            sign_ins.sign_out(site, token)
    sessions.leave()
    flash(gettext("Vous êtes déconnecté ou déconnectée."))
    return redirect(url_for("front.home"), SEE_OTHER)


@blueprint.get("/mon-compte")
def mine() -> str:
    """One's own account."""
    return _mine(PasswordForm())


@blueprint.post("/mon-compte/mot-de-passe")
@limit(COSTLY)
def change_password() -> Answer:
    """A new password; every other session ends (row 82)."""
    account, form = require_account(), PasswordForm()
    if form.validate():
        prove(form, account)
    if form.errors or not _strong(form, account.mail, account.name):
        return _mine(form), BAD_FORM
    fresh = passwords().hash(form.password.data)
    with commune().transaction() as site:
        token = accounts.change_password(site, account.person_id, fresh, this_device())
    sessions.enter(token, account)
    flash(gettext("Votre mot de passe est changé. Vos autres appareils sont déconnectés."))
    return redirect(url_for("accounts.mine"), SEE_OTHER)


@blueprint.post("/mon-compte/langue")
def choose_language() -> AnyResponse:
    """The site in the language one reads."""
    account, form = require_account(), DisplayForm()
    with commune().transaction() as site:
        accounts.choose_language(site, account.person_id, form.language.data or "")
    answer = make_response(redirect(url_for("accounts.mine"), SEE_OTHER))
    keep(answer, replace(display(), language=form.language.data or ""))  # else this device's former choice would win
    return answer


def _verify_and_enter(mail: str, password: str) -> SignedIn | None:
    """Who has just come in."""
    with commune().transaction() as site:
        pending = sign_ins.begin_sign_in(site, mail, network())
    matches, fresh = passwords().verify(password, pending.password_hash)
    if not matches:
        raise Unauthenticated("wrong address or password", sign_ins.WRONG)
    with commune().transaction() as site:
        token, _ = sign_ins.finish_sign_in(
            site, pending, fresh_hash=fresh, replaces=sessions.current_token(), device=this_device()
        )
        account = sign_ins.account_for_token(site, token)
    if account is not None:
        sessions.welcome(token, account)
    return account


def _mine(form: PasswordForm) -> str:
    account = require_account()
    choices = DisplayForm(formdata=None, language=account.language or "fr")
    with commune().reading() as site:
        agreed = consents.last(site, account.person_id)
        has_password = bool(accounts.password_hash_of(site, account.person_id))
        devices = len(open_sessions.open_sessions(site, account.person_id, None))
    return render_template(
        "accounts/mine.html",
        form=form,
        choices=choices,
        person=account,
        agreed=agreed,
        has_password=has_password,
        needs_password=needs_password(account),
        devices=devices,
    )


def _registering(form: RegisterForm, target: str) -> str:
    return render_template("accounts/register.html", form=form, next=target)


def _sound(form: RegisterForm) -> bool:
    """Whether services would take the name, the address and the password; refusals are shown beside each."""
    for field, check in (("name", chosen_name), ("mail", clean_mail)):
        try:
            check(form[field].data)
        except ForumError as error:
            form.refuse(field, sentence(error))
    if not form.age.data:
        form.refuse("age", gettext("Il faut avoir au moins 15 ans pour ouvrir un compte ici."))
    if not form.consent.data:
        form.refuse("consent", gettext("Sans votre accord, nous ne pouvons pas ouvrir de compte."))
    return _strong(form, form.mail.data, form.name.data) if form.password.data else not form.errors


def _strong(form: RegisterForm | PasswordForm, mail: str, name: str) -> bool:
    try:
        with commune().reading() as site:
            form.password.data = accounts.check_new_password(site, form.password.data, mail, name)
    except InvalidInput as error:
        form.refuse("password", sentence(error))
    return not form.errors
