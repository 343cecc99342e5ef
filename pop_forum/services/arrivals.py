"""The rows that a page of entries makes, gathered while it is applied and written by a few statements."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select

from pop_forum.models import Deletion, Person, Post, PostVersion, Support, Thread
from pop_forum.models.base import Base
from pop_forum.services.known import Known, in_turns
from pop_forum.services.site import Site

Row = dict[str, Any]


class Arrivals(Known):
    """Known, with what is new kept out of the session until `write`.

    A page makes hundreds of messages, texts and supports, and the session would insert each by a statement of its
    own. What a handler looks up or changes later in the page is still the one object it gets from here. After
    `write` these objects stand for no row: look up anew, with another Known.
    """

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._new_threads: list[Thread] = []
        self._new_posts: list[Post] = []
        self._new_versions: list[tuple[Post, Row]] = []
        self._new_supports: list[Support] = []

    def add_version(self, post: Post, values: Row) -> None:
        """Gather one more text of a message."""
        self._new_versions.append((post, values))

    def write(self) -> None:
        """Flush the session and write what was gathered, in the order in which rows refer to each other."""
        self._session.flush()
        self._insert(Thread, [_values(thread) | {"author_id": thread.author.id} for thread in self._new_threads])
        threads = self._ids(Thread, [thread.uri for thread in self._new_threads])
        self._insert(Post, [_post_values(post, threads) for post in self._new_posts])
        posts = self._ids(Post, [post.uri for post in self._new_posts])
        versions = [values | {"post_id": posts.get(post.uri) or post.id} for post, values in self._new_versions]
        self._insert(PostVersion, versions)
        self._insert(Support, [_values(support) for support in self._new_supports])

    def _keep(self, row: Person | Thread | Post | Support | Deletion) -> None:
        match row:
            case Thread():
                self._new_threads.append(row)
            case Post():
                self._new_posts.append(row)
            case Support():
                self._new_supports.append(row)
            case _:
                super()._keep(row)

    def _insert(self, model: type[Base], rows: list[Row]) -> None:
        if rows:
            self._session.execute(insert(model.__table__), rows)  # type: ignore[arg-type]

    def _ids(self, model: type[Thread | Post], uris: Iterable[str]) -> dict[str, int]:
        """The numbers that the database gave to these addresses."""
        ids: dict[str, int] = {}
        for some in in_turns(set(uris)):
            found = self._session.execute(select(model.uri, model.id).where(model.uri.in_(some)))
            ids.update((row.uri, row.id) for row in found)
        return ids


def _post_values(post: Post, new_threads: dict[str, int]) -> Row:
    thread_id = new_threads.get(post.thread.uri) or post.thread.id
    return _values(post) | {"thread_id": thread_id, "author_id": post.author.id}


def _values(row: Thread | Post | Support) -> Row:
    """The columns of a row that the session does not know, except for its own number; None where nothing was set."""
    held = row.__dict__
    return {name: held.get(name) for name in _COLUMNS[type(row)]}


_COLUMNS = {
    model: [column.key for column in model.__table__.columns if column.key != "id"] for model in (Thread, Post, Support)
}
