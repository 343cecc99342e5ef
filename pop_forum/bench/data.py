"""A commune that has written a great deal: discussions, replies and their first versions, the same at every run.

Rows go straight into the tables, thousands at a time, as a restored database would have them (the triggers note each
for the index): through the forms a hundred thousand messages would take ten minutes. Nobody real is named.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count as numbers_from
from itertools import islice
from typing import Any

from sqlalchemy import insert, select

from pop_forum.bench.content import add_writers
from pop_forum.bench.language import Language
from pop_forum.commune import Commune
from pop_forum.domain.ordering import order_key
from pop_forum.errors import Conflict
from pop_forum.models import Person, Post, PostVersion, Thread

AUTHORS = 200
REPLIES = (0, 1, 2, 3, 5, 8, 13, 21, 60, 87)  # per thread, in turn: most are short, a few are long
BATCH = 2_000  # messages of one transaction
MINUTES = 7  # between two messages
NO_PASSWORD = "!"
KEY = "d{:011}"
COLUMNS = (
    "uri", "key", "host", "parent_uri", "author_id", "opening", "source", "html", "published", "received_at",
    "order_key",
)  # fmt: skip


def write(commune: Commune, language: Language, count: int, first: int = 0) -> Iterator[int]:
    """How many of the messages, numbered from `first`, are written, after each batch; the last is written now."""
    _refuse_again(commune, first)
    start = commune.clock.now() - timedelta(minutes=MINUTES * count)
    messages = _messages(commune, language, _authors(commune, first), first, start)
    done = 0
    while done < count:
        batch = list(islice(messages, min(BATCH, count - done)))
        _keep(commune, batch)
        done += len(batch)
        yield done


def _refuse_again(commune: Commune, first: int) -> None:
    """Raises Conflict when the commune has these messages already."""
    with commune.reading() as site:
        if site.session.scalar(select(Post.id).where(Post.key == KEY.format(first))) is not None:
            raise Conflict("data written before", "Cette commune a déjà ces messages.")


def _authors(commune: Commune, first: int) -> list[int]:
    """Who writes: invented people the first time, whoever is there afterwards."""
    if first == 0:
        return [writer.person_id for writer in add_writers(commune, AUTHORS, NO_PASSWORD)]
    with commune.reading() as site:
        here = select(Person.id).where(Person.host == site.settings.host).order_by(Person.id).limit(AUTHORS)
        return list(site.session.scalars(here))


def _keep(commune: Commune, batch: list[dict[str, Any]]) -> None:
    """Nothing; the messages of a batch are rows, each in its thread and with its first version."""
    with commune.transaction() as site:
        opened = [_thread_row(each) for each in batch if each["opening"]]
        if opened:
            site.session.execute(insert(Thread), opened)
        keys = {each["thread"] for each in batch}
        numbers = dict(site.session.execute(select(Thread.uri, Thread.id).where(Thread.uri.in_(keys))).all())
        posts = [{name: each[name] for name in COLUMNS} | {"thread_id": numbers[each["thread"]]} for each in batch]
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


def _messages(
    commune: Commune, language: Language, authors: list[int], first: int, start: datetime
) -> Iterator[dict[str, Any]]:
    """Messages without end: a thread's opening, then its replies, and the next thread."""
    number = first
    for thread in numbers_from():
        opening: dict[str, Any] = {}
        replies = REPLIES[thread % len(REPLIES)]
        for _ in range(1 + replies):
            author = authors[(number * 31 + thread) % len(authors)]
            at = start + timedelta(minutes=MINUTES * (number - first))
            message = _message(commune, language, number, author, at, opening)
            opening = opening or {**message, "last": at + timedelta(minutes=MINUTES * replies)}
            number += 1
            yield opening if message["opening"] else message


def _message(
    commune: Commune, language: Language, number: int, author: int, at: datetime, opening: dict[str, Any]
) -> dict[str, Any]:
    """One message, which opens a thread when there is none to reply in."""
    key, source = KEY.format(number), language.message(number)
    uri = f"{commune.settings.base_url}/o/{key}"
    return {
        "uri": uri,
        "key": key,
        "host": commune.settings.host,
        "thread": opening.get("uri", uri),
        "parent_uri": opening.get("uri"),
        "author_id": author,
        "opening": not opening,
        "source": source,
        "html": html_of(source),
        "published": at,
        "received_at": at,
        "order_key": order_key(at, opening.get("order_key"), uri),
        "title": language.title(number),
    }


def html_of(source: str) -> str:
    """The HTML of a message of words and full stops, as domain/markdown.py makes it in fifty times the time."""
    return f"<p>{source}</p>\n"


def _thread_row(opening: dict[str, Any]) -> dict[str, Any]:
    same = {name: opening[name] for name in ("uri", "key", "host", "author_id", "title", "published", "received_at")}
    return {**same, "board": "quotidien", "measure": None, "shared": False, "active_at": opening["last"]}
