"""Erasing: what is withdrawn for ten minutes is gone from every table, every journal and every peer, and stays gone."""

from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from pop_forum import tasks
from pop_forum.commune import Commune
from pop_forum.domain.permissions import UNDO_FOR
from pop_forum.errors import Conflict
from pop_forum.federation.activities import Erase, PostRestored, Tombstone
from pop_forum.federation.identifiers import ObjectId, Seq, site_actor_id
from pop_forum.models import Entry, Journal, Person, Picture, Post, PostPicture, Thread
from pop_forum.services import digest, drafts, erasing, pictures, threads
from pop_forum.services.threads import ThreadDraft
from tests.network import START, Network
from tests.unit.services.scribe import OTHER, Scribe, outcomes, take
from tests.unit.services.test_leaving import leaves, somebody

WORDS = "Rendez-moi ma parole"
AT_HOME, NEAR, FAR = "valombre", "pont-hervel", "sainte-aure"


def traces(commune: Commune, words: str = WORDS) -> list[str]:
    """The tables of a commune in which these words stand, whatever the column."""
    found = []
    with commune.reading() as site:
        for table in inspect(site.session.get_bind()).get_table_names():
            for row in site.session.execute(text(f"SELECT * FROM {table}")):
                told = " ".join(
                    bytes(cell).decode(errors="replace") if isinstance(cell, bytes) else str(cell) for cell in row
                )
                found += [table] * (words in told)
    return found


def quotation(uri: str) -> str:
    return f"> [**Huguette P.** a écrit :]({uri})\n>\n> {WORDS}\n\n"


def state(commune: Commune) -> str:
    with commune.reading() as site:
        return digest.shared_state(site)["all"]


def opened(commune: Commune, author: int, words: str = WORDS) -> str:
    with commune.transaction() as site:
        person = site.session.get_one(Person, author)
        return threads.open_thread(site, person, ThreadDraft(f"{words} : un titre", words, None, True)).uri


def answered(commune: Commune, author: int, uri: str, words: str, *, quoted: bool = False) -> str:
    with commune.transaction() as site:
        to = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        said = quotation(uri) if quoted else ""
        person = site.session.get_one(Person, author)
        return threads.reply(site, person, to.thread, said + words, None if to.opening else to).uri


def withdrawn(commune: Commune, author: int, uri: str) -> None:
    with commune.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        threads.delete_own(site, site.session.get_one(Person, author), post)


def pass_by(network: Network, **duration: float) -> None:
    for commune in network.communes.values():
        commune.clock.advance(**duration)  # type: ignore[attr-defined]


def swept(commune: Commune) -> None:
    tasks.run(commune, tasks.SWEEP)
    tasks.run(commune, erasing.ERASE)


def test_row_94_withdrawn_words_are_gone_from_every_table_of_every_commune_ten_minutes_later(trio: Network) -> None:
    home, near, far = (trio.communes[slug] for slug in (AT_HOME, NEAR, FAR))
    huguette, karim = somebody(home), somebody(near)
    uri = opened(home, huguette)
    trio.settle()
    edited = answered(home, huguette, uri, "Encore")
    with home.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.uri == edited)).one()
        threads.edit(site, threads.viewer_of(site, post.author), post, f"{WORDS}, bis")
    trio.settle()
    answered(near, karim, uri, "D’accord.", quoted=True)
    trio.settle()
    with near.transaction() as site:
        key = site.session.scalars(select(Thread.key)).one()
        drafts.save(site, karim, f"/discussions/{key}/repondre", {"text": quotation(uri)})
    withdrawn(home, huguette, uri)
    withdrawn(home, huguette, edited)
    trio.settle()
    assert traces(home) and traces(far)
    pass_by(trio, minutes=11)
    swept(home)
    trio.settle()
    assert set(traces(home)) <= {"entries"} and {state(one) for one in (home, near, far)} == {state(home)}
    with home.reading() as site:
        own = select(Entry.type, Entry.activity, Entry.salt).join(Journal, Journal.id == Entry.journal_id)
        told = site.session.execute(own.where(Journal.host == home.settings.host, Journal.name == "forum")).all()
    assert not any(WORDS.encode() in bytes(row.activity or b"") for row in told)
    assert [row.type for row in told].count("Erase") == 3


class Files:
    """Where pictures would be."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def keep(self, digest: str, content: bytes) -> None: ...

    def remove(self, digest: str) -> None:
        self.removed.append(digest)


def test_the_files_of_its_pictures_go_with_the_next_sweep(commune: Commune) -> None:
    uri = opened(commune, huguette := somebody(commune))
    size, then = {"width": 60, "height": 40}, commune.clock.now()
    with commune.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        site.session.add(Picture(digest="ab" * 32, size=1, fetched=False, kept_at=then, looked_at=then, **size))
        site.session.add(PostPicture(post_id=post.id, position=0, digest="ab" * 32, alt=WORDS, **size))
    withdrawn(commune, huguette, uri)
    commune.clock.advance(minutes=11)  # type: ignore[attr-defined]
    swept(commune)
    assert not traces(commune)
    with commune.transaction() as site:
        pictures.purge(site, files := Files())
    assert files.removed == ["ab" * 32]


def test_until_the_tenth_minute_it_is_taken_back_and_after_it_nobody_can(trio: Network) -> None:
    home = trio.communes[AT_HOME]
    huguette = somebody(home)
    uri = opened(home, huguette)
    withdrawn(home, huguette, uri)
    home.clock.advance(seconds=UNDO_FOR.total_seconds() - 1)  # type: ignore[attr-defined]
    swept(home)
    assert traces(home)
    home.clock.advance(seconds=2)  # type: ignore[attr-defined]
    swept(home)
    assert not traces(home)
    with home.transaction() as site, pytest.raises(Conflict):
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        threads.restore(site, threads.viewer_of(site, post.author), post)


def test_who_leaves_is_named_by_no_entry_of_our_journal(trio: Network) -> None:
    home = trio.communes[AT_HOME]
    huguette = somebody(home)
    opened(home, huguette)
    trio.settle()
    leaves(home, huguette, with_messages=True)
    swept(home)
    trio.settle()
    for commune in trio.communes.values():
        assert not traces(commune) and not traces(commune, "Huguette P.")
    assert len({state(one) for one in trio.communes.values()}) == 1


def test_words_that_a_version_before_wrote_without_their_number_are_found(trio: Network) -> None:
    home = trio.communes[AT_HOME]
    uri = opened(home, huguette := somebody(home))
    with home.transaction() as site:
        site.session.execute(text("UPDATE post_versions SET epoch = 0, n = 0"))
    withdrawn(home, huguette, uri)
    home.clock.advance(minutes=11)  # type: ignore[attr-defined]
    swept(home)
    assert not traces(home)


def erase(scribe: Scribe, n: int, left: Tombstone | None) -> int:
    return scribe.say(Erase("forum", scribe.epoch.id, Seq(n), left), site_actor_id(scribe.host))


def left_of(scribe: Scribe, uri: str, thread: str | None = None, parent: ObjectId | None = None) -> Tombstone:
    place = {"board": "quotidien"} if thread is None else {"thread": ObjectId(thread), "parent": parent}
    return Tombstone(ObjectId(uri), scribe.person(), START, **place)  # type: ignore[arg-type]


class Story:
    """Two journals: in one a discussion is opened, changed, withdrawn and erased; the other answers and quotes."""

    def __init__(self) -> None:
        self.one, self.two = Scribe(), Scribe(OTHER)
        thread = self.one.opens(text=WORDS)
        reply = self.two.replies(thread, "deux")
        mine = self.one.replies(thread, "trois", parent=reply)
        self.one.edits(thread, f"{WORDS}, bis", title=WORDS)
        self.two.edits(reply, f"> [**Alice** a écrit :]({thread})\n>\n> {WORDS}\n\nOui.")
        self.one.deletes(thread)
        self.one.deletes(mine)
        self.kept = list(self.one.entries)
        self.erased = {
            2: left_of(self.one, thread),
            4: left_of(self.one, thread),
            3: left_of(self.one, mine, thread, reply),
        }
        by = {n: erase(self.one, n, left) for n, left in self.erased.items()}
        self.whole = list(self.one.entries)
        for n, eraser in by.items():
            self.one.hide(n, eraser)

    def pages(self) -> Iterable[tuple[Scribe, list[object]]]:
        return (self.one, self.kept), (self.one, self.whole), (self.one, self.one.entries), (self.two, self.two.entries)


def after(folder: Path, order: tuple[int, ...]) -> tuple[str, list[str], set[str]]:
    """The digest, where the words stand and the outcomes, once pages of both journals have come in this order.

    0: the first journal before the erasures, as a push brought it; 1: with them, and their entries still whole, as a
    source would give that keeps what it must not; 2: as it is served after them; 3: the second journal.
    """
    network, story = Network(folder), Story()
    commune = network.add("valombre")
    try:
        for which in (*order, 2, 3):
            scribe, entries = list(story.pages())[which]
            now, scribe.entries = scribe.entries, entries  # type: ignore[assignment]
            with commune.reading() as site:
                held = site.session.scalar(select(Journal.n).where(Journal.host == scribe.host)) or 0
            if held <= len(scribe.entries):
                take(commune, scribe, scribe.page(min(held, len(scribe.entries))))
            scribe.entries = now
        settled = set(outcomes(commune, story.one).values()) | set(outcomes(commune, story.two).values())
        return state(commune), traces(commune), settled
    finally:
        network.close()


def test_nothing_comes_back_in_any_order_of_arrival(tmp_path: Path) -> None:
    orders = {order[:length] for order in permutations(range(4)) for length in range(5)}
    ends = {order: after(tmp_path / "".join(map(str, order)), order) for order in sorted(orders)}
    assert len({end[0] for end in ends.values()}) == 1, {order: end[0][:8] for order, end in ends.items()}
    for order, (_, found, settled) in ends.items():
        assert settled == {"applied", "erased"}, order
        assert set(found) <= {"entries"}, order  # the quotation, in the other's own entry


def test_an_update_or_an_undo_that_comes_after_the_erasure_brings_nothing_back(commune: Commune) -> None:
    story = Story()
    thread = story.one.at("/o/fil")
    story.one.edits(thread, WORDS, title=WORDS)
    story.one.say(PostRestored(thread, story.one.person(), START))
    story.one.opens(text=WORDS)
    story.one.brought_to(commune)
    assert set(traces(commune)) == {"entries"}
    with commune.reading() as site:
        post = site.session.scalars(select(Post).where(Post.uri == thread)).one()
        assert (post.source, post.deleted_by, post.thread.title) == ("", "author", "Discussion retirée")
    with commune.reading() as site:
        assert len(site.session.scalars(select(Post).where(Post.uri == thread)).all()) == 1


@pytest.mark.parametrize("n", [1, 4])
def test_an_origin_erases_no_key_and_no_erasure(commune: Commune, n: int) -> None:
    scribe = Scribe()
    scribe.edits(scribe.opens(), "Autre chose.", title="La place")
    erase(scribe, 3, None)
    erase(scribe, n, None)
    scribe.brought_to(commune)
    assert outcomes(commune, scribe)[n] == "applied"


def test_a_tombstone_erases_nobody_else_s_message(commune: Commune) -> None:
    one, two = Scribe(), Scribe(OTHER)
    uri = one.opens(text=WORDS)
    one.brought_to(commune)
    two.say(
        Erase("forum", two.epoch.id, Seq(1), Tombstone(uri, one.person(), START, "quotidien")), site_actor_id(two.host)
    )
    two.brought_to(commune)
    assert outcomes(commune, two)[2] == "refused"
    assert "posts" in traces(commune)


def test_an_erasure_names_the_journal_in_which_it_stands(commune: Commune) -> None:
    forum, programme = Scribe(), Scribe(journal="programme")
    forum.say(Erase("programme", forum.epoch.id, Seq(1)), site_actor_id(forum.host))
    programme.say(Erase("programme", programme.epoch.id, Seq(1)), site_actor_id(programme.host))
    forum.brought_to(commune)
    programme.brought_to(commune)
    with commune.reading() as site:
        kept = select(Entry.outcome).where(Entry.n == 2, Entry.received_from == forum.host)
        assert site.session.scalars(kept).all() == ["refused", "refused"]


def test_an_entry_that_waits_is_emptied_and_its_tombstone_waits_in_its_place(commune: Commune) -> None:
    one, two = Scribe(), Scribe(OTHER)
    thread = two.opens("ailleurs")
    mine = one.replies(thread, "attend")
    one.brought_to(commune)
    one.edits(mine, WORDS)
    one.brought_to(commune, since=2)
    for n in (2, 3):
        erase(one, n, left_of(one, mine, thread))
    one.brought_to(commune, since=3)
    assert outcomes(commune, one) == {1: "applied", 2: "erased", 3: "erased", 4: "waiting", 5: "applied"}
    assert not traces(commune)
    two.brought_to(commune)
    assert outcomes(commune, one) == {1: "applied", 2: "erased", 3: "erased", 4: "applied", 5: "applied"}
    with commune.reading() as site:
        assert site.session.scalars(select(Post.deleted_by).where(Post.uri == mine)).one() == "author"
