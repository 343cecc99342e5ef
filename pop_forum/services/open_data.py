"""What a journalist takes away, as data: the whole programme, and what the lists of services/open_lists.py are made of.

These are doors, like the feeds (docs/decisions/0011): shared content only, and nothing that was removed.
"""

from pop_forum.domain.mentions import Named, renamed
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.federation.timestamps import to_text
from pop_forum.models import Person, Post, Thread
from pop_forum.services import programme_pages as pages
from pop_forum.services.objects import page_of, revision_id
from pop_forum.services.programme_pages import MeasureLine, MeasurePage, Standing, ThemeLines, VersionLine
from pop_forum.services.site import Site
from pop_forum.services.versions import blocks_of, published_at

COLUMNS = ("theme", "mesure", "titre", "etat", "differences", "version", "date", "empreinte", "adresse")


def programme(site: Site) -> JsonObject:
    """Every measure with the text that this commune holds."""
    edition = pages.edition(site)
    return {
        "commune": site.settings.name,
        "url": site.url("/programme"),
        "edition": None if edition is None else {"id": edition.id, "date": edition.date.isoformat()},
        "measures": [line(site, group, each) for group in pages.programme(site) for each in group.measures],
    }


def programme_rows(site: Site) -> list[tuple[str | int, ...]]:
    """The same as rows under COLUMNS."""
    return [
        (
            group.theme.title,
            line.slug,
            line.title,
            line.standing.kind,
            line.standing.differences,
            line.standing.number,
            to_text(published_at(line.standing.current)),
            line.standing.current.digest,
            site.url(f"/programme/{line.slug}"),
        )
        for group in pages.programme(site)
        for line in group.measures
    ]


def about_measure(site: Site, page: MeasurePage) -> JsonObject:
    """A measure, without its versions."""
    return {
        "url": site.url(f"/programme/{page.measure.slug}"),
        "id": page.measure.urn,
        "theme": page.theme.title,
        **_standing(page.standing),
    }


def about_thread(site: Site, names: dict[str, str], thread: Thread) -> JsonObject:
    """A shared discussion, without its messages."""
    return {
        "url": site.url(f"/discussions/{thread.key}"),
        "id": thread.uri,
        "title": thread.title,
        "commune": names.get(thread.host, thread.host),
        "measure": thread.measure,
        "published": to_text(thread.published),
    }


def line(site: Site, group: ThemeLines, line: MeasureLine) -> JsonObject:
    """A measure in a list, with the text that this commune holds."""
    address = site.url(f"/programme/{line.slug}")
    return {"theme": group.theme.title, **_standing(line.standing), "url": address, "data": f"{address}.json"}


def _standing(standing: Standing) -> JsonObject:
    """The text that this commune holds: `state` is common (nothing decided), adopted, adapted, local or aside."""
    return {
        "title": standing.current.title,
        "state": standing.kind,
        "differences": standing.differences,
        "version": standing.number,
        "published": to_text(published_at(standing.current)),
        "digest": standing.current.digest,
        "budget": standing.current.budget,
    }


def version(site: Site, page: MeasurePage, line: VersionLine) -> JsonObject:
    """A version of a measure."""
    row = line.revision
    text: list[Json] = [block.text for block in blocks_of(row)]
    parents: list[Json] = [*row.parents]
    return {
        "id": revision_id(site, row.digest),
        "url": site.url(f"/programme/{page.measure.slug}/versions/{row.digest}"),
        "digest": row.digest,
        "number": line.number,
        "commune": line.commune,
        "common": line.common,
        "published": to_text(published_at(row)),
        "title": row.title,
        "text": text,
        "reason": row.summary,
        "parents": parents,
        "budget": row.budget,
    }


def message(site: Site, names: dict[str, str], post: Post, author: Person, named: tuple[Named, ...]) -> JsonObject:
    """A message of a shared discussion, without the names of who left."""
    return {
        "id": post.uri,
        "url": site.url(page_of(post)),
        "author": author.name,
        "commune": names.get(post.host, post.host),
        "published": to_text(post.published),
        "edited": None if post.edited_at is None else to_text(post.edited_at),
        "answers": post.parent_uri,
        "markdown": renamed(post.source, named),
        "html": renamed(post.html, named),
    }
