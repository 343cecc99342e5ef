"""Erasing what was written here: words that were withdrawn ten minutes ago, and the former names of who has left.

Words that somebody had reported stay for the moderation until it has decided (docs/decisions).

Here they go from every table and from our journal; peers are told by one `pop:Erase` for each entry that held them, and
do the same (services/erasures.py). Nothing of it can be taken back.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Select, or_, select, text

from pop_forum.domain.badges import DEPARTED
from pop_forum.domain.permissions import UNDO_FOR
from pop_forum.errors import Forbidden
from pop_forum.federation.activities import Erase, Tombstone
from pop_forum.federation.identifiers import EpochId, Host, ObjectId, Seq, site_actor_id
from pop_forum.federation.strict_json import JsonObject, load_object
from pop_forum.models import Deletion, Entry, Epoch, Journal, Person, Post, PostVersion
from pop_forum.models.threads import WITHDRAWN_ONLY
from pop_forum.services import catchup, erasures, journal, reports, reprise, translation
from pop_forum.services.declarations import FORUM
from pop_forum.services.erasures import NAMES, WORDS
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site

ERASE = "erase"  # the kind of work
HELD_FOR = timedelta(days=30)  # words that were reported wait that long for their judgement, after their withdrawal
AT_ONCE = 50  # messages in one transaction: others write meanwhile


def sweep(site: Site) -> None:
    """Find withdrawn messages whose words are owed to be erased."""
    if is_owed(site):
        site.wake(ERASE)


def is_owed(site: Site) -> bool:
    """Whether words of a withdrawn message are owed to be erased now."""
    return bool(_due(site, 1))


def erase_due(site: Site) -> bool:
    """Whether there may be more: messages that their authors withdrew ten minutes ago, erased.

    While the site takes its journal back from its peers it tells nothing new, and so erases nothing.
    """
    site.one_at_a_time(catchup.TAKING)
    if reprise.waiting(site) is not None:
        return False
    due = _due(site, AT_ONCE)
    for post in due:
        erase(site, post)
    return len(due) == AT_ONCE


def erase(site: Site, post: Post) -> None:
    """Nothing; the words of this message of ours are gone, here and with every peer that hears of it."""
    if post.host != site.settings.host:
        raise Forbidden(f"only {post.host} erases {post.uri}")
    entries = _entries_of(site, post) if post.thread.shared else []
    erasures.bury(site, post)
    _tell(site, entries, _tombstone(post))


def empty_entries(site: Site, post: Post) -> None:
    """Nothing; our journal holds no word of this message, which is erased already."""
    _tell(site, _entries_of(site, post), _tombstone(post))


def erase_former_names(site: Site, person: Person) -> None:
    """Nothing; our journal holds no name that this person has borne before the present one."""
    held = _own_entries(site).where(Entry.type.in_(NAMES), Entry.activity.is_not(None))
    told = [entry for entry in site.session.scalars(held) if _object(entry).get("id") == person.uri]
    _tell(site, [entry for entry in told if (entry.epoch, entry.n) < (person.epoch, person.n)], None)


def _due(site: Site, most: int) -> list[Post]:
    """Messages of ours whose authors withdrew them ten minutes ago, or have left since.

    What somebody had reported waits for its judgement, and not for ever; what is of who left does not wait.
    """
    now = site.clock.now()
    theirs = (Deletion.object_uri == Post.uri) & (Deletion.actor == Person.uri) & Deletion.active
    waits = reports.awaiting(Post.uri) & (Deletion.at > now - HELD_FOR)
    over = or_((Deletion.at <= now - UNDO_FOR) & ~waits, Person.name == DEPARTED)
    query = select(Post).join(Person, Person.id == Post.author_id).join(Deletion, theirs)
    ours = (text(WITHDRAWN_ONLY), Post.host == site.settings.host)
    return list(site.session.scalars(query.where(*ours, over).order_by(Post.id).limit(most)))


def _tombstone(post: Post) -> Tombstone:
    thread = post.thread
    uri, author = ObjectId(post.uri), ObjectId(post.author.uri)
    if post.opening:
        return Tombstone(uri, author, post.published, thread.board, thread.measure)
    above = None if post.parent_uri in (None, thread.uri) else ObjectId(post.parent_uri or "")
    return Tombstone(uri, author, post.published, thread=ObjectId(thread.uri), parent=above)


def _tell(site: Site, entries: Iterable[Entry], tombstone: Tombstone | None) -> None:
    """Nothing; each of these entries of our journal is empty, and the journal says by which entry."""
    for entry in entries:
        row = site.session.get_one(Journal, entry.journal_id)
        epoch = select(Epoch.epoch_id).where(Epoch.journal_id == entry.journal_id, Epoch.number == entry.epoch)
        content = Erase(row.name, EpochId(site.session.scalars(epoch).one()), Seq(entry.n), tombstone)
        said = translation.said_by(site, site_actor_id(Host(site.settings.host)), content)
        appended = journal.append(site, row.name, said)
        place = Stamp(appended.epoch, appended.n)
        erasures.empty(site, row, content, place)
        erasures.note_place(row, place)


def _entries_of(site: Site, post: Post) -> list[Entry]:
    """The entries of our journal that hold a text of this message: its versions tell where they stand.

    Those that a former version of this software wrote bear no number: then all entries are looked at.
    """
    places = site.session.execute(select(PostVersion.epoch, PostVersion.n).where(PostVersion.post_id == post.id)).all()
    found = []
    for epoch, n in {(epoch, n) for epoch, n in places if epoch}:
        held = _own_entries(site).where(Entry.epoch == epoch, Entry.n == n, Entry.type.in_(WORDS))
        found += [entry for entry in site.session.scalars(held) if _is_about(entry, post.uri)]
    if len(found) < len(places):
        held = _own_entries(site).where(Entry.type.in_(WORDS), Entry.activity.is_not(None))
        told = site.session.scalars(held.execution_options(yield_per=500))
        found = [entry for entry in told if _is_about(entry, post.uri)]
    return sorted(found, key=lambda entry: (entry.epoch, entry.n))


def _own_entries(site: Site) -> Select[Entry]:
    ours = (Journal.host == site.settings.host, Journal.name == FORUM)
    return select(Entry).join(Journal, Journal.id == Entry.journal_id).where(*ours)


def _is_about(entry: Entry, uri: str) -> bool:
    return entry.activity is not None and uri.encode() in entry.activity and _object(entry).get("id") == uri


def _object(entry: Entry) -> JsonObject:
    """What an entry's activity is about; nothing for an entry that was erased."""
    about = load_object(entry.activity).get("object") if entry.activity is not None else None
    return about if isinstance(about, dict) else {}
