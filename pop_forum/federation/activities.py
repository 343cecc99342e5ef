"""What the entries of a journal say, as values: one frozen class per kind of fact, in one envelope."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from pop_forum.federation.editions import Edition
from pop_forum.federation.identifiers import EpochId, Fingerprint, Host, ObjectId, Seq
from pop_forum.federation.images import Image
from pop_forum.federation.journal import Epoch
from pop_forum.federation.keys import PublicKeys
from pop_forum.federation.revisions import Revision

MAX_NAME_CHARS = 100
MAX_TITLE_CHARS = 300
MAX_SOURCE_CHARS = 50_000  # with its HTML, at four bytes a character, still below one journal entry for any real text
MAX_HTML_CHARS = 200_000
MAX_SUMMARY_CHARS = 1000

NEEDS = ("essential", "wished")  # « indispensable », « souhaitable »
WHOLE, PART, REWORK, REFUSED = "whole", "part", "rework", "refused"
ACCEPTED = (WHOLE, PART)
OUTCOMES = (WHOLE, PART, REWORK, REFUSED)
MAX_EDITORS = 40
QUORUM_LEAST, MAX_QUORUM = 2, 40
DAYS_LEAST, MAX_DAYS = 7, 365  # for an answer

BOARD_DAILY = "quotidien"
BOARD_MEASURE = "mesure"
BOARDS = frozenset({BOARD_DAILY, BOARD_MEASURE})

COMMON = "common"  # the programme's home revises the common text
ADAPTATION = "adaptation"  # a commune's own version of a common measure
LOCAL = "local"  # a measure of one commune
LOCAL_ADAPTATION = "local-adaptation"  # a commune's own version of a measure of another commune
IMPROVEMENT = "improvement"  # a version of the common text that a commune proposes
REVISION_ROLES = frozenset({COMMON, ADAPTATION, LOCAL, LOCAL_ADAPTATION})


@dataclass(frozen=True)
class PersonDeclared:
    """Create or Update of a Person by herself: `name` and `role` are what may be shown."""

    uri: ObjectId
    name: str
    role: str
    update: bool = False


@dataclass(frozen=True)
class ThreadOpened:
    """Create of a Page: `measure` is a URN when `board` is « mesure », None otherwise."""

    uri: ObjectId
    author: ObjectId
    title: str
    source: str
    html: str
    board: str
    measure: str | None
    published: datetime
    url: ObjectId | None = None
    images: tuple[Image, ...] = ()
    block: str | None = None  # the passage of the measure that it is about


@dataclass(frozen=True)
class PostWritten:
    """Create of a Note in a thread, which may be another commune's; `parent` is None below the thread itself."""

    uri: ObjectId
    thread: ObjectId
    parent: ObjectId | None
    author: ObjectId
    source: str
    html: str
    published: datetime
    url: ObjectId | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class PostEdited:
    """Update of a Page (with a title) or of a Note (None); its images are all that the message now shows."""

    uri: ObjectId
    author: ObjectId
    title: str | None
    source: str
    html: str
    updated: datetime
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class PostDeleted:
    """Delete of a thread or post by its author, or by the commune for its moderators."""

    uri: ObjectId
    actor: ObjectId
    at: datetime


@dataclass(frozen=True)
class PostRestored:
    """Undo of a Delete, by the authority that deleted."""

    uri: ObjectId
    actor: ObjectId
    at: datetime


@dataclass(frozen=True)
class PollOpened:
    """pop:OpenPoll by the author of a thread: there is a poll in it, to be seen on its own site."""

    thread: ObjectId


@dataclass(frozen=True)
class SupportGiven:
    """Like by the commune; the token stands for the person."""

    object: ObjectId
    token: str


@dataclass(frozen=True)
class SupportWithdrawn:
    """Undo of the Like with this token."""

    object: ObjectId
    token: str


@dataclass(frozen=True)
class RevisionPublished:
    """Create of an Article by the commune: a revision of a measure, in this role, with a summary of the change."""

    revision: Revision
    role: str
    summary: str


@dataclass(frozen=True)
class MeasureAdopted:
    """pop:Adopt by the commune: it takes this revision of this measure as it is."""

    measure: str
    digest: str


@dataclass(frozen=True)
class ImprovementProposed:
    """Offer of an Article by the commune: the common text as it would have it, how much it needs that, and why."""

    revision: Revision
    need: str
    reason: str
    replaces: str | None = None  # the digest of the improvement that this one is a change of


@dataclass(frozen=True)
class ImprovementDecided:
    """Accept or Reject of an Offer by the commune that keeps the programme, with a sentence that everybody reads.

    `host` and `digest` name what was offered; `result` is the common version that came of it, when it was accepted.
    """

    host: Host
    digest: str
    outcome: str
    sentence: str
    result: str | None


@dataclass(frozen=True)
class OpinionGiven:
    """pop:Opinion by the commune of an editor: what she thinks should become of an improvement, and why."""

    host: Host
    digest: str
    editor: ObjectId
    outcome: str
    sentence: str


@dataclass(frozen=True)
class GroupSettled:
    """pop:DraftingGroup by the programme's home: its editors, how many must agree, and the days for an answer."""

    editors: tuple[ObjectId, ...]
    quorum: int
    days: int


@dataclass(frozen=True)
class MeasureSetAside:
    """pop:SetAside by the commune: it does not take this measure. `held` is the version that it held, if any."""

    measure: str
    held: str | None
    summary: str


@dataclass(frozen=True)
class MeasureReopened:
    """Undo of pop:SetAside: nothing is decided for this measure any more."""

    measure: str


@dataclass(frozen=True)
class EditionPublished:
    """pop:Edition by the commune that keeps the programme: the versions that this edition freezes, and a word on it."""

    edition: Edition
    summary: str


@dataclass(frozen=True)
class MemberListed:
    """pop:Member by the programme's home: this commune has joined, and is known by the fingerprint `root`."""

    host: Host
    name: str
    kind: str
    root: Fingerprint


@dataclass(frozen=True)
class MemberRemoved:
    """Undo of pop:Member: this commune is no longer of the programme."""

    host: Host


@dataclass(frozen=True)
class Tombstone:
    """What is left of an erased message: its place, and nothing of its words.

    The opening of a thread has a board; a reply has its thread, and its parent unless that is the opening.
    """

    uri: ObjectId
    author: ObjectId
    published: datetime
    board: str | None = None
    measure: str | None = None
    thread: ObjectId | None = None
    parent: ObjectId | None = None


@dataclass(frozen=True)
class Erase:
    """pop:Erase by the site: entry `n` of this journal and epoch loses activity, proof and salt everywhere.

    With a tombstone the whole message loses its words, whichever of its entries it is.
    """

    journal: str
    epoch_id: EpochId
    n: Seq
    tombstone: Tombstone | None = None


@dataclass(frozen=True)
class KeyRegister:
    """Entry 1 of an epoch, and later each rotation: the keys that may sign from this entry on.

    A key that an earlier register listed and this one does not is revoked from this entry on.
    """

    epoch: Epoch
    keys: tuple[PublicKeys, ...]


@dataclass(frozen=True)
class Unsupported:
    """A kind of activity that this version does not know: kept, passed on, tried again after an upgrade."""

    type: str
    creates: ObjectId | None = field(default=None, compare=False)  # the id that it gives, when it is a Create


Content: TypeAlias = (
    PersonDeclared
    | ThreadOpened
    | PostWritten
    | PostEdited
    | PostDeleted
    | PostRestored
    | PollOpened
    | SupportGiven
    | SupportWithdrawn
    | RevisionPublished
    | MeasureAdopted
    | ImprovementProposed
    | ImprovementDecided
    | OpinionGiven
    | GroupSettled
    | MeasureSetAside
    | MeasureReopened
    | EditionPublished
    | MemberListed
    | MemberRemoved
    | Erase
    | KeyRegister
    | Unsupported
)


@dataclass(frozen=True)
class Activity:
    """The envelope: who says what when, to whom (`audience` is the Group it is addressed to, if any)."""

    id: ObjectId
    actor: ObjectId
    published: datetime
    content: Content
    audience: ObjectId | None = None


IN_FORUM = (
    PersonDeclared,
    ThreadOpened,
    PostWritten,
    PostEdited,
    PostDeleted,
    PostRestored,
    PollOpened,
    SupportGiven,
    SupportWithdrawn,
)
IN_PROGRAMME = (
    RevisionPublished,
    MeasureAdopted,
    ImprovementProposed,
    ImprovementDecided,
    OpinionGiven,
    GroupSettled,
    MeasureSetAside,
    MeasureReopened,
    EditionPublished,
    MemberListed,
    MemberRemoved,
)


def belongs(content: Content, journal: str) -> bool:
    """Whether this kind of fact may stand in this journal; key registers and unknown kinds in any.

    Each kind has one journal: (epoch, n) then orders all that a site says of a thing, and two journals of a site
    cannot tell of it in two orders.
    """
    if isinstance(content, IN_FORUM):
        return journal == "forum"
    if isinstance(content, IN_PROGRAMME):
        return journal == "programme"
    if isinstance(content, Erase):
        return content.journal == journal == "forum"
    return True
