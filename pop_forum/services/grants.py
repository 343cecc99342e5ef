"""Roles given and ended by those who administer the site, with their scope and a public reason; nothing is forgotten.

`accounts.role`, `accounts.grants`, `people.role` and `people.form` follow from the grants in force and are written
here only.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from pop_forum.domain import grants as rule
from pop_forum.domain.badges import BADGED, FEMININE, MASCULINE
from pop_forum.domain.grants import Held
from pop_forum.domain.names import clean_name, name_key
from pop_forum.domain.permissions import SITE, Role, Viewer, may_give_role, may_grant, may_rename
from pop_forum.domain.text import clean_line
from pop_forum.errors import Conflict, Forbidden, NotFound
from pop_forum.models import Account, Grant, Measure, Theme
from pop_forum.services import naming
from pop_forum.services.declarations import declare
from pop_forum.services.leaving import is_retired
from pop_forum.services.sign_ins import end_sessions
from pop_forum.services.site import Site

REASON_CHARS = 300
GRANTS_PER_PERSON = 50  # in force at once: 11 themes and some measures leave room
NAME_TAKEN = "Ce nom est déjà porté ici. Ajoutez une initiale ou le nom de votre rue, par exemple."
HELD_ALREADY = "Cette personne a déjà ce rôle, pour le même domaine."
TOO_MANY_GRANTS = "Cette personne a déjà trop de rôles. Retirez-en un, ou donnez-lui un domaine plus large."
LAST_ADMIN = "Il faut au moins une personne qui administre le site."
BADGE_NAME = (
    "Une personne candidate ou élue paraît sous son vrai nom : "
    "seules les personnes qui administrent le site peuvent le changer."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A role to give; nothing else can be set from outside (row 90). `name` is the real name, for a badge."""

    role: str
    scope: str
    form: str
    reason: str
    name: str = ""


def give(site: Site, viewer: Viewer, person_id: int, wish: Wish) -> Account:
    """The account with one more role; its sessions end, so that old rights do not outlive the change (row 81)."""
    kind, slug = rule.parse_scope(wish.scope)
    if not may_grant(viewer, wish.role, wish.scope, site.settings.kind) or not kind:
        raise Forbidden(f"may not give {wish.role[:20]!r} over {wish.scope[:60]!r}")
    account = _account(site, person_id)
    before = _told(account)
    if not _scope_exists(site, kind, slug):
        raise NotFound(f"no scope {wish.scope[:60]!r}")
    reason = clean_line(wish.reason, REASON_CHARS)
    now, in_force = site.clock.now(), _in_force(site, person_id)
    if any(each.role == wish.role and each.scope == wish.scope for each in in_force):
        raise Conflict("role held already", HELD_ALREADY)
    if len(in_force) >= GRANTS_PER_PERSON:
        raise Conflict("too many roles", TOO_MANY_GRANTS)
    if wish.role in BADGED:
        _rename(site, account, wish.name or account.person.name)
        _end_all([each for each in in_force if each.role in BADGED], viewer, now)
    form = wish.form if wish.form in (FEMININE, MASCULINE) else ""
    _add(site, person_id, wish.role, wish.scope, form=form, reason=reason, by=_giver(viewer), at=now)
    _apply(site, account, before)
    return account


def end(site: Site, viewer: Viewer, person_id: int, grant_id: int) -> Account:
    """The account without that role, which stays in its history. Raises Conflict for the last admin."""
    if not viewer.administers:
        raise Forbidden(f"{viewer} may not end a role")
    account, grant = _account(site, person_id), site.session.get(Grant, grant_id)
    before = _told(account)
    if grant is None or grant.person_id != person_id or grant.ended_at is not None:
        raise NotFound(f"no role {grant_id} in force")
    _end_all([grant], viewer, site.clock.now())
    _apply(site, account, before)
    return account


def set_role(site: Site, viewer: Viewer, person_id: int, role: str) -> Account:
    """The account with this one role over the whole site, for the command line; the former ones over it end."""
    if not may_give_role(viewer, role, site.settings.kind):
        raise Forbidden(f"may not give the role {role[:20]!r}")
    account = _account(site, person_id)
    before = _told(account)
    site_wide = [each for each in _in_force(site, person_id) if each.scope == SITE]
    now = site.clock.now()
    _end_all([each for each in site_wide if each.role != role], viewer, now)
    if role != Role.RESIDENT and role not in {each.role for each in site_wide}:
        _add(site, person_id, role, SITE, by=_giver(viewer), at=now)
    _apply(site, account, before)
    return account


def found(site: Site, account: Account, role: Role) -> None:
    """Nothing; the role with which an account is made, as its first grant."""
    if role is not Role.RESIDENT:
        _add(site, account.person_id, role.value, SITE, at=account.created_at)
        _follow(site, account)


def rename(site: Site, viewer: Viewer, person_id: int, name: str) -> Account:
    """The account under another display name. Raises Forbidden for a person under a badge, Conflict when taken."""
    account = _account(site, person_id)
    if not may_rename(viewer, person_id, badged=account.person.role in BADGED):
        raise Forbidden(f"{viewer} may not rename {person_id}", BADGE_NAME)
    before = account.person.name
    if not viewer.administers:
        naming.check(site, name, own=person_id)
    _rename(site, account, name)
    if account.person.shared and account.person.name != before:
        declare(site, account.person, update=True)
    return account


def _account(site: Site, person_id: int) -> Account:
    account = site.session.get(Account, person_id)
    if account is None:
        raise NotFound("no such account")
    return account


def _in_force(site: Site, person_id: int) -> list[Grant]:
    query = select(Grant).where(Grant.person_id == person_id, Grant.ended_at.is_(None)).order_by(Grant.id)
    return list(site.session.scalars(query))


def _add(
    site: Site,
    person_id: int,
    role: str,
    scope: str,
    *,
    at: datetime,
    by: int | None = None,
    form: str = "",
    reason: str = "",
) -> None:
    grant = Grant(person_id=person_id, role=role, scope=scope, form=form, reason=reason, given_by=by, given_at=at)
    site.session.add(grant)
    site.session.flush()


def _end_all(grants: list[Grant], viewer: Viewer, now: datetime) -> None:
    for grant in grants:
        grant.ended_at, grant.ended_by = now, _giver(viewer)


def _giver(viewer: Viewer) -> int | None:
    return viewer.person_id or None  # 0 is the command line: nobody in particular


def _told(account: Account) -> tuple[str, str, str, str]:
    """What follows from grants: the account's rights, then what the network is told."""
    return account.role, account.grants, account.person.role, account.person.name


def _apply(site: Site, account: Account, before: tuple[str, str, str, str]) -> None:
    """The account as its grants say; told to the network when its public side changed; signed out everywhere."""
    _follow(site, account)
    after = _told(account)
    if before[0] == Role.ADMIN != after[0] and not _other_admins(site, account.person_id):
        raise Conflict("last admin", LAST_ADMIN)
    if before[2:] != after[2:] and account.person.shared:
        declare(site, account.person, update=True)
    if before[:3] != after[:3]:
        end_sessions(site, account.person_id)


def _follow(site: Site, account: Account) -> None:
    site.session.flush()
    held = [Held(each.role, each.scope, each.form) for each in _in_force(site, account.person_id)]
    account.role = rule.main_role(held).value
    account.grants = " ".join(sorted(str(each) for each in held))
    account.person.role = rule.public_role(held).value
    account.person.form = rule.badge_form(held)


def _other_admins(site: Site, person_id: int) -> int:
    query = select(func.count()).where(Account.role == Role.ADMIN, Account.person_id != person_id)
    return site.session.scalar(query) or 0


def _rename(site: Site, account: Account, name: str) -> None:
    name = clean_name(name)
    if name == account.person.name:
        return
    key = name_key(name)
    taken = select(Account.person_id).where(Account.name_key == key, Account.person_id != account.person_id)
    if site.session.scalar(taken) is not None or is_retired(site, name):
        raise Conflict("name taken", NAME_TAKEN)
    account.person.name, account.name_key = name, key


def _scope_exists(site: Site, kind: str, slug: str) -> bool:
    if kind == "theme":
        return site.session.get(Theme, slug) is not None
    if kind == "mesure":
        return site.session.scalar(select(Measure.urn).where(Measure.slug == slug)) is not None
    return True
