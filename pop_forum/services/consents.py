"""Explicit, dated agreements: given with the version of their text, and shown to who gave them."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, select, update

from pop_forum.domain.consent import CURRENT, OPINIONS, TEXTS, ConsentText
from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, Forbidden, NoConsent, NotFound, OldConsent, Suspended
from pop_forum.models import Consent
from pop_forum.services.site import Site

TEXT_CHANGED = "Le texte de l’accord a changé pendant que vous le lisiez. Relisez-le, puis donnez votre accord."


def give(site: Site, account_id: int, at: datetime, version: str = CURRENT.version) -> Consent:
    """The agreement, kept."""
    text = TEXTS[version]
    given = Consent(account_id=account_id, subject=OPINIONS, version=text.version, digest=text.digest, given_at=at)
    site.session.add(given)
    site.session.flush()
    return given


def give_again(site: Site, account_id: int, version: str) -> None:
    """An agreement to the text that was shown; nothing when it is in force. Raises Conflict when it has changed."""
    if version != CURRENT.version:
        raise Conflict(f"version {version[:20]!r} is not in force", TEXT_CHANGED)
    given = in_force(site, account_id)
    if given is None or given.version != version:
        give(site, account_id, site.clock.now())


def withdraw(site: Site, account_id: int) -> None:
    """Every agreement of this person dated as withdrawn; its row stays, to prove what held until then."""
    mine = update(Consent).where(stands(), Consent.account_id == account_id)
    site.session.execute(mine.values(withdrawn_at=site.clock.now()))


def stands() -> ColumnElement[bool]:
    """The condition that an agreement to publish opinions is in force."""
    return (Consent.subject == OPINIONS) & Consent.withdrawn_at.is_(None)


def newest_version() -> Select[str | None]:
    """The newest version that is agreed to, of the rows that further conditions leave."""
    return select(func.max(Consent.version)).where(stands())


def agrees(site: Site, account_id: int) -> bool:
    """Whether this person agreed to publish opinions and still does."""
    return bool(site.session.scalar(select(exists().where(stands(), Consent.account_id == account_id))))


def refusal(viewer: Viewer, cause: str, public: str | None = None, *, shared: bool = False) -> Forbidden:
    """Why this viewer may not publish: for some days, for want of their agreement to this, or by the rules."""
    if viewer.suspended:
        return Suspended(cause)
    if viewer.writes and not viewer.agreed:
        return NoConsent(cause)
    return OldConsent(cause) if shared and viewer.publishes and not viewer.shares else Forbidden(cause, public)


def last(site: Site, account_id: int) -> Consent | None:
    """The last agreement that this person gave, in force or withdrawn."""
    mine = (Consent.account_id == account_id, Consent.subject == OPINIONS)
    return site.session.scalar(select(Consent).where(*mine).order_by(Consent.id.desc()).limit(1))


def in_force(site: Site, account_id: int) -> Consent | None:
    """The last agreement that this person gave and did not withdraw."""
    return site.session.scalar(
        select(Consent).where(stands(), Consent.account_id == account_id).order_by(Consent.id.desc()).limit(1)
    )


def text(version: str | None = None) -> ConsentText:
    """The text in force, or a former version. Raises NotFound."""
    found = CURRENT if version is None else TEXTS.get(version)
    if found is None:
        raise NotFound("no such version of the consent")
    return found
