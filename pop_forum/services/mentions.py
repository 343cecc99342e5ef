"""Mentions: who is named in a message, found when it is written, kept by number and shown by name."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from pop_forum.domain import mentions as rule
from pop_forum.domain.badges import DEPARTED
from pop_forum.domain.mentions import Named
from pop_forum.models import Mention, Person, Post
from pop_forum.services import notices
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.profiles import key_of
from pop_forum.services.site import Site

PEOPLE = 2_000  # of one thread whose names are looked for


def note(site: Site, post: Post) -> None:
    """The people this message names, among those who write in its thread; those who have an account here are told."""
    site.session.flush()
    before = set(site.session.scalars(select(Mention.person_id).where(Mention.post_id == post.id)))
    if "@" not in post.source and not before:
        return
    site.session.execute(delete(Mention).where(Mention.post_id == post.id))
    for typed, person_id in rule.find(post.source, _people(site, post)):
        site.session.add(Mention(post_id=post.id, person_id=person_id, typed=typed))
        if person_id not in before:
            notices.tell(site, person_id, notices.MENTION, post)
    site.session.flush()


def note_at(site: Site, uri: str) -> None:
    """The same for a message that was just written without objects."""
    note(site, site.session.scalars(select(Post).where(Post.uri == uri)).one())


def named_in(site: Site, posts: Iterable[Post]) -> dict[int, tuple[Named, ...]]:
    """Whom each of these messages names; asks nothing when none of them holds a « @ »."""
    ids = [post.id for post in posts if "@" in post.html]
    if not ids:
        return {}
    query = select(Mention, Person).join(Person, Person.id == Mention.person_id).where(Mention.post_id.in_(ids))
    found: dict[int, tuple[Named, ...]] = {}
    for row in site.session.execute(query.order_by(Mention.post_id, Mention.person_id)):
        mention: Mention = row.Mention
        one = Named(mention.typed, row.Person.name, key_of(row.Person))
        found[mention.post_id] = (*found.get(mention.post_id, ()), one)
    return found


def left_in(site: Site, ids: Sequence[int]) -> dict[int, tuple[Named, ...]]:
    """Whom each of these messages names among those who have left."""
    if not ids:
        return {}
    query = select(Mention.post_id, Mention.typed, Person.name).join(Person, Person.id == Mention.person_id)
    found: dict[int, tuple[Named, ...]] = {}
    for number, typed, name in site.session.execute(query.where(Mention.post_id.in_(ids), Person.name == DEPARTED)):
        found[number] = (*found.get(number, ()), Named(typed, name, ""))
    return found


def shown(post: Post, named: dict[int, tuple[Named, ...]]) -> str:
    """The HTML of a message with its mentions as links."""
    return rule.link(post.html, named[post.id]) if post.id in named else post.html


def _people(site: Site, post: Post) -> dict[str, int]:
    """Who writes in this thread, by the forms of their names; of two with one name, the one from here, else nobody."""
    wrote = select(Post.author_id).where(Post.thread_id == post.thread_id, Post.host.in_(shown_hosts(site)))
    rows = site.session.scalars(select(Person).where(Person.id.in_(wrote)).order_by(Person.id).limit(PEOPLE)).all()
    here = site.settings.host
    people: dict[str, list[Person]] = {}
    for person in rows:
        for key in rule.keys_of(person.name):
            people.setdefault(key, []).append(person)
    chosen: dict[str, int] = {}
    for key, bearers in people.items():
        ours = [person for person in bearers if person.host == here]
        if len(ours or bearers) == 1:
            chosen[key] = (ours or bearers)[0].id
    return chosen
