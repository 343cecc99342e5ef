"""« @Nom » in a text: whom it names, among those who take part, and the same words as a link."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pop_forum.domain.names import name_key

MENTIONS = 10  # of one message; further names stay words (row 58)
SIGNS = 50  # « @ » looked at in one message
NAME_CHARS = 70  # after a « @ »: a name is at most 60 characters, and may be typed with more spaces

_SIGN = re.compile(r"(?<![\w.@/])@(?=\w)")
_PIECE = re.compile(r"(<[^>]*>)")
_CLOSED = ("a", "code", "pre")  # what is already a link, or shown as it was typed


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody a message names, as it was typed and as they are called now; no `key` for who has no page."""

    typed: str
    name: str
    key: str


def find(source: str, people: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """The names typed after a « @ », the longest that fits, with whose they are; each person once.

    `people` maps the key of a name (domain/names.py) to a person's number.
    """
    found: set[int] = set()
    for count, sign in enumerate(_SIGN.finditer(source)):
        if count == SIGNS or len(found) == MENTIONS:
            return
        after = source[sign.end() : sign.end() + NAME_CHARS].split("\n", 1)[0]
        match = _longest(after, people)
        if match is not None and match[1] not in found:
            found.add(match[1])
            yield match


def link(rendered: str, named: tuple[Named, ...]) -> str:
    """The HTML of a message with each name a link to its bearer's page, under the name they bear now."""
    by_length = sorted(named, key=lambda one: len(one.typed), reverse=True)
    words = {html.escape("@" + one.typed, quote=False): _anchor(one) for one in by_length}
    pattern = re.compile("|".join(re.escape(word) + r"(?!\w)" for word in words))
    pieces, closed = [], 0
    for piece in _PIECE.split(rendered):
        tag = piece[1:-1].strip("/ ").split(" ")[0] if piece.startswith("<") else ""
        if tag in _CLOSED:
            closed += -1 if piece.startswith("</") else 1
        pieces.append(piece if tag or closed else pattern.sub(lambda match: words[match[0]], piece))
    return "".join(pieces)


def renamed(text: str, named: tuple[Named, ...]) -> str:
    """A text, or its HTML, with the names of those who have left as they are shown now, the others as typed."""
    left = {form: "@" + one.name for one in named if not one.key for form in ("@" + one.typed, _escaped(one.typed))}
    if not left:
        return text
    longest = sorted(left, key=len, reverse=True)
    pattern = "|".join(re.escape(form) + r"(?!\w)" for form in longest)
    return re.sub(pattern, lambda match: left[match[0]], text)


def _escaped(typed: str) -> str:
    return html.escape("@" + typed, quote=False)


def keys_of(name: str) -> tuple[str, ...]:
    """The forms under which a name may be typed: « Huguette P. » also ends a sentence as « Huguette P »."""
    whole = name_key(name)
    return (whole, whole.rstrip(".")) if whole.endswith(".") else (whole,)


def _longest(after: str, people: Mapping[str, int]) -> tuple[str, int] | None:
    for length in range(len(after), 1, -1):
        if after[length : length + 1].isalnum() or after[length - 1].isspace():
            continue
        person = people.get(name_key(after[:length]))
        if person is not None:
            return after[:length], person
    return None


def _anchor(one: Named) -> str:
    name = html.escape("@" + one.name, quote=False)
    return f'<a class="mention" href="/personnes/{html.escape(one.key)}">{name}</a>' if one.key else name
