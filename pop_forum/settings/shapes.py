"""The shapes of single settings: INSEE code, host, database and broker addresses, mail."""

import re
import unicodedata
from urllib.parse import urlsplit

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 40
MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<host>[a-z0-9.-]+)")
# Two digits of a département (2A and 2B for Corsica), then three digits; overseas codes start with 97 or 98.
INSEE = re.compile(r"(?:\d\d|2[AB])\d{3}", re.ASCII)
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
LONGEST_NAME = 253  # RFC 1035, section 2.3.4, without the final dot

DATABASE_RULE = "doit être « sqlite:////chemin/absolu » ou « postgresql://personne@hôte/base »"

Address = tuple[str, int]


def is_one_line(text: str) -> bool:
    """Whether a text holds neither control nor invisible formatting characters (those can disguise a name)."""
    return all(unicodedata.category(char)[0] != "C" and char not in "\u2028\u2029" for char in text)


def is_slug(text: str) -> bool:
    """Whether a text may name a commune's folder, in addresses and on disk."""
    return len(text) <= LONGEST_SLUG and SLUG.fullmatch(text) is not None


def is_insee(text: str) -> bool:
    """Whether a text has the shape of the code that INSEE gives to a commune."""
    return INSEE.fullmatch(text) is not None


def is_mail(text: str) -> bool:
    """Whether a text looks like one mail address; only a message that arrives proves more."""
    match = MAIL.fullmatch(text)
    return match is not None and "." in match["host"] and is_host_name(match["host"])


def is_host_name(text: str) -> bool:
    """Whether a text is a lower-case DNS name; one that ends with a number is an IP address."""
    labels = text.split(".")
    shaped = all(LABEL.fullmatch(label) for label in labels)
    return shaped and len(text) <= LONGEST_NAME and not labels[-1].isdigit()


def address(text: str) -> Address | None:
    """The (name, port) of a « name:port » text, or None when it is not one."""
    name, colon, port = text.rpartition(":")
    if not colon or not is_host_name(name) or re.fullmatch(r"[1-9][0-9]{0,4}", port) is None:
        return None
    return (name, int(port)) if int(port) <= 65_535 else None


def host_problem(host: str, loopback: frozenset[Address]) -> str | None:
    """What is wrong with a site's host, as the end of a sentence; only loopback has a port."""
    if "://" in host or "/" in host:
        return "doit être un nom seul, sans « https:// » ni chemin"
    if ":" in host:
        pair = address(host)
        if pair is None:
            return "doit être un nom en minuscules, pas une adresse IP, avec un port de 1 à 65535"
        named = pair in loopback
        return None if named else "n’accepte un port que pour une adresse nommée dans POP_FORUM_LOOPBACK"
    if not is_host_name(host) or "." not in host:
        return "doit être un nom de domaine en minuscules comme « forum.macommune.fr », pas une adresse IP"
    return None


def database(url: str) -> str | None:
    """The SQLAlchemy address of a database setting, or None when it is neither SQLite nor PostgreSQL."""
    if not url.isprintable() or " " in url:
        return None
    scheme, found, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("//") and not rest.endswith("/") and "?" not in rest:
        return url
    if scheme == "postgresql" and found and _names_a_database(url):
        return f"postgresql+psycopg://{rest}"
    return None


def _names_a_database(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return len(parts.path) > 1 and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def is_broker(url: str) -> bool:
    """Whether an address is Redis over TCP (redis://host…) or over a socket (redis+socket:///path)."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "redis":
            return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return parts.scheme == "redis+socket" and not parts.netloc and len(parts.path) > 1
