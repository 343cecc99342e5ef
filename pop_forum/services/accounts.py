"""Accounts of this commune: registering, passwords, languages, roles.

Hashing a password takes longer than everything else here: callers hash first (services/passwords.py), then open the
transaction.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, delete, func, not_, select

from pop_forum.domain import sign_in as rule
from pop_forum.domain.names import clean_mail, clean_name, mail_key, name_key
from pop_forum.domain.permissions import Role
from pop_forum.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from pop_forum.models import Account, Attempt, Person, SignIn
from pop_forum.services import codes, consents, grants, passkeys
from pop_forum.services.leaving import is_retired
from pop_forum.services.sign_ins import SIGN_IN, end_sessions, new_token
from pop_forum.services.site import Site

PERSON_LETTERS = 12
PEOPLE_PER_PAGE = 50
NAME_TAKEN = "Ce nom est déjà porté ici. Ajoutez une initiale ou le nom de votre rue, par exemple."


@dataclass(frozen=True, slots=True)
class PeopleList:
    """One page of the accounts, by name."""

    accounts: tuple[Account, ...]
    page: int
    pages: int


def check_new_password(site: Site, password: str, mail: str, name: str) -> str:
    """The password in its kept form; InvalidInput when it is too short, too plain or too long."""
    shortest = site.settings.limits.password_chars
    if len(password) < shortest:
        raise InvalidInput("short password", "Ce mot de passe est trop court.")
    return rule.check_password(password, mail, name)


def create_account(site: Site, name: str, mail: str, password_hash: str, role: Role, *, agreed: bool = True) -> Account:
    """A new account; Conflict when its name or address is taken.

    `agreed`: who runs the site makes it for somebody whose agreement they hold; it is kept as given now.
    """
    name, mail = clean_name(name), clean_mail(mail)
    refuse_taken_name(site, name)
    if site.session.scalar(select(Account.person_id).where(Account.mail_key == mail_key(mail))) is not None:
        raise Conflict("mail taken", "Cette adresse a déjà un compte.")
    account = _add_account(site, name, mail, password_hash, role)
    if agreed:
        consents.give(site, account.person_id, account.created_at)
    return account


def person(site: Site, person_id: int) -> Person:
    """The person of a signed-in account."""
    found = site.session.get(Person, person_id)
    if found is None:
        raise Unauthenticated("the account is gone")
    return found


def password_hash_of(site: Site, person_id: int) -> str | None:
    """The hash kept for an account, to be verified outside the transaction."""
    return site.session.scalar(select(Account.password_hash).where(Account.person_id == person_id))


def change_password(site: Site, person_id: int, new_hash: str, device: str = "") -> str:
    """A new token for this browser; every other session and every code of the person ends (row 82)."""
    account = site.session.get_one(Account, person_id)
    account.password_hash = new_hash
    end_sessions(site, person_id)
    codes.void(site, person_id)
    return new_token(site, person_id, device=device)


def choose_language(site: Site, person_id: int, language: str) -> None:
    """Keep the language a person reads the site in."""
    if language not in site.settings.languages:
        raise InvalidInput(f"language {language[:10]!r}")
    site.session.get_one(Account, person_id).language = language


def purge_expired(site: Site) -> int:
    """How many ended sessions and old attempts were removed.

    A sign-in that succeeded stays for as long as it makes its network known: without it, whoever guesses would lock
    the owner out at home (row 84).
    """
    now = site.clock.now()
    oldest = now - timedelta(days=site.settings.retention.attempts_days)
    makes_known = and_(Attempt.kind == SIGN_IN, Attempt.succeeded, Attempt.at > now - rule.LIMITS.known_for)
    is_old = and_(Attempt.at <= oldest, not_(makes_known))
    ended, old = select(SignIn.token_hash).where(SignIn.expires_at <= now), select(Attempt.id).where(is_old)
    count = sum(site.session.scalar(select(func.count()).select_from(each.subquery())) or 0 for each in (ended, old))
    site.session.execute(delete(SignIn).where(SignIn.expires_at <= now))
    site.session.execute(delete(Attempt).where(is_old))
    return count + passkeys.purge(site)


def refuse_taken_name(site: Site, name: str) -> None:
    """Returns when nobody here has, or had, this name, in any spelling. Raises Conflict."""
    if is_retired(site, name):
        raise Conflict("name of somebody who left", NAME_TAKEN)
    if site.session.scalar(select(Account.person_id).where(Account.name_key == name_key(name))) is not None:
        raise Conflict("name taken", NAME_TAKEN)


def _add_account(site: Site, name: str, mail: str, password_hash: str, role: Role) -> Account:
    now = site.clock.now()
    new = Person(
        uri=site.url("/p/" + site.entropy.token(PERSON_LETTERS)),
        host=site.settings.host,
        name=name,
        role=role.value,
        created_at=now,
    )
    account = Account(
        person=new,
        mail=mail,
        mail_key=mail_key(mail),
        name_key=name_key(name),
        password_hash=password_hash,
        role=role.value,
        created_at=now,
    )
    site.session.add(account)
    site.session.flush()
    grants.found(site, account, role)
    return account


def account(site: Site, person_id: int) -> Account:
    """The account of this person. Raises NotFound."""
    found = site.session.get(Account, person_id)
    if found is None:
        raise NotFound("no such account")
    return found


def list_people(site: Site, page: int) -> PeopleList:
    """One page of the accounts of this commune. Raises NotFound beyond the last one."""
    count = site.session.scalar(select(func.count()).select_from(Account)) or 0
    pages = max(1, -(-count // PEOPLE_PER_PAGE))
    if page > pages:
        raise NotFound(f"no page {page} of {pages}")
    query = select(Account).order_by(Account.name_key).offset((page - 1) * PEOPLE_PER_PAGE).limit(PEOPLE_PER_PAGE)
    return PeopleList(tuple(site.session.scalars(query)), page, pages)
