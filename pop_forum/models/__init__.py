"""Tables only: SQLAlchemy 2, typed, one file per noun."""

from pop_forum.models.base import Base
from pop_forum.models.entering import Code, Consent, Registration
from pop_forum.models.health import Alarm, Beat
from pop_forum.models.improvements import (
    DraftingGroup,
    Improvement,
    ImprovementAnswer,
    ImprovementAuthor,
    ImprovementBacker,
    ImprovementOpinion,
)
from pop_forum.models.journal import Entry, Epoch, Journal, JournalKey
from pop_forum.models.mail import Mail
from pop_forum.models.moderation import Decision, Report
from pop_forum.models.nightly import StateComparison, StateDifference, StateDigest, StateRepair
from pop_forum.models.notices import Follow, MeasureFollow, Notice, Position, Reading, VersionNotice
from pop_forum.models.pages import PageVersion
from pop_forum.models.passkeys import Challenge, Passkey
from pop_forum.models.peers import Delivery, Envelope, Link, Member, Mirror, NetworkAct, Peer
from pop_forum.models.people import Account, Attempt, Grant, Person, RetiredName, SignIn
from pop_forum.models.pictures import FormerPictures, Picture, PictureRequest, PostPicture
from pop_forum.models.polls import Ballot, Poll
from pop_forum.models.programme import Edition, KeptText, Measure, Rank, Revision, Stance, Theme
from pop_forum.models.search import IndexChange
from pop_forum.models.threads import Deletion, Post, PostVersion, Support, Thread, ThreadAct
from pop_forum.models.writing import Draft, DraftSave, Mention

__all__ = [
    "Account",
    "Alarm",
    "Attempt",
    "Ballot",
    "Base",
    "Beat",
    "Challenge",
    "Decision",
    "Code",
    "Consent",
    "Deletion",
    "Delivery",
    "Draft",
    "DraftSave",
    "DraftingGroup",
    "Edition",
    "Entry",
    "Envelope",
    "Epoch",
    "Follow",
    "IndexChange",
    "FormerPictures",
    "Grant",
    "Improvement",
    "ImprovementAnswer",
    "ImprovementAuthor",
    "ImprovementBacker",
    "ImprovementOpinion",
    "Journal",
    "Link",
    "Mail",
    "Measure",
    "MeasureFollow",
    "Member",
    "Mention",
    "Mirror",
    "NetworkAct",
    "Notice",
    "PageVersion",
    "Passkey",
    "Peer",
    "Person",
    "Poll",
    "Position",
    "Picture",
    "PictureRequest",
    "Post",
    "PostPicture",
    "PostVersion",
    "Reading",
    "JournalKey",
    "RetiredName",
    "Report",
    "Registration",
    "Revision",
    "SignIn",
    "Stance",
    "StateComparison",
    "StateDifference",
    "StateDigest",
    "StateRepair",
    "Support",
    "Theme",
    "Thread",
    "ThreadAct",
    "KeptText",
    "Rank",
    "VersionNotice",
]
