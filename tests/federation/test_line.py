"""Three real hosts in a line: the two at the ends never connect, and say the same in the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from pop_forum.cli import demo_network
from pop_forum.cli.demo_check_hosts import Hosts, make_hosts
from pop_forum.cli.demo_places import SLUGS
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role
from pop_forum.models import Account, Entry, Journal, Peer, Person, Post, Thread
from pop_forum.services import peers, sync, threads
from pop_forum.services.threads import ThreadDraft

MIDDLE, WEST, EAST = SLUGS  # the programme's home in the middle: its journal names the two others to each other


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Hosts]:
    """The hosts, each with its web process, worker and broker; the middle one has met the two others."""
    hosts = make_hosts(tmp_path)
    try:
        hosts.start(SLUGS)
        for end in (WEST, EAST):
            demo_network.befriend(hosts.communes[MIDDLE], hosts.communes[end], hosts.wait)
        yield hosts
    finally:
        hosts.supervisor.stop()
        for commune in hosts.communes.values():
            commune.close()


def resident(commune: Commune) -> int:
    with commune.reading() as site:
        return site.session.scalars(select(Account.person_id).where(Account.role == Role.RESIDENT)).first() or 0


def opened(commune: Commune) -> str:
    with commune.transaction() as site:
        author = site.session.get_one(Person, resident(commune))
        return threads.open_thread(site, author, ThreadDraft("D’un bout à l’autre", "Bonjour.", None, True)).uri


def answered(commune: Commune, thread: str) -> str:
    with commune.transaction() as site:
        author = site.session.get_one(Person, resident(commune))
        row = site.session.scalars(select(Thread).where(Thread.uri == thread)).one()
        return threads.reply(site, author, row, "Bien reçu.").uri


def holds(commune: Commune, uri: str) -> bool:
    with commune.reading() as site:
        return site.session.scalar(select(Post.id).where(Post.uri == uri)) is not None


def compare(commune: Commune) -> None:
    """What « Relancer » does: positions compared now, and not within a minute."""
    with commune.transaction() as site:
        sync.ask_all(site)


def brought(hosts: Hosts, uri: str, through: str, to: str) -> None:
    """Nothing, once what was pushed to the middle has been read there by the other end."""
    hosts.wait(lambda: holds(hosts.communes[through], uri), f"{through} reçoit {uri}")
    compare(hosts.communes[to])
    hosts.wait(lambda: holds(hosts.communes[to], uri), f"{to} lit {uri} chez {through}")


@pytest.mark.timeout(180)
def test_the_ends_of_a_line_converge_through_the_middle_also_once_the_origin_is_gone(line: Hosts) -> None:
    west, middle, east = (line.communes[slug] for slug in (WEST, MIDDLE, EAST))
    compare(east)
    thread = opened(west)
    brought(line, thread, MIDDLE, EAST)
    reply = answered(east, thread)
    brought(line, reply, MIDDLE, WEST)
    last = opened(west)
    line.wait(lambda: holds(middle, last), f"{MIDDLE} reçoit {last}")
    line.stop(WEST)
    brought(line, last, MIDDLE, EAST)
    line.wait(line.in_step, "les trois communes disent la même chose")
    with east.reading() as site:
        assert peers.find(site, west.settings.host) is None
        assert [peer.host for peer in site.session.scalars(select(Peer))] == [middle.settings.host]
        source = select(Entry.received_from).join(Journal).where(Journal.host == west.settings.host)
        assert set(site.session.scalars(source)) == {middle.settings.host}
    with west.reading() as site:
        assert peers.find(site, east.settings.host) is None
