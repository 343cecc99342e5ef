"""Pushing our journals: a batch of due links at a time, one page each, sent side by side."""

from concurrent.futures import Future, wait

from pop_forum.commune import Commune
from pop_forum.errors import ForumError
from pop_forum.services import deliveries
from pop_forum.services.deliveries import Answered, Push

LANES = 16  # requests of one batch under way at once
GATHER_SECONDS = 0.05  # answers that come within this time of each other are noted in one transaction


def run(commune: Commune) -> None:
    """Push to every due link."""
    while True:
        with commune.transaction() as site:
            claimed = deliveries.claim(site)
        if not claimed:
            return
        with commune.reading() as site:
            pushes = deliveries.prepare(site, claimed)
        _give_back(commune, set(claimed) - {push.link_id for push in pushes})
        _send(commune, pushes)


def _give_back(commune: Commune, complete: set[int]) -> None:
    """Release the links to which nothing is owed any more."""
    if complete:
        with commune.transaction() as site:
            for link_id in sorted(complete):
                deliveries.release(site, link_id)


def _send(commune: Commune, pushes: list[Push]) -> None:
    """Send each page; answers are noted as they come, and one that does not come holds back no other."""
    if not pushes:
        return
    with commune.lanes(min(LANES, len(pushes))) as lanes:
        pending: set[Future[Answered]] = {lanes.submit(_post, commune, push) for push in pushes}
        while pending:
            done, pending = wait(pending, GATHER_SECONDS)
            if done:
                answers = sorted((one.result() for one in done), key=lambda answer: answer.push.link_id)
                with commune.transaction() as site:
                    deliveries.record(site, answers)


def _post(commune: Commune, push: Push) -> Answered:
    try:
        answer = commune.remote.post(push.url, push.body, push.headers)
    except ForumError as error:
        return Answered(push, 0, b"", error.public)
    return Answered(push, answer.status, answer.body)
