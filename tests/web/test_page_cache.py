"""The page cache at its door: what is given from it, what never is, and how long it stays true."""

import gzip
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from pop_forum.commune import Commune
from pop_forum.models import Person, Thread
from pop_forum.services import accounts, threads
from pop_forum.web import page_cache, page_door, truth
from pop_forum.web.page_cache import PageCache, pack
from tests.web.conftest import Browser
from tests.web.page_readers import BASE, Visitor

ZIPPED = {"Accept_Encoding": "gzip"}


@pytest.fixture
def visitor(app: Flask, commune: Commune) -> Visitor:
    return Visitor(app, commune)


@pytest.fixture
def thread(commune: Commune, add_person: Callable[..., int]) -> str:
    """The key of a discussion."""
    number = add_person("Jeanne M.")
    with commune.transaction() as site:
        draft = threads.ThreadDraft("Le préau de l’école", "Il pleut dedans.", None, False)
        return threads.open_thread(site, accounts.person(site, number), draft).key


def reply(commune: Commune, key: str, text: str) -> None:
    with commune.transaction() as site:
        found = site.session.query(Thread).filter_by(key=key).one()
        person = site.session.query(Person).first()
        assert person is not None
        threads.reply(site, person, found, text)


# What is given


def test_the_second_visitor_is_answered_without_entering_the_app(visitor: Visitor, thread: str) -> None:
    for path in ("/", "/quotidien", "/programme", "/reseau", f"/discussions/{thread}"):
        first = visitor.get(path)
        assert first.status_code == 200
        assert visitor.is_warm(path), path
        second = visitor.get(path)
        assert (second.data, dict(second.headers)) == (first.data, dict(first.headers))


def test_a_kept_page_carries_the_headers_of_a_fresh_one(visitor: Visitor, client: Browser, thread: str) -> None:
    fresh, kept = client.get(f"/discussions/{thread}"), visitor.get(f"/discussions/{thread}")
    assert kept.data == fresh.data
    ours = {"Cache-Control", "Vary", "ETag"}
    assert {n: v for n, v in kept.headers if n not in ours} == {n: v for n, v in fresh.headers if n not in ours}
    assert kept.headers["Content-Security-Policy"]
    assert kept.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert kept.headers["Vary"] == "Accept, Accept-Encoding, Accept-Language, Cookie"
    assert fresh.headers["Cache-Control"] == "private, no-cache"


def test_a_page_is_given_compressed_to_who_takes_gzip(visitor: Visitor) -> None:
    plain, zipped = visitor.get("/"), visitor.get("/", **ZIPPED)
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert int(zipped.headers["Content-Length"]) == len(zipped.data) < len(plain.data)
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "gzip"), ("GZIP;q=0.5", "gzip"), ("gzip;q=0", None), ("gzip; q=0.0", None), ("br", None)],
)
def test_the_encoding_is_the_one_that_is_accepted(visitor: Visitor, accepted: str, encoding: str | None) -> None:
    assert visitor.get("/", Accept_Encoding=accepted).headers.get("Content-Encoding") == encoding


def test_who_has_the_page_is_told_that_it_still_holds(visitor: Visitor) -> None:
    etag = visitor.get("/", **ZIPPED).headers["ETag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = visitor.get("/", **ZIPPED, If_None_Match=sent)
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag)
        assert "Content-Length" not in answer.headers
        assert answer.headers["Vary"]
    assert visitor.get("/", **ZIPPED, If_None_Match='"other"').status_code == 200
    assert visitor.get("/", If_None_Match=etag).status_code == 200, "the ETag of another encoding"


def test_head_is_get_without_its_body(visitor: Visitor, thread: str) -> None:
    for path in ("/", f"/discussions/{thread}"):
        head = visitor.get(path, "HEAD", **ZIPPED)
        get = visitor.get(path, **ZIPPED)
        assert (head.data, dict(head.headers)) == (b"", dict(get.headers))


def test_each_language_has_its_page(visitor: Visitor) -> None:
    french, english = visitor.get("/", Accept_Language="fr"), visitor.get("/", Accept_Language="en, fr;q=0.5")
    assert (french.headers["Content-Language"], english.headers["Content-Language"]) == ("fr", "en")
    assert french.data != english.data
    assert visitor.get("/", Accept_Language="de").data == french.data
    assert len(visitor.pages) == 2


def test_activitypub_software_gets_its_document(visitor: Visitor) -> None:
    visitor.get("/")
    answer = visitor.get("/", Accept="application/activity+json")
    assert answer.headers["Content-Type"].startswith("application/activity+json")
    assert visitor.get("/", Accept="*/*").headers["Content-Type"].startswith("text/html")


# What is not kept


def test_a_request_with_any_cookie_is_never_answered_from_the_cache(visitor: Visitor) -> None:
    visitor.get("/")
    for cookie in ("session=x", "other=1", "=", ";"):
        answer = visitor.get("/", Cookie=cookie)
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_page_with_a_form_sets_a_cookie_and_is_never_kept(visitor: Visitor) -> None:
    for path in ("/connexion", "/inscription", "/connexion/mot-de-passe"):
        answer = visitor.get(path)
        assert answer.headers["Set-Cookie"]
        assert answer.headers["Cache-Control"] == "private, no-cache"
    assert len(visitor.pages) == 0


def test_what_is_not_there_fills_nothing(visitor: Visitor, thread: str) -> None:
    for path in ("/rien", "/discussions/rien", f"/discussions/{thread}?page=9", f"/discussions/{thread}?page=0",
                 f"/discussions/{thread}?page=x", "/programme/rien", "/quotidien?page=2"):  # fmt: skip
        assert visitor.get(path).status_code == 404
    assert len(visitor.pages) == 0


def test_parameters_that_a_page_does_not_know_fill_nothing(visitor: Visitor) -> None:
    for query in ("x=1", "page=1&page=1", "page=01", "PAGE=1", "page=" + "1" * 13, "x=" + "y" * 400):
        visitor.get(f"/quotidien?{query}")
    assert len(visitor.pages) == 0


def test_parameters_that_other_sites_hang_on_a_link_change_nothing(visitor: Visitor, thread: str) -> None:
    page = visitor.get(f"/discussions/{thread}").data
    for query in ("fbclid=abc", "utm_source=lettre&utm_medium=courriel", "page=1&gclid=9"):
        assert visitor.get(f"/discussions/{thread}?{query}").data == page
    assert len(visitor.pages) == 2, "without a page number, and page 1"


def test_other_names_of_the_host_have_no_page(app: Flask, commune: Commune, visitor: Visitor) -> None:
    visitor.get("/")
    answer = visitor.get("/", Host="autre.example")
    assert answer.status_code == 400


def test_a_page_is_built_from_nothing_but_what_its_key_holds(app: Flask, visitor: Visitor) -> None:
    seen: list[dict[str, Any]] = []
    app.before_request(lambda: seen.append(dict(__import__("flask").request.headers)))
    visitor.get(
        "/", User_Agent="Secret", Referer="http://secret/", X_Forwarded_For="10.0.0.1", Accept="text/html;q=0.3"
    )
    assert {name: value for name, value in seen[0].items() if value} == {
        "Host": BASE.removeprefix("http://"),
        "Accept": "text/html",
        "Accept-Language": "fr",
    }


# Within bounds


def page_of(size: int, until: float = 0.0) -> page_cache.Kept:
    return pack(b"x" * size, [], "identity", ("any",), (1,), until)


def test_the_cache_holds_its_bytes_and_not_one_more() -> None:
    weight = 1_000 + page_cache.OVERHEAD_BYTES
    pages = PageCache(max_bytes=3 * weight)
    for number in range(3):
        pages.put(number, page_of(1_000))
    assert (len(pages), pages.bytes) == (3, 3 * weight)
    assert pages.get(0) is not None, "now 1 is the one that was not asked for longest"
    pages.put(3, page_of(1_000))
    assert pages.bytes == 3 * weight
    assert [pages.get(number) is not None for number in range(4)] == [True, False, True, True]


def test_the_cache_holds_its_entries_and_not_one_more() -> None:
    pages = PageCache(max_entries=2)
    for number in range(3):
        pages.put(number, page_of(1))
    assert [pages.get(number) is not None for number in range(3)] == [False, True, True]


def test_a_page_that_is_kept_again_counts_once() -> None:
    pages = PageCache()
    pages.put("k", page_of(10))
    pages.put("k", page_of(20))
    assert (len(pages), pages.bytes) == (1, 20 + page_cache.OVERHEAD_BYTES)


@pytest.mark.parametrize(("size", "kept"), [(page_cache.MAX_PAGE_BYTES, 1), (page_cache.MAX_PAGE_BYTES + 1, 0)])
def test_a_page_beyond_the_largest_is_not_kept(size: int, kept: int) -> None:
    pages = PageCache()
    pages.put("k", page_of(size))
    assert len(pages) == kept


@pytest.mark.parametrize(
    ("size", "zipped"), [(page_cache.GZIP_FROM_BYTES, True), (page_cache.GZIP_FROM_BYTES - 1, False)]
)
def test_only_a_page_of_some_length_is_compressed(size: int, zipped: bool) -> None:
    page = pack(b"x" * size, [], "gzip", ("any",), (1,), 0.0)
    assert (("Content-Encoding", "gzip") in page.headers) == zipped


def test_a_long_address_goes_to_the_app(visitor: Visitor) -> None:
    longest = "q" * page_door.ADDRESS_CHARS
    assert visitor.get("/", Accept_Language=longest).status_code == 200
    assert len(visitor.pages) == 1
    assert visitor.get("/quotidien", Accept_Language=longest + "q").status_code == 200
    assert len(visitor.pages) == 1


# How long it stays true


class Hand:
    """A steady clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hand(visitor: Visitor) -> Iterator[Hand]:
    moved = Hand()
    visitor.door._monotonic = moved
    return moved


def test_a_reply_shows_at_once(visitor: Visitor, commune: Commune, thread: str) -> None:
    paths = (f"/discussions/{thread}", "/quotidien", "/")
    for path in paths:
        visitor.get(path)
    reply(commune, thread, "Et le chauffage ?")
    assert b"Et le chauffage" in visitor.get(paths[0]).data
    assert "1 réponse" in visitor.get("/quotidien").text
    assert not any(visitor.get(path).headers.get("ETag") is None for path in paths)


def test_a_reply_leaves_the_pages_of_other_threads_as_they_are(
    visitor: Visitor, commune: Commune, thread: str, add_person: Callable[..., int]
) -> None:
    number = add_person("Karim B.")
    with commune.transaction() as site:
        draft = threads.ThreadDraft("Le car de 7 h", "Complet.", None, False)
        other = threads.open_thread(site, accounts.person(site, number), draft).key
    visitor.get(f"/discussions/{other}")
    reply(commune, thread, "Et le chauffage ?")
    assert visitor.is_warm(f"/discussions/{other}")
    with commune.transaction() as site:
        site.session.get_one(Person, number).name = "Karim Benali"
    assert "Karim Benali" in visitor.get(f"/discussions/{other}").text


def test_what_no_page_shows_leaves_every_page(visitor: Visitor, client: Browser, thread: str) -> None:
    visitor.get("/")
    client.send("/connexion", "/connexion", mail="personne@exemple.fr", password="rien de bon")
    assert visitor.is_warm("/")


def test_without_the_signal_a_change_shows_within_a_second(
    visitor: Visitor, commune: Commune, thread: str, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commune.database, "pages_changed", lambda: None)
    path = f"/discussions/{thread}"
    visitor.get(path)
    reply(commune, thread, "Et le chauffage ?")
    assert truth.TRUST_SECONDS <= 1
    hand.seconds += truth.TRUST_SECONDS
    assert b"Et le chauffage" in visitor.get(path).data


def test_a_page_is_built_anew_when_its_time_is_over(visitor: Visitor, hand: Hand) -> None:
    visitor.get("/")
    hand.seconds += truth.SHOWN_SECONDS - 1
    assert visitor.is_warm("/")
    hand.seconds += 1
    assert not visitor.is_warm("/")


def test_a_page_that_says_today_ends_with_the_day(visitor: Visitor, commune: Commune, hand: Hand) -> None:
    now = commune.clock.now()
    midnight = truth.next_midnight(now)
    assert timedelta(0) < midnight - now <= timedelta(hours=25)

    class Late:
        def now(self) -> Any:
            return midnight - timedelta(seconds=5)

    commune.clock = Late()
    visitor.get("/")
    hand.seconds += 4
    assert visitor.is_warm("/")
    hand.seconds += 1
    assert not visitor.is_warm("/")


def test_a_database_that_is_away_is_said_by_the_app(
    visitor: Visitor, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.get("/")

    def away(subjects: object) -> object:
        raise page_door.ForumError("away")

    monkeypatch.setattr(visitor.door, "_versions", away)
    commune.page_signal.change()
    assert visitor.get("/").headers["Cache-Control"] == "private, no-cache"
