"""Codes and links by mail: who has the letter may come in, once, for a quarter of an hour.

The code must be typed in the browser that asked for it, so that nobody can be talked into reading theirs to somebody
else's screen; the link works anywhere, behind a button, so that a program that opens links does not use it up.
For an address that is not known here everything is done alike, but no letter leaves (row 83 of the attack list).
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, exists, select

from pop_forum.domain.names import mail_key
from pop_forum.domain.sign_in import LIMITS
from pop_forum.errors import InvalidInput, TooMany
from pop_forum.models import Account, Attempt, Code, Mail, Registration
from pop_forum.services import mail as letters
from pop_forum.services.attempts import count_act, keyed, network_key
from pop_forum.services.sign_ins import SIGN_IN, TOKEN_LETTERS, token_hash
from pop_forum.services.site import Site

SIGN_IN_BY_MAIL = "sign_in"
REGISTERING = "register"  # asked for by the browser in which somebody filled in the form for an account
ENTERING = (SIGN_IN_BY_MAIL, REGISTERING)
NEW_ADDRESS = "address"
DIGITS = 6
VALID = timedelta(minutes=15)
MAIL_SHOWN = 254  # characters of a typed address that its page repeats
TRIES = 5
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CODES_PER_ADDRESS = 10  # a day, from a network that its owner has signed in from
CODES_PER_STRANGER = 5  # a day, from one network that its owner never signed in from
CODES_FROM_STRANGERS = 20  # a day, from all of these together: what an address may be bothered with
CODES_PER_NETWORK = 30  # an hour: a library on a market day
SIGN_UP_MAILS = 3  # a day and address, whoever asks from wherever (row 96)
LETTER = "code"  # the kind of the letters
CODE, SIGN_UP, CODE_NETWORK = "code", "sign_up", "code_network"  # what is counted
KNOWN_FOR = LIMITS.known_for  # since somebody came in from a network: until then it is their own
TOO_MANY = (
    "Trop de courriels ont été demandés pour cette adresse. Ceux que vous avez reçus depuis moins d’un quart d’heure "
    "servent encore : ouvrez leur lien. Sinon, essayez depuis votre connexion habituelle, avec un mot de passe ou une "
    "clé d’accès, ou bien demain."
)

Write = Callable[[str, str], tuple[str, str]]  # (code, token of the link) → subject and text of the letter
WriteNew = Callable[[str], Write]  # the name of an account that somebody asked for → the letter that says so


@dataclass(frozen=True, slots=True)
class Asking:
    """Where somebody stands who asks for a letter: their network, and what their browser kept of a former one."""

    network: str
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whose letter it is: an account, a registration that waits, or nobody known here."""

    subject: str
    mail: str
    account_id: int | None = None
    registration_id: int | None = None
    name: str = ""  # that the registration asks for

    @property
    def known(self) -> bool:
        """Whether a letter leaves."""
        return self.account_id is not None or self.registration_id is not None


def ask(site: Site, asking: Asking, mail: str, next_page: str, write: Write, write_new: WriteNew) -> str:
    """What the browser keeps to type the code with. Raises TooMany.

    An address that is not known, or got its letters of the day, is answered in the same way. Who has yet to confirm an
    account reads which: it may be a stranger who asked for it.
    """
    network = asking.network
    who = addressee(site, mail)
    count_ask(site, who.subject, network)
    if who.registration_id is not None and not _may_write_to_stranger(site, who.subject, network):
        who = Addressee(who.subject, who.mail)
    words = write if who.registration_id is None else write_new(who.name)
    return issue(site, who, _purpose(site, who, asking.browser), next_page, words, former=asking.browser)


def addressee(site: Site, mail: str) -> Addressee:
    """Who has this address; a malformed one is nobody's and goes the same way."""
    try:
        key = mail_key(mail)
    except InvalidInput:
        key = mail.strip().lower()[:254]
    subject = keyed(site, "mail", key)
    account = site.session.execute(select(Account.person_id, Account.mail).where(Account.mail_key == key)).one_or_none()
    waiting = site.session.execute(
        select(Registration.id, Registration.mail, Registration.name).where(Registration.mail_key == key)
    ).one_or_none()
    if account is not None:
        return Addressee(subject, account.mail, account_id=account.person_id)
    if waiting is not None:
        return Addressee(subject, waiting.mail, registration_id=waiting.id, name=waiting.name)
    return Addressee(subject, "personne@exemple.fr")


def count_ask(site: Site, subject: str, network: str) -> None:
    """Count one code for this address, or raise TooMany.

    A network from which its owner has signed in counts apart, and so does each other one: strangers who ask lock the
    owner out neither at home nor elsewhere (row 84).
    """
    place = network_key(site, network)
    count_act(site, CODE_NETWORK, place, network, CODES_PER_NETWORK, HOUR)
    known = exists().where(
        Attempt.kind == SIGN_IN,
        Attempt.subject == subject,
        Attempt.network == place,
        Attempt.succeeded,
        Attempt.at > site.clock.now() - KNOWN_FOR,
    )
    try:
        if site.session.scalar(select(known)):
            count_act(site, CODE, keyed(site, "at home", subject + place), network, CODES_PER_ADDRESS, DAY)
        else:
            count_act(site, CODE, keyed(site, "stranger", subject + place), network, CODES_PER_STRANGER, DAY)
            count_act(site, CODE, subject, network, CODES_FROM_STRANGERS, DAY)
    except TooMany as error:
        raise TooMany(str(error), TOO_MANY, retry_after=error.retry_after) from error


def count_sign_up(site: Site, subject: str, network: str) -> None:
    """Count one letter to somebody who did not sign up yet; TooMany after three in a day (row 96)."""
    count_act(site, SIGN_UP, subject, network, SIGN_UP_MAILS, DAY)


def issue(
    site: Site,
    who: Addressee,
    purpose: str,
    next_page: str,
    write: Write,
    *,
    new_mail: str | None = None,
    former: str | None = None,
) -> str:
    """What the browser keeps; the letter is owed, and the former code of this browser (`former`) is void.

    Those of other browsers stand for their quarter of an hour: a stranger who asks takes nobody's code away.
    """
    code, link, browser = _digits(site), site.entropy.token(TOKEN_LETTERS), site.entropy.token(TOKEN_LETTERS)
    now, link_hash = site.clock.now(), token_hash(link)
    void = Code.browser_hash == token_hash(former or "")
    if purpose not in ENTERING:
        void = Code.purpose == purpose
    site.session.execute(delete(Code).where(Code.subject == who.subject, void))
    site.session.add(
        Code(
            purpose=purpose,
            subject=who.subject,
            account_id=who.account_id,
            registration_id=who.registration_id,
            mail=new_mail,
            code_hash=_code_hash(site, link_hash, code),
            link_hash=link_hash,
            browser_hash=token_hash(browser),
            next_page=next_page[:400],
            created_at=now,
            expires_at=now + VALID,
        )
    )
    subject, text = write(code, link)
    letter = letters.post(site, LETTER, who.mail, subject, text, useful_for=VALID)
    if not who.known:  # the same work was done; nothing leaves
        site.session.execute(delete(Mail).where(Mail.id == letter.id))
    return browser


def by_link(site: Site, token: str, *purposes: str) -> Code | None:
    """The code whose link this is, while it is valid and somebody's."""
    row = site.session.scalar(
        select(Code).where(
            Code.link_hash == token_hash(token), Code.purpose.in_(purposes), Code.expires_at > site.clock.now()
        )
    )
    known = row is not None and (row.account_id is not None or row.registration_id is not None)
    return row if known else None


def by_browser(site: Site, browser: str, *purposes: str) -> Code | None:
    """The code that this browser asked for, while it is valid and may be tried."""
    return site.session.scalar(
        select(Code)
        .where(
            Code.browser_hash == token_hash(browser),
            Code.purpose.in_(purposes),
            Code.expires_at > site.clock.now(),
            Code.tries < TRIES,
        )
        .with_for_update()
    )


def matches(site: Site, row: Code, typed: str) -> bool:
    """Whether these are its digits, which is counted as a try; spaces between them do not matter."""
    row.tries += 1
    digits = "".join(typed.split())
    return hmac.compare_digest(row.code_hash, _code_hash(site, row.link_hash, digits))


def void(site: Site, account_id: int) -> None:
    """Every code and link of this account is of no use any more (row 82)."""
    site.session.execute(delete(Code).where(Code.account_id == account_id))


def purge(site: Site) -> None:
    """Forget codes that expired."""
    site.session.execute(delete(Code).where(Code.expires_at <= site.clock.now()))


def _purpose(site: Site, who: Addressee, browser: str | None) -> str:
    """What another letter is for: registering still, for the browser that asked for the account."""
    here = (Code.browser_hash == token_hash(browser or ""), Code.registration_id == who.registration_id)
    asked = select(exists().where(*here, Code.purpose == REGISTERING))
    return REGISTERING if site.session.scalar(asked) else SIGN_IN_BY_MAIL


def _may_write_to_stranger(site: Site, subject: str, network: str) -> bool:
    try:
        count_sign_up(site, subject, network)
    except TooMany:
        return False
    return True


def _digits(site: Site) -> str:
    """Six digits; the bias of the remainder of 64 bits is one in 10^13."""
    return f"{int.from_bytes(site.entropy.bytes(8), 'big') % 10**DIGITS:0{DIGITS}}"


def _code_hash(site: Site, link_hash: str, code: str) -> str:
    """A million codes are quickly tried: only a keyed hash, apart for each letter, keeps them."""
    return keyed(site, "code", f"{link_hash}\0{code}")
