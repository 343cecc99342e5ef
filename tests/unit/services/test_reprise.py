"""A site restored from an old backup takes its own later entries back first: it never tells two histories."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from pop_forum import tasks
from pop_forum.adapters.marker import FILE
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Forbidden, Unavailable
from pop_forum.models import Entry, Journal, Link, Thread
from pop_forum.services import digest, journal, reprise, threads
from pop_forum.services.threads import ThreadDraft
from tests.network import ADMIN, Network, acting, peer_of, person


@dataclass
class Backup:
    """What a nightly copy of a commune's database holds."""

    commune: Commune
    copy: sqlite3.Connection

    def restore(self, *, marker: bool = True) -> None:
        """The database as it was; without its marker when the whole disk was lost."""
        with _file(self.commune) as target:
            self.copy.backup(target)
        if not marker:
            (self.commune.settings.data / FILE).unlink()
        self.commune.look_back()


def backup(commune: Commune) -> Backup:
    copy = sqlite3.connect(":memory:")
    with _file(commune) as source:
        source.backup(copy)
    return Backup(commune, copy)


@contextmanager
def _file(commune: Commune) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(str(make_url(commune.settings.database_url).database))
    try:
        yield connection
    finally:
        connection.close()


def write(commune: Commune, *titles: str) -> None:
    author = person(commune, "Huguette P.")
    for title in titles:
        with acting(commune, author) as (site, who):
            threads.open_thread(site, who, ThreadDraft(title, "Le vendredi, il y a marché.", None, True))


def titles(commune: Commune) -> set[str]:
    with commune.reading() as site:
        return set(site.session.scalars(select(Thread.title)))


def digests(network: Network) -> set[str]:
    told = set()
    for commune in network.communes.values():
        with commune.reading() as site:
            told.add(digest.shared_state(site)["all"])
    return told


def forum(commune: Commune, host: str | None = None) -> Journal:
    with commune.reading() as site:
        row = journal.find(site, host or commune.settings.host, "forum")
        assert row is not None
        return row


def is_resuming(commune: Commune) -> bool:
    return forum(commune).resuming_since is not None


def later(network: Network, **span: float) -> None:
    """Everything due in this span is done."""
    network.clock.advance(**span)
    network.settle(8)


@pytest.fixture
def restored(trio: Network) -> Backup:
    """Valombre as it was a day ago: « avant » is in its backup, « après » only at its neighbours."""
    commune = trio.communes["valombre"]
    write(commune, "avant")
    trio.settle()
    kept = backup(commune)
    write(commune, "après", "encore après")
    trio.settle()
    return kept


@pytest.mark.parametrize("marker", [True, False])
def test_its_own_later_entries_come_back_from_the_neighbours(trio: Network, restored: Backup, marker: bool) -> None:
    commune, before = restored.commune, forum(restored.commune)
    restored.restore(marker=marker)
    assert is_resuming(commune) and titles(commune) == {"avant"}
    later(trio, minutes=2)
    assert not is_resuming(commune) and titles(commune) == {"avant", "après", "encore après"}
    assert (forum(commune).epoch, forum(commune).n, forum(commune).hash) == (1, before.n, before.hash)
    write(commune, "ensuite")
    later(trio, minutes=2)
    assert titles(trio.communes["sainte-aure"]) == {"avant", "après", "encore après", "ensuite"}
    assert len(digests(trio)) == 1


def test_nothing_is_written_before_that(trio: Network, restored: Backup) -> None:
    restored.restore()
    with pytest.raises(Unavailable) as refusal:
        write(restored.commune, "trop tôt")
    assert "restauré" in refusal.value.public and "toujours là" in refusal.value.public
    assert titles(restored.commune) == {"avant"}
    author = person(restored.commune, "Huguette P.")
    with acting(restored.commune, author) as (site, who):  # what stays here is in no journal, and need not wait
        threads.open_thread(site, who, ThreadDraft("ici", "Rien que pour nous.", None, False))


def test_entries_that_came_back_are_ours_again(trio: Network, restored: Backup) -> None:
    restored.restore()
    later(trio, minutes=2)
    with restored.commune.reading() as site:
        outcomes = site.session.scalars(
            select(Entry.outcome).join(Journal).where(Journal.host == restored.commune.settings.host)
        )
        assert set(outcomes) == {"own"}


def test_what_came_back_from_nobody_is_lost_and_a_new_epoch_says_so(trio: Network, restored: Backup) -> None:
    commune = restored.commune
    others = [trio.communes[slug].settings.host for slug in ("pont-hervel", "sainte-aure")]
    trio.wire.down.update(others)
    write(commune, "vu de personne")
    trio.wire.down.clear()
    restored.restore()
    later(trio, minutes=5)
    assert not is_resuming(commune) and forum(commune).epoch == 2
    write(commune, "ensuite")
    later(trio, minutes=5)
    for neighbour in trio.communes.values():
        assert titles(neighbour) == {"avant", "après", "encore après", "ensuite"}
        assert forum(neighbour, commune.settings.host).epoch == 2
        assert forum(neighbour, commune.settings.host).quarantined is None
    assert len(digests(trio)) == 1


def test_a_neighbour_that_is_away_is_waited_for(trio: Network, restored: Backup) -> None:
    trio.wire.down.add(trio.communes["sainte-aure"].settings.host)
    restored.restore()
    later(trio, minutes=10)
    assert is_resuming(restored.commune) and "après" in titles(restored.commune)
    with restored.commune.reading() as site:
        state = reprise.waiting(site)
        assert state is not None
        assert [peer.host for peer in state.silent] == [trio.communes["sainte-aure"].settings.host]
    trio.wire.down.clear()
    later(trio, days=1)
    assert not is_resuming(restored.commune) and len(digests(trio)) == 1


def only_at(trio: Network, commune: Commune, slug: str, title: str) -> None:
    """Something that one neighbour has received and the other one has not."""
    other = next(each for each in trio.communes if each not in (slug, commune.settings.slug))
    trio.wire.down.add(trio.communes[other].settings.host)
    write(commune, title)
    trio.settle()
    trio.wire.down.clear()


@pytest.mark.parametrize("marker", [True, False])
def test_an_admin_decides_not_to_wait_and_what_the_absent_one_holds_is_said_again(
    trio: Network, restored: Backup, marker: bool
) -> None:
    commune, absent = restored.commune, trio.communes["sainte-aure"]
    only_at(trio, commune, "sainte-aure", "chez elle seule")
    trio.wire.down.add(absent.settings.host)
    restored.restore(marker=marker)
    later(trio, minutes=5)
    with commune.transaction() as site:
        reprise.decide(site, ADMIN, commune.marker.read())
    assert forum(commune).epoch == 2 and not is_resuming(commune)
    write(commune, "ensuite")
    later(trio, minutes=5)
    trio.wire.down.clear()
    later(trio, days=1)
    later(trio, minutes=5)
    for each in trio.communes.values():
        assert titles(each) == {"avant", "après", "encore après", "chez elle seule", "ensuite"}
    assert len(digests(trio)) == 1
    with commune.reading() as site:
        assert set(site.session.scalars(select(Link.asked_epoch).where(Link.journal == "forum"))) == {2}


def test_an_admin_who_waited_long_enough_goes_on_in_the_same_epoch(trio: Network, restored: Backup) -> None:
    """The marker says that everything has come back: who is still silent cannot hold more."""
    trio.wire.down.add(trio.communes["sainte-aure"].settings.host)
    restored.restore()
    later(trio, minutes=5)
    with restored.commune.transaction() as site:
        reprise.decide(site, ADMIN, restored.commune.marker.read())
    assert forum(restored.commune).epoch == 1 and not is_resuming(restored.commune)


@pytest.mark.parametrize(("marker", "epoch"), [(True, 1), (False, 2)])
def test_who_is_suspended_is_not_waited_for_but_may_hold_more(
    trio: Network, restored: Backup, marker: bool, epoch: int
) -> None:
    """With the marker we know that everything came back; without it only a new epoch is safe."""
    restored.restore(marker=marker)
    with restored.commune.transaction() as site:
        peer_of(site, trio.communes["sainte-aure"].settings.host).state = "suspended"
    later(trio, minutes=5)
    assert not is_resuming(restored.commune) and forum(restored.commune).epoch == epoch


def test_only_an_admin_decides(commune: Commune) -> None:
    with commune.transaction() as site, pytest.raises(Forbidden):
        reprise.decide(site, Viewer(1, Role.MODERATOR), {})


def test_a_site_without_neighbours_goes_on_by_itself(commune: Commune) -> None:
    write(commune, "avant")
    (commune.settings.data / FILE).unlink()
    commune.look_back()
    assert is_resuming(commune)
    with commune.transaction() as site:
        assert reprise.settle(site, commune.marker.read())
    assert not is_resuming(commune) and commune.marker.read()["forum"] == (1, forum(commune).n)


def test_a_neighbour_that_shows_our_own_head_begins_a_reprise(trio: Network, restored: Backup) -> None:
    """The marker was restored with the database: only the others know."""
    stale = restored.commune.settings.data / FILE
    restored.restore()
    with restored.commune.transaction() as site:
        for row in site.session.scalars(select(Journal)):
            row.resuming_since = None
    with restored.commune.reading() as site:
        rows = site.session.scalars(select(Journal).where(Journal.host == site.settings.host)).all()
    stale.unlink()
    restored.commune.marker.raise_to({row.name: (row.epoch, row.n) for row in rows})
    restored.commune.look_back()
    assert not is_resuming(restored.commune)
    later(trio, minutes=2)
    assert titles(restored.commune) == {"avant", "après", "encore après"} and len(digests(trio)) == 1


def test_a_neighbour_cannot_begin_a_reprise_by_a_claim(trio: Network, restored: Backup) -> None:
    """Its vector tells of more than we ever wrote; without a head that we signed nothing happens."""
    commune, liar = restored.commune, trio.communes["pont-hervel"]
    with liar.transaction() as site:
        row = journal.find(site, commune.settings.host, "forum")
        assert row is not None
        row.n += 5
    later(trio, minutes=2)
    assert not is_resuming(commune)
    write(commune, "ensuite")
    trio.settle()
    assert "ensuite" in titles(trio.communes["sainte-aure"])


def test_who_tells_of_more_than_they_show_has_not_answered(trio: Network, restored: Backup) -> None:
    """Else a neighbour that withholds our own entries would let us write others under their numbers."""
    commune, liar = restored.commune, trio.communes["pont-hervel"]
    with liar.transaction() as site:
        row = journal.find(site, commune.settings.host, "forum")
        assert row is not None
        row.n += 5
    restored.restore(marker=False)
    later(trio, minutes=5)
    assert is_resuming(commune)
    with commune.reading() as site:
        state = reprise.waiting(site)
        assert state is not None and [peer.host for peer in state.silent] == [liar.settings.host]
        assert "qu’il n’en montre" in (state.silent[0].error or "")


def test_a_backup_older_than_a_new_epoch_finds_its_way(trio: Network, restored: Backup) -> None:
    commune = restored.commune
    with commune.transaction() as site:
        journal.open_epoch(site, "forum")
    write(commune, "dans la deuxième")
    later(trio, minutes=2)
    assert forum(trio.communes["sainte-aure"], commune.settings.host).epoch == 2
    restored.restore()
    later(trio, minutes=3)
    later(trio, minutes=3)
    assert not is_resuming(commune) and forum(commune).epoch == 2
    write(commune, "ensuite")
    later(trio, minutes=3)
    assert "dans la deuxième" in titles(commune) and len(digests(trio)) == 1


def test_a_neighbour_far_behind_follows_through_the_epochs(trio: Network) -> None:
    commune, absent = trio.communes["valombre"], trio.communes["sainte-aure"]
    trio.wire.down.add(absent.settings.host)
    for number in range(3):
        write(commune, f"époque {number}")
        with commune.transaction() as site:
            journal.open_epoch(site, "forum")
    trio.settle()
    trio.wire.down.clear()
    later(trio, days=1)
    later(trio, minutes=5)
    assert forum(absent, commune.settings.host).epoch == 4
    assert titles(absent) == {"époque 0", "époque 1", "époque 2"} and len(digests(trio)) == 1


def test_a_neighbour_far_behind_pulls_through_the_epochs(trio: Network) -> None:
    """The same when our pushes never arrive."""
    commune, absent = trio.communes["valombre"], trio.communes["sainte-aure"]
    trio.wire.down.add(absent.settings.host)
    for number in range(3):
        write(commune, f"époque {number}")
        with commune.transaction() as site:
            journal.open_epoch(site, "forum")
    trio.settle()
    trio.wire.down.clear()
    with commune.transaction() as site:
        for link in site.session.scalars(select(Link)):
            link.push_due_at = site.clock.now() + timedelta(days=3650)
    for _ in range(2):
        trio.clock.advance(days=1)
        trio.work(absent)
    assert forum(absent, commune.settings.host).epoch == 4
    assert titles(absent) == {"époque 0", "époque 1", "époque 2"}


def test_the_marker_is_raised_with_each_entry_and_never_lowered(commune: Commune) -> None:
    write(commune, "un")
    reached = commune.marker.read()
    assert reached["forum"] == (1, forum(commune).n) and "programme" in reached
    commune.marker.raise_to({"forum": (1, 1)})
    assert commune.marker.read() == reached
    commune.marker.raise_to({"forum": (2, 1)})
    assert commune.marker.read() == {**reached, "forum": (2, 1)}


@pytest.mark.parametrize("damage", [b"", b"\0" * 128, b"forum 1\n", "forum é é".encode()])
def test_a_marker_that_cannot_be_read_tells_nothing(commune: Commune, damage: bytes) -> None:
    path: Path = commune.settings.data / FILE
    path.write_bytes(damage)
    assert commune.marker.read() == {}
    commune.look_back()
    assert is_resuming(commune)


def test_a_worker_that_starts_looks_back_first(trio: Network, restored: Backup) -> None:
    with _file(restored.commune) as target:
        restored.copy.backup(target)
    tasks.start(restored.commune)
    assert is_resuming(restored.commune)


def test_a_site_of_the_version_before_is_given_its_marker_when_it_migrates(commune: Commune) -> None:
    (commune.settings.data / FILE).unlink()
    with commune.transaction() as site:
        reprise.begin_marking(site)
    with commune.reading() as site:
        count = site.session.scalar(select(func.count()).select_from(Journal).where(Journal.host == site.settings.host))
    assert len(commune.marker.read()) == count
    commune.look_back()
    assert not is_resuming(commune)
