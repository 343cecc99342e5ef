"""Pictures of messages: kept by their content, shown with their message, gone with the last message that shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import and_, delete, exists, insert, or_, select, update

from pop_forum.domain.text import clean_line, is_visible
from pop_forum.errors import InvalidInput, NotFound
from pop_forum.federation.images import MAX_ALT_CHARS, MAX_IMAGES, Image
from pop_forum.models import Draft, FormerPictures, Picture, PictureRequest, Post, PostPicture, Report
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.site import Site

PICTURES = MAX_IMAGES  # of one message
ALT_CHARS = MAX_ALT_CHARS
ORPHAN_DAYS = 2  # a picture waits that long for its message: the form came back, and was sent the next day
REMOVED_DAYS = 7  # hidden at once with its message, a picture's file stays that long in case the message comes back
REPORTED_DAYS = 30  # or that long while nobody has decided on a report of the message: as its words do
LOOK_DAYS = 1  # between two looks at whether a picture is still needed
PICTURES_AT_ONCE = 200  # looked at by one sweep
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
    """A picture as a page shows it; `kilobytes` is None while its bytes are not here: on their way, or given up."""

    digest: str
    alt: str
    width: int | None
    height: int | None
    kilobytes: int | None
    is_awaited: bool = False
    heavy: bool = False  # more than its page shows by itself: it is offered, unless its reader wants them all


def keep(site: Site, files: Files, picture: Sent) -> str:
    """The name of the picture, now on this site; nobody can see it before a message shows it."""
    site.one_at_a_time(KEEPING)  # or a sweep could remove the file of a picture that is just sent again
    site.session.merge(_row(site, picture.digest, picture, fetched=False))
    files.keep(picture.digest, picture.content)
    site.session.flush()
    return picture.digest


def keep_fetched(site: Site, files: Files, digest: str, picture: Sent) -> None:
    """Nothing; the picture that bears this name elsewhere is here, made anew, unless it was here already."""
    site.one_at_a_time(KEEPING)
    if site.session.get(Picture, digest) is None:
        site.session.add(_row(site, digest, picture, fetched=True))
        files.keep(digest, picture.content)


def are_here(site: Site, digests: Sequence[str]) -> frozenset[str]:
    """Those of these pictures that a message of ours may show."""
    ours = select(Picture.digest).where(Picture.digest.in_(digests), ~Picture.fetched)
    return frozenset(site.session.scalars(ours)) if digests else frozenset()


def chosen(site: Site, wanted: Sequence[Attached]) -> tuple[Image, ...]:
    """The pictures that a message of ours is to show. Raises InvalidInput for one whose bytes were not sent here."""
    if not wanted:
        return ()
    if len(wanted) > PICTURES:
        raise InvalidInput(f"{len(wanted)} pictures")
    site.one_at_a_time(KEEPING)
    ours = select(Picture).where(Picture.digest.in_([one.digest for one in wanted]), ~Picture.fetched)
    known = {row.digest: row for row in site.session.scalars(ours)}
    if any(one.digest not in known for one in wanted):
        raise InvalidInput("unknown picture", NO_PICTURE)
    return tuple(_image(known[one.digest], one.alt) for one in wanted)


def attach(site: Site, post: Post, shown: Sequence[Image]) -> None:
    """The message with these pictures and no others."""
    site.session.execute(delete(PostPicture).where(PostPicture.post_id == post.id))
    put(site, post.id, shown)
    post.pictures = len(shown)


def put(site: Site, post_id: int, shown: Sequence[Image]) -> None:
    """Nothing; a message that had no pictures has these, each in its place."""
    if shown:
        rows = [_placed(post_id, position, image) for position, image in enumerate(shown)]
        site.session.execute(insert(PostPicture), rows)


def images_of(site: Site, post: Post) -> tuple[Image, ...]:
    """The pictures of a message, as the network is told of them."""
    if not post.pictures:
        return ()
    query = select(PostPicture).where(PostPicture.post_id == post.id).order_by(PostPicture.position)
    return tuple(Image(row.digest, row.alt, row.width, row.height) for row in site.session.scalars(query))


def set_aside(site: Site, post: Post, former: Sequence[Image]) -> None:
    """Nothing; the pictures that a message had before its change are known, and their files stay for a day."""
    listed = [{"digest": image.sha256, "alt": image.alt} for image in former]
    site.session.merge(FormerPictures(post_id=post.id, pictures=listed, at=post.edited_at or site.clock.now()))
    files = Picture.digest.in_([image.sha256 for image in former])
    site.session.execute(update(Picture).where(files).values(looked_at=site.clock.now()))


def set_aside_for(site: Site, post: Post) -> tuple[Attached, ...] | None:
    """The pictures that a message had before its last change; None when that did not change them."""
    row = site.session.get(FormerPictures, post.id)
    if row is None or row.at != post.edited_at:
        return None
    return tuple(Attached(one["digest"], one["alt"]) for one in row.pictures)


def shown_in(site: Site, posts: Iterable[Post]) -> dict[int, tuple[Shown, ...]]:
    """The pictures of each of these messages; asks nothing when none of them has any."""
    ids = [post.id for post in posts if post.pictures]
    if not ids:
        return {}
    awaited = exists().where(PictureRequest.digest == PostPicture.digest, PictureRequest.due_at.is_not(None))
    query = select(PostPicture, Picture, awaited).outerjoin(Picture, Picture.digest == PostPicture.digest)
    found: dict[int, tuple[Shown, ...]] = {}
    ordered = query.where(PostPicture.post_id.in_(ids)).order_by(PostPicture.post_id, PostPicture.position)
    for one, file, is_awaited in site.session.execute(ordered):
        here = (file.width, file.height, file.size) if file else (None, None, None)
        shown = shown_of(one.digest, one.alt, here, awaited=is_awaited)
        found[one.post_id] = (*found.get(one.post_id, ()), shown)
    return found


def shown_of(digest: str, alt: str, file: tuple[int | None, int | None, int | None], *, awaited: bool) -> Shown:
    """A picture as a page shows it, from the width, height and size of its file here, all None without one."""
    width, height, size = file
    return Shown(digest, alt, width, height, None if size is None else max(1, round(size / 1000)), awaited)


def check_shown(site: Site, digest: str) -> None:
    """Nothing when a message that everybody may read shows this picture. Raises NotFound otherwise (row 91)."""
    visible = (Post.deleted_at.is_(None), Post.host.in_(shown_hosts(site)))
    shown = exists().where(PostPicture.digest == digest, PostPicture.post_id == Post.id, *visible)
    if not site.session.scalar(select(shown)):
        raise NotFound(f"no picture {digest[:12]}")


def erase(site: Site, post: Post) -> None:
    """Nothing; this message has no pictures, and the next sweep takes away the files that no other message shows.

    Those that its author has in a draft, as after taking a message back, wait for their form as others do.
    """
    digests = set(site.session.scalars(select(PostPicture.digest).where(PostPicture.post_id == post.id)))
    former = site.session.get(FormerPictures, post.id)
    digests |= {one["digest"] for one in former.pictures} if former is not None else set()
    if digests:
        digests -= _in_drafts(site, post.author_id)
        long_ago = site.clock.now() - timedelta(days=ORPHAN_DAYS)
        values = {"looked_at": long_ago, "kept_at": long_ago}
        site.session.execute(update(Picture).where(Picture.digest.in_(digests)).values(values))
        site.session.execute(delete(PostPicture).where(PostPicture.post_id == post.id))


def purge(site: Site, files: Files) -> None:
    """Nothing; a picture that no message needs any more is gone, after the time a form or a second thought may take."""
    now = site.clock.now()
    due = Picture.looked_at <= now - timedelta(days=LOOK_DAYS)
    if site.session.scalar(select(Picture.digest).where(due).limit(1)) is None:
        return
    site.one_at_a_time(KEEPING)
    rows = site.session.scalars(select(Picture).where(due).order_by(Picture.looked_at).limit(PICTURES_AT_ONCE)).all()
    lately = or_(Post.deleted_at.is_(None), Post.deleted_at > now - timedelta(days=REMOVED_DAYS))
    undecided = exists().where(Report.object_uri == Post.uri, Report.decision_id.is_(None))
    waits = and_(undecided, Post.deleted_at > now - timedelta(days=REPORTED_DAYS))
    query = select(PostPicture.digest).join(Post, Post.id == PostPicture.post_id).where(or_(lately, waits))
    needed = set(site.session.scalars(query.where(PostPicture.digest.in_([row.digest for row in rows]))))
    for row in rows:
        if row.digest in needed or row.kept_at > now - timedelta(days=ORPHAN_DAYS):
            row.looked_at = now
        else:
            site.session.delete(row)
            files.remove(row.digest)


def _in_drafts(site: Site, account_id: int) -> set[str]:
    """The names of the pictures in the drafts of this account."""
    drafts = site.session.scalars(select(Draft.more).where(Draft.account_id == account_id))
    return {value for more in drafts for name, value in (more or {}).items() if name.startswith("gardee-")}


def _row(site: Site, digest: str, picture: Sent, *, fetched: bool) -> Picture:
    now, size = site.clock.now(), len(picture.content)
    place = {"width": picture.width, "height": picture.height, "kept_at": now, "looked_at": now}
    return Picture(digest=digest, size=size, fetched=fetched, **place)


def _image(row: Picture, alt: str) -> Image:
    return Image(row.digest, clean_line(alt, ALT_CHARS) if is_visible(alt) else "", row.width, row.height)


def _placed(post_id: int, position: int, image: Image) -> dict[str, int | str]:
    size = {"width": image.width, "height": image.height}
    return {"post_id": post_id, "position": position, "digest": image.sha256, "alt": image.alt, **size}
