"""Editions of the programme as data files, for whoever wants to count or to quote."""

from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.models import Edition
from pop_forum.services import editions
from pop_forum.services.editions import Change, Text
from pop_forum.services.objects import revision_id
from pop_forum.services.site import Site
from pop_forum.services.versions import blocks_of

COLUMNS = ("edition", "theme", "mesure", "titre", "texte", "empreinte", "adresse")


def listed(site: Site) -> JsonObject:
    """Every edition, the newest first."""
    rows: list[Json] = [_head(site, row) for row in editions.shown(site)]
    return {"url": site.url("/programme/editions"), "editions": rows}


def whole(site: Site, name: str) -> JsonObject:
    """An edition with its texts, and what it changes since the one before. Raises NotFound."""
    page, changed = editions.page(site, name), editions.changes(site, name)
    texts: list[Json] = [_text(site, name, group.theme.title, text) for group in page.groups for text in group.texts]
    since: Json = None
    if changed.before is not None:
        changes: list[Json] = [_change(change) for change in changed.changed]
        since = {"id": changed.before.id, "same": changed.same, "changed": changes}
    return {**_head(site, page.edition), "texts": texts, "since": since}


def rows(site: Site, name: str) -> list[tuple[str | int, ...]]:
    """The same as rows under COLUMNS, one for each measure. Raises NotFound."""
    page = editions.page(site, name)
    return [
        (
            name,
            group.theme.title,
            text.measure.slug,
            text.revision.title,
            "\n\n".join(block.text for block in blocks_of(text.revision)),
            text.revision.digest,
            _address(site, name, text),
        )
        for group in page.groups
        for text in group.texts
    ]


def _head(site: Site, row: Edition) -> JsonObject:
    return {
        "id": row.id,
        "date": row.date.isoformat(),
        "title": row.title,
        "summary": row.summary,
        "measures": len(row.texts),
        "digest": editions.digest_of(row),
        "url": site.url(f"/programme/editions/{row.id}"),
    }


def _text(site: Site, name: str, theme: str, text: Text) -> JsonObject:
    revision = text.revision
    passages: list[Json] = [block.text for block in blocks_of(revision)]
    return {
        "id": text.measure.urn,
        "theme": theme,
        "title": revision.title,
        "text": passages,
        "digest": revision.digest,
        "budget": revision.budget,
        "version": revision_id(site, revision.digest),
        "url": _address(site, name, text),
    }


def _change(change: Change) -> JsonObject:
    return {
        "id": change.measure.urn,
        "title": change.title,
        "before": None if change.before is None else change.before.digest,
        "after": None if change.after is None else change.after.digest,
        "passages": dict(change.passages),
        "title_changed": change.retitled,
        "budget_changed": change.repriced,
        "communes": list(change.communes),
    }


def _address(site: Site, name: str, text: Text) -> str:
    return site.url(f"/programme/editions/{name}/{text.measure.slug}")
