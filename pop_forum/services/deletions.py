"""Who wants a message hidden: its author and each commune that has a say, every one for themselves.

A message shows again once nobody wants it hidden: lifting one of these wishes leaves the others (federation.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from pop_forum.federation.identifiers import Host, commune_id
from pop_forum.models import Deletion, Post
from pop_forum.services.site import Site

AUTHOR, HERE = "author", "here"
MODERATION = "moderation"
LOG = "/moderation/journal"  # the public log of every commune


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The moderation of another commune, and its public log, where its reasons stand."""

    place: str
    log: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """Who wants a message hidden, of its author and this commune, and what its tombstone says: by whom, when, where."""

    who: frozenset[str] = frozenset()
    by: str | None = None
    at: datetime | None = None
    elsewhere: Host | None = None  # the other commune whose moderation decided, when this one did not

    def decided_in(self, post: Post, names: Mapping[str, str]) -> Elsewhere | None:
        """The other commune that decided, by the names that this one gives to its neighbours."""
        if self.elsewhere is None:
            return None
        home, _, _ = (post.uri if post.host == self.elsewhere else post.thread.uri).rpartition("/o/")
        return Elsewhere(names.get(self.elsewhere, self.elsewhere), f"{home}{LOG}")


NONE = Wishes()


def wishes(site: Site, posts: Iterable[Post]) -> dict[str, Wishes]:
    """What is wished of each of these messages that is hidden, by its id.

    A moderation gives its reason, and its decision stands whatever the author does besides: when both want a message
    hidden, its tombstone is that of the moderation.
    """
    hidden = {post.uri: post for post in posts if post.deleted_at is not None}
    if not hidden:
        return {}
    asked = select(Deletion.object_uri, Deletion.actor, Deletion.at).where(Deletion.object_uri.in_(hidden))
    found: dict[str, dict[str, datetime]] = {}
    for uri, actor, at in site.session.execute(asked.where(Deletion.active)):
        found.setdefault(uri, {})[actor] = at
    return told(site, hidden, found)


def told(site: Site, hidden: Mapping[str, Post], asked: Mapping[str, Mapping[str, datetime]]) -> dict[str, Wishes]:
    """The same from who asked for each of these hidden messages, and when."""
    return {uri: _of(site, post, asked.get(uri, {})) for uri, post in hidden.items()}


def wished(site: Site, post: Post) -> frozenset[str]:
    """Which of its author and this commune want this message hidden."""
    return wishes(site, [post]).get(post.uri, NONE).who


def _of(site: Site, post: Post, asked: Mapping[str, datetime]) -> Wishes:
    here = commune_id(Host(site.settings.host))
    who = frozenset(name for name, actor in ((AUTHOR, post.author.uri), (HERE, here)) if actor in asked)
    moderations = {commune_id(Host(post.host)), commune_id(Host(post.thread.host))}
    decided = [at for actor, at in asked.items() if actor in moderations]
    if not decided:
        return Wishes(who, post.deleted_by, post.deleted_at)
    others = [host for host in (Host(post.thread.host), Host(post.host)) if commune_id(host) in asked]
    return Wishes(who, MODERATION, min(decided), None if HERE in who else others[0])


def withdrawn_at(site: Site, post: Post) -> datetime | None:
    """When its author withdrew this message; None when they did not."""
    theirs = (Deletion.object_uri == post.uri, Deletion.actor == post.author.uri, Deletion.active)
    return site.session.scalar(select(Deletion.at).where(*theirs))
