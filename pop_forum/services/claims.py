"""Leases on work: what nobody holds may be taken; a worker that starts gives back what one that was killed held."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, or_, update
from sqlalchemy.orm import InstrumentedAttribute

from pop_forum.models import Delivery, Envelope, Link, Mail, Peer, PictureRequest
from pop_forum.services.site import Site


def free(
    claimed_until: InstrumentedAttribute[datetime | None], now: datetime | BindParameter[datetime]
) -> ColumnElement[bool]:
    """Whether nobody holds the row any more: it was never claimed, or its lease has ended."""
    return or_(claimed_until.is_(None), claimed_until < now)


def release_all(site: Site) -> None:
    """Every lease ended. Where several workers share a commune, one page may then be pushed twice: it does no harm."""
    site.session.execute(update(Link).values(push_claimed_until=None))
    site.session.execute(update(Peer).values(sync_claimed_until=None))
    site.session.execute(update(Delivery).values(claimed_until=None))
    site.session.execute(update(Envelope).values(claimed_until=None))
    site.session.execute(update(Mail).values(claimed_until=None))
    site.session.execute(update(PictureRequest).values(claimed_until=None))
