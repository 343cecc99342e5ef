"""« Proposer une amélioration » of the common text, what waits for an answer, and the answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.domain import permissions
from pop_forum.domain.comparison import compare, count_differences
from pop_forum.domain.text import is_visible
from pop_forum.errors import Conflict, Forbidden, InvalidInput, TooLarge
from pop_forum.federation.activities import NEEDS, REFUSED, REWORK, WHOLE
from pop_forum.services import backing, drafting, improvement_pages, improvements, improvements_together
from pop_forum.services import programme_pages as pages
from pop_forum.services.drafts import Kept
from pop_forum.services.improvement_pages import ImprovementPage, Lines
from pop_forum.services.improvements import Answer, Between, Proposal
from pop_forum.services.programme_pages import MeasurePage
from pop_forum.services.site import Site
from pop_forum.services.versions import blocks_of
from pop_forum.web import drafting as drafting_pages
from pop_forum.web.adaptation import NOT_EDITOR, require_adapt
from pop_forum.web.comparison import compare_titles, strips
from pop_forum.web.drafting import SHOW
from pop_forum.web.drafts import forget_sent, keep_typed, restored
from pop_forum.web.errors import sentence
from pop_forum.web.forms import measure_too_long
from pop_forum.web.kept import kept, show_until
from pop_forum.web.measure_form import MAX_REASON_CHARS, too_much, wrong_reason
from pop_forum.web.taking_cards import Column, passage_column, running
from pop_forum.web.viewer import commune, require_account, signed_in, viewer

blueprint = Blueprint("improvements", __name__)
blueprint.register_blueprint(drafting_pages.blueprint)

Result: TypeAlias = "str | Response | tuple[str, int]"
ANSWERS = (WHOLE, REWORK, REFUSED)


@dataclass(frozen=True, slots=True)
class Tick:
    """One passage that can be ticked, as one running text; `both` when the common text changed it too."""

    number: int
    key: str
    kind: str
    pieces: Column
    both: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent: `common` and `ours` are the digests that its passages were ticked between."""

    common: str = ""
    ours: str = ""
    ticked: frozenset[str] = frozenset()
    choice: str = ""  # the need, or the answer
    reason: str = ""
    replaces: str = ""  # the digest of the improvement that this one is a change of

    @classmethod
    def sent(cls) -> "Typed":
        """What was sent."""
        form = request.form
        ticked = frozenset(form.getlist("passage"))
        named = (form.get(name, "") for name in ("choice", "reason", "remplace"))
        return cls(form.get("common", ""), form.get("ours", ""), ticked, *named)

    def filled(self, kept: Kept | None, offered: Collection[str]) -> "Typed":
        """The same as its writer left it, of the passages that are still there."""
        if kept is None:
            return self
        ticked, fields = frozenset(kept.fields.get("passage", "").split()), kept.fields
        return replace(
            self,
            ticked=ticked & frozenset(offered),
            choice=fields.get("choice", ""),
            reason=fields.get("reason", ""),
        )


@blueprint.get("/ameliorations")
@kept()
def index() -> str:
    """Every improvement, those that wait first."""
    with commune().reading() as site:
        found = improvement_pages.lines(site)
        if found.until is not None:
            show_until(found.until)
        return _list_page(site, None, found)


@blueprint.get("/programme/<slug>/ameliorations")
@kept()
def of_measure(slug: str) -> str:
    """The same of one measure."""
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        found = improvement_pages.lines(site, page.measure.urn)
        if found.until is not None:
            show_until(found.until)
        return _list_page(site, page, found)


@blueprint.get("/programme/<slug>/ameliorer")
def form(slug: str) -> str:
    """Our passages that the common text does not have, to be ticked."""
    require_adapt()
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        found = improvements.ours_against_common(page)
        draft = restored(site, request.path)
        typed = replace(Typed().filled(draft, _keys(found)), replaces=request.args.get("remplace", ""))
        return _form_page(site, page, found, typed, draft=draft)


@blueprint.post("/programme/<slug>/ameliorer")
def propose(slug: str) -> Result:
    """The form with what it would make of the common text, or the improvement that was published."""
    require_adapt()
    typed = Typed.sent()
    if request.form.get("action") != "publier":
        keep_typed()
    with commune().reading() as site:
        page = pages.measure_page(site, slug)
        found = improvements.ours_against_common(page)
        moved = found is not None and (found.common.digest, found.other.digest) != (typed.common, typed.ours)
        if found is None or moved:
            still = replace(typed, ticked=typed.ticked & _keys(found))
            return _form_page(site, page, found, still, moved=True), Conflict.status
        errors = _wrong(found, typed)
        if errors or request.form.get("action") != "publier":
            return _form_page(site, page, found, typed, errors=errors, preview=not errors), 400 if errors else 200
    try:
        with commune().transaction() as site:
            replaced = typed.replaces or None
            proposal = Proposal(typed.common, typed.ours, typed.ticked, typed.choice, typed.reason, replaced)
            made = improvements.propose(site, viewer(), pages.find_measure(site, slug), proposal)
            address = url_for("programme.improvements.show", slug=slug, digest=made.digest)
            forget_sent(site)
    except Conflict:
        with commune().reading() as site:
            page = pages.measure_page(site, slug)
            return _form_page(site, page, improvements.ours_against_common(page), typed, moved=True), Conflict.status
    flash(gettext("L’amélioration est proposée. Toutes les communes la liront, et vous saurez ici ce qu’elle devient."))
    return redirect(address, 303)


@blueprint.get("/programme/<slug>/ameliorations/<digest>")
@kept()
def show(slug: str, digest: str) -> str:
    """One improvement, and the answer when there is one."""
    account = signed_in()
    with commune().reading() as site:
        measure = pages.measure_page(site, slug)
        found = improvement_pages.page(site, measure, digest)
        if found.line.outcome is None and not found.line.overdue:
            show_until(found.line.due)
        draft = restored(site, request.path) if _answers(found) else None
        typed = Typed(ticked=_keys(found.today)).filled(draft, found.today.keys)
        shown = _show_page(site, measure, found, typed, draft=draft)
    if account is not None and account.news:
        person_id = account.person_id
        commune().in_passing(lambda site: _see(site, person_id, digest))
    return shown


@blueprint.post("/programme/<slug>/ameliorations/<digest>")
def decide(slug: str, digest: str) -> Result:
    """The answer of those who keep the common text."""
    require_account()
    if not _may_answer():
        raise Forbidden("may not answer improvements", NOT_EDITOR)
    typed = Typed.sent()
    errors: dict[str, str] = {}
    if typed.choice not in ANSWERS:
        errors["choice"] = gettext("Choisissez une réponse.")
    if not is_visible(typed.reason):
        errors["reason"] = gettext("Dites en une phrase pourquoi\u00a0: elle sera lue par tout le monde.")
    errors = {**wrong_reason(typed.reason), **errors}
    if not errors:
        try:
            with commune().transaction() as site:
                said = Answer(typed.choice, typed.common, typed.ticked, typed.reason)
                improvements.answer(site, viewer(), pages.find_measure(site, slug), digest, said)
                forget_sent(site)
        except (Conflict, InvalidInput, TooLarge) as error:
            errors["coche-1"] = sentence(error)
    if errors:
        with commune().reading() as site:
            measure = pages.measure_page(site, slug)
            found = improvement_pages.page(site, measure, digest)
            return _show_page(site, measure, found, typed, errors), 400
    flash(gettext("La réponse est publiée. La personne qui proposait en est prévenue, dans sa commune."))
    return redirect(url_for("programme.improvements.show", slug=slug, digest=digest), 303)


def _see(site: Site, person_id: int, digest: str) -> None:
    """Nothing; what this person was told of this improvement is marked as seen."""
    improvements.see(site, person_id, digest)
    backing.see(site, person_id, digest)


def _list_page(site: Site, page: MeasurePage | None, found: Lines) -> str:
    waiting = improvements_together.waiting(site, page, found.waiting) if page is not None else ()
    return render_template(
        "programme/improvements.html",
        page=page,
        found=found,
        group=drafting.group(site),
        days=drafting.term(site).days,
        meetings=improvements_together.meetings(page, waiting) if page is not None else (),
        answers=_may_answer(),
    )


def _may_answer() -> bool:
    return permissions.may_revise_common(viewer(), commune().settings.is_programme_home)


def _answers(found: ImprovementPage) -> bool:
    return _may_answer() and found.line.outcome is None and found.line.replaced_by is None


def _keys(found: Between | None) -> frozenset[str]:
    return frozenset(found.keys if found else ())


def _wrong(found: Between, typed: Typed) -> dict[str, str]:
    """What is missing in a proposal, as sentences by the id of the field."""
    errors = {}
    if not typed.ticked & set(found.keys):
        errors["coche-1"] = gettext("Cochez au moins un passage.")
    elif typed.ticked <= set(found.keys):
        for excess in too_much([block.text for block in found.picked(typed.ticked).blocks]):
            errors["coche-1"] = measure_too_long(excess)
    if typed.choice not in NEEDS:
        errors["choice"] = gettext("Dites si c’est indispensable ou souhaitable.")
    return {**errors, **wrong_reason(typed.reason)}


def _ticks(found: Between, typed: Typed) -> Sequence[Tick]:
    """The passages in the order of the text, as this form left them."""
    both = [
        Tick(place, one.key, "changed", passage_column(one), True, one.key in typed.ticked)
        for place, one in enumerate(found.asked, start=1)
    ]
    alone = [
        Tick(place, key, change.kind, running(change), False, key in typed.ticked)
        for place, (key, change) in enumerate(
            zip(found.keys[len(both) :], found.taking.taken, strict=True), start=len(both) + 1
        )
    ]
    return [*both, *alone]


def _form_page(
    site: Site,
    page: MeasurePage,
    found: Between | None,
    typed: Typed,
    *,
    errors: dict[str, str] | None = None,
    preview: bool = False,
    moved: bool = False,
    draft: Kept | None = None,
) -> str:
    similar = improvement_pages.lines(site, page.measure.urn).waiting
    text = found.picked(typed.ticked) if found and preview else None
    passages = compare(blocks_of(found.common), text.blocks) if found and text else []
    return render_template(
        "programme/propose.html",
        kept=draft,
        posted=request.method == "POST",
        page=page,
        found=found,
        form=typed,
        ticks=_ticks(found, typed) if found else [],
        similar=similar,
        errors=errors or {},
        preview=preview,
        moved=moved,
        strips=strips(passages),
        title=compare_titles(found.common, text.title) if found and text else None,
        changed=count_differences(passages),
        most=MAX_REASON_CHARS,
    )


def _show_page(
    site: Site,
    measure: MeasurePage,
    found: ImprovementPage,
    typed: Typed,
    errors: dict[str, str] | None = None,
    draft: Kept | None = None,
) -> str:
    passages = compare(blocks_of(found.base), blocks_of(found.proposed))
    account, waits = signed_in(), found.line.outcome is None and found.line.replaced_by is None
    answers, group = _answers(found), drafting.group(site)
    editor = account is not None and drafting.is_editor(site, account.person_id)
    opines = waits and permissions.may_give_opinion(viewer(), editor)
    return render_template(
        "programme/improvement.html",
        kept=draft,
        page=measure,
        found=found,
        line=found.line,
        form=typed,
        errors=errors or {},
        ticks=_ticks(found.today, typed) if answers else [],
        answers=answers,
        waits=waits,
        group=group,
        carried={one: drafting.is_carried(group, found.opinions, one) for one in ANSWERS},
        opines=opines,
        said=restored(site, f"{url_for(SHOW, slug=measure.measure.slug, digest=found.line.digest)}/avis")
        if opines
        else None,
        changes=waits and found.line.ours and permissions.may_adapt(viewer(), site.settings.kind),
        backs=account is not None and backing.supports(site, account.person_id, found.line.digest),
        strips=strips(passages),
        title=compare_titles(found.base, found.proposed.title),
        changed=count_differences(passages),
        most=MAX_REASON_CHARS,
    )
