"""« Reprendre les changements »: the common text's changes taken into ours, passage by passage."""

from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.domain.comparison import compare, count_differences
from pop_forum.domain.lineage.taking import still_asked
from pop_forum.domain.lineage.texts import Text
from pop_forum.errors import Conflict, ForumError, InvalidInput, TooLarge
from pop_forum.services import decisions, drafts, taking
from pop_forum.services import programme_pages as pages
from pop_forum.services.drafts import Kept
from pop_forum.services.programme_pages import MeasurePage
from pop_forum.services.site import Site
from pop_forum.services.taking import Sources
from pop_forum.services.versions import blocks_of
from pop_forum.web.adaptation import require_adapt
from pop_forum.web.comparison import budget_rows, compare_titles, renumbered, strips
from pop_forum.web.drafts import forget_sent, holder, restored
from pop_forum.web.errors import sentence
from pop_forum.web.measure_form import MAX_REASON_CHARS
from pop_forum.web.taking_cards import cards, numbers, taken_cards
from pop_forum.web.taking_form import TakingForm
from pop_forum.web.viewer import commune, require_account, viewer

blueprint = Blueprint("taking", __name__)

Answer: TypeAlias = "str | Response | tuple[str, int]"


@blueprint.get("/programme/<slug>/changements")
def choose(slug: str) -> str:
    """The passages to choose, as far as they were chosen before."""
    require_adapt()
    with commune().reading() as site:
        page, kept = pages.measure_page(site, slug), restored(site, request.path)
        form = TakingForm.kept(kept.fields if kept else {})
        found = taking.present(page, request.args.get("version") or form.head)
        moved = kept is not None and found is not None and not _is_made_from(found, form)
        if found is not None and kept is None:
            form = replace(form, reason=gettext("Reprise des changements du texte commun."))
        return _page(site, page, found, _carried(page, found, form), kept=kept, moved=moved)


@blueprint.post("/programme/<slug>/changements")
def take_in(slug: str) -> Answer:
    """The choices kept for later, read again, or published."""
    require_adapt()
    account, form = require_account().person_id, TakingForm.typed()
    action = request.form.get("action", "relire")
    if action not in ("relire", "publier", "plus-tard"):
        raise InvalidInput(f"unknown button {action[:40]!r}")
    with commune().transaction() as site, suppress(TooLarge):  # then the form alone holds it
        drafts.save(site, account, request.path, form.fields)
    if action == "plus-tard":
        flash(gettext("Vos choix sont gardés : rien n’est publié."), "good")
        return redirect(url_for("programme.text", slug=slug), 303)
    return _read_again(slug, form, publish=action == "publier")


@blueprint.post("/programme/<slug>/garder")
def keep(slug: str) -> Answer:
    """Our text kept beside a common version, or that decision taken back."""
    require_adapt()
    head, again = request.form.get("version", ""), request.form.get("action") == "revoir"
    with commune().transaction() as site:
        decide = decisions.keep_no_longer if again else decisions.keep
        decide(site, viewer(), pages.find_measure(site, slug), head)
        drafts.forget(site, holder(), url_for("programme.taking.choose", slug=slug))
    kept = gettext("C’est noté : nous gardons notre texte. Cette version ne sera plus signalée.")
    flash(gettext("Cette version du texte commun est de nouveau à regarder.") if again else kept, "good")
    return redirect(url_for("programme.text", slug=slug), 303)


def _read_again(slug: str, form: TakingForm, publish: bool) -> Answer:
    """The published version, or the choices again with what is missing, what changed, or what would be published."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        found = taking.present(page, form.head)
        if found is None or not _is_made_from(found, form):
            return _both_texts(site, page, found, form), Conflict.status
        errors = form.errors(found.taking)
        preview = None
        try:
            preview = None if errors else taking.chosen(site, found, form.decisions(found.taking))
        except ForumError as error:
            if error.retry:
                raise
            errors = {_field(found): sentence(error)}
        if errors or not publish:
            return _page(site, page, found, form, errors=errors, preview=preview), 400 if errors else 200
    return _published(slug, form, found)


def _published(slug: str, form: TakingForm, found: Sources) -> Answer:
    try:
        with commune().transaction() as site:
            measure = pages.find_measure(site, slug)
            taking.take_in(site, viewer(), measure, form.decisions(found.taking))
            forget_sent(site)
    except Conflict:
        return _read_again(slug, form, publish=False)
    except InvalidInput as error:
        with commune().reading() as site:
            page = pages.measure_page(site, slug)
            return _page(site, page, found, form, errors={_field(found): sentence(error)}), InvalidInput.status
    flash(gettext("La nouvelle version est publiée. Les autres communes la recevront."), "good")
    return redirect(url_for("programme.text", slug=slug), 303)


def _field(found: Sources) -> str:
    """The id of what a refusal of the whole text leads to: the first choice, or the reason where all came by itself."""
    return "p1" if found.taking.asked else "reason"


def _both_texts(site: Site, page: MeasurePage, found: Sources | None, form: TakingForm) -> str:
    """The choices on what was published meanwhile, beside the text that the choices sent would have made."""
    before, mine = taking.between(page, form.base, form.head), None
    if before is not None and not form.errors(before.taking):
        with suppress(ForumError):
            mine = taking.chosen(site, before, form.decisions(before.taking))
    return _page(site, page, found, _carried(page, found, form), mine=mine, moved=True, alert=True)


def _carried(page: MeasurePage, found: Sources | None, form: TakingForm) -> TakingForm:
    """The form on the present versions: only choices between passages that stayed as they were are kept."""
    if found is None or _is_made_from(found, form):
        return form
    before = taking.between(page, form.base, form.head)
    keys = still_asked(before.taking, found.taking) if before else frozenset()
    return form.only(keys, found.ours.digest, found.theirs.digest)


def _is_made_from(found: Sources, form: TakingForm) -> bool:
    """Whether the choices were made between these very versions."""
    return (form.base, form.head) == (found.ours.digest, found.theirs.digest)


def _page(
    site: Site,
    page: MeasurePage,
    found: Sources | None,
    form: TakingForm,
    *,
    errors: dict[str, str] | None = None,
    preview: Text | None = None,
    mine: Text | None = None,
    moved: bool = False,
    alert: bool = False,
    kept: Kept | None = None,
) -> str:
    shown = preview or mine
    current = page.standing.current
    passages = compare(blocks_of(current), shown.blocks) if shown else []
    return render_template(
        "programme/take.html",
        page=page,
        found=found,
        form=form,
        errors=errors or {},
        preview=preview,
        mine=mine,
        moved=moved,
        alert=alert,
        kept=kept,
        posted=request.method == "POST",
        strips=renumbered(strips(passages), numbers(found.taking)) if preview and found else strips(passages),
        title=compare_titles(current, shown.title) if shown else None,
        changed=count_differences(passages),
        rows=budget_rows(site, current.budget, dict(shown.budget) if shown.budget else None) if shown else [],
        most={"reason": MAX_REASON_CHARS},
        **_choices(site, page, found, form),
    )


def _choices(site: Site, page: MeasurePage, found: Sources | None, form: TakingForm) -> dict[str, Any]:
    """The cards of a page and the names of the three versions."""
    if found is None:
        return {"cards": [], "taken": [], "lines": None}
    names = [pages.version_line(site, page, one) for one in (found.ours, found.theirs)]
    bases = [pages.version_line(site, page, one) for one in found.bases]
    return {
        "cards": cards(found.taking, form),
        "taken": taken_cards(found.taking, form),
        "lines": {"ours": names[0], "theirs": names[1], "bases": bases},
    }
