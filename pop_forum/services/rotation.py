"""Changing the keys of this site: the new pair beside the old one for a week, then alone.

Each of the site's journals tells both changes. The first key stays what the others recognise the site by.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, Unavailable
from pop_forum.federation import build
from pop_forum.federation.activities import Activity, KeyRegister
from pop_forum.federation.identifiers import Host, site_actor_id
from pop_forum.federation.keys import MAX_KEY_NUMBER, PublicKeys, SiteKeys, fingerprint, short_fingerprint
from pop_forum.models import Journal, JournalKey
from pop_forum.services import journal, key_registers, peers
from pop_forum.services.site import Site

ROTATION_DAYS = 7  # that the old pair may still sign, and every commune has to hear of the new one
OVERLAP = timedelta(days=ROTATION_DAYS)
ROTATING = "rotating"  # one change of keys at a time
GOING_ON = "Un changement de clés est déjà en cours. Attendez que l’ancienne paire ne serve plus, puis recommencez."
OTHER_PAIR = "Les clés ont changé entre-temps. Rechargez la page, puis regardez où elles en sont."
NO_MORE = "Ce site a changé de clés autant de fois que le réseau sait en compter."


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of this site as its journals tell: since when it may sign, and until when it may or might."""

    number: int
    fingerprint: str
    short: str
    since: datetime
    until: datetime | None  # None: until it is changed
    signs: bool  # the newest one
    dropped: bool


def next_number(site: Site) -> int:
    """The number of the pair to make for the next change. Raises Conflict while one goes on."""
    number = site.keys.number + 1
    if any(len(key_registers.ring_of(site, row).open()) > 1 for row in _ours(site)):
        raise Conflict("a rotation goes on", GOING_ON)
    if number > MAX_KEY_NUMBER:
        raise Conflict(f"{number} rotations", NO_MORE)
    return number


def rotate(site: Site, viewer: Viewer, new: SiteKeys) -> None:
    """The new pair told by each of our journals, signed by the old one and by itself: from now on it signs.

    Raises Forbidden, Conflict, and Unavailable during a reprise.
    """
    peers.only_admins(viewer)
    site.one_at_a_time(ROTATING)
    rows = _ours(site)
    if any(row.resuming_since is not None for row in rows):
        raise Unavailable("rotation during a reprise", journal.RESUMING)
    if new.number != next_number(site):
        raise Conflict(f"pair {new.number} after pair {site.keys.number}", OTHER_PAIR)
    old, now = site.keys, site.clock.now()
    for row in rows:
        ring = key_registers.ring_of(site, row)
        listed = (*ring.open().values(), new.public())
        activity = _register(site, row, listed, now)
        appended = journal.append_signed(site, row.name, activity, build.rotation(activity, old, new, now))
        key_registers.put(site, row, ring.told((appended.epoch, appended.n), listed), now)


def sweep(site: Site) -> None:
    """Nothing; an old pair whose time is over is listed no more: from there on it may not sign."""
    now = site.clock.now()
    for row in _ours(site):
        newest = _newest(site, row)
        if newest is None or row.resuming_since is not None or now - newest.since_at < OVERLAP:
            continue
        ring = key_registers.ring_of(site, row)
        listed = (ring.open()[newest.number],)
        appended = journal.append(site, row.name, _register(site, row, listed, now))
        key_registers.put(site, row, ring.told((appended.epoch, appended.n), listed), now)


def pairs(site: Site) -> list[Pair]:
    """The pairs that this site has ever registered, the newest first."""
    found: dict[int, JournalKey] = {}
    ours = select(JournalKey).join(Journal, Journal.id == JournalKey.journal_id)
    ours = ours.where(Journal.host == site.settings.host)
    for row in site.session.scalars(ours.order_by(JournalKey.since_epoch, JournalKey.since_n)):
        found[row.number] = row
    newest = max(found, default=0)
    return [_pair(found[number], found[newest]) for number in sorted(found, reverse=True)]


def _pair(row: JournalKey, newest: JournalKey) -> Pair:
    public = PublicKeys(row.number, row.ed25519, row.rsa_pem)
    until = row.until_at if row.number == newest.number or row.until_at is not None else newest.since_at + OVERLAP
    dropped, signs = row.until_at is not None, row.number == newest.number
    return Pair(row.number, fingerprint(public), short_fingerprint(public), row.since_at, until, signs, dropped)


def _newest(site: Site, row: Journal) -> JournalKey | None:
    """The newest pair that a journal tells, while an older one may still sign."""
    listed = select(JournalKey).where(JournalKey.journal_id == row.id, JournalKey.until_n.is_(None))
    found = site.session.scalars(listed.order_by(JournalKey.number)).all()
    return found[-1] if len(found) > 1 else None


def _register(site: Site, row: Journal, listed: tuple[PublicKeys, ...], now: datetime) -> Activity:
    content = KeyRegister(journal.epoch_of(site, row), listed)
    return Activity(journal.new_activity_id(site), site_actor_id(Host(row.host)), now, content)


def _ours(site: Site) -> list[Journal]:
    rows = select(Journal).where(Journal.host == site.settings.host).order_by(Journal.name)
    return list(site.session.scalars(rows.execution_options(populate_existing=True)))
