"""After a restore: what was erased here once is erased again, before anybody reads it.

A backup holds the words of messages that were withdrawn since, and the account of who has left since. A file outside of
it names them (adapters/marker.py). The peers would tell us of an erasure too; but not of one that nobody had heard of.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import and_, select

from pop_forum.domain.badges import DEPARTED
from pop_forum.errors import Conflict
from pop_forum.models import Account, Entry, Journal, Person, Post, PostVersion
from pop_forum.services import catchup, erasing, erasures, leaving, reprise
from pop_forum.services.declarations import FORUM
from pop_forum.services.known import in_turns
from pop_forum.services.site import Site


def is_back(site: Site, ids: Collection[str]) -> bool:
    """Whether the database holds words or names that were erased."""
    return any(_shown(site, some) or _told(site, some) or _people(site, some) for some in in_turns(set(ids)))


def erase_again(site: Site, ids: Collection[str]) -> None:
    """Nothing; their words are gone from the tables at once.

    They go from our journal, and people leave again, as soon as the site may write there: not during a reprise.
    """
    site.one_at_a_time(catchup.TAKING)
    for some in in_turns(set(ids)):
        for post in _shown(site, some):
            erasures.bury(site, post)
    if reprise.waiting(site) is not None:
        return
    for some in in_turns(set(ids)):
        for post in _told(site, some):
            erasing.empty_entries(site, post)
        for person in _people(site, some):
            _leave_again(site, person)


def _leave_again(site: Site, person: Person) -> None:
    try:
        leaving.leave(site, person.id, withdraw_supports=False)
    except Conflict:
        return  # nobody else runs this site since it was restored: its page for leaving says what to do


def _shown(site: Site, ids: Sequence[str]) -> Sequence[Post]:
    query = select(Post).where(Post.uri.in_(ids), Post.erased_at.is_(None), Post.host == site.settings.host)
    return site.session.scalars(query.order_by(Post.id)).all()


def _told(site: Site, ids: Sequence[str]) -> Sequence[Post]:
    """Those of these messages of which our journal holds words."""
    at = and_(Entry.epoch == PostVersion.epoch, Entry.n == PostVersion.n, Entry.activity.is_not(None))
    whole = select(PostVersion.post_id).join(Entry, at).join(Journal, Journal.id == Entry.journal_id)
    ours = whole.where(Journal.host == site.settings.host, Journal.name == FORUM, PostVersion.post_id == Post.id)
    query = select(Post).where(Post.uri.in_(ids), Post.host == site.settings.host, ours.exists())
    return site.session.scalars(query.order_by(Post.id)).all()


def _people(site: Site, ids: Sequence[str]) -> Sequence[Person]:
    """Those of these people who have an account and a name again."""
    query = select(Person).join(Account, Account.person_id == Person.id)
    return site.session.scalars(query.where(Person.uri.in_(ids), Person.name != DEPARTED)).all()
