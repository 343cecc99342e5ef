"""What this site says of itself, and by what others recognise it."""

from pop_forum.federation.handshake import SiteActor
from pop_forum.federation.identifiers import Fingerprint, Host
from pop_forum.federation.journal import JOURNALS
from pop_forum.federation.keys import PublicKeys, fingerprint, short_fingerprint
from pop_forum.services import journal, key_registers
from pop_forum.services.site import FIRST, Site

MILLIONTHS = 1_000_000


def own_actor(site: Site) -> SiteActor:
    """What this site says of itself at `/acteur`."""
    settings, own = site.settings, site.settings.coordinates
    return SiteActor(
        host=Host(settings.host),
        name=settings.name,
        kind=str(settings.kind),
        insee=settings.insee,
        journals=JOURNALS,
        keys=site.keys.public(),
        root=own_fingerprint(site),
        older=valid_keys(site)[1:],
        place=None if own is None else (round(own.latitude * MILLIONTHS), round(own.longitude * MILLIONTHS)),
    )


def valid_keys(site: Site) -> tuple[PublicKeys, ...]:
    """The keys that may sign for this site today, the one that does first."""
    newest = site.keys.public()
    if newest.number == FIRST:
        return (newest,)
    others = key_registers.valid_now(site, site.settings.host)
    return newest, *(others[number] for number in sorted(others, reverse=True) if number != newest.number)


def own_fingerprint(site: Site) -> Fingerprint:
    """By what others recognise this site, 52 characters: that of its first key, for ever."""
    return fingerprint(_root(site))


def own_short(site: Site) -> str:
    """The same, as two people compare it by telephone."""
    return short_fingerprint(_root(site))


def _root(site: Site) -> PublicKeys:
    newest = site.keys.public()
    if newest.number == FIRST:
        return newest
    row = journal.find(site, site.settings.host, JOURNALS[0])
    return (None if row is None else key_registers.root_of(site, row)) or site.pairs.pair(FIRST).public()
