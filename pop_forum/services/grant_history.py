"""The roles that a person has and has had, as their page and the administration show them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from pop_forum.domain.grants import parse_scope
from pop_forum.models import Grant, Measure, Person, Theme
from pop_forum.services.reading import measure_titles
from pop_forum.services.site import Site


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A role as the profile and the administration show it."""

    id: int
    role: str
    form: str
    kind: str  # site | quotidien | theme | mesure
    slug: str
    title: str
    reason: str
    given_by: str
    given_at: datetime
    ended_at: datetime | None


def history(site: Site, person_id: int) -> tuple[GrantLine, ...]:
    """Every role a person has had here, those in force first, then the newest."""
    giver = aliased(Person)
    rows = site.session.execute(
        select(Grant, giver.name)
        .outerjoin(giver, giver.id == Grant.given_by)
        .where(Grant.person_id == person_id)
        .order_by(Grant.ended_at.is_not(None), Grant.given_at.desc(), Grant.id.desc())
    ).all()
    return tuple(_line(site, row.Grant, row.name or "") for row in rows)


def _line(site: Site, grant: Grant, giver: str) -> GrantLine:
    kind, slug = parse_scope(grant.scope)
    title = ""
    if kind == "theme":
        title = site.session.scalar(select(Theme.title).where(Theme.slug == slug)) or slug
    elif kind == "mesure":
        urn = site.session.scalar(select(Measure.urn).where(Measure.slug == slug)) or ""
        title = measure_titles(site, [urn]).get(urn, slug)
    return GrantLine(
        grant.id, grant.role, grant.form, kind, slug, title, grant.reason, giver, grant.given_at, grant.ended_at
    )
