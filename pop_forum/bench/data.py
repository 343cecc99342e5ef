"""A commune that has written a great deal, in words of its own programme and charter, the same at every run.

Rows go straight into the tables, thousands at a time, as a restored database would have them: through the forms a
hundred thousand messages would take ten minutes. Nobody real is named.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate, islice
from typing import Any

from sqlalchemy import insert, select

from pop_forum import paths
from pop_forum.bench.content import add_writers
from pop_forum.commune import Commune
from pop_forum.domain import markdown
from pop_forum.domain.ordering import order_key
from pop_forum.errors import Conflict
from pop_forum.models import Post, PostVersion, Thread

AUTHORS = 200
REPLIES = (0, 1, 2, 3, 5, 8, 13, 21, 60, 87)  # per thread, in turn: most are short, a few are long
BATCH = 2_000  # messages of one transaction
SENTENCES = (2, 5)  # of a message, at least and at most
WORDS = (6, 18)  # of a sentence
MINUTES = 7  # between two messages
NO_PASSWORD = "!"
KEY = "d{:011}"


class Dice:
    """Numbers that look drawn at random and are the same at every run (Knuth's MMIX generator)."""

    def __init__(self, seed: int) -> None:
        self._state = seed * 2_654_435_761 % 2**64

    def between(self, low: int, high: int) -> int:
        """The next number, from `low` to `high` inclusive."""
        self._state = (self._state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return low + (self._state >> 33) % (high - low + 1)


class Language:
    """The words of our own texts, each as frequent as it is there."""

    def __init__(self, *texts: str) -> None:
        found = Counter(word for text in texts for word in re.findall(r"[^\W\d_]+(?:’[^\W\d_]+)?", text.lower()))
        self._words = [word for word, _ in found.most_common()]
        self._sums = list(accumulate(count for _, count in found.most_common()))

    def sentence(self, dice: Dice) -> str:
        """A sentence that means nothing, in words that occur together."""
        drawn = (dice.between(0, self._sums[-1] - 1) for _ in range(dice.between(*WORDS)))
        return " ".join(self._words[bisect(self._sums, number)] for number in drawn).capitalize() + "."

    def message(self, number: int) -> str:
        """The text of this message."""
        dice = Dice(number + 1)
        return " ".join(self.sentence(dice) for _ in range(dice.between(*SENTENCES)))


def language_of(commune: Commune) -> Language:
    """The words of the common programme and of this commune's charter."""
    programme = (paths.data_files() / "programme.yaml").read_text("utf-8")
    return Language(programme, commune.settings.charter)


def write(commune: Commune, count: int) -> Iterator[int]:
    """How many of the messages are written, after each batch."""
    _refuse_again(commune)
    writers = [writer.person_id for writer in add_writers(commune, AUTHORS, NO_PASSWORD)]
    start = commune.clock.now() - timedelta(minutes=MINUTES * count)
    messages = _messages(commune, language_of(commune), writers, start)
    done = 0
    while done < count:
        batch = list(islice(messages, min(BATCH, count - done)))
        _keep(commune, batch)
        done += len(batch)
        yield done


def _refuse_again(commune: Commune) -> None:
    """Raises Conflict when the commune has these messages already."""
    with commune.reading() as site:
        if site.session.scalar(select(Post.id).where(Post.key == KEY.format(0))) is not None:
            raise Conflict("data written before", "Cette commune a déjà ces messages.")


def _keep(commune: Commune, batch: list[dict[str, Any]]) -> None:
    """Nothing; the messages of a batch are rows, each in its thread and with its first version."""
    with commune.transaction() as site:
        opened = [_thread_row(each) for each in batch if each["opening"]]
        if opened:
            site.session.execute(insert(Thread), opened)
        keys = {each["thread"] for each in batch}
        numbers = dict(site.session.execute(select(Thread.uri, Thread.id).where(Thread.uri.in_(keys))).all())
        columns = ("uri", "key", "host", "parent_uri", "author_id", "opening", "source", "html", "published",
                   "received_at", "order_key")  # fmt: skip
        posts = [{name: each[name] for name in columns} | {"thread_id": numbers[each["thread"]]} for each in batch]
        site.session.execute(insert(Post), posts)
        written = select(Post.uri, Post.id).where(Post.uri.in_([one["uri"] for one in posts]))
        ids = dict(site.session.execute(written).all())
        versions = [
            {
                "post_id": ids[each["uri"]],
                **{name: each[name] for name in ("source", "html")},
                "written_at": each["published"],
            }
            for each in batch
        ]
        site.session.execute(insert(PostVersion), versions)


def _messages(commune: Commune, language: Language, authors: list[int], start: datetime) -> Iterator[dict[str, Any]]:
    """Messages without end: a thread's opening, then its replies, and the next thread."""
    host, number, thread = commune.settings.host, 0, 0
    while True:
        opening: dict[str, Any] = {}
        for place in range(1 + REPLIES[thread % len(REPLIES)]):
            at = start + timedelta(minutes=MINUTES * number)
            key = KEY.format(number)
            uri, source = f"{commune.settings.base_url}/o/{key}", language.message(number)
            message = {
                "uri": uri,
                "key": key,
                "host": host,
                "thread": opening.get("uri", uri),
                "parent_uri": opening.get("uri"),
                "author_id": authors[(number * 31 + thread) % len(authors)],
                "opening": place == 0,
                "source": source,
                "html": markdown.render(source),
                "published": at,
                "received_at": at,
                "order_key": order_key(at, opening.get("order_key"), uri),
                "title": language.sentence(Dice(number + 7)).rstrip(".")[:80],
            }
            opening = opening or message
            number += 1
            yield message
        thread += 1


def _thread_row(opening: dict[str, Any]) -> dict[str, Any]:
    same = {name: opening[name] for name in ("uri", "key", "host", "author_id", "title", "published", "received_at")}
    return {**same, "board": "quotidien", "measure": None, "shared": False, "active_at": opening["published"]}
