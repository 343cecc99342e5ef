"""What this site says of itself, and by what others recognise it."""

from pop_forum.federation.handshake import SiteActor
from pop_forum.federation.identifiers import Fingerprint, Host
from pop_forum.federation.journal import JOURNALS
from pop_forum.federation.keys import fingerprint, short_fingerprint
from pop_forum.services.site import Site


def own_actor(site: Site) -> SiteActor:
    """What this site says of itself at `/acteur`."""
    settings = site.settings
    return SiteActor(
        host=Host(settings.host),
        name=settings.name,
        kind=str(settings.kind),
        insee=settings.insee,
        journals=JOURNALS,
        keys=site.keys.public(),
        root=own_fingerprint(site),
    )


def own_fingerprint(site: Site) -> Fingerprint:
    """By what others recognise this site, 52 characters."""
    return fingerprint(site.keys.public())


def own_short(site: Site) -> str:
    """The same, as two people compare it by telephone."""
    return short_fingerprint(site.keys.public())
