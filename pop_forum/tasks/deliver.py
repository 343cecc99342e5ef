"""Pushing our journals: one due link at a time, page after page until its peer has everything."""

from pop_forum.commune import Commune
from pop_forum.errors import ForumError
from pop_forum.services import deliveries

PAGES_IN_A_ROW = 20  # then another link has its turn


def run(commune: Commune) -> None:
    """Push to every due link."""
    while True:
        with commune.transaction() as site:
            link_id = deliveries.claim(site)
        if link_id is None:
            return
        _push(commune, link_id)


def _push(commune: Commune, link_id: int) -> None:
    for _ in range(PAGES_IN_A_ROW):
        with commune.reading() as site:
            push = deliveries.prepare(site, link_id)
        if push is None:
            break
        if not _push_page(commune, push):
            return
    with commune.transaction() as site:
        deliveries.release(site, link_id)


def _push_page(commune: Commune, push: deliveries.Push) -> bool:
    """Whether the peer took the page and the next one may follow."""
    try:
        answer = commune.remote.post(push.url, push.body, push.headers)
    except ForumError as error:
        with commune.transaction() as site:
            deliveries.record_failure(site, push.link_id, error.public)
        return False
    with commune.transaction() as site:
        return deliveries.record_answer(site, push, answer.status, answer.body)
