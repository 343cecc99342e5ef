"""Each peer signs that it has erased what we asked, and the admin sees who has not; a restore brings nothing back."""

import pytest
from sqlalchemy import select

from pop_forum.adapters.marker import ERASED_FILE
from pop_forum.commune import Commune
from pop_forum.errors import BadSignature, InvalidInput
from pop_forum.federation import acknowledgements as wire
from pop_forum.federation.acknowledgements import Acknowledgement
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import EpochId, Host, Seq
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Link, Person
from pop_forum.services import acknowledgements, erasures, key_registers, peers
from tests.network import START, Network
from tests.unit.federation.samples import site_keys
from tests.unit.services.test_erasing import (
    AT_HOME,
    FAR,
    NEAR,
    opened,
    pass_by,
    somebody,
    state,
    swept,
    traces,
    withdrawn,
)
from tests.unit.services.test_reprise import backup


def erased_at_home(network: Network) -> tuple[Commune, str]:
    home = network.communes[AT_HOME]
    uri = opened(home, huguette := somebody(home))
    network.settle()
    withdrawn(home, huguette, uri)
    pass_by(network, minutes=11)
    swept(home)
    return home, uri


def silent(commune: Commune) -> dict[str, tuple[int, bool]]:
    with commune.reading() as site:
        found = acknowledgements.unanswered(site)
        return {one.peer.host.partition(".")[0]: (one.count, one.exchanging) for one in found}


def compared(network: Network) -> None:
    pass_by(network, minutes=2)
    network.settle()


def test_row_94_every_peer_that_was_told_says_so_signed_and_who_is_away_stays_on_the_list(trio: Network) -> None:
    trio.wire.down.add(f"{FAR}.localhost:8080")
    home, _ = erased_at_home(trio)
    assert silent(home) == {NEAR: (1, True), FAR: (1, True)}
    compared(trio)
    assert silent(home) == {FAR: (1, True)}
    with home.reading() as site:
        link = site.session.scalars(select(Link).where(Link.erased_n > 0)).one()
        keys = key_registers.valid_now(site, link.peer.host)
        said = wire.verify(load_object(link.erased_proof or b""), Host(link.peer.host), keys)
        assert (said.host, said.journal, said.n) == (home.settings.host, "forum", link.erased_n)
    trio.wire.down.clear()
    pass_by(trio, hours=30)
    trio.settle()
    compared(trio)
    assert silent(home) == {}


def test_a_peer_that_was_suspended_stays_on_the_list(trio: Network) -> None:
    home = trio.communes[AT_HOME]
    with home.transaction() as site:
        peers.by_host(site, f"{FAR}.localhost:8080").state = peers.SUSPENDED
    erased_at_home(trio)
    compared(trio)
    assert silent(home) == {FAR: (1, False)}


def test_nobody_acknowledges_for_another_nor_what_was_not_asked(trio: Network) -> None:
    home, _ = erased_at_home(trio)
    near = trio.communes[NEAR]
    with home.reading() as site:
        keys = key_registers.valid_now(site, near.settings.host)
    said = Acknowledgement(Host(home.settings.host), "forum", EpochId("0f" * 16), Seq(1), START)
    with pytest.raises(BadSignature):
        wire.verify(wire.sign(said, Host(near.settings.host), site_keys(7)), Host(near.settings.host), keys)
    with pytest.raises(InvalidInput):
        wire.verify(wire.sign(said, Host(near.settings.host), near.keys), Host(home.settings.host), keys)
    with home.transaction() as site:
        peer = peers.by_host(site, near.settings.host)
        links = {link.journal: link for link in peers.links_of(site, peer)}
        listed = [wire.sign(said, Host(near.settings.host), near.keys)]  # of an epoch that we do not know
        acknowledgements.note(site, peer, links, jcs({"erased": listed}))
    assert silent(home)[NEAR] == (1, True)


@pytest.mark.parametrize("spared", [True, False], ids=["the file is spared", "the neighbours tell"])
def test_a_backup_brings_no_erased_words_back(trio: Network, spared: bool) -> None:
    home = trio.communes[AT_HOME]
    uri = opened(home, huguette := somebody(home))
    trio.settle()
    kept = backup(home)
    withdrawn(home, huguette, uri)
    trio.settle()
    pass_by(trio, minutes=4)
    swept(home)
    if not spared:
        trio.settle()
        (home.settings.data / ERASED_FILE).unlink()
    kept.restore(marker=spared)
    assert ("posts" in traces(home)) is not spared
    for _ in range(3):
        compared(trio)
    assert not traces(home)
    assert {state(one) for one in trio.communes.values()} == {state(home)}


def test_who_left_leaves_again_after_a_restore(trio: Network) -> None:
    home = trio.communes[AT_HOME]
    opened(home, huguette := somebody(home))
    with home.transaction() as site:
        uri = site.session.get_one(Person, huguette).uri
    with home.transaction() as site:
        erasures.remember(site, uri)  # what the file tells, and the database does not
    home.look_back()
    with home.reading() as site:
        assert site.session.get_one(Person, huguette).name == "Compte supprimé"
    assert uri in home.marker.erased()
