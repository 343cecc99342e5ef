"""What is left of erased words, and of the name of who has left, in our tables and in what others quoted of them.

What the journals hold, and what people copied by hand, is not reached from here: the page where one leaves says so.
The texts follow from the entries alone, whatever their order, so every commune ends with the same ones.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, or_, select, update

from pop_forum.domain import markdown, quoting
from pop_forum.domain.badges import DEPARTED
from pop_forum.models import Deletion, Draft, Person, Post, PostVersion, Thread
from pop_forum.services.known import in_turns
from pop_forum.services.site import Site
from pop_forum.services.titles import WITHDRAWN

LINKED = "](http"  # in every source with a quotation that names its message

_ERASED = exists().where(Deletion.object_uri == Post.uri, Deletion.actor == Person.uri, Deletion.active)


def address_of(site: Site, uri: str, key: str, *, shared: bool) -> str:
    """What a quotation names a message by: its id, or its page for one that stays here."""
    return uri if shared else site.url(f"/messages/{key}")


def current(site: Site, source: str) -> str:
    """The source with its quotations of people who have left, and of erased messages, as they may stand now."""
    addresses = set(quoting.quoted(source)) if LINKED in source else set()
    if not addresses:
        return source
    pages = site.url("/messages/")
    keys = [address.removeprefix(pages) for address in addresses if address.startswith(pages)]
    return quoting.settled(source, _fates(site, or_(Post.uri.in_(addresses), Post.key.in_(keys))))


def erase(site: Site, person: Person) -> None:
    """Nothing; the words of what this person withdrew before leaving are gone, and quotations do not name them."""
    site.session.flush()
    theirs = Post.author_id == person.id
    fates = _fates(site, theirs)
    gone = site.session.execute(select(Post.id, Post.thread_id, Post.opening).join(Person).where(theirs, _ERASED)).all()
    for some in in_turns({row.id for row in gone}):
        site.session.execute(update(Post).where(Post.id.in_(some)).values(source="", html=""))
        blank = {"source": "", "html": "", "title": None}
        site.session.execute(update(PostVersion).where(PostVersion.post_id.in_(some)).values(blank))
    for some in in_turns({row.thread_id for row in gone if row.opening}):
        site.session.execute(update(Thread).where(Thread.id.in_(some)).values(title=WITHDRAWN))
    for some in in_turns(set(site.session.scalars(select(Post.thread_id).where(theirs)))):
        _settle(site, some, fates)


def remove(site: Site, post: Post) -> None:
    """Nothing; what this message said is quoted nowhere in its thread, nor in the drafts of answers to it."""
    site.session.flush()
    _settle(site, (post.thread_id,), fates := _fates(site, Post.id == post.id))
    for address in fates:
        for draft in site.session.scalars(select(Draft).where(Draft.text.contains(address, autoescape=True))):
            draft.text = quoting.settled(draft.text or "", fates)


def _settle(site: Site, threads: Iterable[int], fates: dict[str, str | None]) -> None:
    """Every text of these threads, the former ones as well, with its quotations as they may stand."""
    quoting_posts = select(Post).where(Post.thread_id.in_(threads), Post.source.contains(LINKED, autoescape=True))
    versions = select(PostVersion).join(Post).where(Post.thread_id.in_(threads))
    former = versions.where(PostVersion.source.contains(LINKED, autoescape=True))
    texts: list[Post | PostVersion] = [*site.session.scalars(quoting_posts), *site.session.scalars(former)]
    for text in texts:
        source = quoting.settled(text.source, fates)
        if source != text.source:
            text.source, text.html = source, markdown.render(source)
    site.session.flush()


def _fates(site: Site, which: ColumnElement[bool]) -> dict[str, str | None]:
    """What becomes of quotations of those of these messages that are erased, or whose authors have left, by address."""
    site.session.flush()
    columns = (Post.uri, Post.key, Thread.shared, or_(_ERASED, Post.erased_at.is_not(None)).label("erased"))
    rows = select(*columns).join(Person, Person.id == Post.author_id).join(Thread, Thread.id == Post.thread_id)
    fates: dict[str, str | None] = {}
    settled = or_(Person.name == DEPARTED, Post.erased_at.is_not(None))
    for row in site.session.execute(rows.where(which, settled)):
        fates[address_of(site, row.uri, row.key, shared=row.shared)] = None if row.erased else DEPARTED
    return fates
