"""Drafts: what somebody has typed in a form and not sent, or sent before signing in.

An account finds its drafts on every device. A visitor writes first and says who she is afterwards: her text waits
here, bound to a random token in her own browser's cookie, and nobody else can read it (row 92).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, or_, select, update

from pop_forum.errors import InvalidInput, TooLarge, TooMany
from pop_forum.models import Draft, DraftSave, Post
from pop_forum.services import attempts
from pop_forum.services.draft_fields import FIELDS, MORE, SHORT, TYPED, fields_of, words
from pop_forum.services.site import Site

DRAFT_DAYS = 30  # an unfinished text of an account
PENDING_DAYS = 2  # a visitor's: long enough for a mail to arrive and for a night
LATE_HOURS = 1  # a save that was on its way for longer is nobody's: the door waits for ten seconds
SUBMISSION_DAYS = 7  # how long a form that was sent is known again: a tab may stay open over a week
DRAFT_BYTES = 120_000  # the longest message in four-byte letters, with its title
DRAFTS_PER_ACCOUNT = 100  # beyond, the oldest goes
PENDING_PER_BROWSER = 5
PENDING_PER_NETWORK, PENDING_WINDOW = 20, timedelta(hours=1)
PENDING_IN_ALL = 5_000
TOKEN_LETTERS = 26  # 130 bits
_PLACE = re.compile(
    r"/(?:discussions/[a-z2-7]{12}/(?:repondre|sondage|clore|epingler|deplacer)|messages/[a-z2-7]{12}/(?:modifier|signaler)"
    r"|moderation/messages/[a-z2-7]{12}(?:/sondage)?"
    r"|quotidien/ouvrir"
    r"|programme/(?:notre-programme/ajouter|editions/publier)"
    r"|programme/[a-z0-9~-]{1,100}/(?:ouvrir|adapter|reviser|changements|budget/chiffrer(?:-texte-commun)?"
    r"|ecarter|ameliorer|ameliorations/[A-Za-z0-9:-]{1,80}(?:/avis)?)|ameliorations/atelier"
    r"|administration/(?:personnes/[0-9]{1,10}/roles|reseau/[0-9]{1,10}/decider))"
)
_TOO_MANY_WAIT = "Trop de textes attendent déjà ici. Connectez-vous d’abord : votre texte reste dans ce formulaire."

# Built once, and run without objects: every message that is sent forgets its draft. NULL equals nothing.
_OURS = and_(
    Draft.place == bindparam("place"),
    or_(Draft.account_id == bindparam("account"), Draft.browser == bindparam("browser")),
)
_FORGET = delete(Draft).where(_OURS)
_HELD = select(*Draft.__table__.columns).where(_OURS)
_DROP = delete(Draft).where(Draft.id == bindparam("draft"))
_MOVE_ON = (
    update(DraftSave)
    .where(DraftSave.page == bindparam("of_page"), DraftSave.number < bindparam("newer"))
    .values(number=bindparam("newer"), saved_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose drafts: an account's, a browser's (the token in its cookie), or both just after signing in."""

    account_id: int | None
    token: str | None = None

    @property
    def browser(self) -> str | None:
        """What is kept of the token."""
        return hashlib.sha256(self.token.encode()).hexdigest() if self.token else None


@dataclass(frozen=True, slots=True)
class Turn:
    """Which save of its page this is: the numbers of one page grow."""

    page: str
    number: int


@dataclass(frozen=True, slots=True)
class Source:
    """The form that a draft comes from: the name of one that publishes, what `version_of` said of the message when a
    form for changing it was filled, and which save of its page it is.
    """

    submission: str | None = None
    version: str | None = None
    turn: Turn | None = None


NO_SOURCE = Source()


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent: what it held, the tab and the form it was typed in, when the draft it was filled with was
    saved.
    """

    fields: Mapping[str, str]
    turn: Turn | None = None
    submission: str | None = None
    filled: str | None = None

    def held(self, draft: Mapping[str, Any]) -> bool:
        """Whether this draft is of what was sent: of its tab or its form, what filled it, or the same words. What
        nobody knows the tab of was kept by a form that was sent.
        """
        if draft["browser"] is not None or draft["origin"] is None or draft["origin"] in self._origins:
            return True
        return moment_of(draft["saved_at"]) == self.filled or words(fields_of(draft)) == words(self.fields)

    @property
    def _origins(self) -> tuple[str | None, str | None]:
        return (self.turn.page if self.turn else None, self.submission)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a form held, and when."""

    fields: Mapping[str, str]
    saved_at: datetime

    @property
    def moment(self) -> str:
        """The name of the moment when it was saved, for the form that is filled with it."""
        return moment_of(self.saved_at)


def find(site: Site, holder: Holder, place: str) -> Kept | None:
    """The newest draft of this holder for this form."""
    newest = select(Draft).where(Draft.place == place, _held_by(holder)).order_by(Draft.saved_at.desc()).limit(1)
    row = site.session.scalar(newest)
    if row is None:
        return None
    return Kept(fields_of({name: getattr(row, name) for name in (*FIELDS, "more")}), row.saved_at)


def save(site: Site, account_id: int, place: str, typed: Mapping[str, str], source: Source = NO_SOURCE) -> datetime:
    """When the draft was saved; an emptied form forgets it.

    A draft that comes late is not kept: from a form that was sent meanwhile, or after a newer one of the same page.
    """
    fields = _checked(place, typed)
    one_at_a_time(site, account_id)
    mine = Draft.account_id == account_id
    late = _comes_late(site, account_id, place, source.turn)
    if late:
        return site.clock.now()
    if not any(TYPED.fullmatch(name) for name in fields):
        site.session.execute(delete(Draft).where(mine, Draft.place == place))
    elif not _was_sent(site, account_id, place, fields.get("text", ""), source, newer=late is False):
        origin = source.turn.page if source.turn else source.submission
        _put(site, mine, place, fields, account_id=account_id, origin=origin)
        _drop_oldest(site, mine, DRAFTS_PER_ACCOUNT)
    return site.clock.now()


def hold(
    site: Site, token: str, network: str, place: str, typed: Mapping[str, str], *, previewed: bool = False
) -> None:
    """A visitor's text, kept until she has said who she is. Raises TooMany, TooLarge.

    `previewed`: she only looks at it, and may do so often: only the first time counts as one more text.
    """
    fields = _checked(place, typed)
    browser = Holder(None, token).browser
    mine = Draft.browser == browser
    waiting = select(Draft.id).where(mine, Draft.place == place)
    if not previewed or site.session.scalar(waiting) is None:
        _refuse_too_many(site, network)
    _put(site, mine, place, fields, browser=browser)
    _drop_oldest(site, mine, PENDING_PER_BROWSER)


def _refuse_too_many(site: Site, network: str) -> None:
    """Nothing; raises TooMany when one more text of a visitor cannot wait here."""
    subject = attempts.network_key(site, network)
    attempts.count_act(site, "pending", subject, network, PENDING_PER_NETWORK, PENDING_WINDOW)
    waiting = select(func.count()).select_from(Draft).where(Draft.browser.is_not(None))
    if (site.session.scalar(waiting) or 0) >= PENDING_IN_ALL:
        raise TooMany("pending drafts", _TOO_MANY_WAIT, retry_after=3600)


def forget(site: Site, holder: Holder, place: str, turn: Turn | None = None) -> None:
    """Nothing; this form is empty again for this holder, and stays so when an older save of its page comes late."""
    one_at_a_time(site, holder.account_id)
    if holder.account_id is not None:
        _comes_late(site, holder.account_id, place, turn)
    values = {"place": place, "account": holder.account_id, "browser": holder.browser}
    site.session.connection().execute(_FORGET, values)


def forget_sent(site: Site, holder: Holder, place: str, sent: Sent) -> None:
    """Nothing; the draft of what was just sent is gone, and what another tab typed in the same form is kept."""
    one_at_a_time(site, holder.account_id)
    if holder.account_id is not None:
        _comes_late(site, holder.account_id, place, sent.turn)
    values = {"place": place, "account": holder.account_id, "browser": holder.browser}
    for draft in site.session.connection().execute(_HELD, values).all():
        if sent.held(draft._asdict()):
            site.session.connection().execute(_DROP, {"draft": draft.id})


def moment_of(saved_at: datetime) -> str:
    """The name of the moment when a draft was saved, for the form that is filled with it."""
    return str(round(saved_at.timestamp() * 1000))


def published_with(site: Site, author_id: int, submission: str) -> Post | None:
    """The message that this person published with this form, if she did."""
    return site.session.scalar(select(Post).where(Post.author_id == author_id, Post.submission == submission))


def version_of(post: Post) -> str:
    """The name of the present text of a message, and of its pictures."""
    return str(round((post.edited_at or post.published).timestamp() * 1000))


def purge(site: Site) -> None:
    """Nothing; drafts that waited too long are gone, and so are the names of forms sent long ago."""
    now = site.clock.now()
    site.session.execute(delete(DraftSave).where(DraftSave.saved_at <= now - timedelta(hours=LATE_HOURS)))
    waited = and_(Draft.browser.is_not(None), Draft.saved_at <= now - timedelta(days=PENDING_DAYS))
    site.session.execute(delete(Draft).where(or_(Draft.saved_at <= now - timedelta(days=DRAFT_DAYS), waited)))
    sent = and_(Post.submission.is_not(None), Post.received_at <= now - timedelta(days=SUBMISSION_DAYS))
    site.session.execute(update(Post).where(sent).values(submission=None))


def is_place(path: str) -> bool:
    """Whether a form with drafts is sent there."""
    return _PLACE.fullmatch(path) is not None


def check_place(place: str) -> str:
    """The same path. Raises InvalidInput when no form with drafts is sent there."""
    if not is_place(place):
        raise InvalidInput(f"no form at {place[:60]!r}")
    return place


def one_at_a_time(site: Site, account_id: int | None) -> None:
    """Returns once nobody else keeps or forgets a draft of this account, who could not see what was just sent."""
    if account_id is not None:
        site.one_at_a_time(f"drafts of {account_id}")


def _checked(place: str, typed: Mapping[str, str]) -> dict[str, str]:
    check_place(place)
    filled = {name: value.replace("\0", "") for name, value in typed.items() if value.strip()}
    fields = {name: value for name, value in filled.items() if name in FIELDS or MORE.fullmatch(name)}
    fields = {name: value for name, value in fields.items() if name not in SHORT or len(value) <= SHORT[name]}
    if sum(len(value.encode()) for value in fields.values()) > DRAFT_BYTES:
        raise TooLarge("draft")
    return fields


def _comes_late(site: Site, account_id: int, place: str, turn: Turn | None) -> bool | None:
    """Whether a newer save of the same page came before this one; None when none of this page came before.

    It is the newest of its page from now on when nothing newer came.
    """
    if turn is None:
        return None
    page = hashlib.sha256(f"{account_id} {turn.page} {place}".encode()).hexdigest()
    values = {"of_page": page, "newer": turn.number, "now": site.clock.now()}
    connection = site.session.connection()
    if connection.execute(_MOVE_ON, values).rowcount:
        return False
    if site.session.scalar(select(DraftSave.number).where(DraftSave.page == page)) is not None:
        return True
    connection.execute(insert(DraftSave), {"page": page, "number": turn.number, "saved_at": site.clock.now()})
    return None


def _was_sent(site: Site, account_id: int, place: str, text: str, source: Source, *, newer: bool) -> bool:
    """Whether this was sent meanwhile; not what was typed after the form was sent, when it is known to be `newer`."""
    sent = published_with(site, account_id, source.submission) if source.submission is not None else None
    if sent is not None:
        return not newer or sent.source == text.replace("\r\n", "\n").strip()
    if source.version is None or not place.startswith("/messages/"):
        return False
    post = site.session.scalar(select(Post).where(Post.key == place.split("/")[2]))
    return post is not None and version_of(post) != source.version


def _held_by(holder: Holder) -> ColumnElement[bool]:
    """Without an account or a token it is nobody's: NULL equals nothing."""
    mine = Draft.account_id == (-1 if holder.account_id is None else holder.account_id)
    return or_(mine, Draft.browser == holder.browser) if holder.token else mine


def _put(
    site: Site, mine: ColumnElement[bool], place: str, fields: dict[str, str], origin: str | None = None, **whose: Any
) -> None:
    row = site.session.scalar(select(Draft).where(mine, Draft.place == place))
    if row is None:
        row = Draft(place=place, **whose)
        site.session.add(row)
    for name in FIELDS:
        setattr(row, name, fields.get(name))
    row.origin = origin
    row.more = {name: value for name, value in fields.items() if name not in FIELDS} or None
    row.saved_at = site.clock.now()
    site.session.flush()


def _drop_oldest(site: Site, mine: ColumnElement[bool], most: int) -> None:
    over = select(Draft.id).where(mine).order_by(Draft.saved_at.desc(), Draft.id.desc()).offset(most)
    site.session.execute(delete(Draft).where(Draft.id.in_(site.session.scalars(over).all())))
