"""Passkeys: challenges that are answered once, keys kept by account, signing in with one.

What a browser answers is verified by an adapter that the entrance passes (`Authenticators`): the rules of WebAuthn
are there, those of this site are here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from pop_forum.domain.passkeys import Authenticators
from pop_forum.domain.text import clean_line
from pop_forum.errors import Conflict, NotFound, Unauthenticated
from pop_forum.models import Account, Challenge, Passkey
from pop_forum.services.attempts import count_act, keyed, network_key
from pop_forum.services.sign_ins import BY_PASSKEY, new_token, sign_out
from pop_forum.services.site import Site

PASSKEYS_PER_ACCOUNT = 10
NAME_CHARS = 60
CHALLENGE_BYTES = 32  # WebAuthn §13.4.3 asks for 16 at least
CHALLENGE_LASTS = timedelta(minutes=5)
CHALLENGES_PER_NETWORK, CHALLENGES_WINDOW = 60, timedelta(minutes=15)  # a household behind one address
REGISTER, SIGN_IN = "register", "sign_in"
TOO_MANY_KEYS = "Vous avez déjà dix clés d’accès. Retirez-en une que vous n’utilisez plus, puis réessayez."
KNOWN_KEY = "Cette clé d’accès est déjà enregistrée."
REFUSED = "Cette clé d’accès n’a pas pu être vérifiée. Réessayez, ou connectez-vous autrement."


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge, as the page tells it to the browser."""

    challenge: bytes
    user_handle: bytes
    name: str
    known: tuple[bytes, ...]  # credentials that this account has already


@dataclass(frozen=True, slots=True)
class Spent:
    """A challenge that was asked, and not answered before; `account_id` is None for a visitor's."""

    challenge: bytes
    account_id: int | None


def keys_of(site: Site, person_id: int) -> Sequence[Passkey]:
    """The keys of an account, the oldest first."""
    return site.session.scalars(select(Passkey).where(Passkey.account_id == person_id).order_by(Passkey.id)).all()


def ask_new(site: Site, person_id: int) -> Asked:
    """A challenge for a new key of this account. Raises Conflict when it has as many as it may."""
    account, known = _account(site, person_id), keys_of(site, person_id)
    if len(known) >= PASSKEYS_PER_ACCOUNT:
        raise Conflict("too many passkeys", TOO_MANY_KEYS)
    site.session.execute(delete(Challenge).where(Challenge.account_id == person_id))
    challenge = _challenge(site, REGISTER, person_id)
    return Asked(challenge, handle_of(site, account), account.person.name, tuple(key.credential for key in known))


def add(site: Site, keys: Authenticators, person_id: int, name: str, answer: str, spent: Spent | None) -> Passkey:
    """The new key of this account; what this browser was asked must have been for the account."""
    _account(site, person_id)
    if spent is None or spent.account_id != person_id:
        raise Unauthenticated("no challenge for this account", REFUSED)
    new = keys.verify_new(answer, spent.challenge)
    if len(keys_of(site, person_id)) >= PASSKEYS_PER_ACCOUNT:
        raise Conflict("too many passkeys", TOO_MANY_KEYS)
    if _find(site, new.credential) is not None:
        raise Conflict("passkey known already", KNOWN_KEY)
    key = Passkey(
        account_id=person_id,
        name=clean_line(name, NAME_CHARS),
        credential=new.credential,
        credential_hash=_hash(new.credential),
        public_key=new.public_key,
        sign_count=new.sign_count,
        created_at=site.clock.now(),
    )
    site.session.add(key)
    site.session.flush()
    return key


def remove(site: Site, person_id: int, key_id: int) -> None:
    """Nothing, with one's own key gone. Raises NotFound, also for a key of somebody else (row 92)."""
    key = site.session.get(Passkey, key_id)
    if key is None or key.account_id != person_id:
        raise NotFound(f"no passkey {key_id} of {person_id}")
    site.session.delete(key)


def ask_sign_in(site: Site, network: str) -> bytes:
    """A challenge for whoever wants to sign in. Raises TooMany for a network that asks too often."""
    place = network_key(site, network)
    count_act(site, "passkey", place, network, CHALLENGES_PER_NETWORK, CHALLENGES_WINDOW)
    return _challenge(site, SIGN_IN, None)


def sign_in(
    site: Site,
    keys: Authenticators,
    answer: str,
    spent: Spent | None,
    *,
    replaces: str | None = None,
    device: str = "",
) -> str:
    """A new token for the account of the key that signed; the browser's former one ends (row 81).

    One refusal for every reason: an unknown key, a wrong signature, a count that did not grow.
    """
    if spent is None or spent.account_id is not None:
        raise Unauthenticated("no challenge for this browser", REFUSED)
    claimed = keys.read(answer)
    key = _find(site, claimed.credential)
    if key is None:
        raise Unauthenticated("unknown passkey", REFUSED)
    account = _account(site, key.account_id)
    if claimed.user_handle is None or claimed.user_handle != handle_of(site, account):
        raise Unauthenticated("passkey of another account", REFUSED)
    key.sign_count = keys.verify(answer, spent.challenge, key.public_key, key.sign_count)
    key.used_at = site.clock.now()
    if replaces is not None:
        sign_out(site, replaces)
    return new_token(site, account.person_id, method=BY_PASSKEY, device=device)


def spend(site: Site, challenge: bytes | None, purpose: str) -> Spent | None:
    """The challenge taken back, in a transaction of its own: whatever comes next, it cannot be answered again.

    None when it was answered before, was for something else, or is too old.
    """
    row = None if challenge is None else site.session.get(Challenge, _hash(challenge), with_for_update=True)
    if row is None or challenge is None:
        return None
    site.session.delete(row)
    site.session.flush()
    fits = row.purpose == purpose and row.expires_at > site.clock.now()
    return Spent(challenge, row.account_id) if fits else None


def handle_of(site: Site, account: Account) -> bytes:
    """What a device keeps of the account: a keyed hash, from which nobody reads who it is (WebAuthn §14.6.1)."""
    return bytes.fromhex(keyed(site, "passkey", account.person.uri))


def purge(site: Site) -> int:
    """How many challenges that nobody answered were removed."""
    ended = Challenge.expires_at <= site.clock.now()
    count = site.session.scalar(select(func.count()).select_from(Challenge).where(ended)) or 0
    if count:
        site.session.execute(delete(Challenge).where(ended))
    return count


def _challenge(site: Site, purpose: str, account_id: int | None) -> bytes:
    value = site.entropy.bytes(CHALLENGE_BYTES)
    ends = site.clock.now() + CHALLENGE_LASTS
    site.session.add(Challenge(value_hash=_hash(value), purpose=purpose, account_id=account_id, expires_at=ends))
    site.session.flush()
    return value


def _account(site: Site, person_id: int) -> Account:
    account = site.session.get(Account, person_id)
    if account is None:
        raise Unauthenticated("the account is gone")
    return account


def _find(site: Site, credential: bytes) -> Passkey | None:
    return site.session.scalar(select(Passkey).where(Passkey.credential_hash == _hash(credential)))


def _hash(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
