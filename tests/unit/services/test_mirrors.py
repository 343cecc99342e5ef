"""Journals read from a mirror: communes that never meet, origins that are away, and mirrors that lie."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum import tasks
from pop_forum.adapters.remote import Answer
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput
from pop_forum.federation import journal as chain
from pop_forum.federation.activities import MemberListed
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Fingerprint, Host
from pop_forum.models import Entry, Journal, Member, Mirror, Peer, Post, Thread
from pop_forum.services import digest, identity, journal, members, mirrors, threads
from pop_forum.services.threads import ThreadDraft
from pop_forum.tasks import mirror as reading
from tests.network import ADMIN, Network, acting, befriended, peer_of, person

HOME, WEST, EAST = "valombre", "pont-hervel", "sainte-aure"
WEST_HOST, HOME_HOST = Host("pont-hervel.localhost:8080"), Host("valombre.localhost:8080")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Network]:
    """Pont-Hervel, Valombre (the programme's home), Sainte-Aure: those at the ends never meet."""
    network = befriended(tmp_path, ((HOME, WEST), (HOME, EAST)), since=timedelta())
    yield network
    network.close()


def tell(commune: Commune, title: str = "La navette ?") -> str:
    author = person(commune, f"Quelqu’une, {title}")
    with acting(commune, author) as (site, who):
        return threads.open_thread(site, who, ThreadDraft(title, "Un texte.", None, True)).uri


def settle(network: Network, rounds: int = 3) -> None:
    """Each commune has pulled from each of its peers so many times."""
    for _ in range(rounds):
        network.clock.advance(seconds=90)
        network.settle()


def threads_of(commune: Commune) -> set[str]:
    with commune.reading() as site:
        return set(site.session.scalars(select(Thread.uri)))


def digests(network: Network) -> set[str]:
    found = set()
    for commune in network.communes.values():
        with commune.reading() as site:
            found.add(digest.shared_state(site)["all"])
    return found


def mirror_of(commune: Commune, host: str = WEST_HOST, name: str = "forum") -> Mirror:
    with commune.reading() as site:
        return site.session.scalars(select(Mirror).where(Mirror.host == host, Mirror.journal == name)).one()


def held(commune: Commune, host: str = WEST_HOST, name: str = "forum") -> Journal:
    with commune.reading() as site:
        row = journal.find(site, host, name)
        assert row is not None
        return row


# convergence


def test_communes_that_never_meet_are_in_step_through_a_third(network: Network) -> None:
    line = network
    for met in (WEST, EAST):
        line.befriend(HOME, met)
    west, east = tell(line.communes[WEST]), tell(line.communes[EAST], "Le pont ?")
    settle(line)
    for commune in line.communes.values():
        assert threads_of(commune) == {west, east}
    assert len(digests(line)) == 1
    asked = {url for _, url in line.wire.requests}
    assert any(f"http://{HOME_HOST}/journal/{WEST_HOST}/forum?since=0" in url for url in asked)


def test_an_answer_to_a_commune_that_was_never_met_comes_back_to_it(line: Network) -> None:
    uri = tell(line.communes[WEST])
    settle(line)
    east = line.communes[EAST]
    author = person(east, "Anne")
    with acting(east, author) as (site, who):
        thread = site.session.scalars(select(Thread).where(Thread.uri == uri)).one()
        reply = threads.reply(site, who, thread, "De très loin.").uri
    settle(line)
    with line.communes[WEST].reading() as site:
        assert site.session.scalars(select(Post.source).where(Post.uri == reply)).one() == "De très loin."
    assert len(digests(line)) == 1


def test_entries_from_a_mirror_are_those_of_the_origin_to_the_byte(line: Network) -> None:
    tell(line.communes[WEST])
    settle(line)
    of = select(Entry.n, Entry.salt, Entry.activity, Entry.hash).join(Journal).where(Journal.host == WEST_HOST)
    rows = {}
    for slug, commune in line.communes.items():
        with commune.reading() as site:
            rows[slug] = [tuple(row) for row in site.session.execute(of.order_by(Journal.name, Entry.n))]
    assert rows[WEST] == rows[HOME] == rows[EAST] != []
    with line.communes[EAST].reading() as site:
        assert set(
            site.session.scalars(select(Entry.received_from).join(Journal).where(Journal.host == WEST_HOST))
        ) == {HOME_HOST}


def test_two_communes_stay_in_step_while_a_third_that_wrote_is_away(trio: Network) -> None:
    home, west, east = (trio.communes[slug] for slug in (HOME, WEST, EAST))
    trio.wire.down.add(east.settings.host)
    uri = tell(west)
    settle(trio)
    assert uri in threads_of(home)
    trio.wire.down = {WEST_HOST}
    trio.clock.advance(days=1)
    settle(trio)
    assert uri in threads_of(east)


def test_an_origin_that_answers_is_asked_itself(trio: Network) -> None:
    tell(trio.communes[WEST])
    settle(trio)
    asked = [url for _, url in trio.wire.requests if f"/journal/{WEST_HOST}/" in url and "since=0" in url]
    assert asked == []


def test_a_long_journal_is_followed_to_its_head_before_it_is_taken(
    line: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for title in map(str, range(4)):
        tell(line.communes[WEST], title)
    line.settle()
    monkeypatch.setattr("pop_forum.federation.pages.PAGE_ENTRIES", 2)
    monkeypatch.setattr(reading, "PAGES_KEPT", 1)
    settle(line)
    assert len(threads_of(line.communes[EAST])) == 4
    assert len(digests(line)) == 1
    later = [url for _, url in line.wire.requests if f"{HOME_HOST}/journal/{WEST_HOST}/forum?since=5" in url]
    assert len(later) >= 2


def test_a_turn_is_bounded_and_the_rest_comes_at_the_next(line: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(line.communes[WEST])
    line.settle()
    monkeypatch.setattr(reading, "PAGES_A_TURN", 1)
    settle(line)
    assert len(digests(line)) == 1


def test_part_of_a_journal_proves_itself(line: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """The origin went away for ever after the first page: what came of it reaches those who never met it."""
    uri = tell(line.communes[WEST], "un")
    tell(line.communes[WEST], "deux")
    monkeypatch.setattr("pop_forum.federation.pages.PAGE_ENTRIES", 3)
    home, west = line.communes[HOME], line.communes[WEST]
    with west.reading() as site:
        first, root = journal.page(site, "forum", 0), identity.own_fingerprint(site)
    with home.transaction() as site:
        from pop_forum.services import catchup

        taken = catchup.receive_page(site, WEST_HOST, root, "forum", first, WEST_HOST)
        assert taken.more
    line.wire.down.add(WEST_HOST)
    settle(line)
    assert threads_of(line.communes[EAST]) == {uri}
    assert mirror_of(line.communes[EAST]).problem is None


def test_a_later_epoch_is_followed_at_a_mirror(line: Network) -> None:
    tell(line.communes[WEST])
    settle(line)
    west = line.communes[WEST]
    with west.transaction() as site:
        journal.open_epoch(site, "forum")
    uri = tell(west, "Après")
    settle(line, 4)
    assert held(line.communes[EAST]).epoch == 2
    assert uri in threads_of(line.communes[EAST])


# whom a site knows


def test_a_journal_of_an_origin_whose_fingerprint_is_unknown_is_not_read(network: Network) -> None:
    network.befriend(WEST, HOME)
    network.befriend(WEST, EAST)  # the home is at an end: nobody told Sainte-Aure who it is
    tell(network.communes[HOME])
    settle(network)
    assert threads_of(network.communes[EAST]) == set()
    with network.communes[HOME].reading() as site:
        root = identity.own_fingerprint(site)
    east = network.communes[EAST]
    east.settings = replace(east.settings, programme=replace(east.settings.programme, fingerprint=root))
    settle(network)
    assert len(threads_of(east)) == 1
    assert len(digests(network)) == 1


def test_the_home_lists_whom_its_admin_has_compared(line: Network) -> None:
    settle(line)
    for commune in line.communes.values():
        with commune.reading() as site:
            assert [row.host for row in members.listed(site)] == [WEST_HOST, "sainte-aure.localhost:8080"]
    with line.communes[EAST].reading() as site, line.communes[WEST].reading() as west:
        assert members.roots(site)[WEST_HOST] == identity.own_fingerprint(west)
        assert site.settings.host not in members.roots(site)


def test_a_list_of_another_site_counts_for_nothing(line: Network) -> None:
    with line.communes[WEST].transaction() as site:
        listed = MemberListed(Host("intruse.localhost:8080"), "Intruse", "citoyenne", Fingerprint("a" * 52))
        members._say(site, listed)
    settle(line)
    with line.communes[HOME].reading() as site:
        assert site.session.scalars(select(Member).where(Member.host == listed.host)).one().issuer == WEST_HOST
        assert listed.host not in members.roots(site)
    assert len(digests(line)) == 1


def test_a_commune_taken_off_the_list_is_read_from_mirrors_no_more(line: Network) -> None:
    settle(line)
    with line.communes[HOME].transaction() as site:
        members.dismiss(site, ADMIN, WEST_HOST)
    settle(line)
    tell(line.communes[WEST])
    settle(line)
    assert threads_of(line.communes[EAST]) == set()
    with line.communes[HOME].transaction() as site:
        members.admit(site, ADMIN, peer_of(site, WEST_HOST))
    settle(line)
    assert len(threads_of(line.communes[EAST])) == 1


def test_only_the_admin_of_the_home_keeps_the_list(line: Network) -> None:
    with line.communes[WEST].transaction() as site, pytest.raises(Forbidden):
        members.dismiss(site, ADMIN, HOME_HOST)
    with line.communes[HOME].transaction() as site:
        with pytest.raises(Forbidden):
            members.dismiss(site, Viewer(1, Role.MODERATOR), WEST_HOST)
        with pytest.raises(Conflict):
            members.dismiss(site, ADMIN, "inconnue.localhost:8080")
        peer = peer_of(site, WEST_HOST)
        peer.state = "invited"
        with pytest.raises(Conflict):
            members.admit(site, ADMIN, peer)
        with pytest.raises(InvalidInput):
            far = MemberListed(Host("loin.localhost:8080"), "Loin", "citoyenne", Fingerprint("abc"))
            members.admit_unlinked(site, ADMIN, far)


def test_what_our_own_admin_compared_counts_before_the_list(line: Network) -> None:
    settle(line)
    with line.communes[EAST].transaction() as site:
        home = peer_of(site, HOME_HOST)
        site.session.add(
            Peer(
                host=WEST_HOST,
                base_url=f"http://{WEST_HOST}",
                state="suspended",
                invited_by="us",
                fingerprint="b" * 52,
                created_at=home.created_at,
            )
        )
        site.session.flush()
        assert members.roots(site)[WEST_HOST] == "b" * 52


# mirrors that lie


def through(line: Network, change: Callable[[dict[str, Any]], object], rehash: bool = False) -> None:
    """From now on Valombre serves Pont-Hervel's journals changed so."""
    honest = line.wire.get

    def lying(url: str, headers: dict[str, str], **limits: object) -> Answer:
        answer = honest(url, headers, **limits)
        if f"{HOME_HOST}/journal/{WEST_HOST}/forum" not in url or answer.status != 200:
            return answer
        document = json.loads(answer.body)
        change(document)
        if rehash:
            _rehash(document)
        return replace(answer, body=json.dumps(document).encode())

    line.wire.get = lying  # type: ignore[method-assign]


def _rehash(document: dict[str, Any]) -> None:
    """Every hash made to fit the entries again, which anybody can; only the head is signed."""
    epoch = chain.read_epoch(document["epoch"])
    position = chain.Position(epoch.number, epoch.id, document["startIndex"], bytes.fromhex(document["previous"]))
    document["hashes"] = []
    for item in document["orderedItems"]:
        item["n"] = position.n + 1
        leaf = chain.leaf(bytes.fromhex(item["salt"]), jcs(item["activity"]))
        position = chain.after(WEST_HOST, "forum", position, leaf)
        document["hashes"].append(position.hash.hex())


@pytest.mark.parametrize("rehash", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        lambda page: page["orderedItems"][-1]["activity"]["object"].update(name="Un autre titre"),
        lambda page: page["orderedItems"].reverse(),
        lambda page: page["orderedItems"][-1].update(salt="ff" * 32),
        lambda page: page["orderedItems"].pop(0),
    ],
    ids=["edited", "reordered", "salted", "left out"],
)
def test_a_mirror_that_edits_or_reorders_is_quarantined_and_changes_nothing(
    line: Network, change: Callable[[dict[str, Any]], object], rehash: bool
) -> None:
    tell(line.communes[WEST])
    line.settle()
    through(line, change, rehash)
    settle(line)
    east = line.communes[EAST]
    assert threads_of(east) == set()
    assert mirror_of(east).quarantined
    assert held(east).n == 1  # its key register, which came before
    asked = len(line.wire.requests)
    settle(line)
    assert not any(f"/journal/{WEST_HOST}/forum" in url for _, url in line.wire.requests[asked:])


def test_a_head_signed_by_another_is_an_altered_page(line: Network) -> None:
    tell(line.communes[WEST])
    line.settle()
    through(line, lambda page: page["head"].update(time="2026-11-23T09:00:01Z"))
    settle(line)
    assert mirror_of(line.communes[EAST]).quarantined


def test_a_lying_mirror_does_not_hold_back_an_honest_one(trio: Network) -> None:
    """Sainte-Aure hears of Pont-Hervel from Valombre, which lies, and from nobody else until the origin is back."""
    east = trio.communes[EAST]
    trio.wire.down.add(east.settings.host)
    uri = tell(trio.communes[WEST])
    settle(trio)
    through(trio, lambda page: page["orderedItems"].reverse())
    trio.wire.down = {WEST_HOST}
    trio.clock.advance(days=1)
    settle(trio)
    assert uri not in threads_of(east)
    assert mirror_of(east).quarantined
    assert held(east).quarantined is None
    trio.wire.down = set()
    trio.clock.advance(days=1)
    settle(trio)
    assert uri in threads_of(east)


def test_a_mirror_that_gives_less_than_it_says_is_noted_and_believed_once_it_gives(line: Network) -> None:
    tell(line.communes[WEST])
    line.settle()
    honest = line.wire.get
    through(line, lambda page: page.update(orderedItems=[], hashes=[]))
    settle(line)
    east = line.communes[EAST]
    assert mirror_of(east).problem == mirrors.WITHHELD
    assert mirror_of(east).quarantined is None
    line.wire.get = honest  # type: ignore[method-assign]
    settle(line)
    assert mirror_of(east).problem is None
    assert len(threads_of(east)) == 1


def test_a_mirror_that_does_not_serve_what_it_names_is_asked_again_an_hour_later(line: Network) -> None:
    """An older version names what it holds, and has no such address."""
    tell(line.communes[WEST])
    line.settle()
    honest = line.wire.get

    def older(url: str, headers: dict[str, str], **limits: object) -> Answer:
        if f"{HOME_HOST}/journal/{WEST_HOST}/" in url:
            line.wire.requests.append(("GET", url))
            return Answer(404, {}, b"{}", url)
        return honest(url, headers, **limits)

    line.wire.get = older  # type: ignore[method-assign]
    settle(line)
    east = line.communes[EAST]
    assert mirror_of(east).problem == mirrors.REFUSED
    asked = len(line.wire.requests)
    settle(line)
    assert not any(f"/journal/{WEST_HOST}/forum" in url for _, url in line.wire.requests[asked:])
    line.wire.get = honest  # type: ignore[method-assign]
    line.clock.advance(hours=2)
    settle(line)
    assert len(threads_of(east)) == 1


def test_an_origin_that_signs_two_histories_is_found_through_its_mirror(line: Network) -> None:
    """The mirror is not to blame: both histories are signed."""
    west = line.communes[WEST]
    tell(west, "Pour le centre")
    settle(line)
    east = line.communes[EAST]
    before = held(east)
    with east.transaction() as site:  # as if the origin had told Sainte-Aure something else
        row = journal.find(site, WEST_HOST, "forum")
        assert row is not None
        row.hash = "ab" * 32
        last = select(Entry).where(Entry.journal_id == row.id, Entry.n == row.n)
        site.session.scalars(last).one().hash = "ab" * 32
    tell(west, "La suite")
    settle(line)
    assert held(east).quarantined
    assert held(east).n == before.n
    assert mirror_of(east).quarantined is None


def test_a_vector_that_names_another_hash_for_our_place_is_looked_into(line: Network) -> None:
    tell(line.communes[WEST])
    settle(line)
    east = line.communes[EAST]
    with line.communes[HOME].transaction() as site:  # the mirror's own rows were changed
        row = journal.find(site, WEST_HOST, "forum")
        assert row is not None
        row.hash = "cd" * 32
        last = select(Entry).where(Entry.journal_id == row.id, Entry.n == row.n)
        site.session.scalars(last).one().hash = "cd" * 32
    settle(line)
    assert mirror_of(east).quarantined
    assert held(east).quarantined is None


def test_a_mirror_with_an_older_head_shows_its_age(line: Network) -> None:
    tell(line.communes[WEST])
    settle(line)
    east = line.communes[EAST]
    first = mirror_of(east)
    assert (first.n, first.head_n) == (held(east).n, held(east).n)
    line.clock.advance(hours=2)
    settle(line)
    assert mirror_of(east).head_at > first.head_at  # type: ignore[operator]
    assert held(east).head_at is not None
    line.wire.down.add(WEST_HOST)
    line.clock.advance(days=3)
    settle(line)
    assert mirror_of(east).head_at is not None
    with east.reading() as site:
        assert (site.clock.now() - (mirror_of(east).head_at or site.clock.now())).days >= 2


def test_a_process_that_ends_in_the_middle_loses_nothing(line: Network) -> None:
    tell(line.communes[WEST])
    line.settle()
    line.clock.advance(seconds=90)
    east = line.communes[EAST]
    real, calls = line.wire.get, iter(range(100))

    def dies(url: str, headers: dict[str, str], **limits: object) -> Answer:
        if f"/journal/{WEST_HOST}/" in url and next(calls) == 0:
            raise KeyboardInterrupt
        return real(url, headers, **limits)

    line.wire.get = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        for _ in range(3):
            line.clock.advance(seconds=90)
            line.settle()
    tasks.start(east)
    settle(line)
    assert len(digests(line)) == 1
