"""One mapper from errors to answers: a page that gives the typed text back, or JSON for software."""

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_babel import gettext
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from pop_forum.domain.measure_length import MeasureTooLong
from pop_forum.domain.text import TextTooLong
from pop_forum.errors import (
    Conflict,
    Forbidden,
    ForumError,
    Gone,
    InvalidInput,
    NoConsent,
    NotFound,
    OldConsent,
    Suspended,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from pop_forum.web import drafts
from pop_forum.web.bare import NOT_OURS
from pop_forum.web.forms import measure_too_long, too_long
from pop_forum.web.given_back import given_back
from pop_forum.web.pictures import UPLOAD_BYTES
from pop_forum.web.rates import SOFTWARE
from pop_forum.web.viewer import commune

REFERENCE_LETTERS = 6
FILES = "multipart/form-data"  # the type of a form with files
BY_STATUS: dict[int, type[ForumError]] = {
    error.status: error
    for error in (InvalidInput, Unauthenticated, Forbidden, NotFound, Conflict, Gone, TooLarge, TooMany, Unavailable)
}


def install(app: Flask) -> None:
    """The error pages of this app."""
    app.register_error_handler(ForumError, forum_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(CSRFError, csrf_error)
    app.register_error_handler(SecurityError, host_error)
    app.register_error_handler(OperationalError, database_error)


# What was typed may wait in its form for another day; a form that is not ours leaves nothing here.
KEEPS_WORDS = (Conflict, NoConsent, OldConsent, Suspended)


def forum_error(error: ForumError) -> Response:
    """The answer to an error of ours."""
    log = current_app.logger.error if error.status >= 500 else current_app.logger.info
    log("%s %s: %s %s", request.method, request.path, error.status, error)
    if isinstance(error, Unauthenticated) and drafts.kept_here() and given_back():
        try:
            return make_response(drafts.hold(request.path))
        except (InvalidInput, TooLarge, Unavailable):  # it cannot wait here: the page itself gives it back
            pass
        except TooMany as full:  # so does this one, which says that nothing more can wait here
            error = full
    if isinstance(error, KEEPS_WORDS) and given_back():
        g.draft_kept = drafts.keep_typed()
    answer = _json(error) if _from_software() else _page(error)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    elif error.status == Unavailable.status:
        answer.headers["Retry-After"] = "30"
    return answer


def http_error(error: HTTPException) -> Response:
    """The answer to a refusal of the web server or the framework: its headers are kept."""
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response(request.environ))
    answer = forum_error(_as_forum_error(error, status))
    for name, value in error.get_headers(request.environ):
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            answer.headers[name] = value
    return answer


def host_error(error: SecurityError) -> Response:
    """400 without a link: the Host header is not ours, so no address can be built for it (row 86)."""
    headers, page = NOT_OURS.answer(request.environ)
    return Response(page, NOT_OURS.status, headers)


def csrf_error(error: CSRFError) -> Response:
    """403: the form was not ours, or its session has ended (row 88)."""
    return forum_error(
        Forbidden(
            str(error.description),
            gettext(
                "Votre session a changé depuis que ce formulaire est ouvert, ou il ne vient pas de notre site. "
                "Relisez-le, puis envoyez-le de nouveau."
            ),
        )
    )


def database_error(error: OperationalError) -> Response:
    """503: the database is busy or away; nothing was written."""
    current_app.logger.exception("database")
    return forum_error(Unavailable(str(error.orig)))


def sentence(error: ForumError) -> str:
    """What the person is told, in their language."""
    if isinstance(error, MeasureTooLong):
        return measure_too_long(error.excess)
    if isinstance(error, TextTooLong):
        return too_long(error.length, error.limit)
    return str(gettext(error.public))


def _as_forum_error(error: HTTPException, status: int) -> ForumError:
    cause = f"{error.name}: {error.description}"
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        cause = f"{type(error.original_exception).__name__}: {error.original_exception}"
    known = BY_STATUS.get(status, ForumError if status >= 500 else InvalidInput)(cause)
    known.status = status
    if status == TooLarge.status and _heavy():
        known.public = gettext("Vos images pèsent trop lourd. Prenez-en de plus légères : 8 Mo au plus chacune.")
    if status == 405:
        known.public = gettext("On y arrive par un bouton, pas par son adresse.")
    return known


def _heavy() -> bool:
    """Whether files weigh too much: a form that is read as far as its fields holds too long a text."""
    return request.mimetype == FILES and (request.content_length or 0) > UPLOAD_BYTES


def _from_software() -> bool:
    of_journals = request.path.startswith(("/journal/", "/boite"))
    return request.blueprint in SOFTWARE or of_journals or request.path.endswith(".json")


def _json(error: ForumError) -> Response:
    answer = jsonify({"error": sentence(error), "code": error.code})
    answer.status_code = error.status
    return answer


def _page(error: ForumError) -> Response:
    if error.status >= 500 and "_login_user" not in g:
        g._login_user = AnonymousUserMixin()  # the database that would say who this is may be what failed
    kept = given_back()
    reference = commune().entropy.token(REFERENCE_LETTERS).upper() if error.status >= 500 else ""
    if reference:
        current_app.logger.error("reference %s", reference)
    page = render_template(
        "errors/page.html",
        status=error.status,
        code=error.code,
        sentence=sentence(error),
        kept=kept,
        action=request.path,
        saved=g.get("draft_kept", False),
        reference=reference,
        posted=request.method == "POST",
        files=_heavy(),
        now=commune().clock.now(),
    )
    answer = make_response(page, error.status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
