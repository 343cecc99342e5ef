"""Words to search by: a text as folded words, and what somebody typed as what must and must not be found. Pure.

Accents, apostrophes, ligatures and capitals make no difference between a text and a question (« L’ÉTÉ » is « ete »).
Words that carry no meaning are left out on both sides; « été » is not one of them, though stop lists have it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

MAX_QUERY_CHARS = 200  # a long sentence; what comes after is cut, and the person is told
MAX_TERMS = 12  # words and phrases of one question, excluded ones included
MIN_PREFIX = 3  # letters before « * »: fewer match half of the dictionary
LONGEST_WORD = 40  # letters of a word that are looked at

_WORD = re.compile(r"[^\W_]+")
_CHUNK = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<plain>[^\s"]+))')
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_QUOTES = str.maketrans({"«": '"', "»": '"', "“": '"', "”": '"', "„": '"'})
_APOSTROPHES = frozenset("'’ʼ`´")
_ELISIONS = "l d qu j n s m t c jusqu lorsqu puisqu quoiqu quelqu"
_STOP_WORDS = """
a ai ait alors as au aucun aussi autre aux avait avec avez avoir avons c ce ceci cela celle celles celui ces cet
cette ceux chez ci comme d dans de des donc dont du elle elles en encore entre es est et etaient etait etant etre eu
eux il ils j je l la le les leur leurs lui m ma mais me mes moi mon n ne ni nos notre nous on ont ou par pas peu peut
plus pour puis qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si soi soit son sont sous sur t
ta te tes toi ton tous tout toute toutes tres tu un une vos votre vous y
"""  # folded
AND, OPERATORS = "AND", frozenset(("AND", "OR", "NOT"))  # habits of other engines: here, all words are wanted
ELIDED = frozenset(_ELISIONS.split())
STOP = frozenset(_STOP_WORDS.split())


class Sort(StrEnum):
    """What a wanted thing is."""

    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that a text must hold (or must not): one word, words in a row, or the beginning of a word."""

    sort: Sort
    words: tuple[str, ...]  # lower case, with their accents


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed, understood; `cut` when a limit left out a part of it."""

    wanted: tuple[Wanted, ...]
    excluded: tuple[Wanted, ...]
    cut: bool

    def words(self) -> frozenset[str]:
        """Every word that is wanted, for the marks in an excerpt."""
        return frozenset(word for one in self.wanted for word in one.words)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, in lower case, and where it stands."""

    word: str
    start: int
    end: int


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """The word in lower case without accents, ligatures taken apart."""
    lower = word.casefold()
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFKD", lower.translate(_LIGATURES))
    return "".join(char for char in apart if not unicodedata.combining(char))


def tokens(text: str) -> Iterator[Token]:
    """The meaningful words of a text in NFC, in order: no articles, no elisions, no single letters."""
    for found in _WORD.finditer(text):
        word = found[0].casefold()
        if _means_something(word):
            start, end = found.span()
            if word not in ELIDED or text[end : end + 1] not in _APOSTROPHES:
                yield Token(word[:LONGEST_WORD], start, end)


def words_of(text: str) -> list[str]:
    """The same without their places, from a text in any form."""
    return [token.word for token in tokens(unicodedata.normalize("NFC", text))]


def read_query(text: str) -> Asked:
    """What this question asks for. Any text is a question: what cannot be understood is left out, never refused."""
    whole = unicodedata.normalize("NFC", text[: MAX_QUERY_CHARS + 1].translate(_QUOTES))
    cut = len(text) > MAX_QUERY_CHARS
    wanted: list[Wanted] = []
    excluded: list[Wanted] = []
    for found in _CHUNK.finditer(whole[:MAX_QUERY_CHARS]):
        for one in _wanted_in(found):
            if len(wanted) + len(excluded) == MAX_TERMS:
                return Asked(tuple(wanted), tuple(excluded), cut=True)
            target = excluded if found["minus"] else wanted
            if one not in target:
                target.append(one)
    return Asked(tuple(wanted), tuple(excluded), cut)


def _wanted_in(found: re.Match[str]) -> Iterator[Wanted]:
    if found["phrase"] is not None:
        words = tuple(words_of(found["phrase"]))
        if words:
            yield Wanted(Sort.PHRASE if len(words) > 1 else Sort.WORD, words)
        return
    if found["plain"] == AND:
        return
    words = tuple(words_of(found["plain"]))
    is_prefix = found["plain"].endswith("*") and not found["plain"].endswith("**")
    for number, word in enumerate(words, 1):
        prefix = is_prefix and number == len(words) and len(fold(word)) >= MIN_PREFIX
        yield Wanted(Sort.PREFIX if prefix else Sort.WORD, (word,))


@lru_cache(maxsize=20_000)
def _means_something(word: str) -> bool:
    return (len(word) > 1 or word.isdigit()) and fold(word) not in STOP
