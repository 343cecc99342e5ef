"""Pages of plain text: charter, legal notice, help, accessibility; and the display."""

from dataclasses import asdict, fields

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.errors import InvalidInput
from pop_forum.services import consents
from pop_forum.services.page_weights import PICTURE_KILOBYTES
from pop_forum.web.display import Display, keep
from pop_forum.web.display import display as chosen_display
from pop_forum.web.documents import render_document
from pop_forum.web.forms import DisplayForm
from pop_forum.web.kept import kept
from pop_forum.web.language import language
from pop_forum.web.origin import require_own_page
from pop_forum.web.sessions import csrf
from pop_forum.web.viewer import commune, signed_in

SEE_OTHER = 303

blueprint = Blueprint("pages", __name__)


@blueprint.get("/charte")
@kept()
def charter() -> str:
    """The rules of the house."""
    return render_template("pages/document.html", kind="charter", text=document(commune().settings.charter))


@blueprint.get("/mentions-legales")
@kept()
def legal() -> str:
    """Who publishes this site, and what becomes of personal data."""
    return render_template("pages/document.html", kind="legal", text=document(commune().settings.legal))


@blueprint.get("/consentement", defaults={"version": None})
@blueprint.get("/consentement/<version>")
def consent(version: str | None) -> str:
    """What people agree to before they write here, in its present version or a former one."""
    shown = consents.text(version)
    return render_template("pages/consent.html", version=shown.version, text=document(shown.text))


@blueprint.get("/aide")
@kept()
def help() -> str:
    """How to take part, and whom to ask."""
    return render_template("pages/help.html")


@blueprint.get("/accessibilite")
@kept()
def accessibility() -> str:
    """What was checked, and what was not yet."""
    return render_template("pages/accessibility.html")


@blueprint.get("/affichage")
def display() -> str:
    """The theme, the size, the spacing, the contrast and the language one reads the site in."""
    form = DisplayForm(formdata=None, **{**asdict(chosen_display()), "language": language()})
    return render_template(
        "pages/display.html", form=form, kept="garde" in request.args, picture_kilobytes=PICTURE_KILOBYTES
    )


@blueprint.post("/affichage")
def choose_display() -> AnyResponse:
    """The same site, as the reader wants to see it; who has no account gets no session by it."""
    if signed_in() is None:
        require_own_page()
    else:
        csrf.protect()
    form = DisplayForm()
    if not form.validate() or form.language.data not in commune().settings.languages:
        raise InvalidInput("unknown display")
    chosen = Display(**{field.name: getattr(form, field.name).data for field in fields(Display)})
    # The address says that it is done: a sentence of the session would need a session.
    answer = make_response(redirect(url_for("pages.display", garde=1), SEE_OTHER))
    keep(answer, chosen)
    return answer


csrf.exempt(choose_display)  # it asks itself: a token would give each reader a session, and so pages of their own


def document(source: str) -> Markup:
    """A text of ours or of the host, as HTML."""
    return Markup(render_document(source))
