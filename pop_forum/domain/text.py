"""What people type, made safe to keep: one Unicode form, no invisible tricks, a length that is told when exceeded."""

import re
import unicodedata

from pop_forum.errors import InvalidInput, TooLarge

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"

# Controls (line feed and tab excepted), lone surrogates, what reorders what is read (Trojan Source, CVE-2021-42574),
# and byte order marks.
_DECEIVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
# Letters and symbols by their Unicode category that nevertheless draw nothing.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_SPACES = re.compile(r"\s+")

_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*\)")
_LINE_MARKS = re.compile(r"^[ \t]*(?:>[ \t]?|#{1,6}[ \t]+|[-*+][ \t]+|\d{1,9}[.)][ \t]+)+", re.MULTILINE)
_SPAN_MARKS = re.compile(r"\*\*|__|~~|`+|(?<!\w)[*_](?=\w)|(?<=[\w.!?…])[*_](?!\w)")


class TextTooLong(TooLarge):
    """A text is over its limit; `limit` and `length` are in characters, for an interface in another language."""

    code = "texte-trop-long"

    def __init__(self, length: int, limit: int) -> None:
        over = spell_number(length - limit)
        sentence = (
            f"Votre texte compte {spell_number(length)} caractères{NARROW_SPACE}; "
            f"la limite est de {spell_number(limit)}. Raccourcissez-le de {over}, puis réessayez."
        )
        super().__init__(f"{length} characters, limit {limit}", sentence)
        self.length = length
        self.limit = limit


def spell_number(number: int) -> str:
    """The number with its thousands parted by narrow no-break spaces, as French prints it."""
    return f"{number:,}".replace(",", NARROW_SPACE)


def clean_line(text: str, limit: int) -> str:
    """One line of text in NFC, its white space folded; at least one visible character, at most `limit`."""
    line = _SPACES.sub(_fold, _without_controls(_LINE_ENDS.sub("\n", text))).strip()
    return _within(unicodedata.normalize("NFC", line), limit)


def clean_text(text: str, limit: int) -> str:
    """The text as `tidy_text` makes it; at least one visible character, at most `limit`."""
    return _within(tidy_text(text), limit)


def tidy_text(text: str) -> str:
    """A text in NFC with LF line ends, without outer blank lines, however long and perhaps empty."""
    lines = _without_controls(_LINE_ENDS.sub("\n", text)).split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return unicodedata.normalize("NFC", "\n".join(lines))


def excerpt(source: str, length: int) -> str:
    """The first words of a Markdown source as one plain line of at most `length` characters, « … » when cut."""
    # Ten times the length leaves room for marks and addresses, and bounds the work on a hostile text.
    line = plain(source[: 10 * length])
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > length // 2 else cut).rstrip(" ,;:.\u00a0\u202f") + "…"


def plain(source: str) -> str:
    """A Markdown source as one line of what a reader sees of it: no marks, no addresses behind words."""
    words = _SPAN_MARKS.sub("", _LINE_MARKS.sub("", _IMAGE_OR_LINK.sub(r"\1", source)))
    return _SPACES.sub(_fold, _without_controls(words)).strip()


def is_visible(text: str) -> bool:
    """Whether the text draws at least one letter, digit, sign or picture."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANK for char in text)


def _fold(spaces: re.Match[str]) -> str:
    """One space; a single no-break space is typography and stays."""
    run = spaces[0]
    return run if run in (NO_BREAK_SPACE, NARROW_SPACE) else " "


def _without_controls(text: str) -> str:
    """The text without controls (line feed and tab excepted), lone surrogates and reordering marks."""
    return _DECEIVING.sub("", text)


def _within(text: str, limit: int) -> str:
    """The same text, or InvalidInput when nothing is visible, or TextTooLong."""
    if not is_visible(text):
        raise InvalidInput("empty text", "Ce champ est vide. Écrivez votre texte, puis réessayez.")
    if len(text) > limit:
        raise TextTooLong(len(text), limit)
    return text
