"""Where other communes read journals (ours, and those we hold), push theirs, and send invitations. All is signed."""

from dataclasses import dataclass

from flask import Blueprint, Response, after_this_request, current_app, request
from werkzeug.exceptions import UnsupportedMediaType

from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.federation import pages
from pop_forum.federation.identifiers import Fingerprint
from pop_forum.federation.vocabulary import CONTENT_TYPE
from pop_forum.models import Peer
from pop_forum.services import authentication, catchup, envelopes, journal, nightly, peers, sync
from pop_forum.services.site import Site
from pop_forum.web import rates
from pop_forum.web.negotiation import ACTIVITY_TYPES
from pop_forum.web.sessions import csrf
from pop_forum.web.viewer import commune

MAX_SINCE = 2**53 - 1
# A page holds up to 500 entries: no healthy commune comes near. The bench raises it (PEER_REQUESTS_PER_MINUTE).
REQUESTS_PER_MINUTE = 6_000

blueprint = Blueprint("journal", __name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader asks for: the entries after `since`, of an epoch when it is named."""

    since: int
    epoch: int | None
    whole: bool  # also what lies beyond the end of a past epoch


@blueprint.get("/journal")
def vector() -> Response:
    """Where we stand in every journal we hold, for a peer that compares."""
    with commune().reading() as site:
        peer = _peer(site, b"")
        back = peers.is_back(site, peer)
        answer = Response(
            sync.vector(site, peer.host), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-cache"}
        )
    if back:  # what waits for it goes out now; every other call writes nothing
        commune().in_passing(lambda site: peers.note_call(site, peers.by_host(site, peer.host)))
    return answer


@blueprint.get("/empreintes")
def digests() -> Response:
    """What we showed of the network last night, for a peer that compares it with what it shows."""
    with commune().reading() as site:
        _peer(site, b"")
        return Response(nightly.document(site), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-cache"})


@blueprint.get("/journal/<name>")
def read(name: str) -> Response:
    """A page of one of our journals, for a peer that carries it."""
    return _read(commune().settings.host, name)


@blueprint.get("/journal/<host>/<name>")
def mirror(host: str, name: str) -> Response:
    """A page of what we hold of another site's journal, byte for byte, for a peer that carries journals of its name."""
    return _read(host, name)


@blueprint.post("/journal/<name>")
def push(name: str) -> Response:
    """Our position in the sender's journal: 200 when the page was taken, 409 when it does not join ours.

    What is missing before it is pulled: an origin that pushes may not come back soon.
    """
    body = _body()
    with commune().transaction() as site:
        peer = _peer(site, body)
        _refuse_uncarried(site, peer, name)
        root = Fingerprint(peer.fingerprint or "")
        try:
            taken = catchup.receive_page(site, peer.host, root, name, body, sender=peer.host)
        except Conflict as error:
            current_app.logger.info("page of %s/%s refused: %s", peer.host, name, error)
            return _position(site, peer.host, name, 409)
        if taken.more and not taken.accepted:
            sync.ask(site, peer)
        peers.note_call(site, peer)
        return _position(site, peer.host, name, 200 if taken.accepted else 409)


@blueprint.post("/boite")
def inbox() -> Response:
    """202 once the letter is kept; what it leads to is decided by the worker."""
    body = _body()
    with commune().transaction() as site:
        try:
            envelopes.keep(site, request.method, _target(), dict(request.headers), body)
        except authentication.UnknownKey as error:
            _ask_key(error)
            raise
    return Response(status=202)


def _ask_key(error: authentication.UnknownKey) -> None:
    """Nothing; once this request is answered, the peer's journals are read for its key, at most now and then."""

    @after_this_request
    def ask(response: Response) -> Response:
        with commune().reading() as site:
            is_due = sync.is_key_due(site, error.host)
        if is_due:
            commune().in_passing(lambda site: sync.ask_key(site, error.host))
        return response


for view in (push, inbox):
    csrf.exempt(view)  # no cookie counts here: the signature says who asks


def _read(host: str, name: str) -> Response:
    """The page that was asked for, or 304. Raises as `journal.page` does, and Forbidden before it says what is held."""
    with commune().reading() as site:
        peer = _peer(site, b"")
        _refuse_uncarried(site, peer, name)
        question = _question()
        etag = journal.etag(site, name, question.since, question.epoch, host, whole=question.whole)
        if etag in request.headers.get("If-None-Match", "").replace(" ", "").split(","):
            return _answer(b"", 304, etag)
        return _answer(journal.page(site, name, question.since, question.epoch, host, whole=question.whole), 200, etag)


def _body() -> bytes:
    """The body, of a type that we read, not compressed, and below MAX_CONTENT_LENGTH (rows 51 and 52)."""
    if request.mimetype not in ACTIVITY_TYPES or request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType(f"{request.mimetype} {request.headers.get('Content-Encoding', '')}")
    return request.get_data(cache=False)


def _target() -> str:
    """The path with its query, as it was signed."""
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def _peer(site: Site, body: bytes) -> Peer:
    """The peer that signed this request. Raises Unauthenticated, Forbidden or TooMany, in this order."""
    try:
        peer = authentication.exchanging_peer(site, request.method, _target(), dict(request.headers), body)
    except authentication.UnknownKey as error:
        _ask_key(error)
        raise
    allowed = current_app.config.get("PEER_REQUESTS_PER_MINUTE", REQUESTS_PER_MINUTE)
    rates.check(rates.rate(f"{allowed} per minute"), "journal", peer.host)
    return peer


def _refuse_uncarried(site: Site, peer: Peer, name: str) -> None:
    """Raises Forbidden for a journal that the two communes have not agreed to carry."""
    if name not in {link.journal for link in peers.links_of(site, peer)}:
        raise Forbidden(f"{name[:40]!r} is not carried with {peer.host}")


def _question() -> Question:
    since = _number("since", 0)
    if since is None:
        raise InvalidInput("no since")
    epoch, whole = _number("epoch", None), _number("whole", 0)
    if epoch == 0:
        raise InvalidInput("epochs are numbered from 1")
    if whole not in (0, 1):
        raise InvalidInput("whole must be 0 or 1")
    return Question(since, epoch, whole=whole == 1)


def _number(name: str, default: int | None) -> int | None:
    """The number under this parameter, named once at most; another sign than a digit is refused (row 74)."""
    values = request.args.getlist(name)
    if not values:
        return default
    if len(values) > 1:
        raise InvalidInput(f"{name} is named {len(values)} times")
    text = values[0]
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or int(text) > MAX_SINCE:
        raise InvalidInput(f"{name} must be a number, not {text[:40]!r}")
    return int(text)


def _position(site: Site, host: str, name: str, status: int) -> Response:
    """Where we stand in this journal, as the body of an answer; null before its first entry."""
    row = journal.find(site, host, name)
    position = None if row is None else journal.position_of(row)
    return Response(pages.answer(position), status, content_type="application/json")


def _answer(body: bytes, status: int, etag: str) -> Response:
    response = Response(body, status, content_type=CONTENT_TYPE)
    response.headers.update({"ETag": etag, "Cache-Control": "no-cache"})
    return response
