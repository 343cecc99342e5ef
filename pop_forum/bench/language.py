"""Invented French: words as unequally frequent as those of a language, the same at every run."""

import hashlib
import re
from bisect import bisect
from collections import Counter
from functools import cached_property
from itertools import accumulate

from pop_forum import paths
from pop_forum.domain.search_words import STOP, fold

SENTENCES = (3, 10)  # of a message, at least and at most
WORDS = (4, 10)  # of a sentence, beside the small ones: 77 in all in a message, as in docs/design/libraries.md
SMALL = ("le", "la", "de", "des", "et", "à", "un", "pour", "dans", "que")
VOCABULARY = 40_000
ZIPF_SHIFT = 12  # the first words of a language are less frequent than Zipf's law has it (Mandelbrot)
ENDINGS = ("age", "ations", "ment", "ière", "eries", "eur", "é", "ées", "er", "isme", "able", "ure", "oir", "et")
BEGINNINGS = ("re", "dé", "pré", "sur", "inter", "co", "sous", "mé", "par", "tran")
TITLE = 80  # characters at most


class Dice:
    """Numbers that look drawn at random and are the same at every run (Knuth's MMIX generator, upper bits)."""

    def __init__(self, seed: int) -> None:
        self._state = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "big")

    def below(self, limit: int) -> int:
        """The next number from 0 up to the limit."""
        self._state = (self._state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return (self._state >> 24) % limit

    def between(self, low: int, high: int) -> int:
        """The next number, from `low` to `high` inclusive."""
        return low + self.below(high - low + 1)


class Language:
    """The words of the common programme, then words made of their parts; the first ones the most frequent."""

    @cached_property
    def words(self) -> list[str]:
        """Every word, the most frequent first."""
        text = (paths.data_files() / "programme.yaml").read_text("utf-8").lower()
        texts = " ".join(re.findall(r"(?m)^[\s-]*(?:title|summary): (.+)$", text))
        known = Counter(re.findall(r"[^\W\d_]{4,}", texts)).most_common()
        spoken = [word for word, _ in known if fold(word) not in STOP]
        stems = [word[: max(4, len(word) - 3)] for word in spoken]
        made = (f"{first}{stem}{last}" for last in ENDINGS for first in ("", *BEGINNINGS) for stem in stems)
        return list(dict.fromkeys((*spoken, *made)))[:VOCABULARY]

    @cached_property
    def _sums(self) -> list[int]:
        return list(accumulate(10**9 // (rank + ZIPF_SHIFT) for rank in range(len(self.words))))

    def word(self, dice: Dice) -> str:
        """A word that means something, frequent ones more often."""
        return self.words[bisect(self._sums, dice.below(self._sums[-1]))]

    def spoken(self, dice: Dice, count: int) -> str:
        """So many words that mean something, with the small ones between them."""
        drawn = (f"{self._small(dice)}{self.word(dice)}" for _ in range(count))
        return " ".join(drawn)

    def message(self, number: int) -> str:
        """The text of this message: sentences that mean nothing."""
        dice = Dice(number)
        return " ".join(self._sentence(dice) for _ in range(dice.between(*SENTENCES)))

    def title(self, number: int) -> str:
        """The title of the discussion that this message opens."""
        return self._sentence(Dice(~number)).rstrip(".")[:TITLE]

    def _sentence(self, dice: Dice) -> str:
        return f"{self.spoken(dice, dice.between(*WORDS)).capitalize()}."

    def _small(self, dice: Dice) -> str:
        """Two times out of three a word without meaning."""
        number = dice.below(len(SMALL) * 3 // 2)
        return f"{SMALL[number]} " if number < len(SMALL) else ""
