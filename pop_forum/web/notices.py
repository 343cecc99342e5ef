"""The notices of who is signed in."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.errors import InvalidInput
from pop_forum.services import backing, improvements, notice_pages, notices, version_notices
from pop_forum.web.threads import page_number
from pop_forum.web.viewer import commune, require_account

SEE_OTHER = 303
LATEST = datetime(9999, 1, 1, tzinfo=UTC)

blueprint = Blueprint("notices", __name__, url_prefix="/notifications")


@blueprint.get("")
def index() -> str:
    """Who answered, and what is new in the discussions one follows."""
    account = require_account()
    with commune().reading() as site:
        page = notice_pages.notice_list(site, account.person_id, page_number())
    return render_template("notices/index.html", page=page)


@blueprint.post("/lues")
def see_all() -> AnyResponse:
    """Every notice the page told of marked as read; what came since stays new."""
    account = require_account()
    with commune().transaction() as site:
        until = _moment(request.form.get("jusqua", ""))
        notices.see_all(site, account.person_id, until)
        version_notices.see_all(site, account.person_id, until)
        improvements.see_all(site, account.person_id, until)
        backing.see(site, account.person_id, until=until)
    flash(gettext("Toutes vos notifications sont marquées comme lues."))
    return redirect(url_for("notices.index"), SEE_OTHER)


def _moment(text: str) -> datetime:
    try:
        return min(datetime.fromisoformat(text).astimezone(UTC), LATEST)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"moment {text[:40]!r}") from error
