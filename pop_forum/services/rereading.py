"""A peer's journal read again from a position our admin chose, and compared, entry by entry, with what is held here.

What is read was signed: the page's head proves it. Entries of that part that have no effect here are tried again.
"""

from sqlalchemy import select, update

from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, InvalidInput
from pop_forum.federation import journal as chain
from pop_forum.federation import pages, registers
from pop_forum.federation.identifiers import origin
from pop_forum.federation.pages import Page
from pop_forum.models import Entry, Journal, Link, Peer
from pop_forum.services import authentication, journal, key_registers, peers, unapplied
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.site import Site
from pop_forum.services.sync import Target

NOT_CARRIED = "Ce journal n’est pas échangé avec cette commune."
BEYOND = "Choisissez un numéro d’entrée que ce site tient déjà : zéro pour tout relire."
RETRIED = ("waiting", "postponed", "unsupported", "refused")  # outcomes without effect


def ask(site: Site, viewer: Viewer, peer: Peer, name: str, after: int) -> None:
    """The journal of a peer to be read again after this entry. Raises Forbidden, Conflict, InvalidInput."""
    peers.only_admins(viewer)
    link = next((link for link in peers.links_of(site, peer) if link.journal == name), None)
    row = journal.find(site, peer.host, name)
    if peer.state not in EXCHANGING or link is None or row is None:
        raise Conflict(f"{name[:40]!r} of {peer.host} is not carried", NOT_CARRIED)
    if not 0 <= after < row.n:
        raise InvalidInput(f"entry {after} of {row.n}", BEYOND)
    link.reread_after, link.reread_at, link.reread_entries, link.reread_wrong = after, None, 0, 0
    peer.sync_due_at, peer.sync_failures = site.clock.now(), 0
    site.wake(peers.SYNC)


def asked(site: Site, target: Target) -> list[str]:
    """The journals of this peer that are to be read again."""
    wanted = select(Link.journal).where(Link.peer_id == target.peer_id, Link.reread_after.is_not(None))
    return list(site.session.scalars(wanted.order_by(Link.journal)))


def request(site: Site, target: Target, name: str) -> tuple[str, dict[str, str]]:
    """The address of the next page to compare, and the headers of a signed request for it."""
    link, row = _link(site, target, name), _row(site, target, name)
    url = f"{origin(target.host)}/journal/{name}?since={link.reread_after or 0}&epoch={row.epoch}"
    return url, authentication.sign(site, "GET", url)


def take(site: Site, target: Target, name: str, data: bytes) -> bool:
    """Whether more is to be read, after this page was compared with what is held."""
    link, row = _link(site, target, name), _row(site, target, name)
    page = pages.parse_page(data, host=target.host, journal=name)
    ring = registers.follow(key_registers.ring_of(site, row), target.host, page.epoch.number, page.entries, row.n)
    chain.verify_head(page.head_document, registers.of_head(ring, page.head))
    if page.epoch.id != row.epoch_id or page.start != link.reread_after:
        raise InvalidInput(f"another page of {target.host}/{name} than the one that was asked for")
    last = min(page.start + len(page.entries), row.n)
    link.reread_entries += last - page.start
    link.reread_wrong += _differences(site, row, page, last)
    _try_again(site, row, page.start, last)
    if last < row.n and page.entries and page.next is not None:
        link.reread_after = last
        return True
    link.reread_after, link.reread_at = None, site.clock.now()
    return False


def _differences(site: Site, row: Journal, page: Page, last: int) -> int:
    """How many entries of the page, up to the last one held, are not those held here."""
    found = site.session.execute(
        select(Entry.n, Entry.leaf, Entry.hash).where(
            Entry.journal_id == row.id, Entry.epoch == row.epoch, Entry.n > page.start, Entry.n <= last
        )
    )
    held = {n: (leaf, hash_) for n, leaf, hash_ in found}
    told = zip(page.entries, page.hashes, strict=False)
    return sum((entry.leaf().hex(), hash_.hex()) != held.get(entry.n) for entry, hash_ in told if entry.n <= last)


def _try_again(site: Site, row: Journal, start: int, last: int) -> None:
    """Make due what has no effect in this part of a journal; a task applies it, if it can be by now."""
    ours = (Entry.journal_id == row.id, Entry.epoch == row.epoch, Entry.n > start, Entry.n <= last)
    due = update(Entry).where(*ours, Entry.outcome.in_(RETRIED)).values(outcome="postponed", waiting_on=None)
    if site.session.connection().execute(due).rowcount:
        site.wake(unapplied.APPLY)


def _link(site: Site, target: Target, name: str) -> Link:
    return site.session.scalars(select(Link).where(Link.peer_id == target.peer_id, Link.journal == name)).one()


def _row(site: Site, target: Target, name: str) -> Journal:
    row = journal.find(site, target.host, name)
    if row is None:
        raise InvalidInput(f"{target.host}/{name} is not held")
    return row
