"""The limits of sign-in: slow for who guesses, open for the owner at home.

Ten thousand guesses over a thousand addresses must not lock the owner out (row 84 of the attack list): a limit per
account alone would. So failures from networks that never succeeded share one budget, and a network from which the
person has signed in before keeps its own.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol

from pop_forum.domain.names import name_key
from pop_forum.domain.text import is_visible
from pop_forum.errors import InvalidInput

PASSWORD_LENGTHS = range(10, 201)

# The most used of ten characters and more, in French and English lists; shorter ones are refused by their length.
_COMMON_LINES = """
    0123456789 1234567890 0987654321 9876543210 12345678910 1234567891 123456789a azertyuiop azerty1234 azerty12345
    azerty123456 azertyuiop123 qwertyuiop qwerty1234 qwerty12345 qwerty123456 motdepasse motdepasse1 motdepasse123
    password12 password123 password1234 passw0rd123 loulou1234 doudou1234 jetaime123 marseille13
    changezmoi changeme123 administrateur administrator iloveyou123 bonjour123 bonjour1234 soleil1234 letmein123
"""
_COMMON = frozenset(_COMMON_LINES.split())


class Attempt(Protocol):
    """One try to sign in, as kept in its row."""

    @property
    def network(self) -> str:
        """Where it came from."""

    @property
    def succeeded(self) -> bool:
        """Whether the password was right."""

    @property
    def at(self) -> datetime:
        """When."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures, over how long. Ten typing errors in a quarter of an hour is a bad day, not an attack."""

    per_network: int = 10
    network_window: timedelta = timedelta(minutes=15)
    per_account: int = 50
    account_window: timedelta = timedelta(hours=1)
    known_for: timedelta = timedelta(days=90)


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to look at the password at all; else how long to wait, in seconds."""

    wait: int = 0

    @property
    def allowed(self) -> bool:
        """Whether the password may be looked at now."""
        return self.wait == 0


def judge(attempts: Iterable[Attempt], network: str, now: datetime, limits: Limits = LIMITS) -> Verdict:
    """Allowed, or the wait before the next try on one account from this network.

    `attempts` are the rows of that account, in any order: failures of the last hour, successes of the last 90 days.
    The caller answers the same sentence whether the account exists or not.
    """
    rows = [row for row in attempts if row.at <= now]
    known = {row.network for row in rows if row.succeeded and row.at > now - limits.known_for}
    wait = _wait(_failures_since_success(rows, network), limits.per_network, limits.network_window, now)
    if network not in known:
        strangers = [row.at for row in rows if not row.succeeded and row.network not in known]
        wait = max(wait, _wait(strangers, limits.per_account, limits.account_window, now))
    return Verdict(wait)


def network_of(address: str) -> str:
    """The network an address stands for: its /24 for IPv4, its /48 for IPv6 (what one customer may own in full)."""
    try:
        ip = ip_address(address)
    except ValueError as error:
        raise InvalidInput(f"not an IP address: {address[:60]!r}") from error
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return str(IPv6Network((int(ip), 48), strict=False))
    ipv4 = ip.ipv4_mapped if isinstance(ip, IPv6Address) else ip
    return str(IPv4Network((int(ipv4 or 0), 24), strict=False))


def check_password(password: str, mail: str, name: str) -> str:
    """The password in NFC, 10 to 200 characters, neither the person's mail or name nor among the most used."""
    password = unicodedata.normalize("NFC", password)
    if len(password) not in PASSWORD_LENGTHS:
        raise InvalidInput(
            f"password of {len(password)} characters", "Votre mot de passe doit compter de 10 à 200 caractères."
        )
    key = name_key(password)
    if key in {name_key(mail), name_key(mail.partition("@")[0]), name_key(name)}:
        raise InvalidInput(
            "password is the mail or name", "Votre mot de passe ne doit être ni votre nom ni votre adresse."
        )
    if password.casefold() in _COMMON or len(set(password)) < 3 or not is_visible(password):
        raise InvalidInput("common password", "Ce mot de passe est trop facile à deviner. Choisissez-en un autre.")
    return password


def _failures_since_success(rows: Sequence[Attempt], network: str) -> list[datetime]:
    """When this network failed, since it last succeeded."""
    mine = [row for row in rows if row.network == network]
    last_success = max((row.at for row in mine if row.succeeded), default=None)
    return [row.at for row in mine if not row.succeeded and (last_success is None or row.at > last_success)]


def _wait(failures: Iterable[datetime], limit: int, window: timedelta, now: datetime) -> int:
    """Whole seconds until fewer than `limit` failures lie within the window; 0 when that is so now."""
    recent = sorted(at for at in failures if at > now - window)
    if len(recent) < limit:
        return 0
    return max(1, -((now - recent[-limit] - window) // timedelta(seconds=1)))
