"""The drafting group: its settings, the opinions of its editors, support, and several improvements taken together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.domain import permissions
from pop_forum.domain.text import is_visible
from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.federation.activities import DAYS_LEAST, MAX_DAYS, MAX_EDITORS, QUORUM_LEAST
from pop_forum.models import Person
from pop_forum.services import backing, drafting, improvement_pages, improvements_together
from pop_forum.services import programme_pages as pages
from pop_forum.services.drafting import Settings
from pop_forum.services.drafts import Kept
from pop_forum.services.improvements_together import Together, Waiting
from pop_forum.services.site import Site
from pop_forum.web.adaptation import NOT_EDITOR
from pop_forum.web.drafts import forget_sent, restored
from pop_forum.web.errors import sentence
from pop_forum.web.measure_form import MAX_REASON_CHARS, wrong_reason
from pop_forum.web.taking_cards import Column, running
from pop_forum.web.viewer import commune, require_account, viewer

blueprint = Blueprint("drafting", __name__)

Result: TypeAlias = "str | Response | tuple[str, int]"
FIELDS = ("profiles", "quorum", "days")
SHOW = "programme.improvements.show"


@dataclass(frozen=True, slots=True)
class Box:
    """One passage of one improvement that can be ticked; `meets` when another one changes it too."""

    number: int
    digest: str
    key: str
    kind: str
    pieces: Column
    meets: bool
    ticked: bool

    @property
    def value(self) -> str:
        """What the form sends for it."""
        return f"{self.digest}/{self.key}"


@blueprint.get("/ameliorations/atelier")
def group_form() -> str:
    """Who answers improvements, and by when; the form for who keeps the programme."""
    _require_keeper()
    with commune().reading() as site:
        found = drafting.group(site)
        profiles = [site.url(f"/personnes/{one.key}") for one in found.editors] if found else []
        quorum = found.quorum if found else QUORUM_LEAST
        now, draft = ["\n".join(profiles), str(quorum), str(drafting.term(site).days)], restored(site, request.path)
        fields = draft.fields if draft else {}
        return _group_page([fields.get(name) or one for name, one in zip(FIELDS, now, strict=True)], {}, draft)


@blueprint.post("/ameliorations/atelier")
def settle() -> Result:
    """The group as it was typed, or the form with what is wrong."""
    _require_keeper()
    typed = [request.form.get(name, "") for name in FIELDS]
    addresses = [line for line in typed[0].splitlines() if line.strip()]
    if not all(one.strip().isdecimal() and len(one.strip()) < len(str(MAX_DAYS)) + 1 for one in typed[1:]):
        wrong = {"quorum": drafting.WRONG_QUORUM, "days": drafting.WRONG_DAYS}
        bad = [name for name, one in zip(wrong, typed[1:], strict=True) if not one.strip().isdecimal()] or ["days"]
        return _group_page(typed, {name: gettext(wrong[name]) for name in bad}), 400
    try:
        with commune().transaction() as site:
            drafting.settle(site, viewer(), Settings(addresses, int(typed[1]), int(typed[2])))
            forget_sent(site)
    except InvalidInput as error:
        return _group_page(typed, {_field(error): sentence(error)}), 400
    flash(gettext("L’atelier de rédaction est enregistré. Toutes les communes le sauront."), "good")
    return redirect(url_for("programme.improvements.index"), 303)


@blueprint.post("/programme/<slug>/ameliorations/<digest>/avis")
def opine(slug: str, digest: str) -> Response:
    """An editor's opinion, published."""
    require_account()
    words = request.form.get("sentence", "")
    if not is_visible(words):
        raise InvalidInput("no sentence", "Dites en une phrase pourquoi\u00a0: elle sera lue par tout le monde.")
    with commune().transaction() as site:
        pages.find_measure(site, slug)
        drafting.give_opinion(site, viewer(), digest, request.form.get("choice", ""), words[:MAX_REASON_CHARS])
        forget_sent(site)
    flash(gettext("Votre avis est publié, avec votre nom."), "good")
    return redirect(url_for(SHOW, slug=slug, digest=digest, _anchor="avis"), 303)


@blueprint.post("/programme/<slug>/ameliorations/<digest>/soutien")
def back(slug: str, digest: str) -> Response:
    """The support of who is signed in, given or taken back."""
    account = require_account()
    active = "retirer" not in request.form
    with commune().transaction() as site:
        backing.change(site, site.session.get_one(Person, account.person_id), digest, active=active)
    flash(gettext("Votre soutien compte, sans votre nom.") if active else gettext("Votre soutien est retiré."), "good")
    return redirect(url_for(SHOW, slug=slug, digest=digest, _anchor="soutien"), 303)


@blueprint.get("/programme/<slug>/ameliorations/ensemble")
def together_form(slug: str) -> str:
    """Every passage of every improvement of a measure that waits, to be ticked into one version."""
    _require_keeper()
    with commune().reading() as site:
        draft = restored(site, request.path)
        fields = draft.fields if draft else {}
        ticked = frozenset(fields["passage"].split()) if "passage" in fields else None
        return _together_page(site, slug, ticked, fields.get("reason", ""), {}, draft)


@blueprint.post("/programme/<slug>/ameliorations/ensemble")
def together(slug: str) -> Result:
    """One version that takes from several improvements, or the form with what is wrong."""
    _require_keeper()
    boxes, reason = request.form.getlist("passage"), request.form.get("reason", "")
    ticked: dict[str, set[str]] = {}
    for box in boxes:
        digest, _, key = box.partition("/")
        ticked.setdefault(digest, set()).add(key)
    errors = wrong_reason(reason)
    if not errors:
        chosen = {digest: frozenset(keys) for digest, keys in ticked.items()}
        try:
            with commune().transaction() as site:
                wanted = Together(request.form.get("common", ""), chosen, reason)
                improvements_together.integrate(site, viewer(), pages.find_measure(site, slug), wanted)
                forget_sent(site)
        except (Conflict, InvalidInput) as error:
            errors = {"coche-1": sentence(error)}
    if errors:
        with commune().reading() as site:
            return _together_page(site, slug, frozenset(boxes), reason, errors), 400
    flash(gettext("La version est publiée. Chaque commune qui proposait y est nommée, et prévenue."), "good")
    return redirect(url_for("programme.improvements.of_measure", slug=slug), 303)


def _require_keeper() -> None:
    require_account()
    if not permissions.may_revise_common(viewer(), commune().settings.is_programme_home):
        raise Forbidden("may not settle the group", NOT_EDITOR)


def _field(error: InvalidInput) -> str:
    """The id of the field that a refusal is about."""
    fields = {drafting.WRONG_QUORUM: "quorum", drafting.WRONG_DAYS: "days"}
    return fields.get(error.public, "profiles")


def _group_page(typed: Sequence[str], errors: dict[str, str], draft: Kept | None = None) -> str:
    profiles, quorum, days = typed
    return render_template(
        "programme/drafting_group.html",
        kept=draft,
        profiles=profiles,
        quorum=quorum,
        days=days,
        errors=errors,
        most=MAX_EDITORS,
        least_days=DAYS_LEAST,
        most_days=MAX_DAYS,
    )


def _together_page(
    site: Site,
    slug: str,
    ticked: frozenset[str] | None,
    reason: str,
    errors: dict[str, str],
    draft: Kept | None = None,
) -> str:
    page = pages.measure_page(site, slug)
    lines = improvement_pages.lines(site, page.measure.urn).waiting
    found = improvements_together.waiting(site, page, lines)
    meeting = {one.place for one in improvements_together.meetings(page, found)}
    boxes = _boxes(found, meeting, ticked)
    return render_template(
        "programme/together.html",
        kept=draft,
        page=page,
        found=[(one.line, [box for box in boxes if box.digest == one.line.digest]) for one in found],
        reason_typed=reason,
        errors=errors,
        most=MAX_REASON_CHARS,
    )


def _boxes(found: Sequence[Waiting], meeting: set[str], ticked: frozenset[str] | None) -> list[Box]:
    """The passages of all of them, numbered; at first those that meet no other are ticked."""
    boxes: list[Box] = []
    for one in found:
        changes = one.between.taking.taken
        for key, change in zip(one.between.keys[len(one.between.asked) :], changes, strict=True):
            meets = bool({block.id for block in (*change.old, *change.new)} & meeting)
            value = f"{one.line.digest}/{key}"
            is_ticked = not meets if ticked is None else value in ticked
            column = running(change)
            boxes.append(Box(len(boxes) + 1, one.line.digest, key, change.kind, column, meets, is_ticked))
    return boxes
