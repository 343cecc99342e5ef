"""The public history of a message: every text it has had, in pages that stay light, and each one whole on its own."""

from sqlalchemy import Select, func, select

from pop_forum.domain import permissions, shortening
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Gone, NotFound
from pop_forum.models import Post, PostVersion
from pop_forum.services import titles
from pop_forum.services.discussions import History, Version
from pop_forum.services.network_pages import commune_names
from pop_forum.services.page_weights import TEXT_BYTES
from pop_forum.services.profiles import key_of
from pop_forum.services.reading import find_post, page_count, place_name, visibility
from pop_forum.services.scopes import there
from pop_forum.services.site import Site

VERSIONS_PER_PAGE = 20
GONE = "Ce message a été retiré : ses versions ne sont plus publiques."


def history(site: Site, viewer: Viewer, key: str, page: int) -> History:
    """One page of the texts of a message, the newest first; long ones show their beginning.

    Raises Gone when it was removed and this viewer could not restore it, NotFound beyond the last page.
    """
    post = _shown(site, viewer, key)
    count, versions = _count(site, post), _versions(post)
    pages = page_count(count, VERSIONS_PER_PAGE)
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    first = (page - 1) * VERSIONS_PER_PAGE
    rows = site.session.scalars(versions.offset(first).limit(VERSIONS_PER_PAGE)).all()
    most = shortening.share((shortening.weight(row.html) for row in rows), TEXT_BYTES)
    texts = tuple(_version(row, count - first - at, most) for at, row in enumerate(rows))
    return _history(site, post, texts, count, page, pages)


def version(site: Site, viewer: Viewer, key: str, number: int) -> History:
    """One text of a message, whole; they are counted from the first one. Raises as `history` does."""
    post = _shown(site, viewer, key)
    count = _count(site, post)
    row = site.session.scalar(_versions(post).offset(count - number).limit(1)) if 0 < number <= count else None
    if row is None:
        raise NotFound(f"no text {number} of {count}")
    return _history(site, post, (_version(row, number, None),), count, 1, 1)


def _shown(site: Site, viewer: Viewer, key: str) -> Post:
    post = find_post(site, key)
    viewer = there(site, viewer, post.thread)
    seen = permissions.may_see(viewer, visibility(post.thread), post.deleted_at is not None, True, post.author_id)
    if not seen or post.erased_at is not None:
        raise Gone(f"history of {post.uri}", GONE)
    return post


def _count(site: Site, post: Post) -> int:
    return site.session.scalar(select(func.count(PostVersion.id)).where(PostVersion.post_id == post.id)) or 0


def _versions(post: Post) -> Select[PostVersion]:
    newest = (PostVersion.written_at.desc(), PostVersion.id.desc())
    return select(PostVersion).where(PostVersion.post_id == post.id).order_by(*newest)


def _version(row: PostVersion, number: int, most: int | None) -> Version:
    if most is None or shortening.weight(row.html) <= most:
        return Version(number, row.title, row.html, row.written_at)
    return Version(number, row.title, shortening.beginning(row.html, most), row.written_at, shortened=True)


def _history(site: Site, post: Post, versions: tuple[Version, ...], count: int, page: int, pages: int) -> History:
    return History(
        key=post.key,
        thread_key=post.thread.key,
        thread_title=titles.title_of(site, post.thread),
        author=post.author.name,
        author_key=key_of(post.author),
        place=place_name(site, commune_names(site), post.host),
        versions=versions,
        count=count,
        page=page,
        pages=pages,
    )
