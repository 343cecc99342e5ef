"""A commune that has written a great deal: messages whose words are as unequally frequent as those of French.

Rows are written straight into the tables, as a restored database would have them; the triggers note each one.
"""

import hashlib
import re
from bisect import bisect
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import insert, select

from pop_forum import paths
from pop_forum.commune import Commune
from pop_forum.domain.search_words import STOP, fold
from pop_forum.models import Person, Post, Thread

WORDS = 46  # of a message beside the small ones: 77 in all, as measured in docs/design/libraries.md
SMALL = ("le", "la", "de", "des", "et", "à", "un", "pour", "dans", "que")
VOCABULARY = 40_000
REPLIES = 99  # of a thread
PER_PAGE = 5_000  # messages of one transaction
ENDINGS = ("age", "ations", "ment", "ière", "eries", "eur", "é", "ées", "er", "isme", "able", "ure", "oir", "et")
BEGINNINGS = ("re", "dé", "pré", "sur", "inter", "co", "sous", "mé", "par", "tran")


class Dice:
    """Numbers that look drawn at random and are the same at every run."""

    def __init__(self, seed: int) -> None:
        self._state = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "big")

    def below(self, limit: int) -> int:
        """The next number from 0 up to the limit (Knuth's MMIX generator, upper bits)."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._state >> 24) % limit


class Language:
    """The words of the programme and words made of their parts, the first ones the most frequent (Zipf's law)."""

    def __init__(self) -> None:
        text = (paths.data_files() / "programme.yaml").read_text("utf-8")
        known = dict.fromkeys(word.lower() for word in re.findall(r"[^\W\d_]{4,}", text))
        spoken = [word for word in known if fold(word) not in STOP]
        stems = [word[: max(4, len(word) - 3)] for word in spoken]
        made = (f"{first}{stem}{last}" for last in ENDINGS for first in ("", *BEGINNINGS) for stem in stems)
        self.words: list[str] = list(dict.fromkeys((*spoken, *made)))[:VOCABULARY]
        self._weights = list(accumulate(10**9 // (rank + 12) for rank in range(len(self.words))))

    def word(self, dice: Dice) -> str:
        """A word, frequent ones more often."""
        return self.words[bisect(self._weights, dice.below(self._weights[-1]))]

    def message(self, number: int) -> str:
        """The text of this message, always the same."""
        dice = Dice(number)
        words = (f"{SMALL[dice.below(len(SMALL))]} {self.word(dice)}" for _ in range(WORDS))
        return f"{' '.join(words).capitalize()}."


def write(commune: Commune, language: Language, first: int, count: int, end: datetime) -> None:
    """Nothing; the commune has so many messages more, numbered from `first`, the last one written at `end`."""
    for start in range(first, first + count, PER_PAGE):
        stop = min(start + PER_PAGE, first + count)
        with commune.transaction() as site:
            author = site.session.scalars(select(Person.id).where(Person.host == site.settings.host).limit(1)).one()
            rows = list(_rows(commune, language, range(start, stop), author, end - timedelta(minutes=first + count)))
            threads = [thread for thread, _ in rows if thread is not None]
            if threads:
                site.session.execute(insert(Thread), threads)
            numbers = dict(site.session.execute(select(Thread.key, Thread.id)).all())
            site.session.execute(insert(Post), [{**post, "thread_id": numbers[post["thread_id"]]} for _, post in rows])


def _rows(
    commune: Commune, language: Language, numbers: range, author: int, start: datetime
) -> Iterator[tuple[dict[str, object] | None, dict[str, str]]]:
    """Each message's row, whose thread is named by its key, with the row of the thread that it opens."""
    host, base = commune.settings.host, commune.settings.base_url
    for number in numbers:
        opening = number - number % (REPLIES + 1)
        source, at = language.message(number), start + timedelta(minutes=number)
        shared = {"host": host, "author_id": author, "published": at, "received_at": at}
        key, thread = f"c{number:011}", f"c{opening:011}"
        post = {
            **shared,
            "uri": f"{base}/o/{key}",
            "key": key,
            "thread_id": thread,
            "parent_uri": None if number == opening else f"{base}/o/{thread}",
            "opening": number == opening,
            "source": source,
            "html": f"<p>{source}</p>",
            "order_key": f"{number:020}",
            "epoch": 0,
            "n": 0,
        }
        row = {
            **shared,
            "uri": f"{base}/o/{thread}",
            "key": thread,
            "title": " ".join(source.split()[1:8:2]).capitalize(),
            "board": "quotidien",
            "shared": False,
            "active_at": at,
        }
        yield (row if number == opening else None), post  # type: ignore[misc]
