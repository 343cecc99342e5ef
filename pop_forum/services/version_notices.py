"""Who is told that the common text of a measure went on: those who follow it, and those who write ours.

Once for each version. The common text of another commune's measure is that commune's own.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update

from pop_forum.domain.permissions import SITE, Role
from pop_forum.federation.activities import LOCAL
from pop_forum.federation.revisions import local_name, slug_at
from pop_forum.models import Account, Measure, MeasureFollow, Revision, Stance, VersionNotice
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.notices import KEPT
from pop_forum.services.reading import measure_titles
from pop_forum.services.site import Site
from pop_forum.services.versions import is_first
from pop_forum.settings import Kind

SHOWN = 20  # on the page of notices
HELD = ("adopted", "adapted")


@dataclass(frozen=True, slots=True)
class TextLine:
    """One version that a person was told of."""

    slug: str
    title: str
    summary: str
    common: bool  # of the common programme, not another commune's measure
    at: datetime
    seen: bool


def tell(site: Site, digest: str) -> None:
    """A notice of a new version that others come from: for each follower, and for who writes our text, if there is one.

    An unseen notice of an earlier version gives way: nobody is told twice of one measure before they look.
    """
    revision = site.session.get(Revision, digest)
    if revision is None or not revision.parents or not _is_heard(site, revision):
        return
    followers = select(MeasureFollow.account_id).where(MeasureFollow.measure == revision.measure)
    accounts = set(site.session.scalars(followers))
    if _is_to_decide(site, revision.measure):
        accounts |= set(site.session.scalars(select(Account.person_id).where(_writes_ours(site))))
    told = select(VersionNotice.account_id).where(VersionNotice.head == digest)
    accounts -= set(site.session.scalars(told))
    if not accounts:
        return
    _see(site, VersionNotice.measure == revision.measure, VersionNotice.account_id.in_(sorted(accounts)))
    site.session.add_all(
        VersionNotice(account_id=each, head=digest, measure=revision.measure, made_at=site.clock.now())
        for each in sorted(accounts)
    )
    site.session.flush()


def follow(site: Site, account: int, measure: Measure, *, active: bool) -> None:
    """The measure followed by this account from now on, or no longer."""
    row = site.session.get(MeasureFollow, (account, measure.urn))
    if active and row is None:
        site.session.add(MeasureFollow(account_id=account, measure=measure.urn, since=site.clock.now()))
    elif row is not None and not active:
        site.session.delete(row)


def follows(site: Site, account: int, measure: Measure) -> bool:
    """Whether this account follows the measure."""
    return site.session.get(MeasureFollow, (account, measure.urn)) is not None


def is_told(site: Site, account: int, measure: Measure) -> bool:
    """Whether a notice of this measure waits for this account."""
    waits = exists().where(
        VersionNotice.account_id == account, VersionNotice.measure == measure.urn, VersionNotice.seen_at.is_(None)
    )
    return bool(site.session.scalar(select(waits)))


def see(site: Site, account: int, urn: str) -> None:
    """The notices of a measure that this person reads now, or has just written, marked as seen."""
    _see(site, VersionNotice.account_id == account, VersionNotice.measure == urn)


def see_all(site: Site, account: int, until: datetime) -> None:
    """Every notice of this person up to this moment marked as seen."""
    _see(site, VersionNotice.account_id == account, VersionNotice.made_at <= until)


def count(site: Site, account: int) -> int:
    """How many this person has not seen."""
    unseen = (VersionNotice.account_id == account, VersionNotice.seen_at.is_(None))
    return site.session.scalar(select(func.count()).select_from(VersionNotice).where(*unseen)) or 0


def lines(site: Site, account: int) -> list[TextLine]:
    """The newest versions that this person was told of, of measures that are shown here."""
    shown = Measure.host.in_(["", *shown_hosts(site)])
    rows = site.session.execute(
        select(VersionNotice, Revision.summary)
        .join(Measure, Measure.urn == VersionNotice.measure)
        .join(Revision, Revision.digest == VersionNotice.head)
        .where(VersionNotice.account_id == account, shown)
        .order_by(VersionNotice.made_at.desc(), VersionNotice.head)
        .limit(SHOWN)
    ).all()
    titles = measure_titles(site, {row.VersionNotice.measure for row in rows})
    return [_line(site, row.VersionNotice, row.summary, titles) for row in rows]


def purge(site: Site) -> None:
    """Old notices gone, seen or not."""
    site.session.execute(delete(VersionNotice).where(VersionNotice.made_at <= site.clock.now() - KEPT))


def _line(site: Site, row: VersionNotice, summary: str, titles: dict[str, str]) -> TextLine:
    slug = slug_at(row.measure, site.settings.host)
    common = local_name(row.measure) is None
    return TextLine(slug, titles.get(row.measure, slug), summary, common, row.made_at, row.seen_at is not None)


def _is_heard(site: Site, revision: Revision) -> bool:
    """Whether it is a version of the text that the others come from, by who has a say in it."""
    return is_first(revision) and (revision.role == LOCAL or revision.host == site.settings.programme.home)


def _is_to_decide(site: Site, urn: str) -> bool:
    """Whether this commune holds a text that comes from another's: it may take the changes in, or keep its own."""
    name = local_name(urn)
    if name is not None and name.host == site.settings.host:
        return False
    ours = (Stance.measure == urn, Stance.host == site.settings.host, Stance.kind.in_(HELD))
    return bool(site.session.scalar(select(exists().where(*ours))))


def _writes_ours(site: Site) -> ColumnElement[bool]:
    """Who may write this commune's texts, as permissions.may_adapt says it."""
    admins = Account.role == Role.ADMIN
    if site.settings.kind == Kind.MUNICIPALE:
        return admins
    return or_(admins, *(_holds(role) for role in (Role.CANDIDATE, Role.ELECTED)))


def _holds(role: Role) -> ColumnElement[bool]:
    return or_(Account.role == role, (" " + Account.grants + " ").contains(f" {role}@{SITE} "))


def _see(site: Site, *which: ColumnElement[bool]) -> None:
    unseen = update(VersionNotice).where(VersionNotice.seen_at.is_(None), *which)
    site.session.execute(unseen.values(seen_at=site.clock.now()))
