"""Reading journals from a mirror: its pages are followed to a signed head, and only then taken."""

from dataclasses import replace

from pop_forum.commune import Commune
from pop_forum.errors import BadSignature, InvalidInput
from pop_forum.federation.mirrored import MORE, PROVED, Trail
from pop_forum.federation.pages import Page
from pop_forum.models import Peer
from pop_forum.services import mirrors, peers, sync
from pop_forum.services.mirrors import OtherRoot, Wanted

MAX_PAGES = 10_000  # of one journal in one go: five million entries
PAGES_A_TURN = 40  # after so many, the next journal waits for this peer's next turn
PAGES_KEPT = 4  # of those that were followed, in memory; later ones are asked for again
EPOCHS = 8  # of one journal in one go


class NotServed(Exception):
    """The mirror does not serve what it says it holds."""


def read_all(commune: Commune, target: sync.Target, vector: bytes) -> bool:
    """Whether the peer has more for us than one turn allows: what it holds of others, read as far as that."""
    done: set[tuple[str, str]] = set()
    pages = 0
    while pages < PAGES_A_TURN:
        with commune.transaction() as site:
            asked = mirrors.wanted(site, site.session.get_one(Peer, target.peer_id), vector)
        left = [one for one in asked if one.key not in done]
        if not left:
            return False
        done.add(left[0].key)
        pages += _read_epochs(commune, left[0])
    return True


def _read_epochs(commune: Commune, one: Wanted) -> int:
    """How many pages were asked for: of the epoch that we are in, and of those that follow."""
    asked = 0
    for _ in range(EPOCHS):
        trail = Trail()
        try:
            count, new = _read(commune, one, trail)
        except OtherRoot:
            _note(commune, one, trail, mirrors.ROOT)
            return asked + 1
        except (InvalidInput, BadSignature) as altered:
            with commune.transaction() as site:
                mirrors.quarantine(site, one, str(altered))
            return asked + 1
        except NotServed:
            _note(commune, one, trail, mirrors.REFUSED)
            return asked + 1
        asked += count
        if new or one.epoch >= one.told[0]:
            return asked
        one = replace(one, epoch=one.epoch + 1, since=0)
    return asked


def _read(commune: Commune, one: Wanted, trail: Trail) -> tuple[int, int]:
    """How many pages were asked for, and how many entries were new. Raises as mirrors.read does, and NotServed."""
    starts: list[int] = []
    kept: dict[int, Page] = {}
    state, since = MORE, one.since
    while state == MORE and len(starts) < MAX_PAGES:
        page, state = _follow(commune, one, trail, since)
        one = replace(one, epoch=page.epoch.number)  # at the end of one, the mirror answers with the next
        starts.append(page.start)
        if len(kept) < PAGES_KEPT:
            kept[page.start] = page
        since = page.start + len(page.entries)
    if state != PROVED:
        _note(commune, one, trail, mirrors.WITHHELD)
        return len(starts), 0
    asked, new = len(starts), 0
    for start in starts:
        if start not in kept:
            asked += 1
            kept[start], _ = _follow(commune, one, Trail(), start)
        with commune.transaction() as site:
            taken = mirrors.take(site, one, trail, kept.pop(start))
        if taken is None or not taken.accepted:
            break
        new += taken.new
    _note(commune, one, trail, None)
    return asked, new


def _follow(commune: Commune, one: Wanted, trail: Trail, since: int) -> tuple[Page, str]:
    """The page after `since`, and where the trail stands after it. Raises as mirrors.read does, and NotServed."""
    with commune.reading() as site:
        url, headers = mirrors.request(site, one, since)
    answer = commune.remote.get(url, headers)
    if answer.status in (403, 404):
        raise NotServed(url)
    if answer.status != 200:
        raise peers.refused(answer.status, answer.body)
    with commune.reading() as site:
        return mirrors.read(site, one, trail, answer.body)


def _note(commune: Commune, one: Wanted, trail: Trail, problem: str | None) -> None:
    with commune.transaction() as site:
        mirrors.note_read(site, one, trail, problem)
