"""What a verified entry of the journal `programme` changes here: the other half of services/inbox.py, by its rules."""

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from pop_forum.federation import revisions
from pop_forum.federation.activities import (
    Activity,
    Content,
    EditionPublished,
    GroupSettled,
    ImprovementDecided,
    ImprovementProposed,
    MeasureAdopted,
    MeasureReopened,
    MeasureSetAside,
    MemberListed,
    MemberRemoved,
    OpinionGiven,
    RevisionPublished,
)
from pop_forum.federation.identifiers import Host
from pop_forum.models import Revision
from pop_forum.services import edition_rows, improvement_rows, lineage, members, version_notices
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp
from pop_forum.services.outcomes import APPLIED, Outcome
from pop_forum.services.site import Site


@dataclass(frozen=True, slots=True)
class Context:
    """One entry being applied: where it stands, who says it, and what is already looked up."""

    site: Site
    known: Known
    host: Host
    stamp: Stamp
    activity: Activity


@singledispatch
def apply(content: Content, context: Context) -> Outcome:
    """The outcome of one entry, its effect written. Raises InvalidInput when a protocol rule refuses it."""
    return Outcome("unsupported", reason=f"{type(content).__name__} is kept until this version knows it")


@apply.register
def _(content: RevisionPublished, context: Context) -> Outcome:
    digest = revisions.digest(content.revision)
    is_new = context.site.session.get(Revision, digest) is None
    said = {"role": content.role, "summary": content.summary, **_said(context)}
    missing = lineage.put_revision(context.site, content.revision, **said)
    if missing is not None:
        return Outcome("waiting", waiting_on=missing)
    if is_new:
        version_notices.tell(context.site, digest)
    return Outcome("applied", arrived=(lineage.address_of(content.revision),))


@apply.register
def _(content: ImprovementProposed, context: Context) -> Outcome:
    missing = improvement_rows.put_proposal(context.site, content, **_said(context))
    if missing is not None:
        return Outcome("waiting", waiting_on=missing)
    return Outcome("applied", arrived=(lineage.address_of(content.revision),))


@apply.register
def _(content: ImprovementDecided, context: Context) -> Outcome:
    improvement_rows.put_answer(context.site, content, **_said(context))
    return APPLIED


@apply.register
def _(content: OpinionGiven, context: Context) -> Outcome:
    improvement_rows.put_opinion(context.site, content, **_said(context))
    return APPLIED


@apply.register
def _(content: GroupSettled, context: Context) -> Outcome:
    """Kept whoever says it: whose group counts is asked when it is used."""
    improvement_rows.put_group(context.site, content, **_said(context))
    return APPLIED


@apply.register
def _(content: MeasureAdopted, context: Context) -> Outcome:
    missing = lineage.put_adoption(context.site, content.measure, content.digest, **_said(context))
    return APPLIED if missing is None else Outcome("waiting", waiting_on=missing)


@apply.register
def _(content: MeasureSetAside, context: Context) -> Outcome:
    lineage.put_aside(context.site, content, **_said(context))
    return APPLIED


@apply.register
def _(content: MeasureReopened, context: Context) -> Outcome:
    word = lineage.Word(lineage.UNDECIDED, "")
    lineage.put_stance(context.site, context.host, content.measure, word, context.stamp, context.activity.published)
    return APPLIED


@apply.register
def _(content: EditionPublished, context: Context) -> Outcome:
    """Kept whoever says it: whose editions count is asked when they are shown."""
    missing = edition_rows.put(context.site, content, host=context.host, stamp=context.stamp)
    return APPLIED if missing is None else Outcome("waiting", waiting_on=missing)


@apply.register
def _(content: MemberListed, context: Context) -> Outcome:
    return _membership(content, context)


@apply.register
def _(content: MemberRemoved, context: Context) -> Outcome:
    return _membership(content, context)


def _membership(content: MemberListed | MemberRemoved, context: Context) -> Outcome:
    """Kept whoever says it: which list counts is asked when it is used."""
    members.put(context.site, context.host, content, context.stamp, context.activity.published)
    return APPLIED


def _said(context: Context) -> dict[str, Any]:
    """Who says it, where in their journal, and when."""
    return {"host": context.host, "stamp": context.stamp, "at": context.activity.published}
