"""Display names and mail addresses: what is accepted, and the key under which two of them are the same."""

import re
import unicodedata
from collections.abc import Callable

from pop_forum.domain.text import clean_line
from pop_forum.errors import InvalidInput

NAME_LENGTHS = range(2, 61)
MAIL_LIMIT = 254  # RFC 5321 §4.5.3.1.3: a path of 256 octets, its angle brackets included
LOCAL_PART_LIMIT = 64  # RFC 5321 §4.5.3.1.1

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SIGNS = frozenset(" .-'’‘ʼ‐‑–·")  # in names, beside letters and digits
# Who bears one of these without a badge deceives. An admin may still give such a name: « Maire » is a surname too.
OFFICES = frozenset(
    re.findall(
        r"\w+",
        """
    maire maires mairie adjoint adjointe elu elue elus elues conseil conseiller conseillere municipal municipale
    municipalite candidat candidate candidats candidates depute deputee senateur senatrice prefet prefete prefecture
    moderation moderateur moderatrice admin administration administrateur administratrice officiel officielle
    gendarmerie police commune webmaster webmestre
        """,
    )
)
SYMBOLS = (
    "Votre nom affiché se compose de lettres et de chiffres, avec des espaces, des points, des traits d’union ou des "
    "apostrophes."
)
OFFICE = (
    "Ce nom contient un mot qui dit une fonction ou un service. Choisissez-en un autre ; si c’est votre nom de "
    "famille, écrivez-nous."
)
_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK"})
_LOOKS_LIKE = str.maketrans({"0": "o", "1": "i", "l": "i", "3": "e", "5": "s"})
_WORD = re.compile(r"[^\W_]+")
_DISGUISE = re.compile(r"[^\W\d_][0135]|[0135][^\W\d_]")  # a digit that looks like a letter, beside one
_SAME = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "‘": "'", "ʼ": "'", "‐": "-", "‑": "-", "–": "-", "·": "."})


def clean_name(name: str) -> str:
    """The display name in NFC on one line, 2 to 60 characters of which some are letters."""
    line = clean_line(name, 1_000)
    line = "".join(char for char in line if unicodedata.category(char) != "Cf")
    if len(line) not in NAME_LENGTHS:
        raise InvalidInput(f"name of {len(line)} characters", "Votre nom affiché doit compter de 2 à 60 caractères.")
    letters = [char for char in line if char.isalpha() and char not in "\u115f\u1160\u3164\uffa0"]
    if not letters:
        raise InvalidInput("name without a letter", "Votre nom affiché doit contenir des lettres.")
    if len(_alphabets(letters)) > 1:
        raise InvalidInput("name in mixed alphabets", "Écrivez votre nom affiché dans un seul alphabet.")
    return line


def chosen_name(name: str) -> str:
    """The display name that somebody gives themselves: no symbol, and no word that says an office or a service."""
    line = clean_name(name)
    if any(not (char.isalnum() or unicodedata.category(char)[0] == "M" or char in _SIGNS) for char in line):
        raise InvalidInput(f"symbols in the name {line!r}", SYMBOLS)
    words = "".join(char if char.isalnum() else " " for char in name_key(line)).split()
    if OFFICES.intersection((*words, likeness(line))) or _SEEN_OFFICES.intersection(map(_seen, (*words, line))):
        raise InvalidInput(f"an office in the name {line!r}", OFFICE)
    return line


def likeness(name: str) -> str:
    """What a reader takes two names for: their letters and digits alone (« ARMELLE Q » is « Armelle Q. »)."""
    return "".join(char for char in name_key(name) if char.isalnum())


def confused_with(name: str) -> Callable[[str], bool]:
    """Whether a reader takes another name for this one: their letters and digits, or what digits in words look like.

    A number that stands alone is a number: « Marie 1 » is not « Mariel ».
    """
    like, seen = likeness(name), _seen(name)
    disguised = _is_disguised(name)

    def check(other: str) -> bool:
        return likeness(other) == like or ((disguised or _is_disguised(other)) and _seen(other) == seen)

    return check


def name_key(name: str) -> str:
    """The form under which two display names are the same: no case, no accent, no variant of form, spaces folded."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold().translate(_SAME))
    bare = (char for char in unicodedata.normalize("NFD", folded) if unicodedata.category(char) not in ("Mn", "Cf"))
    return " ".join("".join(bare).split())


def clean_mail(address: str) -> str:
    """The address with its domain in lower case (and in ASCII); InvalidInput unless it has the shape of one."""
    local, at, domain = address.strip().rpartition("@")
    domain = _ascii_domain(domain)
    labels = domain.split(".")
    sound = (
        bool(at)
        and len(local) <= LOCAL_PART_LIMIT
        and len(local) + 1 + len(domain) <= MAIL_LIMIT
        and _LOCAL_PART.fullmatch(local) is not None
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
    )
    if not sound:
        raise InvalidInput(
            "malformed mail address",
            "Cette adresse électronique n’a pas la forme attendue, par exemple «\u202fnom@exemple.fr\u202f».",
        )
    return f"{local}@{domain}"


def mail_key(address: str) -> str:
    """The form under which two addresses are the same account: without case.

    Providers that tell `A@` from `a@` are not known; two accounts that differ by a capital would only confuse.
    """
    return clean_mail(address).lower()


def _is_disguised(name: str) -> bool:
    return _DISGUISE.search(name) is not None


def _seen(name: str) -> str:
    """What a quick eye reads: in words with letters, digits are the letters they look like, and « l » is « i »."""
    words = _WORD.findall(name_key(name))
    return "".join(word if word.isdigit() else word.translate(_LOOKS_LIKE) for word in words)


def _ascii_domain(domain: str) -> str:
    """The domain in lower-case ASCII, or nothing when it has no such form."""
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def _alphabets(letters: list[str]) -> set[str]:
    """The alphabets in use among those whose letters look alike (a Cyrillic « а » in a Latin name deceives)."""
    return {unicodedata.name(letter, "").split(" ")[0] for letter in letters} & _ALPHABETS


_SEEN_OFFICES = frozenset(map(_seen, OFFICES))
