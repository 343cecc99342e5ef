"""Fetching pictures of other communes: one of each commune at a time, checked, made anew, kept."""

import hashlib

from pop_forum.adapters.remote import Answer
from pop_forum.commune import Commune
from pop_forum.errors import ForumError, RemoteFailure
from pop_forum.federation.images import MAX_IMAGE_BYTES, WEBP
from pop_forum.services import peers, picture_requests
from pop_forum.services.picture_requests import LANES, OTHER_BYTES, PICTURES, UNREADABLE, Wanted

ROUNDS = 10  # of one task, which is then over in the time that the queue gives it; the rest is owed anew


def run(commune: Commune) -> None:
    """Fetch what is due."""
    for _ in range(ROUNDS):
        with commune.transaction() as site:
            wanted = picture_requests.claim(site)
        if not wanted:
            return
        with commune.lanes(min(LANES, len(wanted))) as lanes:
            answers = list(lanes.map(lambda one: _ask(commune, one), wanted))
        for one, answer in zip(wanted, answers, strict=True):
            _take(commune, one, answer)
    with commune.transaction() as site:
        site.wake(PICTURES)


def _ask(commune: Commune, wanted: Wanted) -> Answer | ForumError:
    """What the origin answers, or why it did not."""
    try:
        return commune.remote.get(wanted.url, {}, accept=(WEBP,), max_body=MAX_IMAGE_BYTES)
    except ForumError as error:
        return error


def _take(commune: Commune, wanted: Wanted, answer: Answer | ForumError) -> None:
    """Keep the picture, or note why it is not here."""
    if isinstance(answer, ForumError):
        away = isinstance(answer, RemoteFailure)
        with commune.transaction() as site:
            picture_requests.record_failure(site, wanted, answer.public, unreachable=away)
    elif answer.status != 200:
        with commune.transaction() as site:
            picture_requests.record_failure(site, wanted, peers.explain_status(answer.status))
    elif hashlib.sha256(answer.body).hexdigest() != wanted.digest:
        with commune.transaction() as site:
            picture_requests.record_refusal(site, wanted, OTHER_BYTES)
    else:
        _keep(commune, wanted, answer.body)


def _keep(commune: Commune, wanted: Wanted, data: bytes) -> None:
    from pop_forum.adapters.pictures import PictureFiles, fetched

    try:
        picture = fetched(data)
    except ForumError:
        with commune.transaction() as site:
            picture_requests.record_refusal(site, wanted, UNREADABLE)
        return
    with commune.transaction() as site:
        picture_requests.record_picture(site, PictureFiles(commune.settings.data), wanted, picture)
