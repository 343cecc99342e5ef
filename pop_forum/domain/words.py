"""A comparison of two short texts in French words: what stays, what is taken out, what is put in."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal["same", "ins", "del"]

# A word carries the white space that follows it, so that spaces are never matched for their own sake.
_TOKEN = re.compile(
    r"""(?P<core>
      https?://[^\s<>"«»]*\w/?
    | (?:\d{1,3}(?:[\x20\u00a0\u202f]\d{3})+(?!\d)|\d+)(?:[.,]\d+)?       # 12 500, 3,5
      (?:[\x20\u00a0\u202f]?(?:€|%|h(?:[\x20\u00a0\u202f]?\d\d)?(?!\w)))?  # with its €, %, or 18 h 30
    | (?:aujourd|presqu|prud)['’]\w+
    | [^\W\d_]+['’](?=\w)                                                 # l’ d’ qu’
    | \w+(?:-\w+)*
    | \S
    )(?P<gap>\s*)""",
    re.VERBOSE,
)
_SMALL_WORDS = """
    à a au aux avec ce ces cette d’ dans de des du elle en est et eux il ils j’ l’ la le les leur leurs mais
    n’ ne on ou où par pas plus pour qu’ que qui s’ sa se ses si son sont sous sur un une y
"""
STOP_WORDS = frozenset(_SMALL_WORDS.split())
# The same signs to a reader: an apostrophe typed or printed, a space that may break the line or not.
_ALIKE = str.maketrans({"'": "’", "\u00a0": " ", "\u202f": " "})
_SENTENCE_ENDS = frozenset(".!?…")
# Three small words in a row between two changes are noise; four begin to be a phrase.
_LONGEST_NOISE = 3
# A block of 900 French words against its like costs about 10,000; « a a a a… » is not worth more.
_DEAREST_PAIR = 20_000
# Below this share of common meaningful words, two whole sentences read better than crumbs.
_LEAST_COMMON = 0.3


class Piece(NamedTuple):
    """A run of text that is the same on both sides, only in the new one (ins) or only in the old one (del)."""

    kind: Kind
    text: str


class Token(NamedTuple):
    """A word, number or sign, and the white space after it. A text that begins with spaces has an empty first one."""

    core: str
    gap: str


class Change(NamedTuple):
    """old[i1:i2] became new[j1:j2]; either may be empty, not both."""

    i1: int
    i2: int
    j1: int
    j2: int


@dataclass(slots=True)
class Ration:
    """How much work may still be done: the product of repetitions, which is what makes a comparison slow."""

    left: int

    def takes(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Whether these two sequences may be compared; counted off when so."""
        often = Counter(new)
        cost = sum(count * often[word] for word, count in Counter(old).items()) + len(old) + len(new)
        if cost > min(self.left, _DEAREST_PAIR):
            return False
        self.left -= cost
        return True


def compare_words(old: str, new: str, ration: Ration) -> tuple[Piece, ...]:
    """The pieces of both texts in reading order; without `ins` they spell the old one, without `del` the new one.

    What stays is spelt as in the new text, where both write the same word with another apostrophe or space.
    """
    before, after = tokens(old), tokens(new)
    found = _absorbed(changes(cores(before), cores(after), ration), before)
    for at, change in enumerate(found):
        found[at] = _slid(change, found, at, before, after)
    if _too_different(found, before, after):
        found = [Change(0, len(before), 0, len(after))]
    return _pieces(found, before, after)


def alike(text: str) -> str:
    """The text with one sign for those that look the same to a reader: texts are compared in this spelling."""
    return text.translate(_ALIKE)


@lru_cache(maxsize=4096)
def _alike_word(word: str) -> str:
    """The same for one word, of which a text has few."""
    return alike(word)


def tokens(text: str) -> list[Token]:
    """The text cut into words that carry the spaces after them; joined again they spell it."""
    found = [Token(match["core"], match["gap"]) for match in _TOKEN.finditer(text)]
    lead = text[: len(text) - len(text.lstrip())]
    return [Token("", lead), *found] if lead else found


def cores(words: Sequence[Token]) -> list[str]:
    """The words alone, as they are compared."""
    return [_alike_word(word.core) for word in words]


def changes(old: list[str], new: list[str], ration: Ration) -> list[Change]:
    """Where two sequences of words differ; one single change when looking closer costs too much."""
    start = _common_start(old, new)
    end = _common_start(old[start:][::-1], new[start:][::-1])
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    if not inner_old and not inner_new:
        return []
    if not ration.takes(inner_old, inner_new):
        return [Change(start, len(old) - end, start, len(new) - end)]
    opcodes = SequenceMatcher(None, inner_old, inner_new, autojunk=False).get_opcodes()
    return [Change(start + i1, start + i2, start + j1, start + j2) for tag, i1, i2, j1, j2 in opcodes if tag != "equal"]


def _common_start(old: list[str], new: list[str]) -> int:
    """How many first words are the same."""
    return next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _absorbed(changes: list[Change], before: list[Token]) -> list[Change]:
    """The changes, those joined that only a few small words keep apart."""
    joined: list[Change] = []
    for change in changes:
        if joined and _is_noise(joined[-1], change, before):
            last = joined.pop()
            change = Change(last.i1, change.i2, last.j1, change.j2)
        joined.append(change)
    return joined


def _is_noise(left: Change, right: Change, before: list[Token]) -> bool:
    """Whether the words between two changes are better shown as changed with them."""
    between = before[left.i2 : right.i1]
    if len(between) > _LONGEST_NOISE or not all(core.lower() in STOP_WORDS for core in cores(between)):
        return False
    # Joining two insertions would show their common word as taken out and put in again.
    return (left.i2 > left.i1 or right.i2 > right.i1) and (left.j2 > left.j1 or right.j2 > right.j1)


def _slid(change: Change, changes: list[Change], at: int, before: list[Token], after: list[Token]) -> Change:
    """The same insertion or removal, moved along repeated words so that it begins a sentence when it can."""
    if change.i1 == change.i2:
        low, high = _room(changes, at, (2, 3), len(after))
        by = _best_shift(cores(after), change.j1, change.j2, low, high)
    elif change.j1 == change.j2:
        low, high = _room(changes, at, (0, 1), len(before))
        by = _best_shift(cores(before), change.i1, change.i2, low, high)
    else:
        return change
    return Change(*(bound + by for bound in change))


def _room(changes: list[Change], at: int, side: tuple[int, int], length: int) -> tuple[int, int]:
    """Between which words a change may move without touching its neighbours."""
    low = changes[at - 1][side[1]] + 1 if at else 0
    high = changes[at + 1][side[0]] - 1 if at + 1 < len(changes) else length
    return low, high


def _best_shift(words: list[str], start: int, end: int, low: int, high: int) -> int:
    """By how many words to move words[start:end] so that the text stays and a sentence begins there; 0 if none."""
    left = 0
    while start + left > low and words[start + left - 1] == words[end + left - 1]:
        left -= 1
    right = 0
    while end + right < high and words[start + right] == words[end + right]:
        right += 1
    fitting = (by for by in range(left, right + 1) if _begins_sentence(words, start + by))
    return min(fitting, key=abs, default=0)


def _begins_sentence(words: list[str], at: int) -> bool:
    """Whether a sentence begins with that word."""
    return at == 0 or words[at - 1] in _SENTENCE_ENDS


def _too_different(changes: list[Change], before: list[Token], after: list[Token]) -> bool:
    """Whether so little stays that the reader is better served by the two whole texts."""
    lost = sum(_weight(before[change.i1 : change.i2]) for change in changes)
    least = min(_weight(before), _weight(after))
    return bool(changes) and _weight(before) - lost < _LEAST_COMMON * least


def _weight(words: Sequence[Token]) -> int:
    """How many letters and digits, small words apart."""
    return sum(len(core) for core in cores(words) if core[:1].isalnum() and core.lower() not in STOP_WORDS)


def _pieces(changes: list[Change], before: list[Token], after: list[Token]) -> tuple[Piece, ...]:
    """The runs of text between and within the changes."""
    page = _Page()
    i = j = 0
    for change in [*changes, Change(len(before), len(before), len(after), len(after))]:
        for old, new in zip(before[i : change.i1], after[j : change.j1], strict=True):
            if old.gap == new.gap or alike(old.gap) == alike(new.gap):
                page.same(new.core + new.gap)
            else:
                page.same(new.core)
                page.differ(old.gap, new.gap)
        page.differ(_spell(before[change.i1 : change.i2]), _spell(after[change.j1 : change.j2]))
        i, j = change.i2, change.j2
    page.settle()
    return tuple(page.pieces)


def _spell(words: Sequence[Token]) -> str:
    """The words as text."""
    return "".join(word.core + word.gap for word in words)


class _Page:
    """The pieces written so far; differences are held back until something stays the same after them."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._old = ""
        self._new = ""

    def same(self, text: str) -> None:
        """Write text that both sides have."""
        if text:
            self.settle()
            self._write("same", text)

    def differ(self, old: str, new: str) -> None:
        """Hold back what each side has here."""
        self._old += old
        self._new += new

    def settle(self) -> None:
        """Write the differences held back, the white space at both ends of both sides as what stays."""
        old, new = self._old, self._new
        if not old and not new:
            return
        self._old = self._new = ""
        lead = _shared_lead(old, new)
        self._write("same", new[:lead])
        old, new = old[lead:], new[lead:]
        tail = _shared_lead(old[::-1], new[::-1])
        self._write("del", old[: len(old) - tail])
        self._write("ins", new[: len(new) - tail])
        self._write("same", new[len(new) - tail :])

    def _write(self, kind: Kind, text: str) -> None:
        """Add text, to the last piece when it is of the same kind."""
        if not text:
            return
        if self.pieces and self.pieces[-1].kind == kind:
            text = self.pieces.pop().text + text
        self.pieces.append(Piece(kind, text))


def _shared_lead(old: str, new: str) -> int:
    """How many first characters are the same white space on both sides."""
    count = 0
    while count < min(len(old), len(new)) and old[count] == new[count] and old[count].isspace():
        count += 1
    return count
