"""Editions of the programme: read, cited, compared with one another, published at the programme's home."""

from dataclasses import dataclass
from typing import TypeAlias

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Answered

from pop_forum.domain import permissions
from pop_forum.domain.text import is_visible
from pop_forum.errors import Conflict, Forbidden
from pop_forum.federation.editions import MAX_EDITION_TITLE_CHARS
from pop_forum.services import edition_data, editions
from pop_forum.services.drafts import Kept
from pop_forum.web import open_data
from pop_forum.web.adaptation import NOT_EDITOR
from pop_forum.web.drafts import forget_sent, restored
from pop_forum.web.errors import sentence
from pop_forum.web.kept import kept
from pop_forum.web.language import number
from pop_forum.web.measure_form import MAX_REASON_CHARS, wrong_reason
from pop_forum.web.viewer import commune, require_account, viewer

blueprint = Blueprint("editions", __name__)

Result: TypeAlias = "str | Answered | tuple[str, int]"
NOT_HOME = "Les éditions se publient sur le site qui tient le programme. Ici, elles se lisent et se comparent."


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of a new edition as it was sent; `read` is the mark of the texts that were shown."""

    title: str = ""
    reason: str = ""
    read: str = ""


@blueprint.get("/programme/editions")
@kept()
def index() -> str:
    """Every edition, the newest first."""
    with commune().reading() as site:
        rows = editions.shown(site)
        return render_template(
            "programme/editions.html", rows=rows, counts=editions.counts(site), may_publish=_may_publish()
        )


@blueprint.get("/programme/editions.json")
def index_data() -> Response:
    """The same as data."""
    return open_data.as_json(edition_data.listed)


@blueprint.get("/programme/editions/<edition>")
@kept()
def show(edition: str) -> str:
    """An edition with all its texts, on one page."""
    with commune().reading() as site:
        page = editions.page(site, edition)
        changed = editions.changes(site, edition)
        return render_template(
            "programme/edition.html", page=page, changed=changed, url=site.url(f"/programme/editions/{edition}")
        )


@blueprint.get("/programme/editions/<edition>.json")
def data(edition: str) -> Response:
    """The same as data."""
    return open_data.as_json(lambda site: edition_data.whole(site, edition))


@blueprint.get("/programme/editions/<edition>.csv")
def table(edition: str) -> Response:
    """Its texts, one measure a row."""
    name = f"programme-{edition}"
    return open_data.as_table(name, edition_data.COLUMNS, lambda site: edition_data.rows(site, edition))


@blueprint.get("/programme/editions/<edition>/changements")
@kept("depuis")
def changes(edition: str) -> str:
    """« Ce qui change » since the edition before, or since the one asked for."""
    with commune().reading() as site:
        changed = editions.changes(site, edition, request.args.get("depuis"))
        others = [row for row in editions.shown(site) if row.id != edition]
        return render_template("programme/edition_changes.html", changed=changed, edition=changed.after, others=others)


@blueprint.get("/programme/editions/<edition>/<slug>")
@kept()
def measure(edition: str, slug: str) -> str:
    """One measure as this edition has it."""
    with commune().reading() as site:
        page, text = editions.text_in(site, edition, slug)
        url = site.url(f"/programme/editions/{edition}/{slug}")
        return render_template("programme/edition_text.html", page=page, text=text, url=url)


@blueprint.get("/programme/editions/publier")
def form() -> str:
    """What a new edition would change, and the form that publishes it."""
    _require_editor()
    with commune().reading() as site:
        kept = restored(site, request.path)
    fields = kept.fields if kept else {}
    return _form_page(Typed(fields.get("title", ""), fields.get("reason", "")), {}, kept)


@blueprint.post("/programme/editions/publier")
def publish() -> Result:
    """The edition published, or the form with what is wrong."""
    _require_editor()
    typed = Typed(request.form.get("title", ""), request.form.get("reason", ""), request.form.get("read", ""))
    errors = _wrong(typed)
    if errors:
        return _form_page(typed, errors), 400
    try:
        with commune().transaction() as site:
            made = editions.publish(site, viewer(), typed.title, typed.reason, typed.read).id
            forget_sent(site)
    except Conflict as error:
        return _form_page(typed, {"texts": sentence(error)}), Conflict.status
    flash(gettext("L’édition est publiée. Toutes les communes la liront, et elle ne changera plus."), "good")
    return redirect(url_for("programme.editions.show", edition=made), 303)


def _require_editor() -> None:
    require_account()
    if not _may_publish():
        raise Forbidden("may not publish an edition", NOT_EDITOR if commune().settings.is_programme_home else NOT_HOME)


def _may_publish() -> bool:
    return permissions.may_revise_common(viewer(), commune().settings.is_programme_home)


def _wrong(typed: Typed) -> dict[str, str]:
    """What is missing or too long, as sentences by the id of the field."""
    errors = wrong_reason(typed.reason)
    if not is_visible(typed.title):
        errors["title"] = gettext("Donnez un titre à cette édition.")
    elif len(typed.title) > MAX_EDITION_TITLE_CHARS:
        count = number(len(typed.title))
        errors["title"] = gettext(
            "Le titre compte %(count)s caractères, %(most)s au plus.", count=count, most=MAX_EDITION_TITLE_CHARS
        )
    if not is_visible(typed.reason):
        errors["reason"] = gettext("Dites en une phrase ce que cette édition apporte.")
    return errors


def _form_page(typed: Typed, errors: dict[str, str], draft: Kept | None = None) -> str:
    with commune().reading() as site:
        found = editions.draft(site)
        return render_template(
            "programme/edition_form.html",
            found=found,
            form=typed,
            kept=draft,
            read=editions.mark_of(found.after),
            errors=errors,
            most=MAX_REASON_CHARS,
            title_most=MAX_EDITION_TITLE_CHARS,
        )
