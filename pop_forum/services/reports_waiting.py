"""How many reported messages wait for who keeps order: a number on their pages, and a letter a day at most."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from pop_forum.domain.permissions import DAILY, Role, measure_scope, theme_scope
from pop_forum.federation.activities import BOARD_DAILY
from pop_forum.models import Account, Mail, Measure, Peer, Post, Report, Thread
from pop_forum.services import mail
from pop_forum.services.alarms import Speak, Speech
from pop_forum.services.network_pages import shown_peer
from pop_forum.services.site import Site

REPORTS = "reports"  # the kind of these letters
AGAIN = timedelta(days=1)
PAGE = "/moderation"
SUBJECT = "%(name)s : des messages signalés attendent votre décision."
HELLO = "Bonjour."
ONE = "Un message signalé attend votre décision."
SOME = "%(count)s messages signalés attendent votre décision."
SEE = "Lisez-les, et décidez, sur cette page : %(address)s."
DAILY_AT_MOST = "Tant qu’il en reste, nous vous écrivons une fois par jour au plus."
HERE = "here"  # the parameter that the statement is given: this site's host


def for_account() -> ColumnElement[int]:
    """The count for the account of the statement it stands in; 0, without looking, for who keeps order nowhere."""
    everywhere = or_(Account.role == Role.MODERATOR, Account.role == Role.ADMIN)
    somewhere = Account.grants.contains(f"{Role.MODERATOR}@")
    whole, part = _count().scalar_subquery(), _count(_keeps_order_there()).correlate(Account).scalar_subquery()
    return case((everywhere, whole), (somewhere, part), else_=0)


def write(site: Site, speak: Speak) -> int:
    """How many letters are owed to those who keep order and have something to decide; each has one a day at most."""
    now, waiting = site.clock.now(), for_account().label("waiting")
    if site.session.scalar(select(Report.id).where(Report.decision_id.is_(None)).limit(1)) is None:
        return 0
    lately = exists().where(Mail.kind == REPORTS, Mail.recipient == Account.mail, Mail.created_at > now - AGAIN)
    rows = site.session.execute(
        select(Account.mail, Account.language, waiting)
        .where(waiting > 0, or_(Account.suspended_until.is_(None), Account.suspended_until <= now), ~lately)
        .order_by(Account.person_id),
        {HERE: site.settings.host},
    ).all()
    for row in rows:
        title, text = letter(site, row.waiting, speak(row.language))
        mail.post(site, REPORTS, row.mail, title, text, language=row.language or site.settings.languages[0])
    return len(rows)


def letter(site: Site, count: int, speech: Speech) -> tuple[str, str]:
    """The subject and text of a letter: no name and no word of a message travels in it."""
    waits = speech.say(ONE) if count == 1 else speech.say(SOME, count=str(count))
    see = speech.say(SEE, address=site.url(PAGE)).rstrip(".")
    title = speech.say(SUBJECT, name=site.settings.name).rstrip(".")
    return title, "\n\n".join([speech.say(HELLO), waits, see, speech.say(DAILY_AT_MOST)])


def _count(*where: ColumnElement[bool]) -> Select[int]:
    """The reported messages nobody has decided on; the reports are gone through, never all messages."""
    shown = or_(Post.host == bindparam(HERE), Post.host.in_(select(Peer.host).where(shown_peer())))
    there = (
        exists()
        .where(Post.uri == Report.object_uri, Thread.id == Post.thread_id, shown, *where)
        .correlate(Report, Account)
    )
    return select(func.count(Report.object_uri.distinct())).where(Report.decision_id.is_(None), there)


def _keeps_order_there() -> ColumnElement[bool]:
    """The condition that the thread lies in a scope of the account: what services/scopes.py says, in SQL."""
    daily = or_(Thread.board == BOARD_DAILY, Thread.measure.is_(None))
    held = or_(_holds(measure_scope(""), Measure.slug), _holds(theme_scope(""), Measure.theme))
    measure = and_(Measure.urn == Thread.measure, held)
    return or_(and_(daily, _holds(DAILY)), and_(~daily, exists().where(measure).correlate(Thread, Account)))


def _holds(scope: str, slug: InstrumentedAttribute[str] | None = None) -> ColumnElement[bool]:
    """The condition that the account keeps order in this scope, or in the one of this slug."""
    role = literal(f" {Role.MODERATOR}@{scope}")
    wanted = role + literal(" ") if slug is None else role + slug + literal(" ")
    return (literal(" ") + Account.grants + literal(" ")).contains(wanted)
