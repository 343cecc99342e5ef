"""« Mes données »: what is held about the person who is signed in, as a page and as a file; leaving."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.adapters.pictures import PictureFiles
from pop_forum.errors import Conflict
from pop_forum.services import accounts, leaving, my_data, sign_ins
from pop_forum.services.sign_ins import SignedIn
from pop_forum.web import sessions
from pop_forum.web.archive import archive
from pop_forum.web.errors import sentence
from pop_forum.web.my_data_forms import DELETE, LeaveForm
from pop_forum.web.my_data_values import speaker
from pop_forum.web.my_data_words import field_labels, section_labels, section_notes
from pop_forum.web.rates import COSTLY, limit
from pop_forum.web.viewer import commune, passwords, require_account

Answer = str | AnyResponse | tuple[str, int]
BAD_FORM = 400
SEE_OTHER = 303

blueprint = Blueprint("my_data", __name__)


@blueprint.get("/mon-compte/donnees")
def index() -> str:
    """All kinds of things that are held about oneself, the first rows of each."""
    account = require_account()
    with commune().reading() as site:
        held, titles = my_data.overview(site, account.person_id), my_data.titles(site)
    return render_template(
        "my_data/index.html",
        held=held,
        titles=section_labels(),
        notes=section_notes(),
        labels=field_labels(),
        say=speaker(titles),
    )


@blueprint.get("/mon-compte/donnees/telecharger")
@limit(COSTLY)
def download() -> Response:
    """All of it in one ZIP: JSON for software, HTML for people, and the pictures."""
    account = require_account()
    with commune().reading() as site:
        held, titles = my_data.everything(site, account.person_id), my_data.titles(site)
    now = commune().clock.now()
    read = PictureFiles(commune().settings.data).read
    answer = Response(archive(held, account.name, now, speaker(titles), read), mimetype="application/zip")
    name = f"mes-donnees-{commune().settings.slug}-{now:%Y-%m-%d}.zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/mon-compte/quitter")
def leave_form() -> str:
    """What leaving means, the choice, and the button that does it."""
    return _leave_page(require_account(), LeaveForm(formdata=None))


@blueprint.post("/mon-compte/quitter")
@limit(COSTLY)
def leave() -> Answer:
    """The front page, without an account."""
    account, form = require_account(), LeaveForm()
    if not form.validate() or not _confirmed(account, form):
        return _leave_page(account, form), BAD_FORM
    everything = form.messages.data == DELETE
    try:
        _leave(account.person_id, delete_messages=everything)
    except Conflict as refusal:
        form.refuse("sure", sentence(refusal))
        return _leave_page(account, form), Conflict.status
    sessions.leave()
    flash(gettext("Votre compte est supprimé. Les autres communes l’apprennent en ce moment même."))
    return redirect(url_for("front.home"), SEE_OTHER)


def _leave(person_id: int, *, delete_messages: bool) -> None:
    """Messages go in several transactions, so that others can write meanwhile; the account goes in the last one."""
    remaining = delete_messages
    while remaining:
        with commune().transaction() as site:
            remaining = leaving.delete_some_messages(site, person_id)
    with commune().transaction() as site:
        leaving.leave(site, person_id, withdraw_supports=delete_messages)


def _confirmed(account: SignedIn, form: LeaveForm) -> bool:
    """Whether this is really the person: they signed in just now, or gave their password."""
    with commune().reading() as site:
        if sign_ins.is_fresh(site, sessions.current_token() or ""):
            return True
        kept = accounts.password_hash_of(site, account.person_id)
    if passwords().verify(form.password.data or "", kept)[0]:
        return True
    form.refuse("password", gettext("Ce n’est pas votre mot de passe actuel."))
    return False


def _leave_page(account: SignedIn, form: LeaveForm) -> str:
    with commune().reading() as site:
        fresh = sign_ins.is_fresh(site, sessions.current_token() or "")
    return render_template("my_data/leave.html", form=form, fresh=fresh)
