"""Leases on work: what a worker that starts gives back for one that was killed."""

from sqlalchemy import update

from pop_forum.models import Delivery, Envelope, Link, Mail, Peer
from pop_forum.services.site import Site


def release_all(site: Site) -> None:
    """Every lease ended. Where several workers share a commune, one page may then be pushed twice: it does no harm."""
    site.session.execute(update(Link).values(push_claimed_until=None))
    site.session.execute(update(Peer).values(sync_claimed_until=None))
    site.session.execute(update(Delivery).values(claimed_until=None))
    site.session.execute(update(Envelope).values(claimed_until=None))
    site.session.execute(update(Mail).values(claimed_until=None))
