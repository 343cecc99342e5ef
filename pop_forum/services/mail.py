"""Mail as rows: owed in the transaction of its cause, sent by the worker, tried again until a named end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update

from pop_forum.domain.letters import Letter, Posted, Trouble, one_line
from pop_forum.domain.names import clean_mail
from pop_forum.domain.permissions import Viewer, may_administer_mail
from pop_forum.domain.text import clean_text
from pop_forum.errors import Conflict, Forbidden, NotFound
from pop_forum.models import Mail
from pop_forum.services import claims
from pop_forum.services.site import Site

MAIL = "mail"  # the kind of work
TEST = "test"  # the kind of a letter by which an admin tries the settings
SUBJECT_CHARS = 150
TEXT_CHARS = 50_000  # a weekly letter on a lively commune is a tenth of it
BATCH = 20  # letters for one connection
LEASE = timedelta(minutes=5)  # longer than a batch may take (adapters/mail.py)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)
PATIENCE = timedelta(days=3)  # a server that was away over a weekend still gets what it missed (RFC 5321 §4.5.4.1)
TEXT_KEPT = timedelta(days=1)  # after sending: long enough to look into a complaint
KEPT = timedelta(days=30)  # to whom and when, never longer: the traces of a month
SHOWN = 100  # letters in one list of the admin's page
NOT_ADMIN = "Seules les personnes qui administrent ce site voient son courrier."


def post(
    site: Site,
    kind: str,
    to: str,
    subject: str,
    text: str,
    *,
    useful_for: timedelta | None = None,
    language: str = "fr",
) -> Mail:
    """The letter, owed from the commit on; with `useful_for` it is given up after that time.

    The foot says which site writes. Raises InvalidInput for a malformed address and TextTooLong.
    """
    now = site.clock.now()
    foot = f"\n\n-- \n{site.settings.name}\n{site.url('/')}\n"
    letter = Mail(
        kind=kind,
        recipient=clean_mail(to),
        subject=one_line(subject, SUBJECT_CHARS),
        text=clean_text(text, TEXT_CHARS) + foot,
        language=language,
        created_at=now,
        ends_at=now + (useful_for or PATIENCE),
        perishable=useful_for is not None,
        next_at=now,
    )
    site.session.add(letter)
    site.session.flush()
    site.wake(MAIL)
    return letter


def claim(site: Site) -> list[Letter]:
    """The letters of one batch, leased to the caller; the oldest and least tried first."""
    now = site.clock.now()
    rows = site.session.scalars(
        select(Mail)
        .where(Mail.next_at <= now, Mail.ends_at > now, _free(now))
        .order_by(Mail.attempts, Mail.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.claimed_until = now + LEASE
    return [_letter(site, row) for row in rows]


def record(site: Site, outcomes: list[Posted]) -> None:
    """What became of each letter: sent, given up, or tried again later."""
    for outcome in outcomes:
        row = site.session.get(Mail, outcome.mail_id)
        if row is None or row.sent_at is not None:
            continue
        row.claimed_until = None
        row.attempts += 1
        row.trouble, row.last_error = outcome.trouble, one_line(outcome.answer) or None
        _decide(row, outcome, site.clock.now())


def give_back(site: Site, letters: list[Letter]) -> None:
    """Letters that the batch had no time for are due again."""
    ids = [letter.mail_id for letter in letters]
    site.session.execute(update(Mail).where(Mail.id.in_(ids)).values(claimed_until=None))


def sweep(site: Site) -> None:
    """Find letters that no wake-up will bring."""
    now = site.clock.now()
    if site.session.scalar(select(Mail.id).where(Mail.next_at <= now, _free(now)).limit(1)) is not None:
        site.wake(MAIL)


def purge(site: Site) -> None:
    """End what waited too long; empty what was sent, then forget it."""
    now, rows = site.clock.now(), site.session
    late = Mail.next_at.is_not(None) & (Mail.ends_at <= now) & _free(now)
    rows.execute(
        update(Mail).where(late).values(next_at=None, claimed_until=None, given_up_at=now, trouble=Trouble.TOO_LATE)
    )
    rows.execute(update(Mail).where(Mail.sent_at <= now - TEXT_KEPT, Mail.text != "").values(text=""))
    rows.execute(delete(Mail).where(Mail.created_at <= now - KEPT))


@dataclass(frozen=True, slots=True)
class Post:
    """What an admin sees of the mail: never a text, which may hold somebody's code."""

    waiting: tuple[Mail, ...]
    failed: tuple[Mail, ...]
    waiting_count: int
    failed_count: int
    sent_count: int


def overview(site: Site, viewer: Viewer) -> Post:
    """The letters that wait and those that were given up, the newest first. Raises Forbidden for who is no admin."""
    _require_admin(viewer)
    waiting, failed, sent = Mail.next_at.is_not(None), Mail.given_up_at.is_not(None), Mail.sent_at.is_not(None)
    return Post(
        _newest(site, waiting), _newest(site, failed), *(_count(site, each) for each in (waiting, failed, sent))
    )


def retry(site: Site, viewer: Viewer, mail_id: int) -> None:
    """The letter is due now, with its full patience. Raises Conflict for one that is sent or of no use any more."""
    _require_admin(viewer)
    row, now = site.session.get(Mail, mail_id), site.clock.now()
    if row is None:
        raise NotFound(f"no letter {mail_id}")
    if row.sent_at is not None or (row.perishable and row.ends_at <= now):
        raise Conflict(
            "nothing to send again", "Ce courriel n’est plus à envoyer : son code a expiré, ou il est parti."
        )
    row.next_at, row.given_up_at, row.claimed_until, row.attempts = now, None, None, 0
    row.ends_at = row.ends_at if row.perishable else now + PATIENCE
    site.wake(MAIL)


def post_test(site: Site, viewer: Viewer, to: str, subject: str, text: str) -> Mail:
    """A letter by which an admin sees that mail arrives. Raises Forbidden for anybody else."""
    _require_admin(viewer)
    return post(site, TEST, to, subject, text)


def trial(site: Site, to: str, subject: str, text: str) -> Letter:
    """A letter that no row holds, for somebody who waits at the terminal for the server's answer."""
    now = site.clock.now()
    return _letter(
        site, Mail(id=0, recipient=clean_mail(to), subject=subject, text=text, language="fr", created_at=now)
    )


def shown_in_demonstration(site: Site) -> list[Mail]:
    """The last letters with their texts: only for a demonstration, where nothing is sent and nobody is real."""
    return list(site.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(SHOWN)))


def _newest(site: Site, which: ColumnElement[bool]) -> tuple[Mail, ...]:
    return tuple(site.session.scalars(select(Mail).where(which).order_by(Mail.id.desc()).limit(SHOWN)))


def _count(site: Site, which: ColumnElement[bool]) -> int:
    return site.session.scalar(select(func.count()).select_from(Mail).where(which)) or 0


def _require_admin(viewer: Viewer) -> None:
    if not may_administer_mail(viewer):
        raise Forbidden("not an admin", NOT_ADMIN)


def _decide(row: Mail, outcome: Posted, now: datetime) -> None:
    if outcome.trouble is None:
        row.sent_at, row.next_at = now, None
        return
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 16), LONGEST_PAUSE)
    row.next_at = now + pause
    if outcome.final or row.next_at >= row.ends_at:
        row.next_at, row.given_up_at = None, now


def _free(now: datetime) -> ColumnElement[bool]:
    return claims.free(Mail.claimed_until, now)


def _letter(site: Site, row: Mail) -> Letter:
    host = site.settings.host.partition(":")[0]
    number = f"{row.id}.{round(row.created_at.timestamp() * 1000)}"  # the same at every try: a double is recognised
    return Letter(
        mail_id=row.id,
        sender_name=one_line(site.settings.name),
        sender=site.settings.mail.sender,
        recipient=row.recipient,
        subject=row.subject,
        text=row.text,
        message_id=f"<{number}@{host}>",
        language=row.language,
        date=row.created_at,
    )
