"""The key registers of the journals held here: which keys may sign where, and which may sign today."""

from datetime import datetime

from sqlalchemy import bindparam, select, update

from pop_forum.federation.keyring import Place, Ring, Span
from pop_forum.federation.keys import PublicKeys, SiteKeys
from pop_forum.models import Journal, JournalKey, Peer
from pop_forum.services.site import FIRST, SIGNING, Site

_RING = (
    select(
        JournalKey.number,
        JournalKey.ed25519,
        JournalKey.rsa_pem,
        JournalKey.since_epoch,
        JournalKey.since_n,
        JournalKey.until_epoch,
        JournalKey.until_n,
    )
    .where(JournalKey.journal_id == bindparam("journal"))
    .order_by(JournalKey.since_epoch, JournalKey.since_n, JournalKey.number)
)


def ring_of(site: Site, row: Journal | None) -> Ring:
    """Every key that was ever listed in a journal held here, with its places; none without the journal."""
    if row is None:
        return Ring()
    return Ring(tuple(_span(*each) for each in site.session.execute(_RING, {"journal": row.id})))


def put(site: Site, row: Journal, ring: Ring, at: datetime) -> None:
    """Nothing; the registers of a journal are known as this ring tells, what is new since this time."""
    before = {(span.key.number, span.since): span for span in ring_of(site, row).spans}
    if set(before.values()) == set(ring.spans):
        return
    for span in ring.spans:
        held = before.get((span.key.number, span.since))
        if held is None:
            site.session.add(_row(row, span, at))
            site.session.flush()
        if span.until is not None and (held is None or held.until != span.until):
            _close(site, row, span, at)
    row.key_number = max(ring.open())
    site.session.info.pop(SIGNING, None)
    site.session.flush()
    peer = site.session.scalar(select(Peer).where(Peer.host == row.host))
    if peer is not None:
        tell_peer(site, peer)


def valid_now(site: Site, host: str) -> dict[int, PublicKeys]:
    """The keys that may sign for a site today, by number: those that no journal of its has dropped."""
    listed = select(JournalKey).join(Journal, Journal.id == JournalKey.journal_id).where(Journal.host == host)
    last: dict[tuple[int, int], JournalKey] = {}
    for row in site.session.scalars(listed.order_by(JournalKey.since_epoch, JournalKey.since_n)):
        last[row.journal_id, row.number] = row
    dropped = {row.number for row in last.values() if row.until_n is not None}
    return {row.number: _key(row) for row in last.values() if row.number not in dropped}


def root_of(site: Site, row: Journal) -> PublicKeys | None:
    """The first key of a journal's site, by which it is recognised."""
    first = select(JournalKey).where(JournalKey.journal_id == row.id)
    found = site.session.scalars(
        first.order_by(JournalKey.since_epoch, JournalKey.since_n, JournalKey.number).limit(1)
    ).first()
    return None if found is None else _key(found)


def pair_at(site: Site, row: Journal, place: Place) -> SiteKeys:
    """The newest pair of ours that could sign at this place: who has read so far knows no later one.

    Without its files the present one signs: who has read further can still tell.
    """
    if row.key_number == FIRST:
        return site.pairs.pair(FIRST)
    then = max(ring_of(site, row).at(place), default=row.key_number)
    return site.pairs.pair(then if site.pairs.has(then) else row.key_number)


def tell_peer(site: Site, peer: Peer, *, is_whole: bool = False) -> None:
    """Nothing; the row of a peer bears the keys that its journals tell, once they tell of the one that it showed.

    When a journal `is_whole`, read to its end, it alone counts: what the actor document showed on meeting was no proof.
    """
    valid = valid_now(site, peer.host)
    if not valid or (max(valid) < (peer.key_number or 0) and not is_whole):
        return
    newest = valid.pop(max(valid))
    peer.key_number, peer.ed25519, peer.rsa_pem = newest.number, newest.ed25519, newest.rsa_pem
    peer.older_rsa = [valid[number].rsa_pem for number in sorted(valid, reverse=True)] or None


def _close(site: Site, row: Journal, span: Span, at: datetime) -> None:
    epoch, n = span.until or span.since
    which = (
        JournalKey.journal_id == row.id,
        JournalKey.number == span.key.number,
        JournalKey.since_epoch == span.since[0],
        JournalKey.since_n == span.since[1],
    )
    site.session.execute(update(JournalKey).where(*which).values(until_epoch=epoch, until_n=n, until_at=at))


def _row(row: Journal, span: Span, at: datetime) -> JournalKey:
    return JournalKey(
        journal_id=row.id,
        number=span.key.number,
        ed25519=span.key.ed25519,
        rsa_pem=span.key.rsa_pem,
        since_epoch=span.since[0],
        since_n=span.since[1],
        since_at=at,
    )


def _key(row: JournalKey) -> PublicKeys:
    return PublicKeys(row.number, row.ed25519, row.rsa_pem)


def _span(
    number: int, ed25519: str, rsa_pem: str, epoch: int, n: int, until_epoch: int | None, until_n: int | None
) -> Span:
    until = None if until_epoch is None or until_n is None else (until_epoch, until_n)
    return Span(PublicKeys(number, ed25519, rsa_pem), (epoch, n), until)
