"""Registering, signing in and out, and one's own account."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain.names import clean_mail, clean_name
from pop_forum.errors import Conflict, ForumError, InvalidInput, Unauthenticated
from pop_forum.services import accounts, sign_ins
from pop_forum.web import sessions
from pop_forum.web.errors import sentence
from pop_forum.web.forms import DisplayForm, PasswordForm, RegisterForm, SignInForm
from pop_forum.web.sessions import COSTLY, limiter
from pop_forum.web.viewer import commune, network, passwords, require_account

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM = 400
SEE_OTHER = 303

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/inscription")
def register() -> str:
    """The form for a new account."""
    return render_template("accounts/register.html", form=RegisterForm())


@blueprint.post("/inscription")
@limiter.limit(COSTLY)
def create() -> Answer:
    """The same answer for a new address and for a known one (row 83)."""
    form = RegisterForm()
    if not form.validate() or not _sound(form):
        return render_template("accounts/register.html", form=form), BAD_FORM
    wanted = accounts.Registration(
        form.name.data, form.mail.data, passwords().hash(form.password.data), form.consent.data
    )
    try:
        with commune().transaction() as site:
            accounts.register(site, wanted, network())
    except Conflict as error:
        form.refuse("name", sentence(error))
        return render_template("accounts/register.html", form=form), Conflict.status
    flash(gettext("Votre compte est prêt, si cette adresse n’en avait pas déjà un. Connectez-vous."))
    return redirect(url_for("accounts.sign_in"), SEE_OTHER)


@blueprint.get("/connexion")
def sign_in() -> str:
    """The form to sign in."""
    return render_template("accounts/sign_in.html", form=SignInForm(), next=own_page(request.args.get("next")))


@blueprint.post("/connexion")
@limiter.limit(COSTLY)
def enter() -> Answer:
    """A new session, then the page one came from; one sentence for whatever does not match."""
    form, target = SignInForm(), own_page(request.form.get("next"))
    try:
        if not form.validate():
            raise Unauthenticated("incomplete form", sign_ins.WRONG)
        _verify_and_enter(form.mail.data, form.password.data)
    except Unauthenticated as error:
        form.refuse("password", sentence(error))
        return render_template("accounts/sign_in.html", form=form, next=target), Unauthenticated.status
    return redirect(target or url_for("front.home"), SEE_OTHER)


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
@limiter.limit(COSTLY)
def change_password() -> Answer:
    """A new password; every other session ends (row 82)."""
    account, form = require_account(), PasswordForm()
    with commune().reading() as site:
        kept = accounts.password_hash_of(site, account.person_id)
    if form.validate() and not passwords().verify(form.current.data, kept)[0]:
        form.refuse("current", gettext("Ce n’est pas votre mot de passe actuel."))
    if form.errors or not _strong(form, account.mail, account.name):
        return _mine(form), BAD_FORM
    fresh = passwords().hash(form.password.data)
    with commune().transaction() as site:
        token = accounts.change_password(site, account.person_id, fresh)
    sessions.enter(token, account)
    flash(gettext("Votre mot de passe est changé. Vos autres appareils sont déconnectés."))
    return redirect(url_for("accounts.mine"), SEE_OTHER)


@blueprint.post("/mon-compte/langue")
def choose_language() -> AnyResponse:
    """The site in the language one reads."""
    account, form = require_account(), DisplayForm()
    with commune().transaction() as site:
        accounts.choose_language(site, account.person_id, form.language.data or "")
    session["language"] = form.language.data
    return redirect(url_for("accounts.mine"), SEE_OTHER)


def own_page(address: str | None) -> str:
    """The address when it is a page of this site, else nothing (row 87)."""
    if not address or not address.startswith("/") or address.startswith("//") or not address.isprintable():
        return ""
    parts = urlsplit(address)
    foreign = parts.scheme or parts.netloc or "\\" in address
    return "" if foreign else address


def _verify_and_enter(mail: str, password: str) -> None:
    with commune().transaction() as site:
        pending = sign_ins.begin_sign_in(site, mail, network())
    matches, fresh = passwords().verify(password, pending.password_hash)
    if not matches:
        raise Unauthenticated("wrong address or password", sign_ins.WRONG)
    with commune().transaction() as site:
        token, _ = sign_ins.finish_sign_in(site, pending, fresh_hash=fresh, replaces=sessions.current_token())
        account = sign_ins.account_for_token(site, token)
    if account is not None:
        sessions.enter(token, account)


def _mine(form: PasswordForm) -> str:
    account = require_account()
    choices = DisplayForm(formdata=None, language=account.language or "fr")
    return render_template("accounts/mine.html", form=form, choices=choices, person=account)


def _sound(form: RegisterForm) -> bool:
    """Whether services would take the name, the address and the password; refusals are shown beside each."""
    for field, check in (("name", clean_name), ("mail", clean_mail)):
        try:
            check(form[field].data)
        except ForumError as error:
            form.refuse(field, sentence(error))
    if not form.consent.data:
        form.refuse("consent", gettext("Sans votre accord, nous ne pouvons pas ouvrir de compte."))
    return _strong(form, form.mail.data, form.name.data)


def _strong(form: RegisterForm | PasswordForm, mail: str, name: str) -> bool:
    try:
        with commune().reading() as site:
            form.password.data = accounts.check_new_password(site, form.password.data, mail, name)
    except InvalidInput as error:
        form.refuse("password", sentence(error))
    return not form.errors
