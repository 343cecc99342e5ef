"""Erased entries and messages, of this site and of others: what is taken out, what is left, and who may say so.

`pop:Erase` empties an entry of its origin's journal. When it is of a message it brings a tombstone, so that who never
had the message ends with the same row as who had: its place in the thread, hidden, without a word of it. Whatever
else an erased entry was, it counts as never said (services/unsaid.py).
"""

from sqlalchemy import and_, delete, or_, select, update

from pop_forum.db import ERASED as ERASED_IDS
from pop_forum.domain import ordering
from pop_forum.federation import authenticity, parse
from pop_forum.federation.activities import Activity, Erase, PostEdited, PostWritten, ThreadOpened, Tombstone
from pop_forum.federation.identifiers import Host
from pop_forum.federation.keyring import Ring
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
from pop_forum.services import journal, messages, pictures, quotations, unsaid
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp, Writing
from pop_forum.services.site import Site
from pop_forum.services.titles import WITHDRAWN

PROVED = "proved"  # in `waiting_on` of an erased entry, once it was looked at
ERASED = "erased"
WORDS = ("ThreadOpened", "PostWritten", "PostEdited")  # the kinds of entry that hold the text of a message
NAMES = ("PersonDeclared",)
NEVER = ("KeyRegister", "Erase")  # without them an entry could not be verified, or its absence not explained
_BLANK = {"title": None, "source": "", "html": ""}


def carry_out(site: Site, known: Known) -> list[str]:
    """The ids of messages that came as tombstones, once everything is done that the erasures just applied ask for.

    It comes after the rows of their page were written: an entry and its erasure may stand in one.
    """
    arrived: list[str] = []
    told, known.erased = known.erased, []
    if not told:
        return arrived
    site.session.flush()
    for one in told:
        row, stamp = journal.find(site, one.host, one.content.journal), Stamp(one.epoch, one.n)
        if row is not None:
            arrived += _one(site, row, one.content, stamp)
    known.forget()
    return arrived


def _one(site: Site, row: Journal, content: Erase, by: Stamp) -> list[str]:
    """The ids that arrive, or are told anew, once this erasure is carried out.

    Its tombstone decides alone of the message it is of. Whatever else the entry had changed is taken back.
    """
    left = content.tombstone
    arrived: list[str] = []
    erased = empty(site, row, content, by)
    note_place(row, by)
    if left is not None:
        arrived += _lay(site, row, left, by)
    for at, activity in erased:
        if left is None or _subject(activity) != left.uri:
            arrived += unsaid.take_back(site, row, at, activity)
    return arrived


def note_place(row: Journal, stamp: Stamp) -> None:
    """Nothing; the journal's last entry that erases another is at this place, or beyond."""
    row.erasure_epoch, row.erasure_n = max((row.erasure_epoch, row.erasure_n), (stamp.epoch, stamp.n))


def empty(site: Site, row: Journal, content: Erase, by: Stamp) -> list[tuple[Stamp, Activity]]:
    """What the entry told that this erasure names, and where; it has neither activity nor salt, wherever it stands.

    An activity that its origin had lost, and said again in a later epoch, stands in two entries.
    """
    epoch = site.session.scalar(
        select(Epoch.number).where(Epoch.journal_id == row.id, Epoch.epoch_id == content.epoch_id)
    )
    named = (Entry.journal_id == row.id, Entry.epoch == epoch, Entry.n == content.n)
    held = site.session.scalars(select(Entry).where(*named)).one_or_none()
    if held is None or held.type in NEVER or (held.epoch, held.n) >= (by.epoch, by.n) or _is_lost(site, row, held):
        return []
    told, twins = [], [held]
    if held.activity_id is not None and held.epoch > 1:
        before = (Entry.activity_id == held.activity_id, Entry.journal_id == row.id, Entry.epoch < held.epoch)
        twins += [entry for entry in site.session.scalars(select(Entry).where(*before)) if _is_lost(site, row, entry)]
    if held.activity is not None and held.outcome != "refused":
        told.append((Stamp(held.epoch, held.n), unsaid.said(held, row.host)))
    for entry in twins:
        if entry.activity is not None:
            entry.activity = entry.salt = entry.reason = entry.creates = None
            entry.erased_by, entry.erased_epoch = by.n, None if by.epoch == entry.epoch else by.epoch
            entry.outcome, entry.waiting_on = ERASED, PROVED
    site.session.flush()
    return told


def _is_lost(site: Site, row: Journal, entry: Entry) -> bool:
    """Whether the origin had lost this entry, and began its next epoch before it: its journal does not hold it."""
    return entry.epoch < row.epoch and entry.n > journal.end_of(site, row, entry.epoch)


def _subject(activity: Activity) -> str | None:
    """The id of the message whose words an entry holds."""
    content = activity.content
    return content.uri if isinstance(content, ThreadOpened | PostWritten | PostEdited) else None


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


def unproved(site: Site, row: Journal, ring: Ring) -> list[Entry]:
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
    withheld = [entry for entry in waiting if not _is_proved(site, row, entry, ring)]
    for entry in waiting:
        entry.waiting_on = PROVED
    return withheld


def _lay(site: Site, row: Journal, left: Tombstone, by: Stamp) -> list[str]:
    """The ids that arrive with this tombstone. The first one of a message decides alone what is left of it.

    It is so also for who had the message and had read otherwise of it: whoever comes later has nothing but this.
    A reply whose thread is not here waits, as its own entry would: services/inbox.py has said so.
    """
    known = Known(site)
    post = known.post(left.uri)
    if known.is_decided(left.uri, (by.epoch, by.n)) or (post is not None and not post.thread.shared):
        return []
    thread = None if left.thread is None else known.thread(left.thread)
    is_missing = left.thread is not None and (thread is None or not thread.shared)
    if post is not None and (is_missing or post.opening == (left.thread is not None)):
        unsaid.drop(site, post)
        known, post = Known(site), None
    if is_missing:
        return []
    if post is None:
        bury(site, _placed(site, known, left, by))
        return [left.uri]
    anew = _corrected(site, row, known, post, left)
    bury(site, post)
    return anew


def _corrected(site: Site, row: Journal, known: Known, post: Post, left: Tombstone) -> list[str]:
    """The ids told anew, once this message is by whom, of when and where its tombstone says."""
    thread = post.thread if left.thread is None else known.thread(left.thread) or post.thread
    above = None if left.thread is None else left.parent or left.thread
    place = (post.author.uri, post.published, post.thread.uri, post.parent_uri, thread.board, thread.measure)
    board = (thread.board, thread.measure) if left.thread is not None else (left.board, left.measure)
    if place == (left.author, left.published, thread.uri, above, *board):
        return []
    site.touched_thread(post.thread.key)
    post.author, post.published = messages.put_person(site, known, left.author), left.published
    post.thread, post.parent_uri = thread, above
    parent = None if above is None else known.post(above)
    post.order_key = ordering.order_key(post.published, parent.order_key if parent else None, post.uri)
    messages.order_replies(known, post)
    if not post.opening:
        return []
    thread.author, thread.published = post.author, post.published
    thread.board, thread.measure = board[0] or "", board[1]
    site.session.flush()
    return unsaid.forget_poll(site, row, post.uri)


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
        site.session.flush()
        return post
    stirred = thread.active_at
    above = {"thread": thread, "parent_uri": left.parent or left.thread}
    post = messages.put_post(site, known, uri=left.uri, writing=Writing("", ""), **above, **place)  # type: ignore[arg-type]
    thread.active_at = stirred  # nobody said anything
    site.session.flush()
    return post


def _is_proved(site: Site, row: Journal, entry: Entry, ring: Ring) -> bool:
    """Whether the entry said to erase this one is an erasure by the origin, and names it."""
    place = (Entry.epoch == (entry.erased_epoch or entry.epoch), Entry.n == entry.erased_by)
    eraser = site.session.scalar(select(Entry).where(Entry.journal_id == row.id, *place))
    if eraser is None or eraser.activity is None or eraser.type != Erase.__name__:
        return False
    keys = ring.at((eraser.epoch, eraser.n))
    verified = authenticity.verify_entry(eraser.activity, host=Host(row.host), keys=keys)
    content = parse.parse(verified.value, host=verified.host).content
    epoch_id = journal.epoch_of(site, row, entry.epoch).id
    expected = (row.name, epoch_id, entry.n)
    return isinstance(content, Erase) and (content.journal, content.epoch_id, content.n) == expected
