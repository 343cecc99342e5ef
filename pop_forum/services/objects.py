"""The ActivityPub documents of this site's actors, messages, versions and activities, and the pages they belong to.

One rule for every door: what is not shared answers exactly like what does not exist (reliability.md, row 91).
"""

from dataclasses import dataclass

from sqlalchemy import select

from pop_forum.domain.badges import DEPARTED
from pop_forum.errors import NotFound
from pop_forum.federation import build, revisions, shapes
from pop_forum.federation import vocabulary as v
from pop_forum.federation.activities import Activity, Content, RevisionPublished
from pop_forum.federation.identifiers import ObjectId, commune_id, site_actor_id
from pop_forum.federation.strict_json import JsonObject, load_object
from pop_forum.federation.timestamps import to_text
from pop_forum.models import Entry, Journal, Measure, Person, Post, Revision
from pop_forum.services import lineage, pictures, quotations, translation
from pop_forum.services.site import Site

TOMBSTONE = "Tombstone"
NOTHING = "Rien ne se trouve à cette adresse."


@dataclass(frozen=True, slots=True)
class Found:
    """A message of ours that may be known outside: its document, its page, whether it was removed."""

    document: JsonObject
    page: str
    gone: bool


def message(site: Site, key: str) -> Found:
    """The thread or reply `/o/{key}`. Raises NotFound for an unknown one and for one that is not shared alike."""
    uri = site.url(f"/o/{key}")
    post = site.session.scalar(select(Post).where(Post.uri == uri, Post.host == site.settings.host))
    if post is None or not post.thread.shared:
        raise NotFound(f"no message {uri}", NOTHING)
    if post.deleted_at is not None:
        return Found(tombstone(post), page_of(post), gone=True)
    return Found(_message_document(site, post), page_of(post), gone=False)


def tombstone(post: Post) -> JsonObject:
    """What is left of a message that was removed."""
    document: JsonObject = {"@context": v.AS2, "id": post.uri, "type": TOMBSTONE, "formerType": _type_of(post)}
    if post.deleted_at is not None:
        document["deleted"] = to_text(post.deleted_at)
    return document


def page_of(post: Post) -> str:
    """The path of the page where people read this message."""
    return f"/discussions/{post.thread.key}" if post.opening else f"/messages/{post.key}"


def activity(site: Site, key: str) -> bytes:
    """The activity `/a/{key}` byte for byte as it is in our journal.

    Raises NotFound, also when it is about a message that was removed: its words must not come out by this door.
    """
    uri = site.url(f"/a/{key}")
    data = site.session.scalar(
        select(Entry.activity)
        .join(Journal, Journal.id == Entry.journal_id)
        .where(Entry.activity_id == uri, Journal.host == site.settings.host)
    )
    if data is None or _about_removed(site, load_object(data)):
        raise NotFound(f"no activity {uri}", NOTHING)
    return data


def person(site: Site, key: str) -> Person:
    """The person `/p/{key}`, once something of hers was shared. Raises NotFound."""
    uri = site.url(f"/p/{key}")
    found = site.session.scalar(select(Person).where(Person.uri == uri, Person.shared.is_(True)))
    if found is None:
        raise NotFound(f"no person {uri}", NOTHING)
    return found


def person_id(site: Site, key: str) -> str | None:
    """The id behind `/personnes/{key}`, or None while nothing of theirs was shared."""
    uri = site.url(f"/p/{key}")
    return site.session.scalar(select(Person.uri).where(Person.uri == uri, Person.shared.is_(True)))


def measure(site: Site, slug: str) -> Measure:
    """The measure whose Group is `/m/{slug}`. Raises NotFound."""
    found = site.session.scalar(select(Measure).where(Measure.slug == slug))
    if found is None:
        raise NotFound(f"no measure {slug!r}", NOTHING)
    return found


def revision(site: Site, digest: str) -> tuple[JsonObject, str]:
    """The Article of a version published here or with the edition, and the path of its page. Raises NotFound."""
    row = site.session.get(Revision, digest)
    if row is None or row.host not in ("", site.settings.host):
        raise NotFound(f"no version {digest[:60]!r}", NOTHING)
    content = RevisionPublished(lineage.to_value(row), row.role, row.summary)
    article = _document(site, commune_id(site.settings.host), content)
    published = row.created if "T" in row.created else f"{row.created}T00:00:00Z"
    slug = revisions.slug_at(row.measure, site.settings.host)
    path = f"/programme/{slug}/versions/{digest}"
    article |= {"published": published, "url": site.url(path)}
    if not row.host:
        article["attributedTo"] = revisions.PROGRAMME
    return article, path


def revision_id(site: Site, digest: str) -> str | None:
    """The id of a version at the site that published it, or None when it is unknown."""
    row = site.session.get(Revision, digest)
    return None if row is None else build.revision_id(row.host or site.settings.host, digest)


def message_id(site: Site, key: str, *, thread: bool) -> str | None:
    """The id behind `/discussions/{key}` or `/messages/{key}`, or None when there is none to tell."""
    query = select(Post).where(Post.key == key)
    post = site.session.scalar(query.where(Post.opening.is_(True)) if thread else query)
    return post.uri if post is not None and post.thread.shared else None


def _message_document(site: Site, post: Post) -> JsonObject:
    content: Content
    images = pictures.images_of(site, post)
    if post.opening:
        content = translation.thread_opened(post.thread, post, images)
    else:
        content = translation.post_written(post, post.thread, post.author.uri, images)
    document = _document(site, ObjectId(post.author.uri), content, translation.audience_of(post.thread))
    if post.edited_at is not None:
        document["updated"] = to_text(post.edited_at)
    return document


def _document(site: Site, actor: ObjectId, content: Content, audience: ObjectId | None = None) -> JsonObject:
    """The object of the activity that says this, with a context of its own."""
    envelope = Activity(site_actor_id(site.settings.host), actor, site.clock.now(), content, audience)
    return {"@context": build.context_of(content), **shapes.object_at(build.build(envelope), "object")}


def _about_removed(site: Site, document: JsonObject) -> bool:
    """Whether an activity carries the words of a message that was removed, or the name of somebody who has left."""
    about = document.get("object")
    if isinstance(about, dict) and about.get("type") == v.PERSON and about.get("name") != DEPARTED:
        return _has_left(site, str(about.get("id")))
    if document.get("type") not in (v.CREATE, v.UPDATE) or not isinstance(about, dict):
        return False
    post = site.session.scalar(select(Post).where(Post.uri == str(about.get("id"))))
    return post is not None and (post.deleted_at is not None or _quotes_erased(site, about))


def _quotes_erased(site: Site, about: JsonObject) -> bool:
    """Whether a message, as it was told, quotes words or a name that its table no longer holds."""
    source = about.get("source")
    told = str(source.get("content")) if isinstance(source, dict) else ""
    return quotations.current(site, told) != told


def _has_left(site: Site, uri: str) -> bool:
    return site.session.scalar(select(Person.name).where(Person.uri == uri)) == DEPARTED


def _type_of(post: Post) -> str:
    return v.PAGE if post.opening else v.NOTE
