"""Who wants a message hidden: its author and each commune that has a say, every one for themselves.

A message shows again once nobody wants it hidden: lifting one of these wishes leaves the others (federation.md).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from pop_forum.federation.identifiers import Host, commune_id
from pop_forum.models import Deletion, Post
from pop_forum.services.site import Site

AUTHOR, HERE = "author", "here"


def wishes(site: Site, posts: Iterable[Post]) -> dict[str, frozenset[str]]:
    """Which of its author and this commune want each of these messages hidden, by its id; those of neither miss."""
    hidden = {post.uri: post.author.uri for post in posts if post.deleted_at is not None}
    if not hidden:
        return {}
    here = commune_id(Host(site.settings.host))
    asked = select(Deletion.object_uri, Deletion.actor).where(Deletion.object_uri.in_(hidden), Deletion.active)
    found: dict[str, set[str]] = {}
    for uri, actor in site.session.execute(asked):
        if actor in (hidden[uri], here):
            found.setdefault(uri, set()).add(AUTHOR if actor == hidden[uri] else HERE)
    return {uri: frozenset(each) for uri, each in found.items()}


def wished(site: Site, post: Post) -> frozenset[str]:
    """Which of its author and this commune want this message hidden."""
    return wishes(site, [post]).get(post.uri, frozenset())


def withdrawn_at(site: Site, post: Post) -> datetime | None:
    """When its author withdrew this message; None when they did not."""
    theirs = (Deletion.object_uri == post.uri, Deletion.actor == post.author.uri, Deletion.active)
    return site.session.scalar(select(Deletion.at).where(*theirs))
