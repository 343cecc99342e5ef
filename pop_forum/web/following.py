"""What who is signed in follows, and where they stopped reading."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.services import follows, reading, thread_jumps
from pop_forum.web.threads import message_address, page_number
from pop_forum.web.viewer import commune, require_account

SEE_OTHER = 303

blueprint = Blueprint("following", __name__)


@blueprint.get("/mes-discussions")
def index() -> str:
    """The discussions one follows, with what is unread in each."""
    account = require_account()
    with commune().reading() as site:
        page = reading.followed(site, page_number(), account.person_id)
        own = follows.follows_own(site, account.person_id)
    return render_template("following/index.html", page=page, follows_own=own)


@blueprint.post("/mes-discussions/reglage")
def choose() -> AnyResponse:
    """Following by itself what one writes in, or not."""
    account, wanted = require_account(), bool(request.form.get("suivre"))
    with commune().transaction() as site:
        follows.choose(site, account.person_id, follows_own=wanted)
    flash(gettext("Votre choix est enregistré."))
    return redirect(url_for("following.index"), SEE_OTHER)


@blueprint.post("/discussions/<key>/suivre")
def follow(key: str) -> AnyResponse:
    """The discussion, followed or no longer."""
    account, wanted = require_account(), not request.form.get("arreter")
    with commune().transaction() as site:
        follows.follow(site, account.person_id, reading.find_thread(site, key).id, active=wanted)
    on = gettext("Vous suivez cette discussion : ce qui s’y écrit vous sera signalé.")
    flash(on if wanted else gettext("Vous ne suivez plus cette discussion."))
    return redirect(url_for("threads.show", key=key), SEE_OTHER)


@blueprint.get("/discussions/<key>/non-lu")
def first_unread(key: str) -> AnyResponse:
    """The first message one has not read, where it stands."""
    account = require_account()
    with commune().reading() as site:
        return redirect(message_address(key, *thread_jumps.first_unread(site, account.person_id, key)), SEE_OTHER)
