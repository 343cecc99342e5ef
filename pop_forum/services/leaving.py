"""Leaving: the account and everything private goes at once, the messages go or stay without a name, peers are told.

What is done here cannot be undone (federation.md, Leaving). The name is never given to anybody else: of it remains
a keyed hash, from which nobody reads it.
"""

from sqlalchemy import delete, func, select

from pop_forum.domain.badges import DEPARTED
from pop_forum.domain.names import name_key
from pop_forum.domain.permissions import Role
from pop_forum.errors import Conflict, Unauthenticated
from pop_forum.models import Account, Attempt, Deletion, Mail, Person, Post, RetiredName
from pop_forum.services import backing, erasing, erasures, my_data, polls, quotations, threads
from pop_forum.services.attempts import keyed
from pop_forum.services.declarations import declare
from pop_forum.services.known import in_turns
from pop_forum.services.my_data_readers import addressed_to, own_supports, subjects
from pop_forum.services.site import Site

DELETED_AT_ONCE = 200  # messages in one transaction: others write meanwhile
LAST_ADMIN = (
    "Vous êtes la seule personne qui administre ce site. Donnez d’abord ce rôle à quelqu’un d’autre, "
    "puis supprimez votre compte."
)


def check_may_leave(site: Site, person_id: int) -> None:
    """Nothing; raises Conflict for the last admin."""
    account = site.session.get(Account, person_id)
    if account is None:
        raise Unauthenticated("the account is gone")
    admins = site.session.scalar(select(func.count()).where(Account.role == Role.ADMIN)) or 0
    if account.role == Role.ADMIN and admins == 1:
        raise Conflict("the last admin leaves", LAST_ADMIN)


def delete_some_messages(site: Site, person_id: int) -> bool:
    """Whether messages remain after some more were deleted, of somebody who leaves. Raises Conflict as they may not."""
    check_may_leave(site, person_id)
    return remove_some_messages(site, person_id)


def remove_some_messages(site: Site, person_id: int) -> bool:
    """Whether messages remain after some more were deleted; a message that others removed is deleted too."""
    author = site.session.get_one(Person, person_id)
    deleted = select(Deletion.object_uri).where(Deletion.actor == author.uri, Deletion.active)
    query = select(Post).where(Post.author_id == person_id, Post.uri.not_in(deleted)).order_by(Post.id)
    posts = site.session.scalars(query.limit(DELETED_AT_ONCE + 1)).all()
    for post in posts[:DELETED_AT_ONCE]:
        threads.delete_own(site, author, post)
    return len(posts) > DELETED_AT_ONCE


def leave(site: Site, person_id: int, *, withdraw_supports: bool) -> None:
    """The account ended and its name gone, here and with the network; raises Conflict for the last admin."""
    site.one_at_a_time("leaving")  # or the last two admins could leave together
    check_may_leave(site, person_id)
    account = site.session.get_one(Account, person_id)
    person = account.person
    if withdraw_supports:
        withdraw_supports_of(site, person)
    site.session.execute(delete(Attempt).where(Attempt.subject.in_(subjects(site, person_id))))
    site.session.execute(delete(Mail).where(addressed_to(site, person_id)))
    polls.settle_before_leaving(site, person_id)
    for section in my_data.SECTIONS:
        if not section.stays and section.table is not None and section.owner is not None:
            site.session.execute(delete(section.table).where(section.owner == person_id))
    site.session.add(RetiredName(key=retired_key(site, person.name), at=site.clock.now()))
    erasures.remember(site, person.uri)
    site.session.delete(account)
    person.name, person.role = DEPARTED, Role.RESIDENT.value
    if person.shared:
        declare(site, person, update=True)
        erasing.erase_former_names(site, person)
    quotations.erase(site, person)
    erasing.sweep(site)


def is_retired(site: Site, name: str) -> bool:
    """Whether somebody who has left bore this name, or it is the one shown in its place."""
    if name_key(name) == name_key(DEPARTED):
        return True
    return site.session.get(RetiredName, retired_key(site, name)) is not None


def retired_key(site: Site, name: str) -> str:
    """What is kept of a name whose bearer has left."""
    return keyed(site, "name", name_key(name))


def withdraw_supports_of(site: Site, person: Person) -> None:
    """Every support of this person taken back."""
    uris = [row.object_uri for row in own_supports(site, person) if row.active]
    for some in in_turns(set(uris)):
        for post in site.session.scalars(select(Post).where(Post.uri.in_(some)).order_by(Post.id)).all():
            threads.withdraw_support(site, person, post)
    for digest in site.session.scalars(backing.of(person.id)).all():
        backing.change(site, person, digest, active=False)
