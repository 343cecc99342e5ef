"""Test messages: a whole round through both workers, what its times say, and what is refused."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput, TooMany
from pop_forum.federation import line_tests as wire
from pop_forum.federation.identifiers import ObjectId, site_actor_id
from pop_forum.federation.line_tests import Echo, Test
from pop_forum.models import Delivery, Envelope, Peer
from pop_forum.services import identity, line_tests
from pop_forum.services.line_tests import Round
from tests.network import ADMIN, START, Network, peer_of

ONE, OTHER = "valombre.localhost:8080", "pont-hervel.localhost:8080"


def ask(network: Network) -> None:
    with network.communes["valombre"].transaction() as site:
        line_tests.ask(site, ADMIN, peer_of(site, OTHER))


def last(network: Network) -> Round | None:
    with network.communes["valombre"].reading() as site:
        return line_tests.last_round(peer_of(site, OTHER))


def test_a_test_message_comes_back_with_its_times(trio: Network) -> None:
    assert last(trio) is None
    ask(trio)
    sent = last(trio)
    assert sent is not None and sent.back is None and sent.milliseconds is None and sent.gap is None
    trio.settle()
    found = last(trio)
    assert found is not None and found.reached is not None and found.back is not None
    assert found.sent < found.reached < found.back and found.milliseconds
    assert found.gap == timedelta()


def test_a_test_waits_for_a_commune_that_is_away(trio: Network) -> None:
    trio.wire.down.add(OTHER)
    ask(trio)
    trio.settle()
    waiting = last(trio)
    assert waiting is not None and waiting.back is None
    trio.wire.down.clear()
    trio.clock.advance(hours=1)
    trio.settle()
    found = last(trio)
    assert found is not None and found.back is not None
    assert found.gap is None  # an hour in a queue says nothing of clocks


def test_the_answer_to_an_earlier_test_counts_no_more(trio: Network) -> None:
    ask(trio)
    ask(trio)
    trio.settle()
    found = last(trio)
    assert found is not None and found.back is not None
    with trio.communes["valombre"].reading() as site:
        states = site.session.scalars(select(Envelope.state).where(Envelope.host == OTHER)).all()
        assert sorted(states)[-1] == "refused"


@pytest.mark.parametrize(
    ("seconds", "gap"),
    [((10, 20), 0), ((0, 20), 0), ((20, 20), 0), ((100, 20), 80), ((-50, 20), -50), ((500, 61), None), ((80, 60), 20)],
)
def test_a_quick_round_tells_how_far_the_clocks_are_apart(seconds: tuple[int, int], gap: int | None) -> None:
    reached, back = (START + timedelta(seconds=each) for each in seconds)
    assert Round(START, reached, back).gap == (None if gap is None else timedelta(seconds=gap))


def test_only_an_admin_sends_a_test_and_only_to_an_active_commune(trio: Network) -> None:
    with trio.communes["valombre"].transaction() as site:
        peer = peer_of(site, OTHER)
        with pytest.raises(Forbidden):
            line_tests.ask(site, Viewer(1, Role.MODERATOR), peer)
        peer.state = "suspended"
        with pytest.raises(Conflict):
            line_tests.ask(site, ADMIN, peer)


def test_letters_on_their_way_are_bounded(trio: Network) -> None:
    assert line_tests.MAX_OPEN == 20
    with trio.communes["valombre"].transaction() as site:
        peer = peer_of(site, OTHER)
        for _ in range(line_tests.MAX_OPEN):
            line_tests.ask(site, ADMIN, peer)
            site.session.flush()
        with pytest.raises(TooMany):
            line_tests.ask(site, ADMIN, peer)


def spoilt(**changes: str) -> Callable[[Test], Test]:
    return lambda test: Test(**{**test.__dict__, **{key: ObjectId(value) for key, value in changes.items()}})


@pytest.mark.parametrize(
    ("state", "spoil", "error"),
    [
        ("suspended", spoilt(), Forbidden),
        ("invited", spoilt(), Forbidden),
        ("active", spoilt(target="http://sainte-aure.localhost:8080/acteur"), InvalidInput),
        ("active", spoilt(actor="http://sainte-aure.localhost:8080/acteur"), InvalidInput),
    ],
)
def test_row_22_a_test_of_a_stranger_or_for_another_is_not_answered(
    trio: Network, state: str, spoil: Callable[[Test], Test], error: type[Exception]
) -> None:
    with trio.communes["pont-hervel"].reading() as site:
        actor = identity.own_actor(site)
    with trio.communes["valombre"].transaction() as site:
        before = site.session.scalar(select(func.count()).select_from(Delivery))
        peer_of(site, OTHER).state = state
        test = Test(ObjectId(f"http://{OTHER}/a/x"), site_actor_id(OTHER), site_actor_id(ONE), START)
        with pytest.raises(error):
            line_tests.receive(site, spoil(test), actor, START)
        assert site.session.scalar(select(func.count()).select_from(Delivery)) == before


def test_an_answer_that_was_never_asked_for_is_refused(trio: Network) -> None:
    with trio.communes["pont-hervel"].reading() as site:
        actor = identity.own_actor(site)
    with trio.communes["valombre"].transaction() as site:
        ours = site_actor_id(ONE)
        echo = Echo(ObjectId("x"), site_actor_id(OTHER), ObjectId(f"http://{ONE}/a/x"), ours, START, START)
        with pytest.raises(Forbidden):
            line_tests.receive(site, echo, actor, START)
        assert site.session.scalars(select(Peer.test_back_at).where(Peer.host == OTHER)).one() is None


@pytest.mark.parametrize("at", [START, START + timedelta(hours=1)])
def test_both_documents_are_read_as_they_were_written(at: datetime) -> None:
    one, other = site_actor_id(ONE), site_actor_id(OTHER)
    test = Test(ObjectId(f"http://{ONE}/a/x"), one, other, at)
    echo = Echo(ObjectId(f"http://{OTHER}/a/y"), other, test.id, one, at, at)
    for document in (test, echo):
        built = wire.build(document)
        assert wire.is_one(built) and wire.parse(built) == document
    for wrong in ({"type": "Invite"}, {"actor": f"http://{OTHER}/acteur"}, {"object": 1}):
        with pytest.raises(InvalidInput):
            wire.parse({**wire.build(test), **wrong})
