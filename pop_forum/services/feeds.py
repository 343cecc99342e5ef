"""Atom feeds: what is new here, in daily life or one category of it, in a discussion, in the programme, in a measure.

A feed is read by programs, on other sites too, so it is a door (docs/decisions/0011): it carries shared content only,
and a discussion that stays in the commune, or whose opening message was removed, has no feed at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, select

from pop_forum.domain import permissions
from pop_forum.domain.mentions import Named, renamed
from pop_forum.domain.permissions import VISITOR, Visibility
from pop_forum.errors import NotFound
from pop_forum.federation.activities import BOARD_DAILY
from pop_forum.models import Measure, Person, Post, Revision, Thread
from pop_forum.models.base import EPOCH
from pop_forum.services import mentions
from pop_forum.services.network_pages import commune_names, listed_hosts, shown_hosts
from pop_forum.services.objects import revision_id
from pop_forum.services.programme_pages import find_measure
from pop_forum.services.reading import measure_titles
from pop_forum.services.replies import NO_THREAD
from pop_forum.services.site import Site
from pop_forum.services.versions import blocks_of, published_at, published_by

ENTRIES = 40  # two weeks of a lively commune; a reader asks every hour

PostRow = Row[Post, Thread, Person]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One message or one version; `kind` is thread, reply or version, `place` None when it is from here."""

    id: str
    kind: str
    title: str
    path: str
    author: str
    place: str | None
    published: datetime
    updated: datetime
    html: str = ""
    passages: tuple[str, ...] = ()
    summary: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed; `subject` is the title of what it is about or its name, `path` its own, `page` the page it follows."""

    kind: str
    subject: str
    path: str
    page: str
    updated: datetime
    entries: tuple[FeedEntry, ...]


def of_commune(site: Site) -> Feed:
    """The discussions opened here, and the versions published here."""
    ours = [site.settings.host]
    entries = [*_openings(site, _thread_is_shown(ours)), *_versions(site, ours)]
    return _feed("commune", "", "/flux.atom", "/", entries)


def of_daily(site: Site) -> Feed:
    """The discussions of daily life, ours and the network's."""
    scope = _thread_is_shown(listed_hosts(site)) & (Thread.board == BOARD_DAILY)
    return _feed("daily", "", "/quotidien/flux.atom", "/quotidien", _openings(site, scope))


def of_category(site: Site, slug: str) -> Feed:
    """The discussions of daily life in one category. Raises NotFound."""
    category = site.settings.category(slug)
    if category is None:
        raise NotFound(f"no category {slug[:40]!r}")
    scope = _thread_is_shown(listed_hosts(site)) & (Thread.board == BOARD_DAILY) & (Thread.category == category.slug)
    page = f"/quotidien/{category.slug}"
    return _feed("category", category.name, f"{page}/flux.atom", page, _openings(site, scope))


def of_thread(site: Site, key: str) -> Feed:
    """A shared discussion: its opening message and its newest replies. Raises NotFound."""
    thread = shared_thread(site, key)
    hosts = shown_hosts(site)
    scope = _thread_is_shown(hosts) & (Thread.id == thread.id)
    replies = (
        _posts(scope)
        .where(~Post.opening, Post.host.in_(hosts))
        .order_by(Post.received_at.desc(), Post.id.desc())
        .limit(ENTRIES - 1)
    )
    entries = [*_openings(site, scope), *_post_entries(site, replies)]
    page = f"/discussions/{thread.key}"
    return _feed("thread", thread.title, f"{page}/flux.atom", page, entries)


def of_programme(site: Site) -> Feed:
    """Every version that a commune of the network published, of the common text or of its own."""
    entries = _versions(site, listed_hosts(site))
    return _feed("programme", "", "/programme/flux.atom", "/programme", entries)


def of_measure(site: Site, slug: str) -> Feed:
    """The versions of a measure, and the discussions on it. Raises NotFound."""
    measure = find_measure(site, slug)
    hosts, page = listed_hosts(site), f"/programme/{slug}"
    scope = _thread_is_shown(hosts) & (Thread.measure == measure.urn)
    entries = [*_versions(site, hosts, measure), *_openings(site, scope)]
    title = measure_titles(site, [measure.urn]).get(measure.urn, slug)
    return _feed("measure", title, f"{page}/flux.atom", page, entries)


def shared_thread(site: Site, key: str) -> Thread:
    """The discussion that may leave the site. Raises NotFound, the same for a local one as for none."""
    row = site.session.execute(_openings_of(_thread_is_shown(shown_hosts(site)) & (Thread.key == key))).one_or_none()
    if row is None:
        raise NotFound(f"no shared thread {key!r}", NO_THREAD)
    thread: Thread = row.Thread
    return thread


def _thread_is_shown(hosts: Sequence[str]) -> ColumnElement[bool]:
    """The discussions of these communes that a program may read."""
    return Thread.host.in_(hosts) & Thread.shared.is_(True)


def _posts(scope: ColumnElement[bool]) -> Select[Post, Thread, Person]:
    both = select(Post, Thread, Person).join(Thread, Thread.id == Post.thread_id)
    return both.join(Person, Person.id == Post.author_id).where(scope, Post.deleted_at.is_(None))


def _openings_of(scope: ColumnElement[bool]) -> Select[Post, Thread, Person]:
    return _posts(scope).where(Post.opening)


def _openings(site: Site, scope: ColumnElement[bool]) -> list[FeedEntry]:
    newest = _openings_of(scope).order_by(Thread.received_at.desc(), Thread.id.desc()).limit(ENTRIES)
    return _post_entries(site, newest)


def _post_entries(site: Site, query: Select[Post, Thread, Person]) -> list[FeedEntry]:
    names, rows = commune_names(site), [row for row in site.session.execute(query) if _may_leave(row)]
    named = mentions.left_in(site, [row.Post.id for row in rows if "@" in row.Post.source])
    return [_post_entry(site, names, row, named.get(row.Post.id, ())) for row in rows]


def _may_leave(row: PostRow) -> bool:
    """The one rule on who may see what, asked for a stranger at a door."""
    visibility = Visibility.SHARED if row.Thread.shared else Visibility.LOCAL
    return permissions.may_see(VISITOR, visibility, row.Post.deleted_at is not None, here=False)


def _post_entry(site: Site, names: dict[str, str], row: PostRow, named: tuple[Named, ...]) -> FeedEntry:
    post, thread = row.Post, row.Thread
    return FeedEntry(
        id=post.uri,
        kind="thread" if post.opening else "reply",
        title=thread.title,
        path=f"/discussions/{thread.key}" if post.opening else f"/messages/{post.key}",
        author=row.Person.name,
        place=None if post.host == site.settings.host else names.get(post.host, post.host),
        published=post.published,
        updated=post.edited_at or post.published,
        html=renamed(post.html, named),
    )


def _versions(site: Site, hosts: Iterable[str], measure: Measure | None = None) -> list[FeedEntry]:
    """The newest versions: the home's common text when it is among these communes, and their own texts."""
    query = select(Revision, Measure.slug).join(Measure, Measure.urn == Revision.measure)
    query = query.where(published_by(site.settings.programme.home, hosts))
    if measure is not None:
        query = query.where(Revision.measure == measure.urn)
    rows = site.session.execute(query.order_by(Revision.received_at.desc(), Revision.digest).limit(ENTRIES)).all()
    names = commune_names(site)
    return [_version_entry(site, names, row.Revision, row.slug) for row in rows]


def _version_entry(site: Site, names: dict[str, str], revision: Revision, slug: str) -> FeedEntry:
    commune = names.get(revision.host, revision.host)
    at = published_at(revision)
    return FeedEntry(
        id=revision_id(site, revision.digest) or f"urn:pop:version:{revision.digest}",
        kind="version",
        title=revision.title,
        path=f"/programme/{slug}/versions/{revision.digest}",
        author=commune,
        place=None if revision.host == site.settings.host else commune,
        published=at,
        updated=at,
        passages=tuple(block.text for block in blocks_of(revision)),
        summary=revision.summary,
        role=revision.role,
    )


def _feed(kind: str, subject: str, path: str, page: str, entries: list[FeedEntry]) -> Feed:
    """The newest entries, in an order that does not change from one request to the next."""
    newest = sorted(entries, key=lambda entry: (entry.updated, entry.id), reverse=True)[:ENTRIES]
    updated = max((entry.updated for entry in newest), default=EPOCH)
    return Feed(kind, subject, path, page, updated, tuple(newest))
