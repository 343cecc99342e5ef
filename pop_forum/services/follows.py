"""The threads an account follows: to be told of what is new there, and to find them again."""

from sqlalchemy import bindparam, exists, insert, select, true, update

from pop_forum.models import Account, Follow
from pop_forum.services.site import Site

_SAID = exists().where(Follow.account_id == bindparam("me"), Follow.thread_id == bindparam("thread"))
_WRITES = select(
    Account.person_id,
    bindparam("thread", type_=Follow.thread_id.type),
    true(),
    bindparam("now", type_=Follow.since.type),
).where(Account.person_id == bindparam("me"), Account.follows_own, ~_SAID)
_FOLLOW_OWN = insert(Follow).from_select(["account_id", "thread_id", "active", "since"], _WRITES)


def follow_own(site: Site, person_id: int, thread_id: int) -> None:
    """Who writes in a thread follows it from now on, unless they chose otherwise, here or for all threads."""
    values = {"me": person_id, "thread": thread_id, "now": site.clock.now()}
    site.session.connection().execute(_FOLLOW_OWN, values)


def follow(site: Site, account: int, thread_id: int, *, active: bool) -> None:
    """The thread followed by this account from now on, or no longer."""
    row = site.session.get(Follow, (account, thread_id))
    if row is None:
        site.session.add(Follow(account_id=account, thread_id=thread_id, active=active, since=site.clock.now()))
    elif row.active != active:
        row.active, row.since = active, site.clock.now()


def choose(site: Site, account: int, *, follows_own: bool) -> None:
    """Whether this account follows by itself what it writes in, from now on."""
    site.session.execute(update(Account).where(Account.person_id == account).values(follows_own=follows_own))


def follows_own(site: Site, account: int) -> bool:
    """Whether this account follows by itself what it writes in."""
    return bool(site.session.scalar(select(Account.follows_own).where(Account.person_id == account)))
