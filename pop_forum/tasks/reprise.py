"""Taking our own entries back from a peer that holds more of them than we do, and going on once all have answered."""

from pop_forum.commune import Commune
from pop_forum.errors import RemoteFailure
from pop_forum.services import peers, reprise
from pop_forum.services.sync import Target

MAX_PAGES = 10_000  # of one journal in one go: five million entries
NOT_THERE = 404
UNSHOWN = "Il dit détenir plus de notre journal qu’il n’en montre : appelez son équipe."


def from_peer(commune: Commune, target: Target, vector: bytes) -> None:
    """Everything of ours that this peer holds and we do not. Raises RemoteFailure."""
    with commune.reading() as site:
        lost = reprise.lost(site, vector)
    for name in lost:
        _take_back(commune, target, name)
    _refuse_silence(commune, vector)
    with commune.reading() as site:
        unasked = reprise.unasked(site, target)
    for name in unasked:
        _take_beyond(commune, target, name)


def settle(commune: Commune) -> None:
    """Nothing; writing goes on once every peer has answered."""
    with commune.reading() as site:
        if reprise.waiting(site) is None:
            return
    reached = commune.marker.read()
    with commune.transaction() as site:
        is_over = reprise.settle(site, reached)
    if is_over:
        commune.erase_again()


def _refuse_silence(commune: Commune, vector: bytes) -> None:
    """Raises RemoteFailure when a peer tells of more than it shows: in reprise, that is no answer."""
    with commune.reading() as site:
        unshown = reprise.waiting(site) is not None and reprise.lost(site, vector)
    if unshown:
        raise RemoteFailure("told of more of our journal than it shows", UNSHOWN)


def _take_back(commune: Commune, target: Target, name: str) -> None:
    for _ in range(MAX_PAGES):
        with commune.reading() as site:
            url, headers = reprise.request(site, target, name)
        body = _get(commune, url, headers)
        with commune.transaction() as site:
            taken = reprise.take_back(site, target, name, body)
        if not taken.accepted or not taken.more or not taken.new:
            return


def _take_beyond(commune: Commune, target: Target, name: str) -> None:
    since: int | None = None
    for _ in range(MAX_PAGES):
        with commune.reading() as site:
            url, headers = reprise.beyond_request(site, target, name, since)
        answer = commune.remote.get(url, headers)
        if answer.status == NOT_THERE:
            break  # it does not even hold the end of that epoch
        if answer.status != 200:
            raise peers.refused(answer.status, answer.body)
        with commune.transaction() as site:
            since = reprise.take_beyond(site, name, answer.body, since)
        if since is None:
            break
    with commune.transaction() as site:
        reprise.note_asked(site, target, name)


def _get(commune: Commune, url: str, headers: dict[str, str]) -> bytes:
    answer = commune.remote.get(url, headers)
    if answer.status != 200:
        raise peers.refused(answer.status, answer.body)
    return answer.body
