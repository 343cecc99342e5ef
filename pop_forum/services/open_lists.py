"""The lists of this site as data: discussions, messages, versions, people, decisions, communes; page after page.

These are doors, like the feeds (docs/decisions/0011): shared content only, and nothing that was removed. A page is read
in a number of statements that does not grow with it, and says which comes next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from pop_forum.errors import NotFound
from pop_forum.federation.activities import BOARD_DAILY
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.federation.timestamps import to_text
from pop_forum.models import NetworkAct, Peer, Person, Post, Thread
from pop_forum.services import mentions, moderation_log, open_data, peer_states, profiles
from pop_forum.services import programme_pages as pages
from pop_forum.services.feeds import shared_thread
from pop_forum.services.network_pages import SHOWN_STATES, commune_names, listed_hosts, shown_hosts, shown_peer
from pop_forum.services.reading import page_count, shown_threads, thread_lines
from pop_forum.services.site import Site

PER_PAGE = 200  # of anything: a megabyte of long messages
NO_PERSON = "no person whom the network knows"

DISCUSSIONS = ("title", "author", "commune", "category", "measure", "published", "active", "replies", "closed", "url",
               "id")  # fmt: skip
MESSAGES = ("author", "commune", "published", "edited", "markdown", "answers", "url", "id")
VERSIONS = ("number", "commune", "common", "published", "title", "text", "reason", "digest", "parents", "url")
MEASURES = ("theme", "title", "state", "differences", "version", "published", "digest", "url")
WRITINGS = ("title", "opening", "commune", "published", "url", "id")
ACTS = ("act", "reason", "sentence", "at", "until", "discussion", "url")
COMMUNES = ("name", "host", "state", "reason", "url")
DECISIONS = ("name", "host", "state", "reason", "at")

HEADINGS = {
    "act": "acte", "active": "activite", "answers": "repond_a", "at": "date", "author": "auteur",
    "category": "rubrique", "closed": "close", "common": "texte_commun", "commune": "commune",
    "differences": "differences", "digest": "empreinte", "discussion": "discussion", "edited": "modifie",
    "host": "hote", "id": "identifiant", "markdown": "texte", "measure": "mesure", "name": "nom", "number": "numero",
    "opening": "ouverture", "parents": "vient_de", "published": "date", "reason": "raison", "replies": "reponses",
    "answered": "repondu_le", "due": "attendue_avant", "need": "besoin", "outcome": "reponse",
    "sentence": "phrase", "state": "etat", "text": "texte", "theme": "theme", "title": "titre", "until": "jusqua",
    "url": "adresse", "version": "version",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list: what it is a list of, its items, and the keys of these that a table has."""

    about: JsonObject
    name: str
    columns: Sequence[str]
    items: Sequence[JsonObject]
    page: int
    pages: int

    @property
    def following(self) -> int | None:
        """The number of the next page; None after the last one."""
        return self.page + 1 if self.page < self.pages else None

    @property
    def header(self) -> tuple[str, ...]:
        """What stands above the columns of a table."""
        return tuple(HEADINGS[key] for key in self.columns)

    @property
    def rows(self) -> list[tuple[str | int, ...]]:
        """The items as rows of a table."""
        return [tuple(_cell(item[key]) for key in self.columns) for item in self.items]


def daily(site: Site, page: int) -> Listed:
    """The discussions of daily life."""
    return _discussions(site, page, {"url": site.url("/quotidien")}, Thread.board == BOARD_DAILY)


def category(site: Site, page: int, slug: str) -> Listed:
    """Those of one category. Raises NotFound."""
    found = site.settings.category(slug)
    if found is None:
        raise NotFound(f"no category {slug[:40]!r}")
    about: JsonObject = {"url": site.url(f"/quotidien/{found.slug}"), "category": found.name}
    return _discussions(site, page, about, Thread.board == BOARD_DAILY, Thread.category == found.slug)


def of_measure(site: Site, page: int, slug: str) -> Listed:
    """The discussions on a measure. Raises NotFound."""
    measure = pages.find_measure(site, slug)
    about: JsonObject = {"url": site.url(f"/programme/{slug}/discussion"), "measure": measure.urn}
    return _discussions(site, page, about, Thread.measure == measure.urn)


def thread(site: Site, page: int, key: str) -> Listed:
    """A shared discussion, its messages in their order. Raises NotFound."""
    found, hosts, names = shared_thread(site, key), shown_hosts(site), commune_names(site)
    there = (Post.thread_id == found.id, Post.deleted_at.is_(None), Post.host.in_(hosts))
    query = select(Post, Person).join(Person, Person.id == Post.author_id).where(*there)
    rows, count = _paged(site, query.order_by(Post.opening.desc(), Post.order_key), page)
    named = mentions.left_in(site, [row.Post.id for row in rows if "@" in row.Post.source])
    items = [open_data.message(site, names, row.Post, row.Person, named.get(row.Post.id, ())) for row in rows]
    return _listed(open_data.about_thread(site, names, found), "messages", MESSAGES, items, page, count)


def versions(site: Site, page: int, slug: str) -> Listed:
    """A measure with every version that this site knows, the newest first. Raises NotFound."""
    measure = pages.measure_page(site, slug)
    every = pages.every_version(site, measure)
    items = [open_data.version(site, measure, line) for line in _slice(every, page)]
    return _listed(open_data.about_measure(site, measure), "versions", VERSIONS, items, page, len(every))


def theme(site: Site, page: int, slug: str) -> Listed:
    """The measures of one theme, with the text that this commune holds. Raises NotFound."""
    group = next((each for each in pages.programme(site) if each.theme.slug == slug), None)
    if group is None:
        raise NotFound(f"no theme {slug[:40]!r}")
    items = [open_data.line(site, group, line) for line in _slice(group.measures, page)]
    about: JsonObject = {"url": site.url(f"/programme/themes/{slug}"), "theme": group.theme.title}
    return _listed(about, "measures", MEASURES, items, page, len(group.measures))


def page_of(about: JsonObject, name: str, columns: Sequence[str], every: Sequence[JsonObject], page: int) -> Listed:
    """One page of items that are all at hand. Raises NotFound beyond the last one."""
    return _listed(about, name, columns, _slice(every, page), page, len(every))


def person(site: Site, page: int, key: str) -> Listed:
    """What somebody wrote in shared discussions, the newest first. Raises NotFound for who shared nothing, and Gone."""
    found = profiles.find(site, key)
    if not found.shared:
        raise NotFound(f"{found.uri} is {NO_PERSON}", profiles.NOBODY)
    names = commune_names(site)
    query = profiles.written(site, found).where(Thread.shared).order_by(Post.published.desc(), Post.id.desc())
    rows, count = _paged(site, query, page)
    about: JsonObject = {
        "url": site.url(f"/personnes/{key}"),
        "id": found.uri,
        "name": found.name,
        "commune": names.get(found.host, found.host),
        "badge": profiles.badge(found),
    }
    items = [_writing(site, names, row.Post, row.Thread) for row in rows]
    return _listed(about, "messages", WRITINGS, items, page, count)


def log(site: Site, page: int) -> Listed:
    """What the moderation decided, the newest first; of discussions that stay here, neither title nor words."""
    found = moderation_log.log(site, page)
    items: list[JsonObject] = [
        {
            "act": line.act,
            "reason": line.reason.value if line.reason else None,
            "sentence": line.sentence if line.shared else "",
            "at": to_text(line.at),
            "until": to_text(line.ends_at) if line.ends_at else None,
            "discussion": line.thread if line.shared else None,
            "url": _address(site, line) if line.shared else None,
        }
        for line in found.lines
    ]
    about: JsonObject = {
        "url": site.url("/moderation/journal"),
        "warnings": found.warnings,
        "suspensions": found.suspensions,
    }
    return Listed(about, "acts", ACTS, items, found.page, found.pages)


def network(site: Site, page: int) -> Listed:
    """The communes whose content is shown here, in the order of their addresses."""
    rows, count = _paged(site, select(Peer).where(shown_peer()).order_by(Peer.host), page)
    told = peer_states.standing(site)
    items: list[JsonObject] = [
        {
            "name": row.Peer.name or row.Peer.host,
            "host": row.Peer.host,
            "state": _state(row.Peer, told),
            "reason": told[row.Peer.id].reason if row.Peer.id in told else "",
            "url": f"{row.Peer.base_url}/",
        }
        for row in rows
    ]
    about: JsonObject = {"url": site.url("/reseau"), "commune": site.settings.name, "host": site.settings.host}
    return _listed(about, "communes", COMMUNES, items, page, count)


def decisions(site: Site, page: int) -> Listed:
    """What this site decided on its exchange with other communes, and why, the newest first."""
    found = peer_states.log(site, page)
    items: list[JsonObject] = [
        {
            "name": each.peer.name or each.peer.host,
            "host": each.peer.host,
            "state": each.state,
            "reason": each.reason,
            "at": to_text(each.at),
        }
        for each in found.acts
    ]
    return Listed({"url": site.url("/reseau/decisions")}, "decisions", DECISIONS, items, found.page, found.pages)


def _discussions(site: Site, page: int, about: JsonObject, *where: Any) -> Listed:
    """Shared discussions in the order in which they came here: a page that is full never changes its place."""
    query = shown_threads(site, listed_hosts(site)).where(Thread.shared.is_(True), *where)
    count = _count(site, query)
    _check(page, count)
    query = query.order_by(Thread.id).offset((page - 1) * PER_PAGE).limit(PER_PAGE)
    lines = thread_lines(site, query)
    items: list[JsonObject] = [
        {
            "url": site.url(f"/discussions/{line.key}"),
            "data": site.url(f"/discussions/{line.key}.json"),
            "id": line.uri,
            "title": line.title,
            "author": line.author,
            "commune": line.place or site.settings.name,
            "category": line.category.name if line.category else None,
            "measure": line.measure,
            "published": to_text(line.published),
            "active": to_text(line.active_at),
            "replies": line.replies,
            "closed": line.closed,
        }
        for line in lines
    ]
    return _listed(about, "discussions", DISCUSSIONS, items, page, count)


def _writing(site: Site, names: dict[str, str], post: Post, found: Thread) -> JsonObject:
    return {
        "url": site.url(f"/messages/{post.key}"),
        "id": post.uri,
        "discussion": site.url(f"/discussions/{found.key}"),
        "title": found.title,
        "opening": post.opening,
        "commune": names.get(found.host, found.host),
        "published": to_text(post.published),
    }


def _address(site: Site, line: moderation_log.LogLine) -> str | None:
    if line.message_key:
        return site.url(f"/messages/{line.message_key}")
    return site.url(f"/discussions/{line.thread_key}") if line.thread_key else None


def _state(peer: Peer, told: Mapping[int, NetworkAct]) -> str:
    """What the page of the network says of a commune: how far our admins have come with it is theirs."""
    if peer.id in told:
        return told[peer.id].state
    return "active" if peer.state in SHOWN_STATES else "relayed"


def _paged(site: Site, query: Any, page: int) -> tuple[Sequence[Any], int]:
    """The rows of one page, and how many there are in all. Raises NotFound beyond the last one."""
    count = _count(site, query)
    _check(page, count)
    return site.session.execute(query.offset((page - 1) * PER_PAGE).limit(PER_PAGE)).all(), count


def _count(site: Site, query: Any) -> int:
    return site.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _slice(every: Sequence[Any], page: int) -> Sequence[Any]:
    _check(page, len(every))
    return every[(page - 1) * PER_PAGE : page * PER_PAGE]


def _check(page: int, count: int) -> None:
    if page > page_count(count, PER_PAGE):
        raise NotFound(f"no page {page} of {count} rows")


def _listed(
    about: JsonObject, name: str, columns: Sequence[str], items: Sequence[JsonObject], page: int, count: int
) -> Listed:
    return Listed(about, name, columns, items, page, page_count(count, PER_PAGE))


def _cell(value: Json) -> str | int:
    """A value as a cell of a table: nothing for none, texts of a list one below the other."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return "\n\n".join(str(each) for each in value)
    return value if isinstance(value, str | int) else str(value)
