"""Documents to print and to hand out: PDF in three formats, made by the worker, and a bare page for word processors."""

from collections.abc import Callable

from flask import Blueprint, Response, make_response, render_template, request, url_for

from pop_forum.adapters import typesetting
from pop_forum.adapters.paper_shelf import PAPER, PaperShelf
from pop_forum.domain import paper
from pop_forum.domain.paper import Sheet
from pop_forum.errors import NotFound
from pop_forum.services.site import Site
from pop_forum.web import paper_words
from pop_forum.web.kept import kept
from pop_forum.web.viewer import commune

AGAIN_SECONDS = 2  # until the page of a document that is being made asks again
PDF = "application/pdf"
CACHE = "public, max-age=0, must-revalidate"
NO_PDF = "Ce site ne fait pas de PDF. Imprimez la page depuis le navigateur : il sait aussi l’enregistrer en PDF."
NO_FORMAT = "Ce format n’existe pas. Choisissez A4, A5 ou gros caractères."

blueprint = Blueprint("papers", __name__)


@blueprint.get("/programme/notre-programme/papier")
@kept()
def programme() -> str:
    """The formats of our programme."""
    return _choice(paper_words.of_programme, "programme.papers.programme", url_for("programme.ours.index"))


@blueprint.get("/programme/notre-programme/papier/<form>.pdf")
def programme_pdf(form: str) -> Response:
    """Our programme as PDF."""
    return _pdf(paper_words.of_programme, form, "notre-programme", url_for("programme.papers.programme"))


@blueprint.get("/programme/notre-programme/papier.html")
@kept()
def programme_text() -> str:
    """Our programme as a bare page."""
    return _text(paper_words.of_programme)


@blueprint.get("/programme/editions/<edition>/papier")
@kept()
def edition(edition: str) -> str:
    """The formats of an edition."""
    back = url_for("programme.editions.show", edition=edition)
    return _choice(lambda site: paper_words.of_edition(site, edition), "programme.papers.edition", back)


@blueprint.get("/programme/editions/<edition>/papier/<form>.pdf")
def edition_pdf(edition: str, form: str) -> Response:
    """An edition as PDF."""
    back = url_for("programme.papers.edition", edition=edition)
    return _pdf(lambda site: paper_words.of_edition(site, edition), form, f"programme-{edition}", back)


@blueprint.get("/programme/editions/<edition>/papier.html")
@kept()
def edition_text(edition: str) -> str:
    """An edition as a bare page."""
    return _text(lambda site: paper_words.of_edition(site, edition))


@blueprint.get("/programme/<slug>/papier")
@kept()
def measure(slug: str) -> str:
    """The formats of a measure."""
    back = url_for("programme.text", slug=slug)
    return _choice(lambda site: paper_words.of_measure(site, slug), "programme.papers.measure", back)


@blueprint.get("/programme/<slug>/papier/<form>.pdf")
def measure_pdf(slug: str, form: str) -> Response:
    """A measure as PDF."""
    back = url_for("programme.papers.measure", slug=slug)
    return _pdf(lambda site: paper_words.of_measure(site, slug), form, slug, back)


@blueprint.get("/programme/<slug>/papier.html")
@kept()
def measure_text(slug: str) -> str:
    """A measure as a bare page."""
    return _text(lambda site: paper_words.of_measure(site, slug))


def _choice(build: Callable[[Site], Sheet], endpoint: str, back: str) -> str:
    with commune().reading() as site:
        sheet = build(site)
    return render_template(
        "programme/paper.html",
        sheet=sheet,
        endpoint=endpoint,
        arguments=request.view_args or {},
        back=back,
        formats=tuple(paper.FORMATS) if typesetting.is_installed() else (),
    )


def _text(build: Callable[[Site], Sheet]) -> str:
    with commune().reading() as site:
        sheet = build(site)
    return render_template("programme/paper_text.html", sheet=sheet)


def _pdf(build: Callable[[Site], Sheet], form: str, file: str, back: str) -> Response:
    """The PDF; while the worker makes it, the page that says so and asks again."""
    if form not in paper.FORMATS:
        raise NotFound(f"no format {form[:20]!r}", NO_FORMAT)
    if not typesetting.is_installed():
        raise NotFound("no typesetter is installed", NO_PDF)
    with commune().reading() as site:
        sheet = build(site)
    job = paper.job(sheet, paper.FORMATS[form])
    digest, shelf = paper.digest(job), PaperShelf(commune().settings.data)
    found = shelf.find(digest)
    if found is None:
        return _waiting(shelf, digest, job, sheet, back)
    answer = Response(found, content_type=PDF)
    answer.headers["Content-Disposition"] = f'inline; filename="{file}-{form}-{commune().settings.slug}.pdf"'
    answer.headers["Cache-Control"] = CACHE
    answer.set_etag(digest)
    answer.make_conditional(request)
    return answer


def _waiting(shelf: PaperShelf, digest: str, job: bytes, sheet: Sheet, back: str) -> Response:
    failed = shelf.has_failed(digest)
    if shelf.want(digest, job):
        commune().wakeups.wake(commune().settings.slug, PAPER)
    page = render_template("programme/paper_waiting.html", sheet=sheet, back=back, failed=failed)
    answer = make_response(page, 503 if failed else 202)
    answer.headers["Cache-Control"] = "no-store"
    if not failed:
        answer.headers["Refresh"] = str(AGAIN_SECONDS)
    return answer
