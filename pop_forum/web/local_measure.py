"""Adding a measure of our own to the programme."""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pop_forum.domain.text import is_visible
from pop_forum.errors import ForumError, TooLarge
from pop_forum.federation.revisions import MAX_BLOCKS, MAX_TITLE_CHARS
from pop_forum.services import drafts, local_measures
from pop_forum.services import programme_pages as pages
from pop_forum.services.drafts import Kept, Source
from pop_forum.services.local_measures import LocalDraft
from pop_forum.services.measures import TOO_MANY_PASSAGES
from pop_forum.web.adaptation import require_adapt
from pop_forum.web.drafts import forget_sent, restored, turn
from pop_forum.web.errors import sentence
from pop_forum.web.forms import measure_too_long
from pop_forum.web.language import number
from pop_forum.web.measure_form import MAX_REASON_CHARS, too_much, wrong_reason
from pop_forum.web.viewer import commune, require_account, viewer

blueprint = Blueprint("local", __name__)

Answer: TypeAlias = "str | Response | tuple[str, int]"
_BLANK_LINES = re.compile(r"\n[ \t\u00a0]*\n\s*")


@dataclass(frozen=True, slots=True)
class LocalForm:
    """What was typed; an empty line of the text begins another passage."""

    theme: str = ""
    title: str = ""
    text: str = ""
    reason: str = ""

    @classmethod
    def typed(cls) -> "LocalForm":
        """The form as it was sent."""
        names = ("theme", "title", "text", "reason")
        return cls(*(request.form.get(name, "").replace("\r\n", "\n") for name in names))

    @property
    def passages(self) -> tuple[str, ...]:
        """The text cut at its empty lines."""
        return tuple(part.strip() for part in _BLANK_LINES.split(self.text) if is_visible(part))

    def errors(self) -> dict[str, str]:
        """What is missing, as sentences by the id of the field."""
        found = {}
        if not self.theme:
            found["theme"] = gettext("Choisissez le thème où la mesure sera rangée.")
        if not is_visible(self.title):
            found["title"] = gettext("Donnez un titre à la mesure.")
        elif len(self.title) > MAX_TITLE_CHARS:
            found["title"] = gettext(
                "Le titre compte %(count)s caractères, %(most)s au plus.",
                count=number(len(self.title)),
                most=MAX_TITLE_CHARS,
            )
        if not self.passages:
            found["text"] = gettext("Écrivez le texte de la mesure.")
        elif len(self.passages) > MAX_BLOCKS:
            found["text"] = gettext(TOO_MANY_PASSAGES)
        for excess in too_much(self.passages):
            found.setdefault("text", measure_too_long(excess))
        return found | wrong_reason(self.reason)


@blueprint.get("/programme/notre-programme/ajouter")
def form() -> str:
    """The empty form, or as its draft left it."""
    require_adapt()
    with commune().reading() as site:
        kept = restored(site, request.path)
    fields = kept.fields if kept else {}
    theme = request.args.get("theme", "")
    typed = LocalForm(theme, fields.get("title", ""), fields.get("text", ""), fields.get("reason", ""))
    return _page(typed, kept=kept)


@blueprint.post("/programme/notre-programme/ajouter")
def add() -> Answer:
    """The form read again before it is published, or the page of the new measure."""
    require_adapt()
    typed = LocalForm.typed()
    errors = typed.errors()
    if errors or request.form.get("action") != "publier":
        _keep(typed)
        return _page(typed, errors=errors, preview=not errors), 400 if errors else 200
    draft = LocalDraft(typed.theme, typed.title, typed.passages, typed.reason)
    try:
        with commune().transaction() as site:
            measure = local_measures.add(site, viewer(), draft)
            forget_sent(site)
            address = url_for("programme.text", slug=measure.slug)
    except ForumError as error:
        if error.retry or error.status in (401, 403):
            raise
        return _page(typed, errors={"text": sentence(error)}), 400
    flash(gettext("La mesure est publiée dans notre programme. Les autres communes la recevront."), "good")
    return redirect(address, 303)


def _keep(typed: LocalForm) -> None:
    """Nothing; what was typed is a draft until it is published."""
    fields = {"title": typed.title, "text": typed.text, "reason": typed.reason}
    with commune().transaction() as site, suppress(TooLarge):  # then the form alone holds it
        drafts.save(site, require_account().person_id, request.path, fields, Source(turn=turn()))


def _page(
    typed: LocalForm, *, errors: dict[str, str] | None = None, preview: bool = False, kept: Kept | None = None
) -> str:
    with commune().reading() as site:
        return render_template(
            "programme/add.html",
            form=typed,
            themes=pages.themes(site),
            errors=errors or {},
            preview=preview,
            kept=kept,
            posted=request.method == "POST",
            most={"title": MAX_TITLE_CHARS, "reason": MAX_REASON_CHARS},
        )
