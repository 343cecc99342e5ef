"""Verifying what is held: a sound journal has no fault, and whatever a disk or a hand changed is found."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from pop_forum.errors import NotFound
from pop_forum.models import Entry, Journal
from pop_forum.services import checking, threads, whereabouts
from pop_forum.services.checking import Checked
from pop_forum.services.site import Site
from pop_forum.services.threads import ThreadDraft
from tests.network import Network, acting, peer_of, person

ONE, OTHER = "valombre.localhost:8080", "pont-hervel.localhost:8080"


def write(network: Network, slug: str = "pont-hervel", *, shared: bool = True) -> str:
    commune = network.communes[slug]
    with acting(commune, person(commune, "Karim B.")) as (site, who):
        return threads.open_thread(site, who, ThreadDraft("La passerelle", "Bonjour.", None, shared)).uri


def checked(network: Network, host: str = OTHER, name: str = "forum") -> Checked:
    with network.communes["valombre"].reading() as site:
        return list(checking.check(site, host, name))[-1]


def test_sound_journals_have_no_fault(trio: Network) -> None:
    write(trio)
    trio.settle()
    with trio.communes["valombre"].reading() as site:
        journals = checking.held(site)
    assert journals[0] == (ONE, "forum") and len(journals) == 6
    for host, name in journals:
        found = checked(trio, host, name)
        assert (found.wrong, found.faults) == (0, [])
        assert found.entries == found.proofs == found.total > 0


def edit_bytes(site: Site, ours: object) -> None:
    entry = site.session.scalars(select(Entry).where(ours, Entry.n == 3)).one()  # type: ignore[arg-type]
    entry.activity = (entry.activity or b"").replace(b"passerelle", b"passeRelle")


def lose_one(site: Site, ours: object) -> None:
    site.session.execute(delete(Entry).where(ours, Entry.n == 2))  # type: ignore[arg-type]


def lose_the_last(site: Site, ours: object) -> None:
    site.session.execute(delete(Entry).where(ours, Entry.n == 3))  # type: ignore[arg-type]


def change_a_hash(site: Site, ours: object) -> None:
    site.session.execute(update(Entry).where(ours, Entry.n == 2).values(hash="0" * 64))  # type: ignore[arg-type]


def change_the_head(site: Site, ours: object) -> None:
    row = site.session.scalars(select(Journal).where(Journal.host == OTHER, Journal.name == "forum")).one()
    row.head = (row.head or b"").replace(b'"n":3', b'"n":4')


@pytest.mark.parametrize("harm", [edit_bytes, lose_one, lose_the_last, change_a_hash, change_the_head])
def test_what_was_changed_afterwards_is_found(trio: Network, harm: Callable[[Site, object], None]) -> None:
    write(trio)
    trio.settle()
    with trio.communes["valombre"].transaction() as site:
        number = site.session.scalars(select(Journal.id).where(Journal.host == OTHER, Journal.name == "forum")).one()
        harm(site, Entry.journal_id == number)
    assert checked(trio).wrong > 0
    assert checked(trio, name="programme").wrong == 0


def test_faults_are_told_up_to_a_limit_and_all_counted() -> None:
    found = Checked(OTHER, "forum", 0)
    for n in range(checking.MOST_FAULTS + 1):
        found.blame(1, n, "wrong")
    assert (len(found.faults), found.wrong) == (checking.MOST_FAULTS, checking.MOST_FAULTS + 1)


def test_one_is_told_where_a_message_stands_at_each_commune(trio: Network) -> None:
    uri = write(trio, "valombre")
    trio.wire.down.add(OTHER)
    trio.settle()
    with trio.communes["valombre"].reading() as site:
        found = whereabouts.find(site, uri)
        assert found.shown == whereabouts.HERE and found.entry is not None
        assert {each.host: each.state for each in found.elsewhere} == {
            OTHER: whereabouts.AWAITS,
            "sainte-aure.localhost:8080": whereabouts.HAS,
        }
        activity = found.entry.activity_id or ""
        assert whereabouts.find(site, activity).entry == found.entry
        with pytest.raises(NotFound):
            whereabouts.find(site, uri + "x")


def test_one_is_told_why_a_message_is_not_shown(trio: Network) -> None:
    uri, local = write(trio), write(trio, "valombre", shared=False)
    trio.settle()
    with trio.communes["valombre"].transaction() as site:
        peer_of(site, OTHER).state = "suspended"
    with trio.communes["valombre"].reading() as site:
        assert whereabouts.find(site, uri).shown == whereabouts.HIDDEN
        assert whereabouts.find(site, local).shown == whereabouts.LOCAL
        assert whereabouts.find(site, local).elsewhere == ()
