"""Coming in by mail: asking for a code, typing it, or pressing the button behind the link of the letter."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.domain.devices import device
from pop_forum.errors import InvalidInput, TooMany, Unauthenticated
from pop_forum.services import codes, entering, sign_ins
from pop_forum.services.codes import Asking
from pop_forum.services.entering import Entered, Refused, Unconfirmed, Visit
from pop_forum.web import letters, sessions
from pop_forum.web.errors import sentence
from pop_forum.web.forms import AddressForm, AgreementForm, CodeForm
from pop_forum.web.own_pages import first_page, own_page
from pop_forum.web.rates import COSTLY, limit
from pop_forum.web.viewer import commune, network

Answer = str | AnyResponse | tuple[str, int] | tuple[str, int, dict[str, str]]
SEE_OTHER = 303
BROWSER, MAIL, REGISTERED = "code_browser", "code_mail", "code_registered"  # in the session of who waits for a letter

blueprint = Blueprint("codes", __name__, url_prefix="/connexion")


@blueprint.post("/code")
@limit(COSTLY)
def ask() -> Answer:
    """A letter owed if the address is known here; the same page for every address (row 83)."""
    form, target = AddressForm(), own_page(request.form.get("next"))
    if not form.validate():
        return render_template("accounts/sign_in.html", form=form, next=target), InvalidInput.status
    try:
        with commune().transaction() as site:
            browser = codes.ask(site, asking(), form.mail.data, target, letters.sign_in(), letters.welcome)
    except TooMany as error:
        form.refuse("mail", sentence(error))
        page = render_template("accounts/sign_in.html", form=form, next=target)
        return page, TooMany.status, {"Retry-After": str(error.retry_after)}
    wait_for_letter(browser, form.mail.data)
    return redirect(url_for("codes.wait"), SEE_OTHER)


@blueprint.get("/code")
def wait() -> Answer:
    """The form for the six digits."""
    if BROWSER not in session:
        return redirect(url_for("accounts.sign_in"), SEE_OTHER)
    return _form(CodeForm())


@blueprint.get("/code/verifier")
def opened_again() -> AnyResponse:
    """The form for the six digits: who opens the address of its answer again is led there."""
    return redirect(url_for("codes.wait"), SEE_OTHER)


@blueprint.post("/code/verifier")
@limit(COSTLY)
def verify() -> Answer:
    """A new session, when these are the digits of the last letter."""
    form = CodeForm()
    if not form.validate():
        return _form(form), InvalidInput.status
    with commune().transaction() as site:
        found = entering.by_code(site, _visit(), form.code.data, agreed=form.agreed)
    if isinstance(found, Refused):
        form.refuse("code", str(gettext(found.sentence)))
        return _form(form), Unauthenticated.status
    if isinstance(found, Unconfirmed):
        return _agreement(found.name, form)
    return _welcome(found)


@blueprint.get("/lien/<token>")
def link(token: str) -> Answer:
    """One button: a program that opens links on its own uses nothing up."""
    try:
        with commune().reading() as site:
            name, new = entering.whose_link(site, _visit(), token)
    except Unauthenticated as error:
        return _ask_again(error)
    return _agreement(name, AgreementForm()) if new else render_template("accounts/link.html", name=name)


@blueprint.post("/lien/<token>")
@limit(COSTLY)
def enter(token: str) -> Answer:
    """A new session for who has the letter, on any device."""
    form = AgreementForm()
    try:
        with commune().transaction() as site:
            found = entering.by_link(site, _visit(), token, agreed=form.agreed)
    except Unauthenticated as error:
        return _ask_again(error)
    return _agreement(found.name, form) if isinstance(found, Unconfirmed) else _welcome(found)


def wait_for_letter(browser: str, mail: str, *, registered: bool = False) -> None:
    """This browser may type the code of the letter that leaves now; one leaves in any case to who `registered`."""
    session[BROWSER], session[MAIL], session[REGISTERED] = browser, mail[: codes.MAIL_SHOWN], registered


def asking() -> Asking:
    """Where this request comes from, for who is to write a letter."""
    return Asking(network(), session.get(BROWSER))


def this_device() -> str:
    """What this browser is, in the words of a session."""
    return device(request.user_agent.string).kept


def _ask_again(error: Unauthenticated) -> tuple[str, int]:
    """The form to ask for another letter, with what was wrong with this one."""
    form = AddressForm(formdata=None)
    form.refuse("mail", sentence(error))
    return render_template("accounts/sign_in.html", form=form, next=""), error.status


def _visit() -> Visit:
    return Visit(session.get(BROWSER), network(), this_device(), sessions.current_token())


def _form(form: CodeForm) -> str:
    return render_template(
        "accounts/code.html",
        form=form,
        mail=session.get(MAIL, ""),
        registered=session.get(REGISTERED, False),
        minutes=int(codes.VALID.total_seconds()) // 60,
    )


def _agreement(name: str, form: AgreementForm) -> tuple[str, int]:
    """The account that was asked for, its name and what its owner agrees to; what is not ticked is said once sent."""
    if form.sent:
        form.check()
    code = form.code.data if isinstance(form, CodeForm) else None
    return render_template("accounts/agreement.html", form=form, name=name, code=code), form.status


def _welcome(found: Entered) -> AnyResponse:
    with commune().reading() as site:
        account = sign_ins.account_for_token(site, found.token)
    if account is None:
        raise Unauthenticated("the session ended at once")
    (sessions.enter if found.new else sessions.welcome)(found.token, account)
    if found.new:
        flash(gettext("Votre compte est ouvert. Bienvenue !"))
    if found.password_dropped:
        flash(
            gettext(
                "Vous avez confirmé dans un autre navigateur que celui où vous aviez choisi un mot de passe : "
                "par prudence, il n’a pas été gardé. Vous pouvez en choisir un dans « Mon compte »."
            )
        )
    return redirect(first_page(account, found.next_page), SEE_OTHER)
