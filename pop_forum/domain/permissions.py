"""Who may do what: each rule once, asked by pages, ActivityPub, feeds and the command line alike."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from pop_forum.settings import Kind

UNDO_FOR = timedelta(minutes=10)  # product.md: long enough to see one's slip, short enough for who answers


class Role(StrEnum):
    """What a person is on this site. The order is that of the list on the page, not a ladder: see the rules."""

    RESIDENT = "resident"
    CANDIDATE = "candidate"
    ELECTED = "elected"
    MODERATOR = "moderator"
    ADMIN = "admin"


SITE, DAILY = "site", "quotidien"  # the scopes of a role that have no name of their own


class Visibility(StrEnum):
    """Whether a thread stays in its commune or goes to the network; chosen when it is opened, never changed."""

    LOCAL = "local"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks at the site: a person of this site, or a visitor (both None)."""

    person_id: int | None
    role: Role | None
    suspended: bool = False  # for some days: reads, and writes nothing
    grants: frozenset[str] = frozenset()  # every role in force with its scope, as `moderator@quotidien`
    agreed: bool = True  # to publish opinions: see domain/consent.py
    shares: bool = True  # agreed to a text that names all that a shared message takes along
    moderates_here: bool = False  # keeps order in the thread that is looked at: see `in_thread`

    @property
    def signed_in(self) -> bool:
        """Whether this is a person of this site."""
        return self.person_id is not None and self.role is not None

    @property
    def writes(self) -> bool:
        """Whether this person may write at all."""
        return self.signed_in and not self.suspended

    @property
    def publishes(self) -> bool:
        """Whether this person may say what they think: with their consent, or not at all (GDPR, article 9.2.a)."""
        return self.writes and self.agreed

    @property
    def moderates(self) -> bool:
        """Whether this person keeps order here."""
        return self.writes and (self.role in (Role.MODERATOR, Role.ADMIN) or self.moderates_here)

    @property
    def administers(self) -> bool:
        """Whether this person runs the site."""
        return self.writes and self.role is Role.ADMIN

    def holds(self, role: Role) -> bool:
        """Whether this person has that role over the whole site, perhaps beside a stronger one."""
        return self.writes and (self.role is role or f"{role}@{SITE}" in self.grants)

    def is_person(self, person_id: int | None) -> bool:
        """Whether this is that very person; a missing id is nobody's, so it never matches."""
        return self.signed_in and self.person_id == person_id


VISITOR = Viewer(None, None)


def theme_scope(slug: str) -> str:
    """The scope of a role over one theme."""
    return f"theme:{slug}"


def measure_scope(slug: str) -> str:
    """The scope of a role over one measure."""
    return f"mesure:{slug}"


def in_thread(viewer: Viewer, scopes: Collection[str]) -> Viewer:
    """The same viewer as the rules see them in a thread that lies in these scopes."""
    return replace(viewer, moderates_here=any(f"{Role.MODERATOR}@{scope}" in viewer.grants for scope in scopes))


def moderates_somewhere(viewer: Viewer) -> bool:
    """Whether this viewer keeps order in at least a part of the site."""
    return viewer.moderates or (viewer.writes and any(each.startswith(f"{Role.MODERATOR}@") for each in viewer.grants))


def moderates_thread(viewer: Viewer, scopes: Collection[str]) -> bool:
    """Whether this viewer keeps order in a thread that lies in these scopes."""
    return in_thread(viewer, scopes).moderates


def may_see(viewer: Viewer, visibility: str, deleted: bool, here: bool, author_id: int | None = None) -> bool:
    """Whether the words may be shown. `here`: on this commune's own pages, not at a door to the network.

    Local content leaves by no door. What is deleted leaves a tombstone: its words stay readable, here only, for
    those who could take the deletion back.
    """
    if visibility != Visibility.SHARED and not here:
        return False
    if deleted:
        return here and (viewer.moderates or viewer.is_person(author_id))
    return True


def may_publish(viewer: Viewer, shared: bool) -> bool:
    """Whether this viewer agreed to publish what goes to the network, or what stays here."""
    return viewer.publishes and (viewer.shares or not shared)


def may_open_thread(viewer: Viewer, shared: bool = True) -> bool:
    """Whether this viewer may open a thread of that visibility."""
    return may_publish(viewer, shared)


def may_reply(viewer: Viewer, shared: bool = True, thread_closed: bool = False, thread_deleted: bool = False) -> bool:
    """Whether this viewer may reply; a closed thread is closed for everybody, moderators included."""
    return may_publish(viewer, shared) and not thread_closed and not thread_deleted


def may_arrange(viewer: Viewer) -> bool:
    """Whether this viewer may pin, close, reopen and move threads."""
    return viewer.moderates


def may_edit(viewer: Viewer, author_id: int | None, shared: bool = True, deleted: bool = False) -> bool:
    """Whether this viewer may change the words: nobody ever changes another person's."""
    return may_publish(viewer, shared) and viewer.is_person(author_id) and not deleted


def may_delete(viewer: Viewer, author_id: int | None, deleted: bool = False) -> bool:
    """Whether this viewer may delete the message: its author, or who keeps order."""
    return not deleted and (viewer.is_person(author_id) or viewer.moderates)


def may_restore(viewer: Viewer, author_id: int | None, by_author: bool, erased: bool = False) -> bool:
    """Whether this viewer may take that deletion back: only the authority that decided it, and not once erased.

    Its author takes back their own; who keeps order that of the commune, but nobody on a message of theirs.
    """
    if erased:
        return False
    return viewer.is_person(author_id) and viewer.agreed if by_author else may_judge(viewer, author_id)


def may_undo(viewer: Viewer, author_id: int | None, since: timedelta) -> bool:
    """Whether this viewer may undo what was done to a message that long ago: their own acts, for ten minutes."""
    return viewer.is_person(author_id) and since <= UNDO_FOR


def may_support(viewer: Viewer, author_id: int | None = None, deleted: bool = False) -> bool:
    """Whether this viewer may support a thread, a message or a measure: what others say, never their own message."""
    return viewer.publishes and not deleted and not viewer.is_person(author_id)


def may_withdraw_support(viewer: Viewer) -> bool:
    """Whether this viewer may take a support of theirs back: always, for it says what they think, or no longer do."""
    return viewer.signed_in


def may_open_poll(viewer: Viewer, author_id: int | None, thread_closed: bool = False, deleted: bool = False) -> bool:
    """Whether this viewer may put a poll into the thread, or correct it: its author, while people may answer."""
    return viewer.publishes and viewer.is_person(author_id) and not thread_closed and not deleted


def may_vote(viewer: Viewer, deleted: bool = False) -> bool:
    """Whether this viewer may vote in a poll of a thread that stands; also in one that takes no more replies."""
    return viewer.publishes and not deleted


def may_withdraw_vote(viewer: Viewer) -> bool:
    """Whether this viewer may take a vote of theirs back while the poll runs: always, as with a support."""
    return viewer.signed_in


def may_report(viewer: Viewer, author_id: int | None, deleted: bool = False) -> bool:
    """Whether this viewer, who may be a visitor, may report the message: not one's own, nor what is gone."""
    return not deleted and not viewer.is_person(author_id)


def may_judge(viewer: Viewer, author_id: int | None) -> bool:
    """Whether this viewer may decide on reports of this author's messages: nobody judges their own."""
    return viewer.moderates and not viewer.is_person(author_id)


def may_suspend(viewer: Viewer, author_id: int | None, author_role: str | None) -> bool:
    """Whether this viewer may suspend that author: a person of this site; who keeps order answers to the admins.

    Who is suspended writes nowhere, so it takes somebody who keeps order everywhere.
    """
    if viewer.role not in (Role.MODERATOR, Role.ADMIN):
        return False
    if author_role is None or not may_judge(viewer, author_id) or author_role == Role.ADMIN:
        return False
    return viewer.administers or author_role != Role.MODERATOR


def may_adapt(viewer: Viewer, kind: str) -> bool:
    """Whether this viewer may write the commune's own text of a measure, or take the common one as it is.

    A municipal site is neutral and knows no candidate, so only who runs it publishes there.
    """
    if kind == Kind.MUNICIPALE:
        return viewer.administers and viewer.agreed
    return viewer.agreed and (viewer.administers or viewer.holds(Role.CANDIDATE) or viewer.holds(Role.ELECTED))


def may_revise_common(viewer: Viewer, is_home: bool) -> bool:
    """Whether this viewer may publish a version of the common text: on the programme's home site only."""
    return is_home and viewer.administers and viewer.agreed


def may_give_opinion(viewer: Viewer, is_editor: bool) -> bool:
    """Whether this viewer may say what should become of an improvement: an editor of the drafting group, in public."""
    return is_editor and viewer.publishes and viewer.shares


def may_administer_network(viewer: Viewer) -> bool:
    """Whether this viewer may invite, accept, limit or suspend other communes."""
    return viewer.administers


def may_administer_mail(viewer: Viewer) -> bool:
    """Whether this viewer may see which mail waits or failed, and send it again; nobody may read its texts."""
    return viewer.administers


def may_give_role(giver: Viewer, role: str, kind: str) -> bool:
    """Whether this viewer may give that role to somebody; a municipal site has no candidates."""
    if role not in set(Role) or (role == Role.CANDIDATE and kind == Kind.MUNICIPALE):
        return False
    return giver.administers


def may_grant(giver: Viewer, role: str, scope: str, kind: str) -> bool:
    """Whether this viewer may give that role over that scope; only keeping order can be limited to a part."""
    if role == Role.RESIDENT or (scope != SITE and role != Role.MODERATOR):
        return False
    return may_give_role(giver, role, kind)


def may_rename(viewer: Viewer, person_id: int, *, badged: bool) -> bool:
    """Whether this viewer may change that display name: one's own, but a real name under a badge is an admin's."""
    return viewer.administers or (viewer.is_person(person_id) and not badged)
