"""Pages of plain text: charter, legal notice, help, accessibility, display; and the sign of life."""

from flask import Blueprint, Response, redirect, render_template, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from pop_forum.errors import InvalidInput
from pop_forum.web.documents import render_document
from pop_forum.web.forms import DisplayForm
from pop_forum.web.kept import kept
from pop_forum.web.language import language, theme
from pop_forum.web.viewer import commune

SEE_OTHER = 303

blueprint = Blueprint("pages", __name__)


@blueprint.get("/charte")
@kept()
def charter() -> str:
    """The rules of the house."""
    return render_template("pages/document.html", kind="charter", text=_document(commune().settings.charter))


@blueprint.get("/mentions-legales")
@kept()
def legal() -> str:
    """Who publishes this site, and what becomes of personal data."""
    return render_template("pages/document.html", kind="legal", text=_document(commune().settings.legal))


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
    """The theme and the language one reads the site in."""
    form = DisplayForm(formdata=None, theme=theme(), language=language())
    return render_template("pages/display.html", form=form)


@blueprint.post("/affichage")
def choose_display() -> AnyResponse:
    """The same site, as the reader wants to see it."""
    form = DisplayForm()
    if not form.validate() or form.language.data not in commune().settings.languages:
        raise InvalidInput("unknown theme or language")
    session["theme"], session["language"] = form.theme.data, form.language.data
    session.permanent = True
    return redirect(url_for("pages.display"), SEE_OTHER)


@blueprint.get("/livez")
def live() -> Response:
    """204: this process answers."""
    return Response(status=204)


def _document(source: str) -> Markup:
    return Markup(render_document(source))
