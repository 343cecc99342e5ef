"""Long texts together on one page: how much of each is shown, and the beginning of rendered HTML. Pure."""

import re
from collections.abc import Iterable

VOID = frozenset(("br", "hr", "img"))
MORE = "…"
_PIECE = re.compile(r"(<[^>]*>)")
_UNIT = re.compile(r"\s*(?:&[^;\s]*;|[^\s&])+|\s+")  # a word with the space before it
_LONGEST_UNIT = 60  # bytes of a word that is never cut; of a longer one a part may be shown
_PART = re.compile(r"&[^;\s]*;|.", re.DOTALL)


def weight(text: str) -> int:
    """The bytes of a text as it is sent."""
    return len(text.encode())


def share(weights: Iterable[int], total: int) -> int:
    """The bytes up to which each text is shown, so that all together they stay within `total`; short ones whole."""
    ordered = sorted(weights)
    left = total
    for number, each in enumerate(ordered):
        most = left // (len(ordered) - number)
        if each > most:
            return most
        left -= each
    return total


def beginning(rendered: str, most: int) -> str:
    """The beginning of a message's HTML, in about `most` bytes, with every element closed; whole when it fits."""
    shown: list[str] = []
    names: list[str] = []
    end, within = 0, tuple(names)  # after the last words, and in which elements these stand
    for piece in _PIECE.split(rendered):
        is_tag = piece.startswith("<")
        kept = piece if weight(piece) <= most else "" if is_tag else _words(piece, most)
        shown.append(kept)
        most -= weight(kept)
        if not is_tag and kept.strip():
            end, within = len(shown), tuple(names)
        if kept != piece:
            closing = (f"</{name}>" for name in reversed(within))
            return "".join(("".join(shown[:end]).rstrip(), MORE, *closing))
        if is_tag:
            _follow(piece, names)
    return rendered


def _follow(tag: str, names: list[str]) -> None:
    """Nothing; `names` are the elements that are open after this tag."""
    name = tag[1:-1].strip("/ ").split(" ")[0]
    if name in VOID:
        return
    if not tag.startswith("</"):
        names.append(name)
    elif names:
        names.pop()


def _words(text: str, most: int) -> str:
    """The words of a text that fit; a part of the first one when it is too long to be left out whole."""
    kept: list[str] = []
    for unit in _UNIT.findall(text):
        if weight(unit) > _LONGEST_UNIT:
            parts = _fitting(_PART.findall(unit), most)
            kept += parts
            if sum(map(len, parts)) < len(unit):
                break
        elif weight(unit) > most:
            break
        else:
            kept.append(unit)
        most -= weight(unit)
    return "".join(kept)


def _fitting(parts: Iterable[str], most: int) -> list[str]:
    kept: list[str] = []
    for part in parts:
        most -= weight(part)
        if most < 0:
            break
        kept.append(part)
    return kept
