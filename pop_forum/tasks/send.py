"""Sending single activities to inboxes."""

from pop_forum.commune import Commune
from pop_forum.errors import ForumError
from pop_forum.services import outbox


def run(commune: Commune) -> None:
    """Send every due delivery."""
    while True:
        with commune.transaction() as site:
            parcel = outbox.claim(site)
        if parcel is None:
            return
        _send(commune, parcel)


def _send(commune: Commune, parcel: outbox.Parcel) -> None:
    try:
        answer = commune.remote.post(parcel.url, parcel.body, parcel.headers)
    except ForumError as error:
        with commune.transaction() as site:
            outbox.record_failure(site, parcel, error.public)
        return
    with commune.transaction() as site:
        outbox.record_answer(site, parcel, answer.status, answer.body)
