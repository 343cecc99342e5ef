"""Explicit, dated agreements: given with the version of their text, and shown to who gave them."""

from datetime import datetime

from sqlalchemy import select

from pop_forum.domain.consent import CURRENT, OPINIONS, TEXTS, ConsentText
from pop_forum.errors import NotFound
from pop_forum.models import Consent
from pop_forum.services.site import Site


def give(site: Site, account_id: int, at: datetime, version: str = CURRENT.version) -> Consent:
    """The agreement, kept."""
    text = TEXTS[version]
    given = Consent(account_id=account_id, subject=OPINIONS, version=text.version, digest=text.digest, given_at=at)
    site.session.add(given)
    return given


def in_force(site: Site, account_id: int) -> Consent | None:
    """The last agreement that this person gave and did not withdraw."""
    mine = (Consent.account_id == account_id, Consent.subject == OPINIONS, Consent.withdrawn_at.is_(None))
    return site.session.scalar(select(Consent).where(*mine).order_by(Consent.id.desc()).limit(1))


def text(version: str | None = None) -> ConsentText:
    """The text in force, or a former version. Raises NotFound."""
    found = CURRENT if version is None else TEXTS.get(version)
    if found is None:
        raise NotFound("no such version of the consent")
    return found
