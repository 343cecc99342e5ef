"""Sessions of this commune: attempts to sign in, tokens, and who holds one.

Verifying a password takes longer than everything else here, so signing in is two transactions with the verification
between them: `begin_sign_in` counts the attempt, `finish_sign_in` gives the token.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, or_, select, update

from pop_forum.domain import sign_in as rule
from pop_forum.domain.consent import covers_sharing
from pop_forum.domain.names import mail_key
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import InvalidInput, TooMany, Unauthenticated
from pop_forum.models import (
    Account,
    Attempt,
    Consent,
    ImprovementAuthor,
    ImprovementBacker,
    Notice,
    Person,
    SignIn,
    VersionNotice,
)
from pop_forum.services import consents, reports_waiting
from pop_forum.services.attempts import keyed, network_key, seconds
from pop_forum.services.site import Site

SIGN_IN = "sign_in"
BY_PASSWORD, BY_MAIL, BY_PASSKEY = "password", "mail", "passkey"  # how a session began
FRESH = timedelta(minutes=15)  # a session this young may change what protects the account
TOKEN_LETTERS = 52  # 260 bits
SEEN_EVERY = timedelta(hours=1)  # a session's date is written at most that often
SPRAY_LIMIT, SPRAY_WINDOW = 100, timedelta(hours=1)  # failures of one network, all accounts together
WRONG = "Cette adresse et ce mot de passe ne vont pas ensemble. Vérifiez les deux, puis réessayez."


_NEWS = select(func.count()).where(Notice.account_id == Account.person_id, Notice.seen_at.is_(None))
_TEXTS = select(func.count()).where(VersionNotice.account_id == Account.person_id, VersionNotice.seen_at.is_(None))
_ANSWERS = select(func.count()).where(
    ImprovementAuthor.account_id == Account.person_id,
    ImprovementAuthor.told_at.is_not(None),
    ImprovementAuthor.seen_at.is_(None),
)
_VOID = select(func.count()).where(
    ImprovementBacker.account_id == Account.person_id,
    ImprovementBacker.told_at.is_not(None),
    ImprovementBacker.seen_at.is_(None),
)

# Built once, and run without objects: every page of somebody who is signed in asks.
_HOLDER = (
    select(
        Account.person_id,
        Person.uri,
        Person.name,
        Account.mail,
        Account.role,
        Account.grants,
        Account.language,
        Account.suspended_until,
        Person.shared,
        SignIn.seen_at,
        sum(
            (each.correlate(Account).scalar_subquery() for each in (_TEXTS, _ANSWERS, _VOID)),
            start=_NEWS.correlate(Account).scalar_subquery(),
        ).label("news"),
        reports_waiting.for_account().label("reports"),
        consents.newest_version()
        .where(Consent.account_id == Account.person_id)
        .correlate(Account)
        .scalar_subquery()
        .label("agreed_to"),
    )
    .join(Account, Account.person_id == SignIn.account_id)
    .join(Person, Person.id == Account.person_id)
    .where(SignIn.token_hash == bindparam("token"), SignIn.expires_at > bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A counted attempt, before the password was looked at; nobody's when the address is unknown."""

    attempt_id: int
    account_id: int | None
    password_hash: str | None


def begin_sign_in(site: Site, mail: str, network: str) -> PendingSignIn:
    """The attempt, counted as failed until `finish_sign_in`; TooMany when it must wait (rows 83 and 84)."""
    now, key = site.clock.now(), _known_key(mail)
    subject, place = keyed(site, "mail", key), network_key(site, network)
    wait = wait_for(site, subject, network)
    if wait:
        raise TooMany("sign-in attempts", retry_after=wait)
    attempt = Attempt(kind=SIGN_IN, subject=subject, network=place, succeeded=False, at=now)
    site.session.add(attempt)
    site.session.flush()
    account = site.session.scalar(select(Account).where(Account.mail_key == key))
    if account is None:
        return PendingSignIn(attempt.id, None, None)
    return PendingSignIn(attempt.id, account.person_id, account.password_hash)


def wait_for(site: Site, subject: str, network: str) -> int:
    """Seconds until this address may be tried again from this network; 0 when it may be now."""
    now, place = site.clock.now(), network_key(site, network)
    limits = rule.Limits(
        per_network=site.settings.limits.sign_in_attempts,
        network_window=timedelta(minutes=site.settings.limits.sign_in_minutes),
    )
    verdict = rule.judge(_attempts(site, subject, now, limits), place, now, limits)
    return max(verdict.wait, _spray_wait(site, place, now))


def finish_sign_in(
    site: Site,
    pending: PendingSignIn,
    *,
    fresh_hash: str | None = None,
    replaces: str | None = None,
    device: str = "",
) -> tuple[str, Account]:
    """A new token and its account, once the password was verified; the browser's former token ends (row 81)."""
    account = site.session.get(Account, pending.account_id) if pending.account_id is not None else None
    if account is None or account.password_hash != pending.password_hash:
        raise Unauthenticated("the account changed meanwhile", WRONG)
    site.session.execute(update(Attempt).where(Attempt.id == pending.attempt_id).values(succeeded=True))
    if fresh_hash is not None:
        account.password_hash = fresh_hash
    if replaces is not None:
        sign_out(site, replaces)
    return new_token(site, account.person_id, device=device), account


def _known_key(mail: str) -> str:
    try:
        return mail_key(mail)
    except InvalidInput:
        return mail.strip().lower()[:254]  # nobody's: it goes the same way as any unknown address


def _attempts(site: Site, subject: str, now: datetime, limits: rule.Limits) -> list[Attempt]:
    recent = now - max(limits.network_window, limits.account_window)
    known = Attempt.succeeded & (Attempt.at > now - limits.known_for)
    mine = (Attempt.kind == SIGN_IN, Attempt.subject == subject, or_(Attempt.at > recent, known))
    return list(site.session.scalars(select(Attempt).where(*mine)))


def _spray_wait(site: Site, place: str, now: datetime) -> int:
    """Seconds to wait for a network that tried one password on many accounts."""
    failed = (Attempt.kind == SIGN_IN, Attempt.network == place, ~Attempt.succeeded, Attempt.at > now - SPRAY_WINDOW)
    count, oldest = site.session.execute(select(func.count(), func.min(Attempt.at)).where(*failed)).one()
    return seconds(oldest + SPRAY_WINDOW - now) if count >= SPRAY_LIMIT else 0


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody signed in, as the entrance needs to know them."""

    person_id: int
    uri: str
    name: str
    mail: str
    role: Role
    language: str | None
    shared: bool  # the network was told of them
    suspended_until: datetime | None  # None unless it is to come
    stale: bool  # its date of last use is more than an hour old
    news: int  # notices not seen yet, for the masthead
    reports: int = 0  # reported messages that wait for their decision, for the masthead
    agreed: bool = True  # their consent to publish opinions is in force
    shares: bool = True  # and names all that a shared message takes along
    grants: frozenset[str] = frozenset()  # every role in force with its scope

    @property
    def viewer(self) -> Viewer:
        """The same person, for the rules of domain/permissions.py."""
        suspended = self.suspended_until is not None
        return Viewer(self.person_id, self.role, suspended, self.grants, self.agreed, self.shares)


def account_for_token(site: Site, token: str) -> SignedIn | None:
    """Who holds this token, or None; writes nothing."""
    now, connection = site.clock.now(), site.session.connection()
    row = connection.execute(
        _HOLDER, {"token": token_hash(token), "now": now, reports_waiting.HERE: site.settings.host}
    ).one_or_none()
    if row is None:
        return None
    stale = now - row.seen_at > SEEN_EVERY
    until = row.suspended_until if row.suspended_until and row.suspended_until > now else None
    return SignedIn(
        person_id=row.person_id,
        uri=row.uri,
        name=row.name,
        mail=row.mail,
        role=Role(row.role),
        language=row.language,
        shared=row.shared,
        suspended_until=until,
        stale=stale,
        news=row.news,
        reports=row.reports,
        agreed=row.agreed_to is not None,
        shares=covers_sharing(row.agreed_to),
        grants=frozenset(row.grants.split()),
    )


def keep_signed_in(site: Site, token: str) -> None:
    """Extend a session that is in use."""
    now = site.clock.now()
    site.session.execute(
        update(SignIn)
        .where(SignIn.token_hash == token_hash(token))
        .values(seen_at=now, expires_at=now + timedelta(days=site.settings.retention.sign_in_days))
    )


def sign_out(site: Site, token: str) -> None:
    """End one session."""
    site.session.execute(delete(SignIn).where(SignIn.token_hash == token_hash(token)))


def token_hash(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_fresh(site: Site, token: str) -> bool:
    """Whether this session began so lately that its person need not prove again who they are."""
    since = SignIn.created_at > site.clock.now() - FRESH
    return (
        site.session.scalar(select(SignIn.token_hash).where(SignIn.token_hash == token_hash(token), since)) is not None
    )


def new_token(site: Site, person_id: int, *, method: str = BY_PASSWORD, device: str = "") -> str:
    """A new session of this person: what its cookie will hold. `device` is the kept form of a domain.devices.Device."""
    now, token = site.clock.now(), site.entropy.token(TOKEN_LETTERS)
    ends = now + timedelta(days=site.settings.retention.sign_in_days)
    site.session.add(
        SignIn(
            token_hash=token_hash(token),
            account_id=person_id,
            created_at=now,
            seen_at=now,
            expires_at=ends,
            method=method,
            device=device or None,
        )
    )
    site.session.flush()
    return token


def end_sessions(site: Site, person_id: int) -> None:
    """Sign a person out everywhere."""
    site.session.execute(delete(SignIn).where(SignIn.account_id == person_id))
