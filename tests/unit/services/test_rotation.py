"""A site changes its keys: its journals tell, the others follow, and what the old pair signed stays true."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, select

from pop_forum import tasks
from pop_forum.adapters.keystore import Keystore
from pop_forum.commune import Commune, open_commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict, Forbidden, SettingsError
from pop_forum.federation import handshake
from pop_forum.federation.archived import Reading
from pop_forum.federation.identifiers import Host
from pop_forum.federation.keys import SiteKeys, fingerprint
from pop_forum.federation.strict_json import JsonObject, load_object
from pop_forum.models import Entry, Envelope, Journal, Link, Peer, Post, Thread
from pop_forum.services import (
    actors,
    archiving,
    authentication,
    checking,
    identity,
    invitations,
    journal,
    key_registers,
    line_tests,
    peers,
    reprise,
    rotation,
    sync,
    threads,
)
from pop_forum.services.rotation import ROTATION_DAYS
from pop_forum.services.threads import ThreadDraft
from tests.network import ADMIN, Network, Silent, acting, befriended, confirm, host_in, peer_of, person
from tests.unit.services.test_in_step import digests
from tests.unit.services.test_reprise import backup, later, only_at, titles

VALOMBRE, PONT_HERVEL, SAINTE_AURE = "valombre", "pont-hervel", "sainte-aure"
LINE = ((VALOMBRE, PONT_HERVEL), (VALOMBRE, SAINTE_AURE))  # the programme’s home between the others
WEEK = {"days": ROTATION_DAYS}


@pytest.fixture(scope="module")
def pair_files() -> dict[str, bytes]:
    """A second pair: making RSA keys takes a moment."""
    return SiteKeys.generate(2).to_files()


@pytest.fixture
def network(tmp_path: Path, pair_files: dict[str, bytes]) -> Iterator[Network]:
    made = befriended(tmp_path)
    give(made.communes[VALOMBRE], pair_files)
    yield made
    made.close()


@pytest.fixture
def commune(network: Network) -> Commune:
    return network.communes[VALOMBRE]


@pytest.fixture
def other(network: Network) -> Commune:
    return network.communes[PONT_HERVEL]


def give(commune: Commune, pair: dict[str, bytes]) -> None:
    """The pair among the site's files, as a run that was cut off leaves it."""
    for name, content in pair.items():
        path = commune.settings.data / "keys" / name
        path.write_bytes(content)
        path.chmod(0o600)


def rotate(commune: Commune) -> None:
    pair = commune.prepare_pair()
    with commune.transaction() as site:
        rotation.rotate(site, ADMIN, pair)


def drop(network: Network, commune: Commune) -> None:
    """A week later the sweep lists the old pair no more."""
    network.clock.advance(**WEEK)
    with commune.transaction() as site:
        rotation.sweep(site)


def write(commune: Commune, title: str = "La navette") -> None:
    with acting(commune, person(commune, "Huguette P.")) as (site, who):
        threads.open_thread(site, who, ThreadDraft(title, "Le vendredi.", None, True))


def last(commune: Commune, name: str = "forum", host: str | None = None) -> JsonObject:
    """The last entry of a journal as a commune holds it."""
    with commune.reading() as site:
        row = journal.find(site, host or commune.settings.host, name)
        assert row is not None
        found = site.session.scalars(select(Entry).where(Entry.journal_id == row.id).order_by(Entry.id.desc())).first()
        assert found is not None and found.activity is not None
        assert found.outcome in ("own", "applied"), found.reason
        return load_object(found.activity)


def signed_by(document: JsonObject) -> list[str]:
    listed = document["proof"] if isinstance(document["proof"], list) else [document["proof"]]
    return [str(proof["verificationMethod"]).rpartition("-")[2] for proof in listed]  # type: ignore[index, call-overload]


def numbers(commune: Commune, host: str) -> list[int]:
    """The keys that may sign for a host today, as a commune knows."""
    with commune.reading() as site:
        return sorted(key_registers.valid_now(site, host))


def faults(commune: Commune) -> list[str]:
    """What is wrong with the journals that a commune holds."""
    with commune.reading() as site:
        held = [list(checking.check(site, host, name))[-1] for host, name in checking.held(site)]
        assert all(each.proofs + each.erased == each.entries for each in held)
        return [fault.why for each in held for fault in each.faults]


def test_a_change_of_keys_is_told_by_every_journal_and_signed_by_both(network: Network, commune: Commune) -> None:
    with commune.reading() as site:
        root = identity.own_fingerprint(site), identity.own_short(site)
    rotate(commune)
    for name in ("programme", "forum"):
        told = last(commune, name)
        assert (told["type"], signed_by(told)) == ("pop:KeyRegister", ["1", "2"])
        assert [key["number"] for key in told["pop:keys"]] == [1, 2]  # type: ignore[union-attr, index, call-overload]
    write(commune)
    assert signed_by(last(commune)) == ["2"]
    with commune.reading() as site:
        assert (identity.own_fingerprint(site), identity.own_short(site)) == root
        assert fingerprint(site.keys.public()) != root[0]
        two, one = rotation.pairs(site)
    assert ((two.number, two.signs, two.until), (one.number, one.signs)) == ((2, True, None), (1, False))
    assert one.until == two.since + rotation.OVERLAP


def test_the_others_follow_and_a_week_later_the_old_pair_signs_no_more(network: Network, commune: Commune) -> None:
    host = commune.settings.host
    write(commune, "Avant")
    rotate(commune)
    write(commune, "Pendant")
    network.settle()
    for slug in (PONT_HERVEL, SAINTE_AURE):
        neighbour = network.communes[slug]
        assert numbers(neighbour, host) == [1, 2]
        with neighbour.reading() as site:
            peer = peer_of(site, host)
            assert (peer.key_number, peer.rsa_pem, len(peer.older_rsa or ())) == (2, commune.keys.public().rsa_pem, 1)
            assert peers.short(peer) == own_short(commune)
    drop(network, commune)
    write(commune, "Après")
    network.settle()
    assert numbers(commune, host) == numbers(network.communes[PONT_HERVEL], host) == [2]
    with network.communes[PONT_HERVEL].reading() as site:
        assert peer_of(site, host).older_rsa is None
        assert set(site.session.scalars(select(Thread.title))) >= {"Avant", "Pendant", "Après"}
        assert site.session.scalar(select(Entry.id).where(Entry.outcome == "refused")) is None
    assert len(digests(network)) == 1
    assert [faults(each) for each in network.communes.values()] == [[], [], []]
    with commune.transaction() as site:
        before = journal.find(site, host, "forum")
        assert before is not None
        n = before.n
        rotation.sweep(site)
        assert journal.find(site, host, "forum").n == n  # type: ignore[union-attr]


def test_requests_are_signed_with_the_key_that_the_peer_has_read_of(
    network: Network, commune: Commune, other: Commune
) -> None:
    host = other.settings.host
    rotate(commune)
    with commune.reading() as site:
        assert authentication.known_keys(site, [host]) == {host: 1}
        url = f"http://{host}/journal"
        old = authentication.sign(site, "GET", url)
    network.settle()
    with commune.reading() as site:
        assert authentication.known_keys(site, [host]) == {}
        new = authentication.sign(site, "GET", url)
    drop(network, commune)
    network.settle()
    with commune.reading() as site, other.reading() as theirs:
        headers = authentication.sign(site, "GET", url)
        assert authentication.exchanging_peer(theirs, "GET", "/journal", headers, b"").host == commune.settings.host
        forged = authentication.sign(site, "GET", url, known={host: 1})
        with pytest.raises(authentication.UnknownKey):
            authentication.exchanging_peer(theirs, "GET", "/journal", forged, b"")
    assert old["Signature"] != new["Signature"]


def test_every_process_takes_the_new_pair_without_a_restart_nor_another_statement(
    network: Network, commune: Commune, tmp_path: Path
) -> None:
    running = open_commune(commune.settings, host_in(tmp_path), network.wire, Silent(), network.clock)  # type: ignore[arg-type]
    write(running)
    spent: list[int] = []
    author, asked = person(running, "Marcel"), 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    event.listen(running.database.engine, "before_cursor_execute", count)
    for key in ("1", "1", "2", "2"):
        if key == "2" and commune.keys.number == 1:
            rotate(commune)
        asked = 0
        with acting(running, author) as (site, who):
            threads.open_thread(site, who, ThreadDraft("Le four", "À pain.", None, True))
        spent.append(asked)
        assert signed_by(last(running)) == [key]
    assert spent[1] == spent[2] == spent[3]
    running.close()


def test_a_pair_that_a_crash_left_in_files_signs_nothing_and_is_taken_by_the_next_run(
    commune: Commune, tmp_path: Path
) -> None:
    prepared = Keystore(commune.settings.data).pair(2).public()
    again = open_commune(commune.settings, host_in(tmp_path))
    again.check_schema()
    write(again)
    assert signed_by(last(again)) == ["1"]
    with pytest.raises(RuntimeError, match="power"), again.transaction() as site:
        rotation.rotate(site, ADMIN, again.keystore.prepare(2))
        raise RuntimeError("power")
    assert (again.keys.number, numbers(again, again.settings.host)) == (1, [1])
    rotate(again)
    assert again.keys.public() == prepared
    again.close()


def test_one_change_goes_on_at_a_time_and_by_admins_only(network: Network, commune: Commune) -> None:
    pair = commune.prepare_pair()
    with pytest.raises(Forbidden), commune.transaction() as site:
        rotation.rotate(site, Viewer(1, Role.MODERATOR), pair)
    rotate(commune)
    with pytest.raises(Conflict, match="rotation goes on"):
        commune.prepare_pair()
    with pytest.raises(Conflict), commune.transaction() as site:
        rotation.rotate(site, ADMIN, pair)
    drop(network, commune)
    with pytest.raises(Conflict, match="pair 2 after pair 2"), commune.transaction() as site:
        rotation.rotate(site, ADMIN, pair)


@pytest.mark.parametrize("early", [0, 1])
def test_the_old_pair_may_sign_for_seven_days_and_no_longer(network: Network, commune: Commune, early: int) -> None:
    rotate(commune)
    with commune.reading() as site:
        since = rotation.pairs(site)[0].since
    network.clock.moment = since + rotation.OVERLAP
    network.clock.advance(seconds=-early)
    with commune.transaction() as site:
        rotation.sweep(site)
    assert numbers(commune, commune.settings.host) == ([2] if early == 0 else [1, 2])


def test_a_missing_pair_is_named_before_anything_is_signed(commune: Commune, tmp_path: Path) -> None:
    rotate(commune)
    for name in ("rsa-2.pem", "ed25519-2.pem"):
        (commune.settings.data / "keys" / name).unlink()
    again = open_commune(commune.settings, host_in(tmp_path))
    with pytest.raises(SettingsError, match="numéro 2 de ce site manquent"):
        again.check_schema()
    with pytest.raises(SettingsError, match="numéro 2"):
        write(again)
    again.close()


def test_through_a_mirror_and_from_the_beginning(tmp_path: Path, pair_files: dict[str, bytes]) -> None:
    network = befriended(tmp_path, LINE)
    commune, far = network.communes[PONT_HERVEL], network.communes[SAINTE_AURE]
    give(commune, pair_files)
    rotate(commune)
    write(commune, "Par un relais")
    drop(network, commune)
    write(commune, "Toujours par un relais")
    for _ in range(3):
        network.clock.advance(minutes=2)
        network.settle()
    assert numbers(far, commune.settings.host) == [2]
    assert signed_by(last(far, host=commune.settings.host)) == ["2"]
    assert faults(far) == []
    network.close()


def test_a_head_by_a_key_that_comes_further_on_is_believed_once_its_register_is_read(
    tmp_path: Path, pair_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pop_forum.federation.pages.PAGE_ENTRIES", 3)
    network = befriended(tmp_path, LINE)
    commune, between, far = (network.communes[slug] for slug in (PONT_HERVEL, VALOMBRE, SAINTE_AURE))
    give(commune, pair_files)
    network.wire.down.add(far.settings.host)
    for number in range(6):
        write(commune, f"Avant {number}")
    rotate(commune)
    write(commune, "Après")
    drop(network, commune)
    write(commune, "Bien après")
    for _ in range(3):
        network.clock.advance(minutes=2)
        network.settle()
    network.wire.down = {commune.settings.host}
    for _ in range(4):
        network.clock.advance(days=1)
        network.settle()
    assert signed_by(last(far, host=commune.settings.host)) == ["2"]
    assert faults(far) == faults(between) == []
    network.close()


def test_communes_that_both_change_their_keys_while_apart_come_back_in_step(
    network: Network, commune: Commune, other: Commune
) -> None:
    for away, here in ((other, commune), (commune, other)):
        network.wire.down = {away.settings.host}
        rotate(here)
        drop(network, here)
        write(here, f"Pendant l’absence {here.settings.slug}")
    network.wire.down = {each.settings.host for each in network.communes.values()}
    network.clock.advance(days=40)
    network.wire.down = set()
    for _ in range(4):
        network.clock.advance(days=1)
        network.settle()
    assert numbers(commune, other.settings.host) == numbers(other, commune.settings.host) == [2]
    assert len(digests(network)) == 1


def test_row_15_a_key_that_is_unknown_makes_the_peer_read_our_journal_once_in_five_minutes(
    network: Network, commune: Commune, other: Commune
) -> None:
    host = commune.settings.host
    old = backup(other)
    rotate(commune)
    network.settle()
    drop(network, commune)
    network.settle()
    old.restore()
    with other.transaction() as site:
        peer_of(site, host).sync_due_at = None
        for row in site.session.scalars(select(Journal).where(Journal.host == other.settings.host)):
            row.resuming_since = None
    write(commune, "D’une clé inconnue")
    network.work(commune)
    with other.reading() as site:
        peer = peer_of(site, host)
        assert peer.key_number == 1
        assert peer.key_asked_at is not None and peer.sync_due_at is not None
        assert not sync.is_key_due(site, host)
    network.clock.advance(minutes=4, seconds=50)
    with other.reading() as site:
        assert not sync.is_key_due(site, host)
    network.clock.advance(seconds=20)
    with other.reading() as site:
        assert sync.is_key_due(site, host)
        assert not sync.is_key_due(site, "inconnue.example")
    for _ in range(3):
        network.settle()
        network.clock.advance(minutes=2)
    assert signed_by(last(other, host=host)) == ["2"]


def test_a_site_restored_from_before_the_change_takes_it_back(network: Network, commune: Commune) -> None:
    old = backup(commune)
    rotate(commune)
    write(commune, "Perdu puis repris")
    network.settle()
    old.restore()
    assert commune.keys.number == 1
    network.clock.advance(minutes=2)
    network.settle()
    assert commune.keys.number == 2
    with commune.reading() as site:
        assert reprise.waiting(site) is None
    write(commune, "De la nouvelle paire")
    assert signed_by(last(commune)) == ["2"]
    network.settle()
    assert len(digests(network)) == 1


def test_a_site_restored_without_its_new_pair_says_which_files_are_missing(
    network: Network, commune: Commune, other: Commune
) -> None:
    old = backup(commune)
    rotate(commune)
    network.settle()
    old.restore()
    (commune.settings.data / "keys" / "rsa-2.pem").unlink()
    network.clock.advance(minutes=2)
    del commune.keystore
    with pytest.raises(SettingsError, match="numéro 2 de ce site manquent"):
        network.settle()


def test_what_an_absent_peer_alone_held_is_said_again_though_its_key_signs_no_more(
    network: Network, commune: Commune
) -> None:
    absent = network.communes[SAINTE_AURE]
    old = backup(commune)
    only_at(network, commune, SAINTE_AURE, "Chez elle seule")
    network.wire.down.add(absent.settings.host)
    old.restore()
    later(network, minutes=5)
    with commune.transaction() as site:
        reprise.decide(site, ADMIN, commune.marker.read())
    rotate(commune)
    drop(network, commune)
    network.wire.down.clear()
    later(network, days=1)
    later(network, minutes=5)
    for each in network.communes.values():
        assert "Chez elle seule" in titles(each)
        assert faults(each) == []
    assert len(digests(network)) == 1


def test_a_new_epoch_tells_both_keys_of_a_change_that_goes_on(
    network: Network, commune: Commune, other: Commune
) -> None:
    rotate(commune)
    network.settle()
    with commune.transaction() as site:
        journal.open_epoch(site, "forum")
    told = last(commune)
    assert [key["number"] for key in told["pop:keys"]] == [1, 2]  # type: ignore[union-attr, index, call-overload]
    write(commune, "Dans la nouvelle époque")
    network.settle()
    drop(network, commune)
    network.settle()
    assert numbers(other, commune.settings.host) == [2]
    assert faults(other) == faults(commune) == []


def test_the_archive_of_a_site_that_changed_its_keys_is_verified(network: Network, commune: Commune) -> None:
    write(commune, "Avant")
    rotate(commune)
    drop(network, commune)
    write(commune, "Après")
    with commune.reading() as site:
        leaves = list(archiving.leaves(site))
        root = identity.own_fingerprint(site)
        assert load_object(archiving.description(site))["fingerprint"] == root
    for name in ("forum", "programme"):
        reading = Reading(Host(commune.settings.host), name)
        for leaf in leaves:
            if leaf.journal == name:
                reading.take(leaf.data)
        reading.finish()
        assert (reading.faults, reading.root) == ([], root)
        assert [span.key.number for span in reading.ring.spans] == [1, 2]


@pytest.mark.parametrize("dropped", [False, True])
def test_communes_meet_after_a_change_of_keys_and_while_a_letter_is_on_its_way(
    tmp_path: Path, pair_files: dict[str, bytes], *, dropped: bool
) -> None:
    network = befriended(tmp_path, LINE)
    commune, stranger = network.communes[PONT_HERVEL], network.communes[SAINTE_AURE]
    give(commune, pair_files)
    with commune.transaction() as site:
        invitations.invite(site, ADMIN, stranger.settings.host)
    network.settle()
    network.wire.down.add(stranger.settings.host)
    confirm(commune, stranger.settings.host)
    network.work(commune)
    rotate(commune)
    if dropped:
        with commune.transaction() as site:
            for row in site.session.scalars(select(Peer).where(Peer.host == stranger.settings.host)):
                invitations.decline(site, ADMIN, row)
        network.wire.down.clear()
        drop(network, commune)
        network.befriend(PONT_HERVEL, SAINTE_AURE)
    else:
        network.wire.down.clear()
        network.clock.advance(hours=12)
        network.settle()
        confirm(stranger, commune.settings.host)
    write(commune, "Entre nouvelles")
    network.settle()
    assert signed_by(last(stranger, host=commune.settings.host)) == ["2"]
    with stranger.reading() as site:
        assert peers.short(peer_of(site, commune.settings.host)) == own_short(commune)


def own_short(commune: Commune) -> str:
    with commune.reading() as site:
        return identity.own_short(site)


def test_erasures_are_acknowledged_and_lines_tested_after_a_change(
    network: Network, commune: Commune, other: Commune
) -> None:
    rotate(commune)
    drop(network, commune)
    network.settle()
    author = person(other, "Mireille A.")
    with acting(other, author) as (site, who):
        thread = threads.open_thread(site, who, ThreadDraft("À effacer", "Rien.", None, True))
        uri = thread.uri
    network.settle()
    with acting(other, author) as (site, who):
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        threads.delete_own(site, who, post)
    network.clock.advance(minutes=11)
    network.settle()
    network.clock.advance(minutes=2)
    network.settle()
    with other.reading() as site:
        link = site.session.scalars(
            select(Link).join(Peer).where(Peer.host == commune.settings.host, Link.journal == "forum")
        ).one()
        assert link.erased_n > 0
        assert signed_by(load_object(link.erased_proof or b"")) == ["2"]
    with commune.transaction() as site:
        line_tests.ask(site, ADMIN, peer_of(site, other.settings.host))
    network.settle()
    with commune.reading() as site:
        assert peer_of(site, other.settings.host).test_back_at is not None


def test_a_line_is_tested_with_a_peer_that_has_not_read_of_the_change(
    network: Network, commune: Commune, other: Commune
) -> None:
    network.wire.down.add(other.settings.host)
    rotate(commune)
    drop(network, commune)
    with commune.transaction() as site:
        line_tests.ask(site, ADMIN, peer_of(site, other.settings.host))
    network.wire.down.clear()
    with other.transaction() as site:
        site.session.query(Peer).update({"sync_due_at": None})
    tasks.run(commune, "send")
    tasks.run(other, "receive")
    with other.reading() as site:
        letter = site.session.scalars(select(Envelope).order_by(Envelope.id.desc())).first()
        assert letter is not None and (letter.state, peer_of(site, commune.settings.host).key_number) == ("applied", 1)


def test_a_key_that_only_the_actor_document_showed_counts_until_the_journal_is_read(
    network: Network, commune: Commune, other: Commune
) -> None:
    forged = SiteKeys.generate(9).public()
    with other.transaction() as site:
        peer = peer_of(site, commune.settings.host)
        peer.key_number, peer.ed25519, peer.rsa_pem = forged.number, forged.ed25519, forged.rsa_pem
    network.clock.advance(minutes=2)
    network.settle()
    with other.reading() as site:
        peer = peer_of(site, commune.settings.host)
        assert (peer.key_number, peer.rsa_pem) == (1, commune.keys.public().rsa_pem)


def test_actors_publish_the_keys_that_may_sign(network: Network, commune: Commune) -> None:
    rotate(commune)
    with commune.reading() as site:
        site_actor, group = actors.site_actor(site), actors.daily_life(site)
        told = handshake.parse_site_actor(site_actor, host=Host(commune.settings.host))
        assert (told.keys, [key.number for key in told.older]) == (site.keys.public(), [1])
        assert told.root == identity.own_fingerprint(site)
    assert len(site_actor["assertionMethod"]) == 1  # type: ignore[arg-type]
    assert [str(each["id"])[-2:] for each in group["assertionMethod"]] == ["-2", "-1"]  # type: ignore[union-attr, index, call-overload]
    drop(network, commune)
    with commune.reading() as site:
        assert "pop:keys" not in actors.site_actor(site)
        assert len(actors.daily_life(site)["assertionMethod"]) == 1  # type: ignore[arg-type]
