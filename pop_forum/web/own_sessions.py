"""The devices on which one is signed in, and ending these sessions."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.errors import Unauthenticated
from pop_forum.services import sessions as open_sessions
from pop_forum.web import sessions
from pop_forum.web.viewer import commune, require_account

SEE_OTHER = 303
KEY_CHARS = 64

blueprint = Blueprint("own_sessions", __name__, url_prefix="/mon-compte/sessions")


@blueprint.get("")
def index() -> str:
    """Every browser in which this person is signed in, this one first."""
    account = require_account()
    with commune().reading() as site:
        found = open_sessions.open_sessions(site, account.person_id, sessions.current_token())
    return render_template("accounts/sessions.html", found=found)


@blueprint.post("/fin")
def end() -> AnyResponse:
    """That session is over; ending this one signs out."""
    account, key = require_account(), request.form.get("session", "")[:KEY_CHARS]
    with commune().transaction() as site:
        open_sessions.end(site, account.person_id, key)
        left = open_sessions.open_sessions(site, account.person_id, sessions.current_token())
    flash(gettext("Cet appareil est déconnecté."))
    if not any(one.here for one in left):
        sessions.leave()
        return redirect(url_for("front.home"), SEE_OTHER)
    return redirect(url_for("own_sessions.index"), SEE_OTHER)


@blueprint.post("/autres")
def end_others() -> AnyResponse:
    """Every session is over but this one."""
    account, token = require_account(), sessions.current_token()
    if token is None:
        raise Unauthenticated("no session")
    with commune().transaction() as site:
        open_sessions.end_others(site, account.person_id, token)
    flash(gettext("Tous vos autres appareils sont déconnectés."))
    return redirect(url_for("own_sessions.index"), SEE_OTHER)
