"""What moderation decides, and for which reasons: the words of the charter, each once."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SUSPENSION = timedelta(days=7)  # long enough to calm down, short enough to come back
DETAILS_CHARS = 2_000  # of a report: what happened, not a file
SENTENCE_CHARS = 1_000  # of a decision: its reason in words
REPORTS_PER_NETWORK = 10  # reports of one network within an hour: a household, not a campaign
REPORTS_WINDOW = timedelta(hours=1)


class Reason(StrEnum):
    """Why a message is reported or hidden: the rules of the charter, and the law."""

    INSULT = "injure"
    PRIVACY = "vie-privee"
    ILLEGAL = "illegal"
    IMPERSONATION = "usurpation"
    ADVERTISING = "publicite"
    OFF_TOPIC = "hors-sujet"
    VOTING = "intentions-de-vote"  # a poll on whom people will vote for
    OTHER = "autre"


class Act(StrEnum):
    """What was decided."""

    KEEP = "keep"
    HIDE = "hide"
    RESTORE = "restore"
    WARN = "warn"
    SUSPEND = "suspend"
    LIFT = "lift"  # the end of a suspension before its time
    POLL_CLOSE = "poll-close"  # before its end; what was chosen so far is counted
    POLL_REMOVE = "poll-remove"  # nothing of it is counted


@dataclass(frozen=True, slots=True)
class PollJudgement:
    """What somebody who keeps order decides on a poll: removed, or closed with what was chosen so far."""

    remove: bool
    reason: Reason
    sentence: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody who keeps order decides on a message, and why in a sentence."""

    hide: bool
    warn: bool
    suspend: bool
    reason: Reason
    sentence: str
    seen: int = 0  # the number of the newest decision on this message that they had read; 0 for none
