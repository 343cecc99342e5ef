"""Writing a measure: taking the common text as it is, adapting it, and revising it at the programme's home."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.domain import permissions
from pop_forum.domain.comparison import compare, count_differences
from pop_forum.errors import Conflict, Forbidden, ForumError, InvalidInput, NoConsent, TooLarge
from pop_forum.federation.revisions import MAX_TITLE_CHARS
from pop_forum.models import Revision
from pop_forum.services import drafts, measures
from pop_forum.services import programme_pages as pages
from pop_forum.services.drafts import Kept, Source
from pop_forum.services.measures import NO_COMMON_TEXT
from pop_forum.services.programme_pages import MeasurePage
from pop_forum.services.versions import blocks_of
from pop_forum.web import budget_words
from pop_forum.web.comparison import compare_titles, strips
from pop_forum.web.drafts import forget_sent, restored, turn
from pop_forum.web.errors import sentence
from pop_forum.web.measure_form import MAX_REASON_CHARS, MeasureForm, apply
from pop_forum.web.viewer import commune, require_account, viewer

blueprint = Blueprint("adaptation", __name__)

Answer: TypeAlias = "str | Response | tuple[str, int]"
Publish: TypeAlias = Callable[..., Revision]

NOT_HERE = "Seules les personnes qui tiennent le texte de notre commune peuvent le modifier."
NOT_HOME = "Le texte commun se révise sur le site qui tient le programme. Ici, vous pouvez l’adapter."
NOT_EDITOR = "Seules les personnes qui administrent ce site publient une version du texte commun."
MOVED_ON = "Le texte commun vient de changer. Relisez-le avant de le reprendre."


@blueprint.get("/programme/<slug>/reprendre")
def confirm_adoption(slug: str) -> str:
    """What taking the common text would change here, before it is done."""
    require_adapt()
    with commune().reading() as site:
        return _adoption_page(pages.measure_page(site, slug))


@blueprint.post("/programme/<slug>/reprendre")
def adopt(slug: str) -> Answer:
    """The common text is taken as it is, if it is still the one that was shown."""
    require_adapt()
    with commune().transaction() as site:
        page = pages.measure_page(site, slug)
        if request.form.get("version") != page.heads[0].digest:
            raise Conflict("the common text moved on", MOVED_ON)
        measures.adopt(site, viewer(), page.measure)
    flash(gettext("Notre commune reprend le texte commun tel quel. Les autres communes en seront informées."), "good")
    return redirect(url_for("programme.text", slug=slug), 303)


@blueprint.route("/programme/<slug>/adapter", methods=["GET", "POST"])
def adapt(slug: str) -> Answer:
    """The form of our own text."""
    require_adapt()
    return _write(slug, "adapt", measures.adapt)


@blueprint.route("/programme/<slug>/reviser", methods=["GET", "POST"])
def revise(slug: str) -> Answer:
    """The form of the common text."""
    require_account()
    if not permissions.may_revise_common(viewer(), commune().settings.is_programme_home):
        at_home = commune().settings.is_programme_home
        raise Forbidden("may not revise the common text", NOT_EDITOR if at_home else NOT_HOME)
    return _write(slug, "revise", measures.revise_common)


def _write(slug: str, mode: str, publish: Publish) -> Answer:
    """The form, the form rearranged, the form with its preview, or the published text."""
    if request.method == "GET":
        with commune().reading() as site:
            page, kept = pages.measure_page(site, slug), restored(site, request.path)
            fresh = MeasureForm.of(_present(page, mode))
            form = MeasureForm.kept(kept.fields) if kept and "base" in kept.fields else fresh
            return _form_page(page, mode, form, kept=kept)
    form, action = MeasureForm.typed(), request.form.get("action", "relire")
    if action in ("relire", "publier"):
        _keep(slug, mode, form)
        return _read_again(slug, mode, form, publish if action == "publier" else None)
    with commune().reading() as site:
        form, place = apply(form, action, blocks_of(pages.measure_page(site, slug).heads[0]))
    _keep(slug, mode, form)
    with commune().reading() as site:
        return _form_page(pages.measure_page(site, slug), mode, form, focus=place)


def _keep(slug: str, mode: str, form: MeasureForm) -> None:
    """Nothing; what was typed is a draft until it is published, if it is more than the present text."""
    with commune().transaction() as site:
        if form.changes(_present(pages.measure_page(site, slug), mode)):
            with suppress(TooLarge):  # then the form alone holds it
                drafts.save(site, require_account().person_id, request.path, form.fields, Source(turn=turn()))
        else:
            forget_sent(site)


def _read_again(slug: str, mode: str, form: MeasureForm, publish: Publish | None) -> Answer:
    """The published text, or the form again with what is wrong or what would change; what was typed is kept."""
    errors = form.errors()
    if publish is not None and not errors:
        try:
            return _published(slug, form, publish)
        except Conflict:
            return _both_texts(slug, mode, form), Conflict.status
        except ForumError as error:
            if error.retry or error.status in (401, 403, 404):
                raise
            errors = {"title": sentence(error)}
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        return _form_page(page, mode, form, errors=errors, preview=not errors), 400 if errors else 200


def _published(slug: str, form: MeasureForm, publish: Publish) -> Response:
    with commune().transaction() as site:
        publish(site, viewer(), pages.find_measure(site, slug), form.draft())
        forget_sent(site)
    flash(gettext("La nouvelle version est publiée. Les autres communes la recevront."), "good")
    return redirect(url_for("programme.text", slug=slug), 303)


def _both_texts(slug: str, mode: str, form: MeasureForm) -> str:
    """The form after a conflict: the text saved meanwhile beside what was typed, which may now be published on it."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        saved = _present(page, mode)
        line = pages.version_line(site, page, saved)
        return _form_page(page, mode, replace(form, base=saved.digest), conflict=line)


def _form_page(
    page: MeasurePage,
    mode: str,
    form: MeasureForm,
    *,
    errors: dict[str, str] | None = None,
    preview: bool = False,
    conflict: pages.VersionLine | None = None,
    focus: int | None = None,
    kept: Kept | None = None,
) -> str:
    common = page.heads[0]
    before = conflict.revision if conflict else common
    passages = compare(blocks_of(before), form.blocks()) if preview or conflict else []
    present = {passage.id for passage in form.passages}
    return render_template(
        "programme/write.html",
        page=page,
        mode=mode,
        form=form,
        errors=errors or {},
        preview=preview,
        conflict=conflict,
        focus=focus,
        kept=kept,
        posted=request.method == "POST",
        common={block.id: block.text for block in blocks_of(common)} if mode == "adapt" else {},
        left_out=[block for block in blocks_of(common) if block.id not in present],
        strips=strips(passages),
        title=compare_titles(before, form.title) if passages else None,
        changed=count_differences(passages),
        most={"title": MAX_TITLE_CHARS, "reason": MAX_REASON_CHARS},
    )


def _adoption_page(page: MeasurePage) -> str:
    head, current = page.heads[0], page.standing.current
    passages = pages.differences(current, head)
    return render_template(
        "programme/adopt.html",
        page=page,
        head=head,
        strips=strips(passages),
        changed=count_differences(passages),
        title=compare_titles(current, head.title),
        rows=budget_words.compare(current.budget, head.budget),
    )


def _present(page: MeasurePage, mode: str) -> Revision:
    """The text that the form begins from: ours, or the common one, which a measure of one commune has not."""
    if mode == "revise" and page.origin is not None:
        raise InvalidInput("a measure of one commune", NO_COMMON_TEXT)
    return page.standing.current if mode == "adapt" else page.heads[0]


def require_adapt() -> None:
    """Nothing, for somebody who writes this commune's own texts. Raises Unauthenticated, Forbidden, NoConsent."""
    require_account()
    if not permissions.may_adapt(viewer(), commune().settings.kind):
        raise NoConsent("may not adapt") if not viewer().agreed else Forbidden("may not adapt", NOT_HERE)
