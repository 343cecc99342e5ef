"""Rows 91 and 93: the page of a discussion, kept in common for who is signed in, is what each would get alone."""

import gzip
import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from pop_forum.app import create_app
from pop_forum.commune import Commune
from pop_forum.models import Account, Post, Support
from pop_forum.services import accounts, message_parts, thread_readers, threads
from pop_forum.web import fragments, shared_pages, truth
from pop_forum.web.packing import pack
from pop_forum.web.shared_pages import EXTENSION, Shared, SharedPages, Shelf
from tests.web.conftest import FAST, Browser
from tests.web.neighbour import answer, befriend, neighbour, neighbour_data, write
from tests.web.test_page_cache_truth import deeds, post_key

__all__ = ["neighbour", "neighbour_data"]

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')  # of a session, and of a form that is sent once
SECRET = "une-adresse-privée-publiée-par-colère"
Enter = Callable[..., Browser]


class Alone(SharedPages):
    """Keeps nothing, so that every page is built for one reader."""

    def show(self, *asked: Any) -> None:
        """None, always."""


class Readers:
    """Several people who are signed in, each with two ways to a page: kept in common, and built for them alone."""

    def __init__(self, app: Flask, commune: Commune, people: dict[str, Browser]) -> None:
        self.shelf, self._alone = Shelf(), create_app(commune, PASSWORDS=FAST, RATES_ENABLED=False)
        shared_pages.install(app, self.shelf)
        self._alone.extensions[EXTENSION] = Alone(commune, Shelf())
        self.people = people

    def alone(self, browser: Browser, address: str, **headers: str) -> Any:
        other = self._alone.test_client()
        other._cookies = dict(browser._cookies)  # type: ignore[union-attr]
        base = browser.get("/affichage").request.host_url
        return other.get(address, base_url=base, headers=headers)

    def check(self, address: str, after: str = "", **headers: str) -> None:
        """Each reader gets what they would alone, twice, whoever came before."""
        for _, (name, browser) in itertools.product(range(2), self.people.items()):
            self.alone(browser, address)  # both ways keep how far one has read: after this, nothing moves
            given, fresh = browser.get(address, headers=headers), self.alone(browser, address, **headers)
            assert given.status_code == fresh.status_code
            assert HIDDEN.sub("", given.text) == HIDDEN.sub("", fresh.text), f"{address} for {name} after: {after}"
            assert fragments._PLACE not in given.text and fragments._TOKEN not in given.text
            for other in self.people:
                assert other == name or f"le nom « {other}" not in given.text.replace("\u202f", " ").replace(
                    "\xa0", " "
                )


@pytest.fixture
def readers(app: Flask, commune: Commune, signed_in: Enter) -> Readers:
    roles = ("resident", "resident", "candidate", "moderator", "admin")
    names = ("Autrice R.", "Lecteur L.", "Candidate C.", "Modérateur <b> & M.", "Admine A.")
    return Readers(app, commune, {name: signed_in(role, name) for role, name in zip(roles, names, strict=True)})


@pytest.fixture
def address(readers: Readers) -> str:
    """The page of a discussion with a reply of the first two readers each, and one that the moderation hid."""
    author, other, _, moderator, _ = readers.people.values()
    opened = author.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Le car", text="Complet.", reach="local")
    page: str = opened.headers["Location"]
    for browser, text in ((author, "La première."), (other, "La seconde."), (other, SECRET)):
        location = browser.send(f"{page}/repondre", page, text=text).headers["Location"]
    judged = f"/moderation/messages/{location.rpartition('#m-')[2]}"
    moderator.send(judged, judged, decision="hide", reason="vie-privee", sentence="Une adresse.")
    for browser in readers.people.values():
        browser.get(page)  # what was just done is said once
    return page


def statements(commune: Commune, browser: Browser, address: str) -> list[str]:
    said: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    event.listen(commune.database.engine, "before_cursor_execute", listen)
    assert browser.get(address).status_code == 200
    event.remove(commune.database.engine, "before_cursor_execute", listen)
    return [each for each in said if "page_versions" not in each]  # asked again after a moment, whoever reads


# Each their own


def test_row_93_each_reader_gets_the_page_they_would_get_alone(readers: Readers, address: str) -> None:
    readers.check(address)
    assert len(readers.shelf) == 4, "both residents read the same"


def test_row_91_hidden_words_are_kept_for_who_may_see_them_and_nobody_else(readers: Readers, address: str) -> None:
    for name, browser in readers.people.items():
        shown = SECRET in browser.get(address).text
        assert shown == (name in ("Lecteur L.", "Modérateur <b> & M.", "Admine A.")), name
    for key, page in readers.shelf._pages.items():
        held = SECRET.encode() in b"".join(page.pieces) or SECRET in str(page.page)
        assert held == key[-1].moderates, key  # type: ignore[index]


def test_each_sees_their_own_supports_and_messages(readers: Readers, commune: Commune, address: str) -> None:
    author, other, *_ = readers.people.values()
    key = post_key(commune, "La première.")
    other.send(f"/messages/{key}/soutenir", address)
    readers.check(address, "a support")
    assert "Soutenu" in other.get(address).text and "Soutenu" not in author.get(address).text
    assert f"/messages/{key}/modifier" in author.get(address).text
    assert f"/messages/{key}/modifier" not in other.get(address).text
    other.send(f"/messages/{key}/soutenir", address, retirer="1")
    readers.check(address, "a support withdrawn")
    assert "Soutenu" not in other.get(address).text


def test_who_is_suspended_reads_and_is_offered_nothing_to_write(
    readers: Readers, commune: Commune, address: str
) -> None:
    other = readers.people["Lecteur L."]
    assert "/soutenir" in other.get(address).text
    with commune.transaction() as site:
        account = site.session.scalars(select(Account).where(Account.mail.is_not(None))).all()
        for one in account:
            if accounts.person(site, one.person_id).name == "Lecteur L.":
                one.suspended_until = datetime.now(UTC) + timedelta(days=3)
    readers.check(address, "a suspension")
    assert "/soutenir" not in other.get(address).text
    assert "/soutenir" in readers.people["Autrice R."].get(address).text


def test_a_role_over_a_part_of_the_site_is_another_page(readers: Readers, commune: Commune, address: str) -> None:
    other = readers.people["Lecteur L."]
    assert "Ranger cette discussion" not in other.get(address).text
    with commune.transaction() as site:
        for one in site.session.scalars(select(Account)):
            if accounts.person(site, one.person_id).name == "Lecteur L.":
                one.grants = "moderator@quotidien"
    assert "Ranger cette discussion" in other.get(address).text
    readers.check(address, "a role over daily life")


def test_language_display_and_saved_data_have_pages_of_their_own(readers: Readers, address: str) -> None:
    author, other, *_ = readers.people.values()
    author.send("/affichage", "/affichage", theme="dark", contrast="soft", size="large", spacing="usual", language="en")
    for _ in range(2):
        mine, theirs = author.get(address).text, other.get(address).text
        assert 'lang="en"' in mine and 'data-theme="dark"' in mine and "You are writing" in mine or 'lang="en"' in mine
        assert 'lang="fr"' in theirs and 'data-theme="dark"' not in theirs
    readers.check(address, "a choice of display")
    readers.check(address, "data to save", **{"Save-Data": "on"})


def test_a_draft_and_what_was_just_done_are_shown_to_who_they_are_for(readers: Readers, address: str) -> None:
    author, other, *_ = readers.people.values()
    token = author.csrf(address)
    author.post("/brouillons", data={"csrf_token": token, "place": f"{address}/repondre", "text": "À moitié écrit"})
    author.send(f"{address}/suivre", address, arreter="1")
    assert "À moitié écrit" in author.get(address).text
    assert "À moitié écrit" not in other.get(address).text
    readers.check(address, "a draft")


@pytest.mark.parametrize("query", ["?page=1", "?page=01", "?utm_source=x", "?page=2"])
def test_the_address_counts_as_it_does_alone(readers: Readers, address: str, query: str) -> None:
    readers.check(address + query)


def test_the_token_of_forms_differs_in_each_answer_and_is_the_readers_own(readers: Readers, address: str) -> None:
    author, other, *_ = readers.people.values()
    tokens = [browser.csrf(address) for browser in (author, other, author)]
    assert len(set(tokens)) == 3
    refused = other.post(f"{address}/repondre", data={"csrf_token": tokens[0], "text": "Volé"})
    assert refused.status_code == 403  # row 88
    assert author.post(f"{address}/repondre", data={"csrf_token": tokens[0], "text": "À moi."}).status_code == 303


# As long as it is true


def test_after_any_write_each_reader_gets_the_page_they_would_get_alone(
    readers: Readers, commune: Commune, neighbour: Commune, app: Flask
) -> None:
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    write(commune, "Un", "Premier sujet")
    write(commune, "Deux", "Second sujet", shared=False)
    thread = write(neighbour, "D’à côté", "Sujet voisin")
    answer(neighbour, thread, "Réponse voisine")
    address = f"/discussions/{post_key(commune, 'Premier sujet')}"
    browser: Any = app.test_client()

    def enter(role: str, name: str = "Admine A.") -> Browser:
        return readers.people[name]

    for name, deed in deeds(commune, neighbour, enter, browser):
        done = deed()
        assert done.status_code in (200, 303), f"{name}: {done.status_code}"
        readers.check(address, name)


def test_a_page_that_is_kept_asks_for_what_is_the_readers_own_and_nothing_else(
    readers: Readers, commune: Commune, address: str
) -> None:
    author = readers.people["Autrice R."]
    author.get(address)
    said = statements(commune, author, address)
    assert len(said) == 2, "who is signed in, and what they keep of the discussion"
    assert not any("posts.html" in each or "peers.name" in each for each in said)
    assert not [each for each in said if not each.startswith("SELECT")]


def test_the_statements_of_a_page_that_is_built_do_not_grow_with_its_messages(
    readers: Readers, commune: Commune, address: str
) -> None:
    author = readers.people["Autrice R."]
    counts = []
    for number in range(2):
        for reply in range(8 * number + 1):
            author.send(f"{address}/repondre", address, text=f"n° {number}.{reply}")
        author.get(address)
        author.get(address)
        commune.page_signal.change()
        with commune.transaction() as site:
            site.session.scalars(select(Post)).first().html += " "  # type: ignore[union-attr]
        counts.append(len(statements(commune, author, address)))
    assert counts[0] == counts[1] <= 10


class Hand:
    """A steady clock that a test moves."""

    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_without_the_signal_a_change_shows_within_a_second(
    readers: Readers, app: Flask, commune: Commune, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand()
    monkeypatch.setattr(app.extensions[EXTENSION], "_monotonic", hand)
    author = readers.people["Autrice R."]
    author.get(address)
    monkeypatch.setattr(commune.database, "pages_changed", lambda: None)
    with commune.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.opening)).one()
        threads.reply(site, post.author, post.thread, "Écrite sans le dire.")
    hand.seconds += truth.TRUST_SECONDS
    assert "Écrite sans le dire." in author.get(address).text


def test_a_page_is_built_anew_when_its_time_is_over(
    readers: Readers, app: Flask, commune: Commune, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand()
    monkeypatch.setattr(app.extensions[EXTENSION], "_monotonic", hand)
    author = readers.people["Autrice R."]
    author.get(address)
    author.get(address)
    hand.seconds += truth.SHOWN_SECONDS - 1
    assert not any("posts.html" in each for each in statements(commune, author, address))
    hand.seconds += 1
    assert any("posts.html" in each for each in statements(commune, author, address))


# Within bounds


def shared_of(weight: int) -> Shared:
    return Shared(None, {}, [], {}, slice(0), (), (), 0.0, weight)  # type: ignore[arg-type]


def test_the_shelf_holds_its_bytes_and_not_one_more() -> None:
    shelf = Shelf(max_bytes=3_000)
    for number in range(3):
        shelf.put(number, shared_of(1_000))
    assert (len(shelf), shelf.weight) == (3, 3_000)
    assert shelf.get(0) is not None, "now 1 is the one that was not asked for longest"
    shelf.put(3, shared_of(1_000))
    assert [shelf.get(number) is not None for number in range(4)] == [True, False, True, True]


@pytest.mark.parametrize(("weight", "kept"), [(shared_pages.MAX_PAGE_BYTES, 1), (shared_pages.MAX_PAGE_BYTES + 1, 0)])
def test_a_page_beyond_the_largest_is_not_kept(weight: int, kept: int) -> None:
    shelf = Shelf()
    shelf.put("k", shared_of(weight))
    assert len(shelf) == kept


def test_messages_as_some_see_them_count_too_and_once() -> None:
    look, piece = thread_readers.Look(True, False, False), b"x" * 100
    added = len(piece) + shared_pages.OVERHEAD_BYTES
    shelf, page = Shelf(max_bytes=1_000 + added), shared_of(1_000)
    shelf.put("k", page)
    for _ in range(2):
        shelf.add("k", page, page.looks, (1, look), piece)
    assert (shelf.weight, page.weight) == (1_000 + added, 1_000 + added)
    shelf.add("k", page, page.looks, (2, look), piece)
    assert (len(shelf), shelf.weight) == (0, 0)
    shelf.add("k", page, page.looks, (3, look), piece)
    assert shelf.weight == 0, "a page that is gone counts no more"


def test_all_messages_as_some_see_them_count_as_much_as_they_take_compressed() -> None:
    shelf, page, middle = Shelf(), shared_of(1_000), pack(b"x" * 100_000)
    shelf.put("k", page)
    shelf.add("k", page, page.middles, (), middle)
    assert shelf.weight == 1_000 + len(middle.deflated) + shared_pages.OVERHEAD_BYTES


def test_row_88_what_is_compressed_for_many_holds_no_token(readers: Readers, address: str) -> None:
    for browser in readers.people.values():
        browser.get(address)
    middles = [middle.plain for page in readers.shelf._pages.values() for middle in page.middles.values()]
    assert len(middles) >= len(readers.shelf)
    assert all(b"La premi\xc3\xa8re." in middle and b"csrf_token" not in middle for middle in middles)
    assert not any(fragments._TOKEN.encode() in middle or fragments._PLACE.encode() in middle for middle in middles)


def test_readers_to_whom_all_looks_the_same_share_what_is_compressed(readers: Readers, address: str) -> None:
    readers.check(address)
    seen = {name: len(page.middles) for name, page in readers.shelf._pages.items()}
    for browser in readers.people.values():
        browser.get(address, headers={"Accept-Encoding": "gzip"})
    assert {name: len(page.middles) for name, page in readers.shelf._pages.items()} == seen


def test_compressed_or_not_the_page_is_the_same(readers: Readers, address: str) -> None:
    for browser in readers.people.values():
        plain, packed = (browser.get(address, headers={"Accept-Encoding": how}) for how in ("identity", "gzip"))
        assert plain.content_encoding is None and packed.content_encoding == "gzip"
        assert HIDDEN.sub("", gzip.decompress(packed.get_data()).decode()) == HIDDEN.sub("", plain.text)
        assert int(packed.headers["Content-Length"]) == len(packed.get_data())


@pytest.fixture
def supported(readers: Readers, commune: Commune, address: str) -> Iterator[Callable[[int], None]]:
    """Gives the opening message that many supports of this site."""

    def give(count: int) -> None:
        with commune.transaction() as site:
            uri = site.session.scalars(select(Post.uri).where(Post.opening)).one()
            now = site.clock.now()
            for number in range(count):
                values = {"token": f"{number:064}", "active": True, "at": now}
                site.session.add(Support(object_uri=uri, host=site.settings.host, **values))

    return give


@pytest.mark.parametrize(("over", "kept"), [(0, 1), (1, 0)])
def test_a_page_with_more_supports_than_are_kept_is_built_alone(
    readers: Readers,
    address: str,
    supported: Callable[[int], None],
    over: int,
    kept: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(message_parts, "SUPPORTS_KEPT", 5)
    readers.shelf._pages.clear()
    supported(5 + over)
    author = readers.people["Autrice R."]
    assert "soutiens" in author.get(address).text
    assert len(readers.shelf) == kept
    readers.check(address, "many supports")
