"""People, threads and messages of one unit of work, looked up once each, also before they are flushed."""

from collections.abc import Iterable

from sqlalchemy import select

from pop_forum.models import Deletion, Person, Post, Support, Thread
from pop_forum.services.site import Site

SQL_LIST = 400  # how many addresses one IN (…) may hold; SQLite's oldest limit is 999


class Known:
    """A look-up by address over people, threads and posts, with what this transaction itself has made."""

    def __init__(self, site: Site) -> None:
        self._session = site.session
        self._people: dict[str, Person | None] = {}
        self._threads: dict[str, Thread | None] = {}
        self._posts: dict[str, Post | None] = {}
        self._deletions: dict[str, list[Deletion]] = {}
        self._supports: dict[tuple[str, str, str], Support | None] = {}

    def prefetch(self, uris: Iterable[str]) -> None:
        """Everything that bears one of these addresses, fetched in a few statements instead of one each."""
        missing = sorted(set(uris) - self._people.keys())
        for start in range(0, len(missing), SQL_LIST):
            some = missing[start : start + SQL_LIST]
            for uri in some:
                self._people.setdefault(uri, None)
                self._threads.setdefault(uri, None)
                self._posts.setdefault(uri, None)
                self._deletions.setdefault(uri, [])
            for person in self._session.scalars(select(Person).where(Person.uri.in_(some))):
                self._people[person.uri] = person
            for thread in self._session.scalars(select(Thread).where(Thread.uri.in_(some))):
                self._threads[thread.uri] = thread
            for post in self._session.scalars(select(Post).where(Post.uri.in_(some))):
                self._posts[post.uri] = post
            for deletion in self._session.scalars(select(Deletion).where(Deletion.object_uri.in_(some))):
                self._deletions[deletion.object_uri].append(deletion)

    def prefetch_supports(self, keys: Iterable[tuple[str, str, str]]) -> None:
        """The supports with these (message, host, token), fetched in a few statements."""
        missing = sorted(set(keys) - self._supports.keys())
        for start in range(0, len(missing), SQL_LIST):
            some = missing[start : start + SQL_LIST]
            self._supports.update(dict.fromkeys(some))
            tokens = [token for _, _, token in some]
            for row in self._session.scalars(select(Support).where(Support.token.in_(tokens))):
                self._supports[(row.object_uri, row.host, row.token)] = row

    def person(self, uri: str) -> Person | None:
        """The person at this address, if any is known."""
        self.prefetch((uri,))
        return self._people[uri]

    def thread(self, uri: str) -> Thread | None:
        """The thread at this address, if any is known."""
        self.prefetch((uri,))
        return self._threads[uri]

    def post(self, uri: str) -> Post | None:
        """The message at this address, if any is known."""
        self.prefetch((uri,))
        return self._posts[uri]

    def deletions(self, uri: str) -> list[Deletion]:
        """Every actor's deletion of this message, undone ones included."""
        self.prefetch((uri,))
        return self._deletions[uri]

    def support(self, uri: str, host: str, token: str) -> Support | None:
        """The support of this message by this token, if it was ever given."""
        self.prefetch_supports(((uri, host, token),))
        return self._supports[(uri, host, token)]

    def add_support(self, row: Support) -> None:
        """Remember a support that this transaction makes."""
        self._supports[(row.object_uri, row.host, row.token)] = row
        self._session.add(row)

    def add_deletion(self, row: Deletion) -> None:
        """Remember a deletion that this transaction makes."""
        self.deletions(row.object_uri).append(row)
        self._session.add(row)

    def add(self, row: Person | Thread | Post) -> None:
        """Remember a row that this transaction makes."""
        self.prefetch((row.uri,))
        match row:
            case Person():
                self._people[row.uri] = row
            case Thread():
                self._threads[row.uri] = row
            case Post():
                self._posts[row.uri] = row
        self._session.add(row)
