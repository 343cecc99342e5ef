"""Pictures of other communes: named by their messages, fetched by the worker, given up at last with a reason.

Each commune that names a picture is one source of it; the first that gives it ends the others' requests. Communes are
asked side by side, one picture each at a time, so that neither a slow one nor one with many pictures delays the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update

from pop_forum.federation import images
from pop_forum.federation.identifiers import ObjectId, authority
from pop_forum.federation.images import Image
from pop_forum.models import Peer, Picture, PictureRequest, Post, PostPicture, Thread
from pop_forum.services import backoff, claims, pictures
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.known import in_turns
from pop_forum.services.pictures import Files, Sent
from pop_forum.services.site import Site

PICTURES = "pictures"  # the kind of work
LANES = 8  # communes asked at once
PATIENCE = timedelta(days=30)  # then a picture that never came is no longer asked for
OTHER_BYTES = "L’image reçue n’est pas celle que le message annonce : elle est refusée."
UNREADABLE = "Ce qui a été reçu n’est pas une image que nous savons lire : nous ne la demandons plus."
TOO_LATE = "L’image n’est pas arrivée en trente jours : nous ne la demandons plus."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to fetch, and the commune that has it."""

    digest: str
    host: str

    @property
    def url(self) -> str:
        """Where it is."""
        return images.address(self.host, self.digest)


def name(site: Site, named: Mapping[str, tuple[Image, ...]]) -> None:
    """Nothing; each of these messages, by address, shows these pictures, and those that are not here are owed."""
    wanted: set[tuple[str, str]] = set()
    for some in in_turns(set(named)):
        found = site.session.execute(select(Post.uri, Post.id).where(Post.uri.in_(some))).all()
        site.session.execute(delete(PostPicture).where(PostPicture.post_id.in_([number for _, number in found])))
        for uri, number in found:
            pictures.put(site, number, named[uri])
            wanted.update((image.sha256, authority(ObjectId(uri))) for image in named[uri])
    _ask(site, wanted)


def want_again(site: Site, post: Post) -> None:
    """Nothing; what a message of another commune shows is owed again, when its files went while it was removed."""
    if post.pictures and post.deleted_at is None and post.host != site.settings.host:
        shown = site.session.scalars(select(PostPicture.digest).where(PostPicture.post_id == post.id))
        _ask(site, {(digest, post.host) for digest in shown})


def claim(site: Site) -> list[Wanted]:
    """One picture of each commune whose turn it is, leased to the caller; never of one that is suspended."""
    now = site.clock.now()
    site.session.execute(delete(PictureRequest).where(PictureRequest.due_at <= now, ~_is_needed()))
    due = _is_due(now)
    least = (func.min(PictureRequest.failures), func.min(PictureRequest.asked_at), PictureRequest.host)
    hosts = site.session.scalars(
        select(PictureRequest.host).where(*due).group_by(PictureRequest.host).order_by(*least).limit(LANES)
    ).all()
    claimed: dict[str, Wanted] = {}
    for host in hosts:
        others = PictureRequest.digest.not_in(claimed)
        claimed.update({wanted.digest: wanted for wanted in _claim_of(site, host, (*due, others), now)})
    return list(claimed.values())


def record_picture(site: Site, files: Files, wanted: Wanted, picture: Sent) -> None:
    """The picture, made anew here, is shown with every message that names it."""
    pictures.keep_fetched(site, files, wanted.digest, picture)
    site.session.execute(delete(PictureRequest).where(PictureRequest.digest == wanted.digest))
    _touch(site, wanted.digest)


def record_refusal(site: Site, wanted: Wanted, why: str) -> None:
    """What came is not the picture, and asking again would bring the same."""
    row = site.session.get(PictureRequest, (wanted.digest, wanted.host))
    if row is not None:
        _end(site, row, why)


def record_failure(site: Site, wanted: Wanted, why: str, *, unreachable: bool = False) -> None:
    """The picture did not come: tried again later; all that an unreachable commune owes us waits with it."""
    row, now = site.session.get(PictureRequest, (wanted.digest, wanted.host)), site.clock.now()
    if row is None:
        return
    if now - row.asked_at >= PATIENCE:
        _end(site, row, TOO_LATE)
        return
    row.failures += 1
    row.claimed_until, row.outcome, row.due_at = None, why, backoff.next_try(now, row.failures)
    if unreachable:
        others = (PictureRequest.host == row.host, PictureRequest.due_at <= row.due_at)
        site.session.execute(update(PictureRequest).where(*others).values(due_at=row.due_at, failures=row.failures))


def sweep(site: Site) -> None:
    """Find pictures that no wake-up will bring."""
    if site.session.scalar(select(PictureRequest.digest).where(*_is_due(site.clock.now())).limit(1)) is not None:
        site.wake(PICTURES)


def _ask(site: Site, wanted: set[tuple[str, str]]) -> None:
    """Owe these (digest, host) that are not here; one that was given up is tried once more from the beginning."""
    if not wanted:
        return
    now = site.clock.now()
    digests = {digest for digest, _ in wanted}
    here, asked = set[str](), dict[tuple[str, str], PictureRequest]()
    for some in in_turns(digests):
        here.update(site.session.scalars(select(Picture.digest).where(Picture.digest.in_(some))))
        rows = site.session.scalars(select(PictureRequest).where(PictureRequest.digest.in_(some)))
        asked.update(((row.digest, row.host), row) for row in rows)
    for row in (asked[pair] for pair in wanted & asked.keys() if asked[pair].due_at is None):
        row.asked_at, row.due_at, row.failures, row.outcome = now, now, 0, None
    missing = sorted(pair for pair in wanted - asked.keys() if pair[0] not in here)
    if missing:
        new = [{"digest": digest, "host": host, "asked_at": now, "due_at": now} for digest, host in missing]
        site.session.execute(insert(PictureRequest), new)
    site.wake(PICTURES)


def _claim_of(site: Site, host: str, due: Iterable[ColumnElement[bool]], now: datetime) -> list[Wanted]:
    row = site.session.scalar(
        select(PictureRequest)
        .where(*due, PictureRequest.host == host)
        .order_by(PictureRequest.failures, PictureRequest.asked_at, PictureRequest.digest)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return []
    row.claimed_until = now + backoff.LEASE
    return [Wanted(row.digest, row.host)]


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    peers = select(Peer.host).where(Peer.state.in_(EXCHANGING))
    free = claims.free(PictureRequest.claimed_until, now)
    return (PictureRequest.due_at <= now, free, PictureRequest.host.in_(peers))


def _is_needed() -> ColumnElement[bool]:
    """Whether a message of that commune still shows the picture."""
    shown = (PostPicture.post_id == Post.id, Post.deleted_at.is_(None), Post.host == PictureRequest.host)
    return exists().where(PostPicture.digest == PictureRequest.digest, *shown).correlate(PictureRequest)


def _end(site: Site, row: PictureRequest, why: str) -> None:
    row.due_at, row.claimed_until, row.outcome = None, None, why
    _touch(site, row.digest)


def _touch(site: Site, digest: str) -> None:
    """Pages of the threads that show this picture are no longer what they were."""
    query = select(Thread.key).join(Post, Post.thread_id == Thread.id).join(PostPicture, PostPicture.post_id == Post.id)
    for key in site.session.scalars(query.where(PostPicture.digest == digest).distinct()):
        site.touched_thread(key)
