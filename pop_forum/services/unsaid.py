"""What an erased entry had changed, taken back: what an origin erased counts as never said.

Who comes later reads the journal without it, so who had it must end with the same rows. An honest origin erases what
changes nothing else (services/erasing.py). Only one that leaves another tombstone than it should, or none, comes here:
what it erased goes, and what its journal says besides of the same thing is applied anew, in its order.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from pop_forum.domain import ordering
from pop_forum.federation import parse
from pop_forum.federation.activities import (
    Activity,
    Erase,
    PersonDeclared,
    PollOpened,
    PostDeleted,
    PostEdited,
    PostRestored,
    PostWritten,
    SupportGiven,
    SupportWithdrawn,
    ThreadOpened,
    Unsupported,
)
from pop_forum.federation.identifiers import Host
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Entry, Journal, Post, PostVersion
from pop_forum.services import journal, messages, picture_requests, pictures
from pop_forum.services.declarations import FORUM
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site

GIVING = (ThreadOpened, PostWritten)
OF_A_MESSAGE = (*GIVING, PostEdited, PollOpened)
CAME = ("applied", "own", "refused", "waiting", "postponed")  # outcomes that another order of entries may change
WAITING = "waiting"


def said(entry: Entry, host: str) -> Activity:
    """The activity of an entry that is kept here; it was verified when it came."""
    return parse.parse(load_object(entry.activity or b""), host=Host(host))


def take_back(site: Site, row: Journal, at: Stamp, activity: Activity) -> list[str]:
    """The ids whose entries are to be tried again, once what the entry at this place had changed is undone."""
    match activity.content:
        case ThreadOpened(uri=uri) | PostWritten(uri=uri):
            _drop_message(site, uri, at)
            return again(site, row, OF_A_MESSAGE, uri)
        case Unsupported(creates=uri) if uri is not None:
            return again(site, row, OF_A_MESSAGE, uri)
        case PostEdited(uri=uri):
            return again(site, row, (PostEdited,), uri) if _drop_texts(site, row, uri, at) else []
        case PersonDeclared(uri=uri):
            return _forget_name(site, row, uri, at)
        case PostDeleted(uri=uri) | PostRestored(uri=uri):
            return _forget_deletion(site, row, uri, activity.actor)
        case SupportGiven(object=uri, token=token) | SupportWithdrawn(object=uri, token=token):
            return _forget_support(site, row, uri, token)
        case PollOpened(thread=uri):
            return forget_poll(site, row, uri)
    return []


def again(site: Site, row: Journal, kinds: Iterable[type], about: str) -> list[str]:
    """This id, when entries of these kinds of the journal tell of it: they wait for it, in their order."""
    found = _telling(site, row, kinds, about)
    for entry in found:
        _wait(entry, about, about if entry.type in {kind.__name__ for kind in GIVING} else None)
    site.session.flush()
    return [about] if found else []


def drop(site: Site, post: Post) -> None:
    """Nothing; no row tells of this message, and what others wrote in the discussion it opened waits for it."""
    thread = post.thread
    site.touched_thread(thread.key)
    below = select(Post).where(Post.thread_id == thread.id, Post.id != post.id).order_by(Post.id)
    others = list(site.session.scalars(below)) if post.opening else []
    for each in others:
        _await(site, each, thread.uri)
    known = Known(site)
    for each in (post, *others):
        pictures.erase(site, each)
        _place_replies(known, each)
    for row in (post, *others, *([thread] if post.opening else [])):
        site.session.delete(row)
        site.session.flush()


def forget_poll(site: Site, row: Journal, uri: str) -> list[str]:
    """The id of a discussion whose poll is told anew; none when none was told."""
    thread = Known(site).thread(uri)
    if thread is None or not thread.poll:
        return []
    thread.poll = False
    site.touched_thread(thread.key)
    return again(site, row, (PollOpened,), uri)


def _drop_message(site: Site, uri: str, at: Stamp) -> None:
    """Nothing; the message that the entry at this place brought is gone, unless it is erased already."""
    post = Known(site).post(uri)
    if post is not None and post.erased_at is None and _places(site, post)[0] == at:
        drop(site, post)


def _drop_texts(site: Site, row: Journal, uri: str, at: Stamp) -> bool:
    """Whether the entry at this place had changed a message, which has its first text again."""
    known = Known(site)
    post = known.post(uri)
    if post is None or post.erased_at is not None or at not in _places(site, post):
        return False
    first, *later = _versions(site, post)
    for version in later:
        site.session.delete(version)
    post.source, post.html, post.edited_at = first.source, first.html, None
    post.epoch, post.n = first.epoch, first.n
    if post.opening:
        post.thread.title = first.title or ""
    site.touched_thread(post.thread.key)
    creating = _entry(site, row, Stamp(first.epoch, first.n))
    content = None if creating is None else said(creating, row.host).content
    known.name_pictures(post, content.images if isinstance(content, ThreadOpened | PostWritten) else ())
    picture_requests.name(site, known.named)
    return True


def _forget_name(site: Site, row: Journal, uri: str, at: Stamp) -> list[str]:
    person = Known(site).person(uri)
    if person is None or (person.epoch, person.n) != (at.epoch, at.n):
        return []
    person.name, person.role, person.epoch, person.n = "", "resident", 0, 0
    return again(site, row, (PersonDeclared,), uri)


def _forget_deletion(site: Site, row: Journal, uri: str, actor: str) -> list[str]:
    known = Known(site)
    for deletion in known.deletions(uri):
        if deletion.actor == actor:
            deletion.active, deletion.epoch, deletion.n = False, 0, 0
    post = known.post(uri)
    if post is not None:
        messages.refresh_deletion(known, post)
    return again(site, row, (PostDeleted, PostRestored), uri)


def _forget_support(site: Site, row: Journal, uri: str, token: str) -> list[str]:
    support = Known(site).support(uri, row.host, token)
    if support is not None:
        support.active, support.epoch, support.n = False, 0, 0
    return again(site, row, (SupportGiven, SupportWithdrawn), uri)


def _await(site: Site, post: Post, thread: str) -> None:
    """Nothing; the entries that made this message wait: the first for its discussion, those that changed it for it."""
    row = journal.find(site, post.host, FORUM)
    if row is None:
        return
    if post.erased_at is not None:
        told = _telling(site, row, (Erase,), post.uri)
        held: Sequence[Entry | None] = [entry for entry in told if _leaves(entry, row.host, post.uri)][:1]
    else:
        held = [_entry(site, row, place) for place in _places(site, post)]
    for number, entry in enumerate(held):
        if entry is not None:
            _wait(entry, post.uri if number else thread, None if number else post.uri)


def _wait(entry: Entry, what: str, gives: str | None) -> None:
    entry.outcome, entry.waiting_on, entry.creates, entry.reason = WAITING, what, gives, None


def _leaves(entry: Entry, host: str, uri: str) -> bool:
    """Whether this erasure leaves a tombstone of this message."""
    content = said(entry, host).content
    return isinstance(content, Erase) and content.tombstone is not None and content.tombstone.uri == uri


def _place_replies(known: Known, gone: Post) -> None:
    """Nothing; the replies to a message that is gone stand at their own date, until it comes."""
    for reply in list(known.replies(gone.uri)):
        reply.order_key = ordering.order_key(reply.published, None, reply.uri)
        messages.order_replies(known, reply)


def _telling(site: Site, row: Journal, kinds: Iterable[type], about: str) -> list[Entry]:
    """The entries of these kinds in which this id stands, in their order. All are read: nobody honest has this done."""
    names = [kind.__name__ for kind in kinds]
    which = (Entry.journal_id == row.id, Entry.type.in_(names), Entry.outcome.in_(CAME))
    held = select(Entry.id, Entry.activity).where(*which).execution_options(yield_per=500)
    ids = {number for number, activity in site.session.execute(held) if about.encode() in (activity or b"")}
    return sorted((site.session.get_one(Entry, number) for number in ids), key=lambda each: (each.epoch, each.n))


def _entry(site: Site, row: Journal, place: Stamp) -> Entry | None:
    which = (Entry.journal_id == row.id, Entry.epoch == place.epoch, Entry.n == place.n, Entry.activity.is_not(None))
    return site.session.scalars(select(Entry).where(*which)).one_or_none()


def _versions(site: Site, post: Post) -> list[PostVersion]:
    query = select(PostVersion).where(PostVersion.post_id == post.id)
    return list(site.session.scalars(query.order_by(PostVersion.epoch, PostVersion.n)))


def _places(site: Site, post: Post) -> list[Stamp]:
    """Where the texts of a message stand in its origin's journal, the first one first."""
    return [Stamp(version.epoch, version.n) for version in _versions(site, post)]
