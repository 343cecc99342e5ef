"""Registering: an account exists once the letter to its address was answered, and not before."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select

from pop_forum.domain.consent import CURRENT, MINIMUM_AGE
from pop_forum.domain.names import chosen_name, clean_mail, mail_key, name_key
from pop_forum.domain.permissions import Role
from pop_forum.errors import Forbidden, InvalidInput
from pop_forum.models import Account, Registration
from pop_forum.services import accounts, codes, consents, naming
from pop_forum.services.attempts import count_act, network_key
from pop_forum.services.codes import Asking, Write, WriteNew
from pop_forum.services.site import Site

KEPT = timedelta(days=7)  # unanswered: the name is free again, and nothing of the person is left


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for when registering: nothing else can be set from outside (row 90)."""

    name: str
    mail: str
    password_hash: str
    old_enough: bool
    consents: bool


def register(
    site: Site, wanted: Wanted, asking: Asking, next_page: str, write_new: WriteNew, write_known: Write
) -> str:
    """What the browser keeps to type the code with, whether the address is new or has an account (row 83)."""
    network = asking.network
    _refuse_unready(site, wanted)
    place, limits = network_key(site, network), site.settings.limits
    count_act(site, "account", place, network, limits.accounts, timedelta(minutes=limits.accounts_minutes))
    name, mail = chosen_name(wanted.name), clean_mail(wanted.mail)
    accounts.refuse_taken_name(site, name)
    naming.check(site, name)
    who = codes.addressee(site, mail)
    codes.count_sign_up(site, who.subject, network)
    _replace(site, name, mail)
    if who.account_id is None:
        who = codes.Addressee(who.subject, mail, registration_id=_keep(site, name, mail, wanted.password_hash))
    write = write_new(name) if who.account_id is None else write_known
    return codes.issue(site, who, codes.REGISTERING, next_page, write, former=asking.browser)


def complete(site: Site, registration_id: int, *, here: bool) -> Account:
    """The account, now that its address is proven. Raises Conflict when its name was given to somebody meanwhile.

    `here`: in the browser that asked for it. What was chosen there is kept only then, the password as well as the
    agreement: else somebody could register with another person's address, wait for them to confirm, and come in by
    that password. Elsewhere the agreement is the one that was just given.
    """
    asked = site.session.get_one(Registration, registration_id)
    site.session.delete(asked)
    site.session.flush()
    accounts.refuse_taken_name(site, asked.name)
    naming.check(site, asked.name)
    kept = asked.password_hash if here else ""
    account = accounts.create_account(site, asked.name, asked.mail, kept, Role.RESIDENT, agreed=False)
    given_at, version = (asked.created_at, asked.consent_version) if here else (site.clock.now(), CURRENT.version)
    account.age_declared_at = given_at
    consents.give(site, account.person_id, given_at, version)
    return account


def purge(site: Site) -> None:
    """Forget those who never answered the letter."""
    site.session.execute(delete(Registration).where(Registration.created_at <= site.clock.now() - KEPT))


def _refuse_unready(site: Site, wanted: Wanted) -> None:
    if not site.settings.roles.open_registration:
        raise Forbidden("registration closed", "Ce site n’ouvre pas de compte en ligne. Écrivez-nous.")
    if not wanted.old_enough:
        raise InvalidInput(f"not {MINIMUM_AGE}", "Il faut avoir au moins 15 ans pour ouvrir un compte ici.")
    if not wanted.consents:
        raise InvalidInput("no consent", "Sans votre accord, nous ne pouvons pas ouvrir de compte.")


def _replace(site: Site, name: str, mail: str) -> None:
    """A registration with this name or address that nobody answered gives way to who asks now.

    Else a stranger could hold a name or an address back by asking first.
    """
    same = or_(Registration.mail_key == mail_key(mail), Registration.name_key == name_key(name))
    site.session.execute(delete(Registration).where(same))


def _keep(site: Site, name: str, mail: str, password_hash: str) -> int:
    asked = Registration(
        mail=mail,
        mail_key=mail_key(mail),
        name=name,
        name_key=name_key(name),
        password_hash=password_hash,
        consent_version=CURRENT.version,
        consent_digest=CURRENT.digest,
        created_at=site.clock.now(),
    )
    site.session.add(asked)
    site.session.flush()
    return asked.id


def is_waiting(site: Site, mail: str) -> bool:
    """Whether somebody with this address has yet to answer the letter."""
    return site.session.scalar(select(Registration.id).where(Registration.mail_key == mail_key(mail))) is not None
