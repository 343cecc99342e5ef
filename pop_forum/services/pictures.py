"""Pictures of messages: kept by their content, shown with their message, gone with the last message that shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import delete, exists, select

from pop_forum.errors import InvalidInput, NotFound
from pop_forum.models import Picture, Post, PostPicture
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.site import Site

PICTURES = 4  # of one message
ALT_CHARS = 300
ORPHAN_DAYS = 2  # a picture waits that long for its message: the form came back, and was sent the next day
PICTURES_AT_ONCE = 200  # orphans removed by one sweep
KEEPING = "pictures"
NO_PICTURE = "Cette image n’est plus ici. Choisissez-la de nouveau, puis réessayez."


class Sent(Protocol):
    """A picture that was read: adapters/pictures.py."""

    @property
    def content(self) -> bytes: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def digest(self) -> str: ...


class Files(Protocol):
    """Where the bytes are."""

    def keep(self, digest: str, content: bytes) -> None: ...

    def remove(self, digest: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture to show with a message, and its description."""

    digest: str
    alt: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a page shows it; `kilobytes` is None while its bytes are not here."""

    digest: str
    alt: str
    width: int | None
    height: int | None
    kilobytes: int | None


def keep(site: Site, files: Files, picture: Sent) -> str:
    """The name of the picture, now on this site; nobody can see it before a message shows it."""
    site.one_at_a_time(KEEPING)  # or a sweep could remove the file of a picture that is just sent again
    row = site.session.get(Picture, picture.digest)
    if row is None:
        size, now = len(picture.content), site.clock.now()
        row = Picture(digest=picture.digest, size=size, width=picture.width, height=picture.height, kept_at=now)
        site.session.add(row)
    row.kept_at = site.clock.now()
    files.keep(picture.digest, picture.content)
    site.session.flush()
    return picture.digest


def attach(site: Site, post: Post, wanted: Sequence[Attached]) -> None:
    """The message with these pictures and no others. Raises InvalidInput for one that is not here."""
    if len(wanted) > PICTURES:
        raise InvalidInput(f"{len(wanted)} pictures")
    site.session.flush()
    known = set(site.session.scalars(select(Picture.digest).where(Picture.digest.in_([one.digest for one in wanted]))))
    if any(one.digest not in known for one in wanted):
        raise InvalidInput("unknown picture", NO_PICTURE)
    site.session.execute(delete(PostPicture).where(PostPicture.post_id == post.id))
    for position, one in enumerate(wanted):
        site.session.add(PostPicture(post_id=post.id, position=position, digest=one.digest, alt=one.alt[:ALT_CHARS]))
    post.pictures = len(wanted)
    site.session.flush()


def attach_at(site: Site, uri: str, wanted: Sequence[Attached]) -> None:
    """The same for a message that was just written without objects."""
    attach(site, site.session.scalars(select(Post).where(Post.uri == uri)).one(), wanted)


def shown_in(site: Site, posts: Iterable[Post]) -> dict[int, tuple[Shown, ...]]:
    """The pictures of each of these messages; asks nothing when none of them has any."""
    ids = [post.id for post in posts if post.pictures]
    if not ids:
        return {}
    query = select(PostPicture, Picture).outerjoin(Picture, Picture.digest == PostPicture.digest)
    found: dict[int, tuple[Shown, ...]] = {}
    ordered = query.where(PostPicture.post_id.in_(ids)).order_by(PostPicture.post_id, PostPicture.position)
    for one, file in site.session.execute(ordered):
        size = (file.width, file.height, max(1, round(file.size / 1000))) if file else (None, None, None)
        found[one.post_id] = (*found.get(one.post_id, ()), Shown(one.digest, one.alt, *size))
    return found


def check_shown(site: Site, digest: str) -> None:
    """Nothing when a message that everybody may read shows this picture. Raises NotFound otherwise (row 91)."""
    visible = (Post.deleted_at.is_(None), Post.host.in_(shown_hosts(site)))
    shown = exists().where(PostPicture.digest == digest, PostPicture.post_id == Post.id, *visible)
    if not site.session.scalar(select(shown)):
        raise NotFound(f"no picture {digest[:12]}")


def purge(site: Site, files: Files) -> None:
    """Nothing; pictures that no message shows are gone, after the time a form may need."""
    oldest = site.clock.now() - timedelta(days=ORPHAN_DAYS)
    unused = select(Picture.digest).where(
        Picture.kept_at <= oldest, ~exists().where(PostPicture.digest == Picture.digest)
    )
    if site.session.scalar(unused.limit(1)) is None:
        return
    site.one_at_a_time(KEEPING)
    for digest in site.session.scalars(unused.limit(PICTURES_AT_ONCE)).all():
        site.session.execute(delete(Picture).where(Picture.digest == digest))
        files.remove(digest)
