"""What hangs on the messages of one page, in one statement however much there is of it.

Supports, pictures, mentions, who wants a message hidden and why, and what was done with its thread: each is a part of a
union, asked only when the rows of the messages say that there may be some. The columns of the union are five numbers
and four texts; what they mean is said in each part, and read back in the function of the same name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    null,
    select,
    type_coerce,
    union_all,
)

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
    hidden = {post.uri: post for post in posts if post.deleted_at is not None}
    said = {
        "uris": [post.uri for post in posts],
        "mine": mine or (),
        "host": site.settings.host,
        "pictured": [post.id for post in posts if post.pictures],
        "naming": [post.id for post in posts if "@" in post.html],
        "hidden": list(hidden),
        "acted": acted,
    }
    asked = {
        "supports": True,
        "tokens": mine is None,
        "pictures": said["pictured"],
        "named": said["naming"],
        "wishes": hidden,
        "reasons": hidden,
        "acts": acted is not None,
    }
    found = Parts()
    statement = _union(tuple(name for name, wanted in asked.items() if wanted))
    for row in sorted(site.session.connection().execute(statement, said).all(), key=_in_order):
        _PARTS[row.part][1](found, row)
    found.wishes = deletions.told(site, hidden, found.asked)
    return found


@cache
def _union(names: tuple[str, ...]) -> Any:
    """The statement that asks for these parts: built once, for every page of a discussion asks."""
    return union_all(*(_PARTS[name][0]() for name in names))


def _any_of(name: str) -> Any:
    return bindparam(name, expanding=True)


def _in_order(row: Any) -> tuple[str, int, int]:
    return row.part, row.n0 or 0, row.n1 or 0


def _columns(part: str, numbers: Iterable[Any], texts: Iterable[Any]) -> Select[Any]:
    given = ([*numbers], [*texts])
    filled = [*given[0], *[NO_NUMBER] * (NUMBERS - len(given[0]))], [*given[1], *[NO_TEXT] * (TEXTS - len(given[1]))]
    named = [
        each.label(f"{letter}{at}") for letter, row in zip("nt", filled, strict=True) for at, each in enumerate(row)
    ]
    return select(cast(part, Text).label("part"), *named)


def _supports() -> Select[Any]:
    """How many support each message, whether the reader does; its id."""
    own = func.max(case((Support.token.in_(_any_of("mine")), 1), else_=0))
    rows = _columns("supports", (func.count(), own), (Support.object_uri,))
    return rows.where(Support.object_uri.in_(_any_of("uris")), Support.active).group_by(Support.object_uri)


def _read_supports(found: Parts, row: Any) -> None:
    found.supports[row.t0] = (row.n0, bool(row.n1))


def _tokens() -> Select[Any]:
    """The id of a message, and the token of one supporter of this site."""
    given = (Support.object_uri.in_(_any_of("uris")), Support.host == bindparam("host"), Support.active)
    some = select(Support.object_uri, Support.token).where(*given).limit(SUPPORTS_KEPT + 1).subquery()
    return _columns("tokens", (), (some.c.object_uri, some.c.token))


def _read_tokens(found: Parts, row: Any) -> None:
    found.tokens[row.t0] = found.tokens.get(row.t0, frozenset()) | {row.t1}


def _pictures() -> Select[Any]:
    """The message and the place of a picture, its width, height and size; its name and what it shows."""
    awaited = exists().where(PictureRequest.digest == PostPicture.digest, PictureRequest.due_at.is_not(None))
    numbers = (PostPicture.post_id, PostPicture.position, Picture.width, Picture.height, Picture.size)
    rows = _columns("pictures", numbers, (PostPicture.digest, PostPicture.alt, case((awaited, "1"), else_="")))
    return rows.outerjoin(Picture, Picture.digest == PostPicture.digest).where(
        PostPicture.post_id.in_(_any_of("pictured"))
    )


def _read_pictures(found: Parts, row: Any) -> None:
    one = shown_of(row.t0, row.t1, (row.n2, row.n3, row.n4), awaited=bool(row.t2))
    found.pictures[row.n0] = (*found.pictures.get(row.n0, ()), one)


def _named() -> Select[Any]:
    """The message and the person that it names; as they were typed, and are called now."""
    rows = _columns("named", (Mention.post_id, Mention.person_id), (Mention.typed, Person.name, Person.uri))
    return rows.join(Person, Person.id == Mention.person_id).where(Mention.post_id.in_(_any_of("naming")))


def _read_named(found: Parts, row: Any) -> None:
    one = Named(row.t0, row.t1, key_in(row.t1, row.t2))
    found.named[row.n0] = (*found.named.get(row.n0, ()), one)


def _wishes() -> Select[Any]:
    """Since when somebody wants a message hidden; its id, and theirs."""
    rows = _columns("wishes", (type_coerce(Deletion.at, BigInteger),), (Deletion.object_uri, Deletion.actor))
    return rows.where(Deletion.object_uri.in_(_any_of("hidden")), Deletion.active)


def _read_wishes(found: Parts, row: Any) -> None:
    found.asked.setdefault(row.t0, {})[row.t1] = instant(row.n0)


def _reasons() -> Select[Any]:
    """The number of the decision that hid a message; its id, and why."""
    rows = _columns("reasons", (Decision.id,), (Decision.object_uri, Decision.reason))
    return rows.where(Decision.object_uri.in_(_any_of("hidden")), Decision.act == Act.HIDE.value)


def _read_reasons(found: Parts, row: Any) -> None:
    found.reasons[row.t0] = Reason(row.t1)


def _acts() -> Select[Any]:
    """The number of an act, and when it was; what, why, where to and by whom."""
    last = (
        select(ThreadAct.id, ThreadAct.at, ThreadAct.act, ThreadAct.sentence, ThreadAct.moved_to, Person.name)
        .join(Person, Person.id == ThreadAct.moderator_id)
        .where(ThreadAct.thread_id == bindparam("acted"))
        .order_by(ThreadAct.id.desc())
        .limit(ACTS_SHOWN)
        .subquery()
    ).c
    numbers = (last.id, type_coerce(last.at, BigInteger))
    return _columns("acts", numbers, (last.act, last.sentence, last.moved_to, last.name))


def _read_acts(found: Parts, row: Any) -> None:
    found.acts = (*found.acts, ActLine(row.t0, row.t1, row.t2, instant(row.n1), row.t3))


# Of each part: how it is asked, and how its rows are read.
_PARTS: Mapping[str, tuple[Callable[[], Select[Any]], Callable[[Parts, Any], None]]] = MappingProxyType({
    "acts": (_acts, _read_acts),
    "named": (_named, _read_named),
    "pictures": (_pictures, _read_pictures),
    "reasons": (_reasons, _read_reasons),
    "supports": (_supports, _read_supports),
    "tokens": (_tokens, _read_tokens),
    "wishes": (_wishes, _read_wishes),
})  # fmt: skip
