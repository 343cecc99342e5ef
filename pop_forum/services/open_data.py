"""What a journalist takes away: measures with all their versions, the whole programme, a shared discussion, as data.

These are doors, like the feeds (docs/decisions/0011): shared content only, and nothing that was removed.
"""

from sqlalchemy import select

from pop_forum.domain.mentions import Named, renamed
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.federation.timestamps import to_text
from pop_forum.models import Person, Post
from pop_forum.services import mentions
from pop_forum.services import programme_pages as pages
from pop_forum.services.feeds import shared_thread
from pop_forum.services.network_pages import commune_names, shown_hosts
from pop_forum.services.objects import page_of, revision_id
from pop_forum.services.programme_pages import MeasureLine, MeasurePage, Standing, ThemeLines, VersionLine
from pop_forum.services.site import Site
from pop_forum.services.versions import blocks_of, published_at

MESSAGES = 5_000  # of one discussion, in one file: three megabytes of long messages
COLUMNS = ("theme", "mesure", "titre", "etat", "differences", "version", "date", "empreinte", "adresse")


def programme(site: Site) -> JsonObject:
    """Every measure with the text that this commune holds."""
    edition = pages.edition(site)
    return {
        "commune": site.settings.name,
        "url": site.url("/programme"),
        "edition": None if edition is None else {"id": edition.id, "date": edition.date.isoformat()},
        "measures": [_line(site, group, line) for group in pages.programme(site) for line in group.measures],
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


def measure(site: Site, slug: str) -> JsonObject:
    """A measure with every version that this site knows. Raises NotFound."""
    page = pages.measure_page(site, slug)
    return {
        "url": site.url(f"/programme/{slug}"),
        "id": page.measure.urn,
        "theme": page.theme.title,
        **_standing(page.standing),
        "versions": [_version(site, page, line) for line in pages.every_version(site, page)],
    }


def thread(site: Site, key: str) -> JsonObject:
    """A shared discussion with its messages in their order. Raises NotFound."""
    found = shared_thread(site, key)
    names = commune_names(site)
    rows = site.session.execute(
        select(Post, Person)
        .join(Person, Person.id == Post.author_id)
        .where(Post.thread_id == found.id, Post.deleted_at.is_(None), Post.host.in_(shown_hosts(site)))
        .order_by(Post.opening.desc(), Post.order_key)
        .limit(MESSAGES + 1)
    ).all()
    named = mentions.left_in(site, [row.Post.id for row in rows if "@" in row.Post.source])
    return {
        "url": site.url(f"/discussions/{found.key}"),
        "id": found.uri,
        "title": found.title,
        "commune": names.get(found.host, found.host),
        "measure": found.measure,
        "published": to_text(found.published),
        "complete": len(rows) <= MESSAGES,
        "messages": [_message(site, names, post, author, named.get(post.id, ())) for post, author in rows[:MESSAGES]],
    }


def _line(site: Site, group: ThemeLines, line: MeasureLine) -> JsonObject:
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


def _version(site: Site, page: MeasurePage, line: VersionLine) -> JsonObject:
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


def _message(site: Site, names: dict[str, str], post: Post, author: Person, named: tuple[Named, ...]) -> JsonObject:
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
