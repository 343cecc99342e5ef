"""People, threads and messages of one unit of work, looked up once each, also before they are flushed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from pop_forum.federation.activities import Erase
from pop_forum.federation.identifiers import Host
from pop_forum.federation.images import Image
from pop_forum.models import Deletion, Entry, Person, Post, PostVersion, Support, Thread
from pop_forum.services.site import Site

SQL_LIST = 400  # how many addresses one IN (…) may hold; SQLite's oldest limit is 999
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Told:
    """An erasure that was applied, and where it stands in the journal of this host."""

    host: Host
    content: Erase
    epoch: int
    n: int


class Known:
    """A look-up by address over people, threads, messages and what was done to them.

    It remembers what this transaction itself has made. One form looks up a row or two when it needs them; a page of
    five hundred entries calls `prefetch` and its kind first.
    """

    def __init__(self, site: Site) -> None:
        self._session = site.session
        self._people: dict[str, Person | None] = {}
        self._threads: dict[str, Thread | None] = {}
        self._posts: dict[str, Post | None] = {}
        self._deletions: dict[str, list[Deletion]] = {}
        self._replies: dict[str, list[Post]] = {}
        self._supports: dict[tuple[str, str, str], Support | None] = {}
        self._claims: dict[str, tuple[int, int] | None] = {}
        self._tombstones: dict[str, tuple[int, int]] = {}
        self.named: dict[str, tuple[Image, ...]] = {}  # the pictures that messages now show: picture_requests.name
        self.erased: list[Told] = []  # what is to be done once the rows are written: erasures.carry_out

    def prefetch(self, uris: Iterable[str]) -> None:
        """Everything that bears one of these addresses, fetched in a few statements instead of one each."""
        wanted = set(uris)
        self._fetch_people(wanted)
        self._fetch_threads(wanted)
        self._fetch_posts(wanted)
        self._fetch_deletions(wanted)

    def prefetch_replies(self, uris: Iterable[str]) -> None:
        """The replies to messages that are only coming now: they came before what they answer."""
        for some in in_turns(set(uris) - self._replies.keys()):
            self._replies.update({uri: [] for uri in some})
            for post in self._session.scalars(select(Post).where(Post.parent_uri.in_(some))):
                self._replies[post.parent_uri or ""].append(post)
                self._posts[post.uri] = post

    def prefetch_supports(self, keys: Iterable[tuple[str, str, str]]) -> None:
        """The supports with these (message, host, token), fetched in a few statements."""
        for some in in_turns(set(keys) - self._supports.keys()):
            self._supports.update(dict.fromkeys(some))
            tokens = [token for _, _, token in some]
            for row in self._session.scalars(select(Support).where(Support.token.in_(tokens))):
                self._supports[(row.object_uri, row.host, row.token)] = row

    def prefetch_claims(self, uris: Iterable[str]) -> None:
        """The entries kept without effect that come first to give these ids, fetched in a few statements."""
        for some in in_turns(set(uris) - self._claims.keys()):
            self._claims.update(dict.fromkeys(some))
            claims = select(Entry.creates, Entry.epoch, Entry.n, Entry.type).where(Entry.creates.in_(some))
            for uri, epoch, n, kind in self._session.execute(claims.order_by(Entry.epoch.desc(), Entry.n.desc())):
                self._claims[str(uri)] = (epoch, n)
                if kind == Erase.__name__:
                    self._tombstones[str(uri)] = (epoch, n)

    def person(self, uri: str) -> Person | None:
        """The person at this address, if any is known."""
        if uri not in self._people:
            self._fetch_people({uri})
        return self._people[uri]

    def thread(self, uri: str) -> Thread | None:
        """The thread at this address, if any is known."""
        if uri not in self._threads:
            self._fetch_threads({uri})
        return self._threads[uri]

    def post(self, uri: str) -> Post | None:
        """The message at this address, if any is known."""
        if uri not in self._posts:
            self._fetch_posts({uri})
        return self._posts[uri]

    def replies(self, uri: str) -> list[Post]:
        """The replies to this message that are known."""
        if uri not in self._replies:
            self.prefetch_replies((uri,))
        return self._replies[uri]

    def deletions(self, uri: str) -> list[Deletion]:
        """Every actor's deletion of this message, undone ones included."""
        if uri not in self._deletions:
            self._fetch_deletions({uri})
        return self._deletions[uri]

    def support(self, uri: str, host: str, token: str) -> Support | None:
        """The support of this message by this token, if it was ever given."""
        if (uri, host, token) not in self._supports:
            self.prefetch_supports(((uri, host, token),))
        return self._supports[(uri, host, token)]

    def claim(self, uri: str) -> tuple[int, int] | None:
        """Where (epoch, n) the entry stands that was kept without effect and first gave this id, if there is one."""
        if uri not in self._claims:
            self.prefetch_claims((uri,))
        return self._claims[uri]

    def tombstone(self, uri: str) -> tuple[int, int] | None:
        """Where (epoch, n) the first erasure stands that waits to leave a tombstone of this id, if one does."""
        self.claim(uri)
        return self._tombstones.get(uri)

    def is_decided(self, uri: str, place: tuple[int, int]) -> bool:
        """Whether an erasure before this place says what is left of this message: the first one counts."""
        post, first = self.post(uri), self.tombstone(uri)
        return (post is not None and post.erased_at is not None) or (first is not None and first < place)

    def add_claim(self, uri: str, place: tuple[int, int], *, tombstone: bool = False) -> None:
        """Remember that an entry kept without effect gives this id; an earlier one stays the first."""
        if self.claim(uri) is None:
            self._claims[uri] = place
        if tombstone:
            self._tombstones.setdefault(uri, place)

    def forget_claim(self, uri: str) -> None:
        """Nothing; which entry gives this id is looked up anew."""
        self._claims.pop(uri, None)
        self._tombstones.pop(uri, None)

    def forget(self) -> None:
        """Nothing; what is asked next is looked up anew: rows may be gone, and entries may give other ids."""
        for held in (self._people, self._threads, self._posts, self._deletions, self._replies, self._supports):
            held.clear()
        self._claims.clear()
        self._tombstones.clear()

    def add(self, row: Person | Thread | Post) -> None:
        """Remember a row that this transaction makes."""
        match row:
            case Person():
                self._people[row.uri] = row
            case Thread():
                self._threads[row.uri] = row
            case Post():
                self._posts[row.uri] = row
                if row.parent_uri in self._replies:
                    self._replies[row.parent_uri].append(row)
        self._keep(row)

    def add_version(self, post: Post, values: dict[str, Any]) -> None:
        """Keep one more text of a message; `values` are the columns of its PostVersion."""
        self._session.add(PostVersion(post=post, **values))

    def name_pictures(self, post: Post, images: tuple[Image, ...]) -> None:
        """Remember that a message of another commune shows these pictures and no others."""
        if images or post.pictures:
            post.pictures, self.named[post.uri] = len(images), images

    def add_support(self, row: Support) -> None:
        """Remember a support that this transaction makes."""
        self._supports[(row.object_uri, row.host, row.token)] = row
        self._keep(row)

    def add_deletion(self, row: Deletion) -> None:
        """Remember a deletion that this transaction makes."""
        self.deletions(row.object_uri).append(row)
        self._keep(row)

    def _keep(self, row: Person | Thread | Post | Support | Deletion) -> None:
        """See that the row is written with this transaction."""
        self._session.add(row)

    def _fetch_people(self, uris: set[str]) -> None:
        for some in in_turns(uris - self._people.keys()):
            self._people.update(dict.fromkeys(some))
            self._people.update(
                (row.uri, row) for row in self._session.scalars(select(Person).where(Person.uri.in_(some)))
            )

    def _fetch_threads(self, uris: set[str]) -> None:
        for some in in_turns(uris - self._threads.keys()):
            self._threads.update(dict.fromkeys(some))
            self._threads.update(
                (row.uri, row) for row in self._session.scalars(select(Thread).where(Thread.uri.in_(some)))
            )

    def _fetch_posts(self, uris: set[str]) -> None:
        for some in in_turns(uris - self._posts.keys()):
            self._posts.update(dict.fromkeys(some))
            self._posts.update((row.uri, row) for row in self._session.scalars(select(Post).where(Post.uri.in_(some))))

    def _fetch_deletions(self, uris: set[str]) -> None:
        for some in in_turns(uris - self._deletions.keys()):
            self._deletions.update({uri: [] for uri in some})
            for row in self._session.scalars(select(Deletion).where(Deletion.object_uri.in_(some))):
                self._deletions[row.object_uri].append(row)


def in_turns(missing: set[Key]) -> Iterator[list[Key]]:
    """The keys in lists that an IN (…) can hold, in one order whatever the hash seed."""
    ordered = sorted(missing)  # type: ignore[type-var]
    for start in range(0, len(ordered), SQL_LIST):
        yield ordered[start : start + SQL_LIST]
