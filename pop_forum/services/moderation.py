"""What is decided on messages and on those who wrote them, with its reason; services/moderation_log.py shows it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import select

from pop_forum.domain import moderation as rule
from pop_forum.domain import permissions
from pop_forum.domain.moderation import Act, Judgement, PollJudgement, Reason
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_text
from pop_forum.errors import Conflict, Forbidden, InvalidInput, NotFound
from pop_forum.models import Account, Decision, Person, Post, PostPicture
from pop_forum.services import deletions, notices, pictures, poll_pages, polls, reports, threads
from pop_forum.services.pictures import Shown
from pop_forum.services.poll_pages import PollShown
from pop_forum.services.scopes import there
from pop_forum.services.site import Site

OWN = "Ce message est le vôtre : quelqu’un d’autre décide."
NO_SENTENCE = "Donnez la raison en une phrase : la personne concernée la lit, et le journal public aussi."
NOT_SUSPENDED = "Cette personne ne peut pas être suspendue d’ici : elle est d’une autre commune, ou elle tient le site."
STILL_THERE = (
    "Un message qui reste en place ne vaut ni avertissement ni suspension. "
    "Retirez le message, ou décochez ce qui vise la personne."
)
DECIDED = (
    "Une décision a été prise sur ce message depuis que vous aviez ouvert cette page : elle est dite ci-dessous. "
    "La vôtre n’est pas enregistrée. Relisez, puis décidez."
)
HIDDEN = (
    "La modération de la commune a déjà retiré ce message. Vous pouvez encore avertir la personne, ou la suspendre."
)
JUDGING = "judging"
REPORTS_SHOWN = 50  # the first ones of a message; a decision settles them all
DECISIONS_SHOWN = 50  # the newest ones on a person


@dataclass(frozen=True, slots=True)
class Case:
    """A message to decide on: what is said against it, what was decided on its author before, what may be done."""

    post: Post
    reports: Sequence["Reported"]  # the first of `reported`
    reported: int
    before: Sequence[Decision]
    may_judge: bool
    may_hide: bool
    hidden: bool  # by the moderation of this commune, whoever else wants it
    may_warn: bool
    may_suspend: bool
    suspended_until: datetime | None
    seen: int  # the number of the newest decision on this message; 0 without one
    poll: PollShown | None = None
    may_judge_poll: bool = False
    pictures: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """One open report."""

    reason: Reason
    details: str
    at: datetime


def case(site: Site, viewer: Viewer, post: Post) -> Case:
    """What somebody who keeps order needs to decide on this message. Raises Forbidden."""
    viewer = there(site, viewer, post.thread)
    if not viewer.moderates:
        raise Forbidden("not a moderator")
    account, poll, said = (
        site.session.get(Account, post.author_id),
        _poll(site, post),
        reports.open_about(site, post.uri),
    )
    judges, hidden = permissions.may_judge(viewer, post.author_id), deletions.HERE in deletions.wished(site, post)
    until = account.suspended_until if account else None
    return Case(
        post=post,
        reports=[Reported(Reason(each.reason), each.details, each.at) for each in said[:REPORTS_SHOWN]],
        reported=len(said),
        before=about_person(site, post.author_id),
        may_judge=judges,
        may_hide=judges and not hidden and site.settings.host in (post.host, post.thread.host),
        hidden=hidden,
        may_warn=judges and account is not None,
        may_suspend=permissions.may_suspend(viewer, post.author_id, account.role if account else None),
        suspended_until=until if until and until > site.clock.now() else None,
        seen=max((each.id for each in _decisions_on(site, post, after=0)), default=0),
        poll=poll,
        may_judge_poll=judges and poll is not None and not poll.removed,
        pictures=pictures.shown_in(site, [post]).get(post.id, ()),
    )


def check_picture(site: Site, viewer: Viewer, post: Post, digest: str) -> None:
    """Nothing when this viewer decides on the message and it has this picture, hidden or not.

    Raises Forbidden for who does not keep order there, NotFound for a picture that the message does not have.
    """
    if not there(site, viewer, post.thread).moderates:
        raise Forbidden("not a moderator")
    found = select(PostPicture.digest).where(PostPicture.post_id == post.id, PostPicture.digest == digest)
    if site.session.scalar(found) is None:
        raise NotFound(f"no picture {digest[:12]} in {post.uri}")


def judge(site: Site, viewer: Viewer, post: Post, judgement: Judgement) -> None:
    """The decision carried out and logged, and every report of the message settled by it.

    The same form sent twice decides once. Raises Forbidden for one's own message, and for a person or a message that
    is not this viewer's to judge; InvalidInput without a sentence, and for a penalty on a message that stays; Conflict
    when somebody decided since the form was made, and when there is nothing left to decide.
    """
    viewer = there(site, viewer, post.thread)
    if not permissions.may_judge(viewer, post.author_id):
        raise Forbidden(f"{viewer} may not judge {post.uri}", OWN)
    if not judgement.sentence.strip():
        raise InvalidInput("no sentence", NO_SENTENCE)
    if (judgement.warn or judgement.suspend) and not judgement.hide:
        raise InvalidInput("penalty without hiding", STILL_THERE)
    sentence = clean_text(judgement.sentence, rule.SENTENCE_CHARS)
    site.one_at_a_time(JUDGING)
    since = _decisions_on(site, post, after=judgement.seen)
    if since and _is_same(since, viewer, judgement, sentence):
        return
    if since:
        raise Conflict(f"{post.uri} was decided on meanwhile", DECIDED)
    made = list(_carried_out(site, viewer, post, judgement, sentence))
    if not made:
        raise Conflict(f"{post.uri} is hidden already", HIDDEN)
    if judgement.hide:
        notices.tell(site, post.author_id, notices.MODERATION, post)
    reports.settle(site, post.uri, made[0])


def judge_poll(site: Site, viewer: Viewer, post: Post, judgement: PollJudgement) -> None:
    """The poll in this opening message's thread closed or removed, logged, and the reports of it settled.

    Raises Forbidden for one's own, InvalidInput without a sentence, NotFound and Conflict as `polls.end` does.
    """
    viewer = there(site, viewer, post.thread)
    if not permissions.may_judge(viewer, post.author_id):
        raise Forbidden(f"{viewer} may not judge the poll in {post.uri}", OWN)
    if not judgement.sentence.strip():
        raise InvalidInput("no sentence", NO_SENTENCE)
    if not post.opening:
        raise NotFound(f"{post.uri} opens no discussion", polls.NO_POLL)
    act = Act.POLL_REMOVE if judgement.remove else Act.POLL_CLOSE
    sentence = clean_text(judgement.sentence, rule.SENTENCE_CHARS)
    decision = _log(site, viewer, post, act, judgement.reason, sentence)
    polls.end(site, post.thread, decision, counted=not judgement.remove)
    notices.tell(site, post.author_id, notices.MODERATION, post)
    reports.settle(site, post.uri, decision, Reason.VOTING)


def require_poll(site: Site, viewer: Viewer, post: Post) -> None:
    """Nothing, where this viewer may judge a poll. Raises Forbidden, and NotFound where there is none to judge."""
    found = case(site, viewer, post)
    if not found.may_judge_poll:
        raise NotFound(f"no poll to judge at {post.uri}", polls.NO_POLL)


def restore(site: Site, viewer: Viewer, post: Post) -> None:
    """The viewer's or the commune's deletion taken back; the log says so when it is the commune's. Raises Forbidden."""
    hidden = deletions.HERE in deletions.wished(site, post)
    threads.restore(site, viewer, post)
    if hidden and not viewer.is_person(post.author_id):
        reason = reasons_of(site, [post.uri]).get(post.uri, Reason.OTHER)
        _log(site, viewer, post, Act.RESTORE, reason, "")


def lift(site: Site, viewer: Viewer, post: Post) -> None:
    """The suspension of this message's author ended now. Raises Forbidden and Conflict."""
    account = _suspendable(site, viewer, post)
    if account.suspended_until is None or account.suspended_until <= site.clock.now():
        raise Conflict("not suspended", "Cette personne n’est plus suspendue.")
    account.suspended_until = None
    _log(site, viewer, post, Act.LIFT, Reason.OTHER, "")


def about_person(site: Site, person_id: int) -> Sequence[Decision]:
    """What was last decided on this person's messages and on them, newest first: also their statement of reasons."""
    acts = (Act.HIDE, Act.RESTORE, Act.WARN, Act.SUSPEND, Act.LIFT, Act.POLL_CLOSE, Act.POLL_REMOVE)
    mine = select(Decision).where(Decision.person_id == person_id, Decision.act.in_(acts))
    return site.session.scalars(mine.order_by(Decision.at.desc(), Decision.id.desc()).limit(DECISIONS_SHOWN)).all()


def reasons_of(site: Site, uris: Iterable[str]) -> dict[str, Reason]:
    """Why each of these messages was hidden here, by its id; those hidden elsewhere are missing."""
    wanted = list(uris)
    if not wanted:
        return {}
    hidden = select(Decision.object_uri, Decision.reason).where(
        Decision.object_uri.in_(wanted), Decision.act == Act.HIDE.value
    )
    return {uri: Reason(reason) for uri, reason in site.session.execute(hidden.order_by(Decision.id))}


def _poll(site: Site, post: Post) -> PollShown | None:
    return poll_pages.shown(site, post.thread_id) if post.opening and post.thread.poll else None


def _carried_out(site: Site, viewer: Viewer, post: Post, judgement: Judgement, sentence: str) -> Iterator[Decision]:
    """Each decision as it was carried out and logged; on a message that we hid already, only what comes on top."""
    if deletions.HERE not in deletions.wished(site, post):
        if judgement.hide:
            threads.hide(site, viewer, post)
        yield _log(site, viewer, post, Act.HIDE if judgement.hide else Act.KEEP, judgement.reason, sentence)
    if judgement.warn:
        yield _log(site, viewer, post, Act.WARN, judgement.reason, sentence)
    if judgement.suspend:
        yield _suspend(site, viewer, post, judgement.reason, sentence)


def _decisions_on(site: Site, post: Post, after: int) -> Sequence[Decision]:
    """What was decided on this message after the decision of that number, the oldest first."""
    later = select(Decision).where(Decision.object_uri == post.uri, Decision.id > after)
    return site.session.scalars(later.order_by(Decision.id)).all()


def _is_same(since: Sequence[Decision], viewer: Viewer, judgement: Judgement, sentence: str) -> bool:
    """Whether the first of these decisions are what came of the same form, sent before.

    On a message that was hidden already, the form to hide it decided only what comes on top.
    """
    said = (viewer.person_id, judgement.reason.value, sentence)
    theirs = takewhile(lambda each: (each.moderator_id, each.reason, each.sentence) == said, since)
    made = [each.act for each in theirs]
    first = Act.HIDE if judgement.hide else Act.KEEP
    on_top = [act for act, is_asked in ((Act.WARN, judgement.warn), (Act.SUSPEND, judgement.suspend)) if is_asked]
    return made == [first, *on_top] or (judgement.hide and bool(made) and made == on_top)


def _suspend(site: Site, viewer: Viewer, post: Post, reason: Reason, sentence: str) -> Decision:
    account = _suspendable(site, viewer, post)
    made = _log(site, viewer, post, Act.SUSPEND, reason, sentence, lasts=rule.SUSPENSION)
    account.suspended_until = made.ends_at
    return made


def _suspendable(site: Site, viewer: Viewer, post: Post) -> Account:
    account = site.session.get(Account, post.author_id)
    if account is None or not permissions.may_suspend(viewer, post.author_id, account.role):
        raise Forbidden(f"{viewer} may not suspend {post.author_id}", NOT_SUSPENDED)
    return account


def _log(
    site: Site, viewer: Viewer, post: Post, act: Act, reason: Reason, sentence: str, lasts: timedelta | None = None
) -> Decision:
    now = site.clock.now()
    made = Decision(
        act=act.value,
        moderator=site.session.get_one(Person, viewer.person_id),
        object_uri=post.uri,
        person_id=post.author_id,
        reason=reason.value,
        sentence=sentence,
        at=now,
        ends_at=now + lasts if lasts else None,
    )
    site.session.add(made)
    site.session.flush()
    return made
