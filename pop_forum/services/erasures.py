"""Erased entries and messages, of this site and of others: what is taken out, what is left, and who may say so.

`pop:Erase` empties an entry of its origin's journal. When it is of a message it brings a tombstone, so that who never
had the message ends with the same row as who had: its place in the thread, hidden, without a word of it.
"""

from collections.abc import Mapping

from sqlalchemy import and_, delete, or_, select, update

from pop_forum.db import ERASED as ERASED_IDS
from pop_forum.federation import authenticity, parse
from pop_forum.federation.activities import Erase, Tombstone
from pop_forum.federation.identifiers import Host
from pop_forum.federation.keys import PublicKeys
from pop_forum.models import (
    Ballot,
    Draft,
    Entry,
    Epoch,
    FormerPictures,
    Journal,
    Mention,
    Notice,
    Poll,
    Post,
    PostVersion,
)
from pop_forum.services import journal, messages, pictures, quotations
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp, Writing
from pop_forum.services.site import Site
from pop_forum.services.titles import WITHDRAWN

PROVED = "proved"  # in `waiting_on` of an erased entry, once it was looked at
ERASED = "erased"
WORDS = ("ThreadOpened", "PostWritten", "PostEdited")  # the kinds of entry that hold the text of a message
NAMES = ("PersonDeclared",)
ERASABLE = (*WORDS, *NAMES, "Unsupported", "")  # whatever else an origin erased would change what others see
_BLANK = {"title": None, "source": "", "html": ""}


def carry_out(site: Site, known: Known) -> list[str]:
    """The ids of messages that came as tombstones, once everything is done that the erasures just applied ask for.

    It comes after the rows of their page were written: an entry and its erasure may stand in one.
    """
    arrived: list[str] = []
    told, known.erased = known.erased, []
    if told:
        site.session.flush()
    for one in told:
        row, stamp = journal.find(site, one.host, one.content.journal), Stamp(one.epoch, one.n)
        if row is not None:
            empty(site, row, one.content, stamp)
            note_place(row, stamp)
        if one.content.tombstone is not None and _lay(site, one.content.tombstone, stamp):
            arrived.append(one.content.tombstone.uri)
    return arrived


def note_place(row: Journal, stamp: Stamp) -> None:
    """Nothing; the journal's last entry that erases another is at this place, or beyond."""
    row.erasure_epoch, row.erasure_n = max((row.erasure_epoch, row.erasure_n), (stamp.epoch, stamp.n))


def empty(site: Site, row: Journal, content: Erase, by: Stamp) -> None:
    """Nothing; the entry that this erasure names has neither activity nor salt, wherever the journal has it.

    An activity that its origin said again in a later epoch stands in two entries.
    """
    epoch = site.session.scalar(
        select(Epoch.number).where(Epoch.journal_id == row.id, Epoch.epoch_id == content.epoch_id)
    )
    named = (Entry.journal_id == row.id, Entry.epoch == epoch, Entry.n == content.n)
    held = site.session.scalars(select(Entry).where(*named)).one_or_none()
    if held is None or (held.epoch, held.n) >= (by.epoch, by.n) or held.type not in ERASABLE:
        return
    twins = [held]
    if held.activity_id is not None:
        again = (Entry.activity_id == held.activity_id, Entry.journal_id == row.id, Entry.id != held.id)
        twins += site.session.scalars(select(Entry).where(*again)).all()
    for entry in twins:
        if entry.activity is not None and (entry.epoch, entry.n) < (by.epoch, by.n):
            entry.activity = entry.salt = entry.reason = None
            entry.erased_by, entry.erased_epoch = by.n, None if by.epoch == entry.epoch else by.epoch
            entry.outcome, entry.waiting_on = ERASED, PROVED
    site.session.flush()


def bury(site: Site, post: Post) -> None:
    """Nothing; of this message only its place is left, in every table of this site. It is never shown again."""
    if post.erased_at is not None:
        return
    if post.host == site.settings.host:
        remember(site, post.uri)
    site.touched_thread(post.thread.key)
    pictures.erase(site, post)
    for table in (FormerPictures, Mention, Notice):
        site.session.execute(delete(table).where(table.post_id == post.id))
    site.session.execute(delete(Draft).where(Draft.place == f"/messages/{post.key}/modifier"))
    site.session.execute(update(PostVersion).where(PostVersion.post_id == post.id).values(_BLANK))
    post.source = post.html = ""
    post.epoch = post.n = post.pictures = 0
    post.edited_at, post.erased_at = None, site.clock.now()
    if post.opening:
        post.thread.title = WITHDRAWN
        polls = select(Poll.id).where(Poll.thread_id == post.thread_id)
        site.session.execute(delete(Ballot).where(Ballot.poll_id.in_(polls)))
        site.session.execute(delete(Poll).where(Poll.thread_id == post.thread_id))
    messages.refresh_deletion(Known(site), post)
    quotations.remove(site, post)


def remember(site: Site, uri: str) -> None:
    """Nothing; with the commit, a file outside the database tells that what bears this id of ours is erased."""
    site.session.info.setdefault(ERASED_IDS, []).append(uri)


def unproved(site: Site, row: Journal, keys: Mapping[int, PublicKeys]) -> list[Entry]:
    """The erased entries whose erasing entry has come and does not erase them; each is looked at once."""
    within = and_(Entry.erased_epoch.is_(None), Entry.epoch + 0 == row.epoch)
    waiting = site.session.scalars(
        select(Entry).where(
            Entry.journal_id + 0 == row.id,  # a sum has no index: SQLite would choose this one, and walk the whole
            or_(within, Entry.erased_epoch == row.epoch),  # journal for each page instead of its few erased entries
            Entry.outcome == ERASED,
            Entry.waiting_on.is_(None),
            Entry.erased_by <= row.n,
        )
    ).all()
    withheld = [entry for entry in waiting if not _is_proved(site, row, entry, keys)]
    for entry in waiting:
        entry.waiting_on = PROVED
    return withheld


def _lay(site: Site, left: Tombstone, by: Stamp) -> bool:
    """Whether this tombstone brought a message that was not here; one that was here is buried.

    A reply whose thread is not here waits, as its own entry would: services/inbox.py has said so.
    """
    known = Known(site)
    post = known.post(left.uri)
    is_new = post is None
    if post is None and left.thread is not None and known.thread(left.thread) is None:
        return False
    if post is None:
        post = _placed(site, known, left, by)
        site.session.flush()
    if post.thread.shared and post.author.uri == left.author:
        bury(site, post)
    return is_new


def _placed(site: Site, known: Known, left: Tombstone, by: Stamp) -> Post:
    """A message of which nothing but its place was ever here."""
    place = {"author": messages.put_person(site, known, left.author), "published": left.published, "stamp": by}
    thread = known.thread(left.thread or left.uri)
    if thread is None:
        writing = Writing("", "", WITHDRAWN)
        board = {"board": left.board or "", "measure": left.measure, "shared": True}
        messages.put_thread(site, known, uri=left.uri, writing=writing, **board, **place)  # type: ignore[arg-type]
        post = known.post(left.uri)
        assert post is not None
        return post
    stirred = thread.active_at
    above = {"thread": thread, "parent_uri": left.parent or left.thread}
    post = messages.put_post(site, known, uri=left.uri, writing=Writing("", ""), **above, **place)  # type: ignore[arg-type]
    thread.active_at = stirred  # nobody said anything
    return post


def _is_proved(site: Site, row: Journal, entry: Entry, keys: Mapping[int, PublicKeys]) -> bool:
    """Whether the entry said to erase this one is an erasure by the origin, and names it."""
    place = (Entry.epoch == (entry.erased_epoch or entry.epoch), Entry.n == entry.erased_by)
    eraser = site.session.scalar(select(Entry).where(Entry.journal_id == row.id, *place))
    if eraser is None or eraser.activity is None or eraser.type != Erase.__name__:
        return False
    verified = authenticity.verify_entry(eraser.activity, host=Host(row.host), keys=keys)
    content = parse.parse(verified.value, host=verified.host).content
    epoch_id = journal.epoch_of(site, row, entry.epoch).id
    expected = (row.name, epoch_id, entry.n)
    return isinstance(content, Erase) and (content.journal, content.epoch_id, content.n) == expected
