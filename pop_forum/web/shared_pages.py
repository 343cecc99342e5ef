"""The page of a discussion for who is signed in: what all who hold the same roles see is kept, the rest put in.

What is kept is rendered for a stand-in: somebody with these roles who has written, read and supported nothing, and has
no name. So it cannot be one person's. It holds while the rows of page_versions.py say so, as visitors' pages do.

Its messages are compressed once for all to whom they look the same; what stands before and after is each reader's own.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from flask import Flask, Response, current_app, make_response, render_template, request, session
from markupsafe import Markup, escape

from pop_forum import page_versions
from pop_forum.commune import Commune
from pop_forum.domain import french
from pop_forum.services import readings, thread_pages, thread_readers
from pop_forum.services.discussions import Message, ThreadPage
from pop_forum.services.network_pages import Communes, communes
from pop_forum.services.sign_ins import SignedIn
from pop_forum.services.site import Site
from pop_forum.services.thread_readers import Look
from pop_forum.web import done
from pop_forum.web.compression import accepts_gzip
from pop_forum.web.display import display
from pop_forum.web.drafts import new_submission
from pop_forum.web.forms import ReplyForm
from pop_forum.web.fragments import FRAGMENTS, MESSAGE, for_many, place, remembered, split, with_token
from pop_forum.web.language import language
from pop_forum.web.packing import Packed, gzipped, pack
from pop_forum.web.pictures import loading, slots_of
from pop_forum.web.sessions import PENDING
from pop_forum.web.truth import SHOWN_SECONDS, Truth, next_midnight
from pop_forum.web.viewer import commune

MAX_BYTES = 8 * 1024 * 1024  # per process, shared by its communes
MAX_PAGE_BYTES = 1024 * 1024  # a larger page is built anew each time
OVERHEAD_BYTES = 2_048  # of a message or a page beside its words, which are held twice: rendered, and as values
EXTENSION = "pop_forum.shared_pages"
NOBODY = 0  # the number of no person
POSTS, NAV, POLLS = "_macros/posts.html", "_macros/nav.html", "_macros/polls.html"
FLASHES = "_flashes"  # Flask's key for sentences that wait for the next page

Different = tuple[Message, Look]
Looks = tuple[tuple[int, Look], ...]
Name = TypeVar("Name", bound=Hashable)
Part = TypeVar("Part", bytes, Packed)


@dataclass(slots=True)
class Shared:
    """One page, as the stand-in sees it, in pieces."""

    page: ThreadPage
    supported: Mapping[str, frozenset[str]]
    pieces: list[bytes]
    places: Mapping[str, int]  # where in the pieces what is one's own goes, by name
    messages: slice  # where in the pieces the messages stand, from the `first` one on
    subjects: tuple[str, ...]
    versions: tuple[int, ...]
    until: float
    weight: int
    first: int = 0  # the number of a message: a poll stands between the opening one and the others
    looks: dict[tuple[int, Look], bytes] = field(default_factory=dict)  # messages as some see them, by number
    middles: dict[Looks, Packed] = field(default_factory=dict)  # all messages, by those that look different


class Shelf:
    """The pages of one process: the least recently asked for make room."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._pages: OrderedDict[Hashable, Shared] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def weight(self) -> int:
        """How much the pages weigh, as far as it is counted."""
        return self._bytes

    def get(self, key: Hashable) -> Shared | None:
        """The page kept under this key."""
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def put(self, key: Hashable, page: Shared) -> None:
        """Nothing; the page is kept, unless it alone is too large."""
        if page.weight > MAX_PAGE_BYTES:
            return
        with self._lock:
            self._drop(key)
            self._pages[key] = page
            self._bytes += page.weight
            self._make_room()

    def add(self, key: Hashable, page: Shared, kept: dict[Name, Part], name: Name, part: Part) -> None:
        """Nothing; one more part of the page is kept under this name, in the dictionary of the page that it is for."""
        with self._lock:
            if self._pages.get(key) is not page or name in kept:
                return
            kept[name] = part
            weight = len(part.deflated if isinstance(part, Packed) else part) + OVERHEAD_BYTES
            page.weight += weight
            self._bytes += weight
            self._make_room()

    def _make_room(self) -> None:
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._pages)))

    def _drop(self, key: Hashable) -> None:
        former = self._pages.pop(key, None)
        if former is not None:
            self._bytes -= former.weight


SHELF = Shelf()


class SharedPages(Truth):
    """The pages of one commune's discussions, on the shelf of the process."""

    def __init__(self, commune: Commune, shelf: Shelf) -> None:
        super().__init__(commune)
        self._shelf = shelf
        self._known: tuple[int, Communes] | None = None

    def show(self, account: SignedIn, key: str, number: int) -> tuple[ThreadPage, Response] | None:
        """The page as this account sees it; None when it must be built for it alone. Raises NotFound."""
        stand_in = _stand_in(account)
        name = (self, key, number, language(), display().key, loading(), request.root_path, stand_in.viewer)
        shared, versions = self._shelf.get(name), None
        if shared is not None:
            holds, versions = self._compared(shared)
            shared = shared if holds else None
        with self._commune.reading() as site:
            reply = f"/discussions/{key}/repondre"
            kept = thread_readers.kept(site, account, key, reply, shared.page if shared else None)
            if kept is None or kept.alone:
                return None
            if shared is None:
                shared = self._build(site, stand_in, key, number, versions)
                if shared is None:
                    return None
                self._shelf.put(name, shared)
            page = thread_readers.own(site, account, shared.page, kept)
        different = [*thread_readers.looks(self._commune.secret, account, page, shared.supported)]
        if any(look.mine and message.deleted_at is not None for message, look in different):
            return None  # the words of one's own deleted message are not kept
        pieces, messages = shared.pieces.copy(), shared.messages
        inside = [one for one in different if one[0].number >= shared.first]
        if len(inside) < len(different):
            self._put(pieces, name, shared, page, account, different[:1])
        middle = self._middle(name, shared, page, account, inside)
        for what, value in _own(account, page).items():
            if what in shared.places:
                pieces[shared.places[what]] = value.encode()
        head, tail = (with_token(b"".join(part)) for part in (pieces[: messages.start], pieces[messages.stop :]))
        return page, _answer(head, middle, tail)

    def _middle(
        self, name: Hashable, shared: Shared, page: ThreadPage, account: SignedIn, different: Sequence[Different]
    ) -> Packed:
        """The messages as this account sees them."""
        looks = tuple((message.number, look) for message, look in different)
        middle = shared.middles.get(looks)
        if middle is None:
            pieces = shared.pieces.copy()
            self._put(pieces, name, shared, page, account, different)
            middle = pack(b"".join(pieces[shared.messages]))
            self._shelf.add(name, shared, shared.middles, looks, middle)
        return middle

    def _put(
        self,
        pieces: list[bytes],
        name: Hashable,
        shared: Shared,
        page: ThreadPage,
        account: SignedIn,
        different: Sequence[Different],
    ) -> None:
        """Put these messages where they stand, as this account sees them."""
        for message, look in different:
            piece = shared.looks.get((message.number, look))
            if piece is None:
                piece = _piece(page, thread_readers.seen(account.viewer, page, message, look))
                self._shelf.add(name, shared, shared.looks, (message.number, look), piece)
            pieces[shared.places[f"{MESSAGE}{message.number}"]] = piece

    def _communes_of(self, site: Site, version: int) -> Communes:
        """The communes whose content is shown: as long as this version of `all` holds, those of last time."""
        known = self._known
        if known is None or known[0] != version:
            known = self._known = version, communes(site)
        return known[1]

    def _build(
        self, site: Site, stand_in: SignedIn, key: str, number: int, versions: tuple[int, ...] | None
    ) -> Shared | None:
        """The page for all who hold these roles; None when it may not be kept.

        Its versions are of the same snapshot, or of one before: then it is at worst built once more than needed.
        """
        subjects = (page_versions.ANY, page_versions.ALL, page_versions.thread(key))
        now, monotonic = self._commune.clock.now(), self._monotonic()
        versions = versions or page_versions.read(site.session, subjects)
        known = self._communes_of(site, versions[subjects.index(page_versions.ALL)])
        page, supported = thread_pages.for_many(site, stand_in.viewer, key, number, known)
        if supported is None:
            return None
        with for_many(stand_in) as values:
            form = ReplyForm(formdata=None, data={})
            text = render_template(
                "threads/show.html",
                page=page,
                form=form,
                kept=None,
                envoi=place("envoi"),
                preview=None,
                slots=slots_of(()),
                fault="",
            )
        pieces = split(text)
        names = pieces[1::2]
        pieces[1::2] = [str(values.get(name, "")) for name in names]
        encoded = [piece.encode() for piece in pieces]
        until = monotonic + min(SHOWN_SECONDS, (_changes_at(page, now) - now).total_seconds())
        weight = 2 * sum(map(len, encoded)) + (len(page.replies) + 1) * OVERHEAD_BYTES
        places = {name: 2 * at + 1 for at, name in enumerate(names)}
        first = 0 if page.poll.shown is None else 1
        shown = [message.number for message in readings.messages(page) if message.number >= first]
        numbers = [places[f"{MESSAGE}{number}"] for number in shown] or [len(pieces)]
        messages = slice(min(numbers), max(numbers) + 1)
        return Shared(page, supported, encoded, places, messages, subjects, versions, until, weight, first)


def install(app: Flask, shelf: Shelf = SHELF) -> None:
    """This app keeps its discussions' pages on this shelf."""
    app.extensions[EXTENSION] = SharedPages(app.extensions["pop_forum"], shelf)


def of_thread(account: SignedIn, key: str, number: int) -> tuple[ThreadPage, Response] | None:
    """The page of a discussion as this account sees it; None when something in it is only for this one answer."""
    if request.args.get("page", str(number)) != str(number):  # written otherwise than our links do
        return None
    if FLASHES in session or PENDING in session or done.waits():
        return None
    pages: SharedPages = current_app.extensions[EXTENSION]
    return pages.show(account, key, number)


def _answer(head: bytes, middle: Packed, tail: bytes) -> Response:
    """The three parts as one page, compressed where that is understood."""
    if not accepts_gzip():
        return make_response(b"".join((head, middle.plain, tail)))
    answer = make_response(gzipped(head, middle, tail))
    answer.content_encoding = "gzip"
    return answer


def _stand_in(account: SignedIn) -> SignedIn:
    """Somebody who may do what this account may do, and has done nothing."""
    suspended = datetime.max.replace(tzinfo=UTC) if account.suspended_until is not None else None
    return SignedIn(
        person_id=NOBODY,
        uri="",
        name=place("name"),
        mail="",
        role=account.role,
        language=None,
        shared=False,
        suspended_until=suspended,
        stale=False,
        news=0,
        grants=account.grants,
        agreed=account.agreed,
        shares=account.shares,
    )


def _own(account: SignedIn, page: ThreadPage) -> dict[str, str]:
    """What stands at each place of the page but the messages."""
    about = (commune().settings.host, page.key, language())
    values = (page.key, page.unread, page.followed, page.may_arrange, "open" in page.poll.may)
    return {
        **_own_poll(account, page, about),
        "person": str(account.person_id),
        "name": str(escape(account.name)),
        "news": FRAGMENTS.render(("news", language(), account.news), _macro(NAV, "unseen"), account.news),
        "reports": FRAGMENTS.render(("reports", language(), account.reports), _macro(NAV, "to_judge"), account.reports),
        "acts": FRAGMENTS.render(("acts", *about, *values), _macro(POSTS, "own_acts"), *values),
        "envoi": new_submission(),
    }


def _own_poll(account: SignedIn, page: ThreadPage, about: tuple[str, ...]) -> dict[str, str]:
    """The poll as this account sees it, where the page has one."""
    part, year = page.poll, french.in_paris(commune().clock.now()).year  # dates of another year say theirs
    if part.shown is None:
        return {}
    values = (page.key, part.shown, part.choices, part.may, _stand_in(account))
    looks = (part.choices, part.may, account.suspended_until is None, account.agreed)
    return {"poll": FRAGMENTS.render(("poll", *about, year, *looks), _macro(POLLS, "poll"), *values)}


def _changes_at(page: ThreadPage, now: datetime) -> datetime:
    """When the page shows something else without anybody writing: the day changes, or a poll ends."""
    poll, midnight = page.poll.shown, next_midnight(now)
    return midnight if poll is None or poll.ended else min(midnight, poll.ends_at)


def _piece(page: ThreadPage, message: Message) -> bytes:
    """A message as somebody sees it."""
    return remembered(_macro(POSTS, "reply" if message.number else "opening"), message, page.key).encode()


def _macro(template: str, name: str) -> Callable[..., Markup]:
    macro: Callable[..., Markup] = getattr(current_app.jinja_env.get_template(template).module, name)
    return macro
