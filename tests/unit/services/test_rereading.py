"""A journal read again: the same is said to be, a change here is counted, and what had no effect is retried."""

import pytest
from sqlalchemy import delete, select

from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.models import Entry, Journal, Link, Peer, Post, PostVersion, Thread
from pop_forum.services import digest, rereading, threads
from pop_forum.services.threads import ThreadDraft
from tests.network import ADMIN, Network, acting, peer_of, person

OTHER = "pont-hervel.localhost:8080"


@pytest.fixture
def written(trio: Network) -> Network:
    """Three communes in step, in one of which there is a discussion."""
    commune = trio.communes["pont-hervel"]
    with acting(commune, person(commune, "Karim B.")) as (site, who):
        threads.open_thread(site, who, ThreadDraft("La passerelle", "Bonjour.", None, True))
    trio.settle()
    return trio


def ask(network: Network, after: int = 0, name: str = "forum") -> None:
    with network.communes["valombre"].transaction() as site:
        rereading.ask(site, ADMIN, peer_of(site, OTHER), name, after)


def outcome(network: Network) -> tuple[int | None, int, int]:
    """Where the reading has come, how many entries it compared, how many differed."""
    with network.communes["valombre"].reading() as site:
        link = site.session.scalars(select(Link).join(Peer).where(Peer.host == OTHER, Link.journal == "forum")).one()
        assert (link.reread_after is None) == (link.reread_at is not None)
        return link.reread_after, link.reread_entries, link.reread_wrong


def entry(network: Network, number: int, **values: object) -> str:
    with network.communes["valombre"].transaction() as site:
        ours = select(Entry).join(Journal).where(Journal.host == OTHER, Journal.name == "forum", Entry.n == number)
        row = site.session.scalars(ours).one()
        for name, value in values.items():
            setattr(row, name, value)
        return row.outcome


@pytest.mark.parametrize(("after", "compared"), [(0, 3), (2, 1)])
def test_what_is_the_same_is_said_to_be(written: Network, after: int, compared: int) -> None:
    ask(written, after)
    written.settle()
    assert outcome(written) == (None, compared, 0)


def test_an_entry_that_was_changed_here_is_counted(written: Network) -> None:
    entry(written, 3, leaf="0" * 64)
    ask(written)
    written.settle()
    assert outcome(written) == (None, 3, 1)


def test_what_had_no_effect_is_tried_again_and_the_rest_is_left_alone(written: Network) -> None:
    with written.communes["valombre"].reading() as site:
        before = digest.shared_state(site)
    with written.communes["valombre"].transaction() as site:  # as a version would have that knew no discussions
        for table in (PostVersion, Post, Thread):
            site.session.execute(delete(table))
    entry(written, 3, outcome="unsupported", waiting_on="another version")
    ask(written)
    written.settle()
    assert entry(written, 3) == entry(written, 2) == "applied"
    with written.communes["valombre"].reading() as site:
        assert digest.shared_state(site) == before


def test_a_reading_waits_for_a_commune_that_is_away(written: Network) -> None:
    written.wire.down.add(OTHER)
    ask(written)
    written.settle()
    assert outcome(written)[0] == 0
    written.wire.down.clear()
    written.clock.advance(hours=1)
    written.settle()
    assert outcome(written) == (None, 3, 0)


def test_only_what_is_held_and_carried_can_be_read_again_and_only_by_an_admin(written: Network) -> None:
    with written.communes["valombre"].transaction() as site:
        peer = peer_of(site, OTHER)
        with pytest.raises(Forbidden):
            rereading.ask(site, Viewer(1, Role.MODERATOR), peer, "forum", 0)
        for after in (-1, 3):
            with pytest.raises(InvalidInput):
                rereading.ask(site, ADMIN, peer, "forum", after)
        with pytest.raises(Conflict):
            rereading.ask(site, ADMIN, peer, "candidats", 0)
        peer.state = "suspended"
        with pytest.raises(Conflict):
            rereading.ask(site, ADMIN, peer, "forum", 0)
