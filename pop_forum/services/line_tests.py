"""Test messages between two communes: sent by the worker here, answered by the worker there, and timed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from pop_forum.domain.permissions import Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput, TooMany
from pop_forum.federation import line_tests
from pop_forum.federation.handshake import SiteActor
from pop_forum.federation.identifiers import site_actor_id
from pop_forum.federation.line_tests import Echo, LineTest, Test
from pop_forum.models import Delivery, Peer
from pop_forum.services import journal, outbox, peers
from pop_forum.services.authentication import EXCHANGING
from pop_forum.services.site import Site

NOT_LINKED = "Rien n’est échangé avec cette commune : un message d’essai n’y arriverait pas."
MAX_OPEN = 20  # letters that may be on their way to one commune: who asks more often waits
QUICK = timedelta(minutes=1)  # a slower round says nothing of the clocks: the letter may have waited anywhere


@dataclass(frozen=True, slots=True)
class Round:
    """The last test with a commune; `reached` is by its clock, the others by ours."""

    sent: datetime
    reached: datetime | None
    back: datetime | None

    @property
    def milliseconds(self) -> int | None:
        """How long the letter and its answer took together."""
        return None if self.back is None else max(0, (self.back - self.sent) // timedelta(milliseconds=1))

    @property
    def gap(self) -> timedelta | None:
        """How much its clock is ahead of ours, as far as a quick round can tell; None when it cannot."""
        if self.back is None or self.reached is None or not timedelta() <= self.back - self.sent <= QUICK:
            return None
        if self.sent <= self.reached <= self.back:
            return timedelta()
        return self.reached - (self.sent if self.reached < self.sent else self.back)


def ask(site: Site, viewer: Viewer, peer: Peer) -> None:
    """A test message owed to this commune; the answer to an earlier one counts no more. Raises Forbidden, Conflict."""
    peers.only_admins(viewer)
    if peer.state not in EXCHANGING:
        raise Conflict(f"{peer.host} is {peer.state}", NOT_LINKED)
    _refuse_flood(site, peer)
    now = site.clock.now()
    test = Test(journal.new_activity_id(site), site_actor_id(site.settings.host), site_actor_id(peer.host), now)
    peer.test_id, peer.test_sent_at, peer.test_reached_at, peer.test_back_at = test.id, now, None, None
    outbox.owe(site, peer.host, line_tests.build(test))


def receive(site: Site, document: LineTest, actor: SiteActor, arrived: datetime) -> str:
    """What a test, or an answer to one, that `actor` signed and that arrived then changed, in a sentence.

    Raises Forbidden for who exchanges nothing with us, and for an answer to what was never asked.
    """
    peer = peers.find(site, actor.host)
    if peer is None or peer.state not in EXCHANGING:
        raise Forbidden(f"{actor.host} exchanges nothing with us")
    if document.actor != site_actor_id(actor.host):
        raise InvalidInput(f"{document.actor} does not own the key that signed")
    if document.target != site_actor_id(site.settings.host) and isinstance(document, Test):
        raise InvalidInput("a test for another site")
    if isinstance(document, Test):
        return _answered(site, peer, document, arrived)
    return _came_back(peer, document, arrived)


def last_round(peer: Peer) -> Round | None:
    """The last test with this commune, if there was one."""
    return None if peer.test_sent_at is None else Round(peer.test_sent_at, peer.test_reached_at, peer.test_back_at)


def _answered(site: Site, peer: Peer, test: Test, arrived: datetime) -> str:
    _refuse_flood(site, peer)
    now = site.clock.now()
    ours = site_actor_id(site.settings.host)
    echo = Echo(journal.new_activity_id(site), ours, test.id, test.actor, arrived, now)
    outbox.owe(site, peer.host, line_tests.build(echo))
    peers.note_call(site, peer)
    return "answered a test"


def _came_back(peer: Peer, echo: Echo, arrived: datetime) -> str:
    if echo.tested != peer.test_id:
        raise Forbidden(f"{peer.host} answers a test that does not wait for an answer")  # as row 22
    if peer.test_back_at is None:
        peer.test_reached_at, peer.test_back_at = echo.received, arrived
    return "a test came back"


def _refuse_flood(site: Site, peer: Peer) -> None:
    """Raises TooMany while many letters to this commune are on their way."""
    open_ = select(func.count()).select_from(Delivery).where(Delivery.host == peer.host, Delivery.due_at.is_not(None))
    waiting = site.session.scalar(open_) or 0
    if waiting >= MAX_OPEN:
        raise TooMany(f"{waiting} letters to {peer.host} wait", retry_after=600)
