"""Comparing positions with a peer, then pulling every journal of which it has more: its own, then those it mirrors."""

from pop_forum.commune import Commune
from pop_forum.errors import ForumError
from pop_forum.services import nightly, peers, rereading, sync
from pop_forum.tasks import mirror, reprise

OK = 200
MAX_PAGES = 10_000  # of one journal in one go: five million entries


def run(commune: Commune) -> None:
    """Compare with every peer whose time has come."""
    while True:
        with commune.transaction() as site:
            target = sync.claim(site)
        if target is None:
            return
        try:
            _compare(commune, target)
        except ForumError as error:
            with commune.transaction() as site:
                sync.record_failure(site, target, error.public)


def _compare(commune: Commune, target: sync.Target) -> None:
    with commune.reading() as site:
        url, headers = sync.vector_request(site, target)
    body = _get(commune, url, headers)
    with commune.transaction() as site:
        behind = sync.compare(site, target, body)
        again = rereading.asked(site, target)
    for name in behind:
        _pull(commune, target, name)
    for name in again:
        _reread(commune, target, name)
    _compare_states(commune, target)
    reprise.from_peer(commune, target, body)
    more = mirror.read_all(commune, target, body)
    with commune.transaction() as site:
        sync.finish(site, target, more=more)
    reprise.settle(commune)


def _pull(commune: Commune, target: sync.Target, name: str) -> None:
    for _ in range(MAX_PAGES):
        with commune.reading() as site:
            url, headers = sync.page_request(site, target, name)
        body = _get(commune, url, headers)
        with commune.transaction() as site:
            taken = sync.take_page(site, target, name, body)
        if not taken.accepted or not taken.more or not taken.new:
            return


def _reread(commune: Commune, target: sync.Target, name: str) -> None:
    more = True
    while more:
        with commune.reading() as site:
            url, headers = rereading.request(site, target, name)
        body = _get(commune, url, headers)
        with commune.transaction() as site:
            more = rereading.take(site, target, name, body)


def _compare_states(commune: Commune, target: sync.Target) -> None:
    """Once a night: what this peer shows of the network, and what we do."""
    with commune.reading() as site:
        if not nightly.owes(site, target):
            return
        url, headers = nightly.request(site, target)
    answer = commune.remote.get(url, headers)
    with commune.transaction() as site:
        if answer.status == OK:
            nightly.compare(site, target, answer.body)
        else:  # of an earlier version, or too new to have worked out any
            nightly.note_silent(site, target)


def _get(commune: Commune, url: str, headers: dict[str, str]) -> bytes:
    answer = commune.remote.get(url, headers)
    if answer.status != OK:
        raise peers.refused(answer.status, answer.body)
    return answer.body
