"""What hangs on the messages of one page, in one statement however much there is of it.

Supports, pictures, mentions, who wants a message hidden and why, and what was done with its thread: each is a part of a
union, asked only when the rows of the messages say that there may be some. The columns of the union are five numbers
and four texts; what they mean is said in each part, and read back in the function of the same name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, Select, Text, case, cast, exists, func, null, select, type_coerce, union_all

from pop_forum.domain.mentions import Named
from pop_forum.domain.moderation import Act, Reason
from pop_forum.models import (
    Decision,
    Deletion,
    Mention,
    Person,
    Picture,
    PictureRequest,
    Post,
    PostPicture,
    Support,
    ThreadAct,
)
from pop_forum.models.base import instant
from pop_forum.services import deletions
from pop_forum.services.arranging import ACTS_SHOWN
from pop_forum.services.deletions import Wishes
from pop_forum.services.discussions import ActLine
from pop_forum.services.pictures import Shown, shown_of
from pop_forum.services.profiles import key_in
from pop_forum.services.site import Site

SUPPORTS_KEPT = 2_000  # tokens of one page, given on this site: a page with more is built anew for each reader
NUMBERS, TEXTS = 5, 4
NO_NUMBER, NO_TEXT = cast(null(), BigInteger), cast(null(), Text)


@dataclass(slots=True)
class Parts:
    """What hangs on the messages of one page: by their `uri`, but pictures and mentions by their number."""

    supports: dict[str, tuple[int, bool]] = field(default_factory=dict)  # how many, and whether the reader is one
    tokens: dict[str, frozenset[str]] = field(default_factory=dict)  # of who supports from here
    pictures: dict[int, tuple[Shown, ...]] = field(default_factory=dict)
    named: dict[int, tuple[Named, ...]] = field(default_factory=dict)
    asked: dict[str, dict[str, datetime]] = field(default_factory=dict)  # who wants a message hidden since when
    reasons: dict[str, Reason] = field(default_factory=dict)  # why they were hidden here
    acts: tuple[ActLine, ...] = ()
    wishes: dict[str, Wishes] = field(default_factory=dict)

    @property
    def supporters(self) -> Mapping[str, frozenset[str]] | None:
        """The tokens of who supports each message from here; None when they are too many to be kept."""
        return self.tokens if sum(map(len, self.tokens.values())) <= SUPPORTS_KEPT else None


def of_page(site: Site, posts: Sequence[Post], mine: Sequence[str] | None, acted: int | None = None) -> Parts:
    """What hangs on these messages; the supports with the tokens in `mine` are the reader's.

    Without `mine` the page is for many, and the tokens of all who support from here are given. `acted` is the number of
    the thread when the moderation did something with it.
    """
    uris, hidden = [post.uri for post in posts], {post.uri: post for post in posts if post.deleted_at is not None}
    asked = [_supports(uris, mine or ())]
    if mine is None:
        asked.append(_tokens(uris, site.settings.host))
    if pictured := [post.id for post in posts if post.pictures]:
        asked.append(_pictures(pictured))
    if naming := [post.id for post in posts if "@" in post.html]:
        asked.append(_named(naming))
    if hidden:
        asked += (_wishes(hidden), _reasons(hidden))
    if acted is not None:
        asked.append(_acts(acted))
    found = Parts()
    for row in sorted(site.session.execute(union_all(*asked)).all(), key=_in_order):
        _READ[row.part](found, row)
    found.wishes = deletions.told(site, hidden, found.asked)
    return found


def _in_order(row: Any) -> tuple[str, int, int]:
    return row.part, row.n0 or 0, row.n1 or 0


def _columns(part: str, numbers: Iterable[Any], texts: Iterable[Any]) -> Select[Any]:
    given = ([*numbers], [*texts])
    filled = [*given[0], *[NO_NUMBER] * (NUMBERS - len(given[0]))], [*given[1], *[NO_TEXT] * (TEXTS - len(given[1]))]
    named = [
        each.label(f"{letter}{at}") for letter, row in zip("nt", filled, strict=True) for at, each in enumerate(row)
    ]
    return select(cast(part, Text).label("part"), *named)


def _supports(uris: Sequence[str], mine: Sequence[str]) -> Select[Any]:
    """How many support each message, whether the reader does; its id."""
    own = func.max(case((Support.token.in_(mine), 1), else_=0)) if mine else cast(0, BigInteger)
    rows = _columns("supports", (func.count(), own), (Support.object_uri,))
    return rows.where(Support.object_uri.in_(uris), Support.active).group_by(Support.object_uri)


def _read_supports(found: Parts, row: Any) -> None:
    found.supports[row.t0] = (row.n0, bool(row.n1))


def _tokens(uris: Sequence[str], host: str) -> Select[Any]:
    """The id of a message, and the token of one supporter of this site."""
    given = (Support.object_uri.in_(uris), Support.host == host, Support.active)
    some = select(Support.object_uri, Support.token).where(*given).limit(SUPPORTS_KEPT + 1).subquery()
    return _columns("tokens", (), (some.c.object_uri, some.c.token))


def _read_tokens(found: Parts, row: Any) -> None:
    found.tokens[row.t0] = found.tokens.get(row.t0, frozenset()) | {row.t1}


def _pictures(ids: Sequence[int]) -> Select[Any]:
    """The message and the place of a picture, its width, height and size; its name and what it shows."""
    awaited = exists().where(PictureRequest.digest == PostPicture.digest, PictureRequest.due_at.is_not(None))
    numbers = (PostPicture.post_id, PostPicture.position, Picture.width, Picture.height, Picture.size)
    rows = _columns("pictures", numbers, (PostPicture.digest, PostPicture.alt, case((awaited, "1"), else_="")))
    return rows.outerjoin(Picture, Picture.digest == PostPicture.digest).where(PostPicture.post_id.in_(ids))


def _read_pictures(found: Parts, row: Any) -> None:
    one = shown_of(row.t0, row.t1, (row.n2, row.n3, row.n4), awaited=bool(row.t2))
    found.pictures[row.n0] = (*found.pictures.get(row.n0, ()), one)


def _named(ids: Sequence[int]) -> Select[Any]:
    """The message and the person that it names; as they were typed, and are called now."""
    rows = _columns("named", (Mention.post_id, Mention.person_id), (Mention.typed, Person.name, Person.uri))
    return rows.join(Person, Person.id == Mention.person_id).where(Mention.post_id.in_(ids))


def _read_named(found: Parts, row: Any) -> None:
    one = Named(row.t0, row.t1, key_in(row.t1, row.t2))
    found.named[row.n0] = (*found.named.get(row.n0, ()), one)


def _wishes(uris: Iterable[str]) -> Select[Any]:
    """Since when somebody wants a message hidden; its id, and theirs."""
    rows = _columns("wishes", (type_coerce(Deletion.at, BigInteger),), (Deletion.object_uri, Deletion.actor))
    return rows.where(Deletion.object_uri.in_(list(uris)), Deletion.active)


def _read_wishes(found: Parts, row: Any) -> None:
    found.asked.setdefault(row.t0, {})[row.t1] = instant(row.n0)


def _reasons(uris: Iterable[str]) -> Select[Any]:
    """The number of the decision that hid a message; its id, and why."""
    rows = _columns("reasons", (Decision.id,), (Decision.object_uri, Decision.reason))
    return rows.where(Decision.object_uri.in_(list(uris)), Decision.act == Act.HIDE.value)


def _read_reasons(found: Parts, row: Any) -> None:
    found.reasons[row.t0] = Reason(row.t1)


def _acts(thread_id: int) -> Select[Any]:
    """The number of an act, and when it was; what, why, where to and by whom."""
    last = (
        select(ThreadAct.id, ThreadAct.at, ThreadAct.act, ThreadAct.sentence, ThreadAct.moved_to, Person.name)
        .join(Person, Person.id == ThreadAct.moderator_id)
        .where(ThreadAct.thread_id == thread_id)
        .order_by(ThreadAct.id.desc())
        .limit(ACTS_SHOWN)
        .subquery()
    ).c
    numbers = (last.id, type_coerce(last.at, BigInteger))
    return _columns("acts", numbers, (last.act, last.sentence, last.moved_to, last.name))


def _read_acts(found: Parts, row: Any) -> None:
    found.acts = (*found.acts, ActLine(row.t0, row.t1, row.t2, instant(row.n1), row.t3))


_READ: Mapping[str, Callable[[Parts, Any], None]] = MappingProxyType({
    "acts": _read_acts,
    "named": _read_named,
    "pictures": _read_pictures,
    "reasons": _read_reasons,
    "supports": _read_supports,
    "tokens": _read_tokens,
    "wishes": _read_wishes,
})  # fmt: skip
