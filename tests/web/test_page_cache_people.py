"""Rows 91 and 93: with our cache warm and a shared cache in front, nobody gets the page of another, and nobody what is
hidden from them."""

import itertools
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from werkzeug.test import Client
from werkzeug.wrappers import Response

from pop_forum.commune import Commune
from pop_forum.models import Post
from tests.web.conftest import Browser
from tests.web.page_readers import BASE, SharedCache, Visitor
from tests.web.test_discussions import hide, open_thread
from tests.web.test_pictures import LOOK, photo

SECRET = "une-adresse-privée-publiée-par-colère"
FILES = ("/acteur", "/commune", "/g/quotidien", "/journal/forum?since=0", "/mon-compte/donnees/telecharger")
HTML, ACTIVITY = {"Accept": "text/html"}, {"Accept": "application/activity+json"}
# Of a session, of a form that is sent once, and of the second in which an archive was made.
TOKEN = re.compile(r'<input[^>]*type="hidden"[^>]*>|[0-9]{2}:[0-9]{2}:[0-9]{2}[.0-9]*')

Headers = Mapping[str, str]


def cookie_of(browser: Browser) -> Headers:
    """The Cookie header that this browser would send."""
    return {"Cookie": "; ".join(f"{one.key}={one.value}" for one in browser._cookies.values())}  # type: ignore[union-attr]


@pytest.fixture
def people(signed_in: Callable[..., Browser]) -> dict[str, Headers]:
    """Headers of four readers: three who are signed in, each under a name of their own, and a visitor."""
    named = {"Admine Unique": "admin", "Résidente Première": "resident", "Résident Second": "resident"}
    return {**{name: cookie_of(signed_in(role, name)) for name, role in named.items()}, "": {}}


@pytest.fixture
def hidden(commune: Commune, signed_in: Callable[..., Browser]) -> tuple[str, str]:
    """The keys of a shared discussion and of a reply in it that a moderator removed."""
    author, moderator = signed_in("resident", "Autrice R."), signed_in("moderator", "Modératrice M.")
    opened = author.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Le car", text="Complet.", reach="shared")
    page = opened.headers["Location"]
    location = author.send(f"{page}/repondre", page, text=SECRET).headers["Location"]
    key = location.rpartition("#m-")[2]
    judged = f"/moderation/messages/{key}"
    decision = {"decision": "hide", "reason": "vie-privee", "sentence": "Une adresse."}
    assert moderator.send(judged, judged, **decision).status_code == 303
    return page.rsplit("/", 1)[1], key


@pytest.fixture
def addresses(commune: Commune, hidden: tuple[str, str]) -> list[tuple[str, Headers]]:
    """The surfaces of row 91 that exist: pages, ids, documents, feeds, profile, journal, account, what is one's own."""
    thread, message = hidden
    with commune.reading() as site:
        post = site.session.query(Post).filter_by(key=message).one()
        person, uri = post.author.uri.removeprefix(BASE), post.uri.removeprefix(BASE)
    pages = [
        "/", "/quotidien", "/reseau", "/programme", f"/discussions/{thread}", f"/discussions/{thread}?page=1",
        f"/messages/{message}", f"/messages/{message}/historique", f"/discussions/{thread}/flux.atom", "/flux.atom",
        "/quotidien/flux.atom", "/mon-compte", "/connexion", "/affichage", "/journal", person, uri, "/sitemap.xml",
        "/.well-known/webfinger?resource=acct:valombre@valombre.localhost", "/recherche?q=colère",
    ]  # fmt: skip
    lists = (
        "/quotidien",
        f"/discussions/{thread}",
        person.replace("/p/", "/personnes/"),
        "/moderation/journal",
        "/reseau",
    )
    data = [f"{page}.{suffix}" for page in (*lists, "/programme", "/reseau/decisions") for suffix in ("json", "csv")]
    both = [(page, headers) for page in pages for headers in (HTML, ACTIVITY)]
    return both + [(page, HTML) for page in data] + [(page, ACTIVITY) for page in FILES]


def words_of(answer: Response) -> str:
    """All that an answer says, whether it is a page or an archive."""
    if answer.mimetype != "application/zip":
        return answer.text
    with ZipFile(BytesIO(answer.data)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def check(answer: Response, reader: str, names: list[str], where: str) -> None:
    """What this reader was given holds no account of another, and not what they may not see."""
    words = words_of(answer)
    for other in names:
        if other and other != reader:
            assert other not in words, f"{where}: {other} shown to {reader or 'a visitor'}"
    if reader != "Admine Unique":
        assert SECRET not in words, f"{where}: hidden words shown to {reader or 'a visitor'}"
    if not reader and answer.status_code == 200 and where != "/connexion":
        assert "csrf_token" not in answer.text, where
        assert "data-person" not in answer.text, where


def test_row_93_nobody_gets_the_page_of_another(
    app: Flask, commune: Commune, people: dict[str, Headers], addresses: list[tuple[str, Headers]]
) -> None:
    names = list(people)
    for order in (names, names[::-1], [*names[1:], names[0]]):
        shared = SharedCache(Client(Visitor(app, commune).door, Response, use_cookies=False))
        again = [one for one in addresses if one[0] not in FILES and not one[0].endswith((".json", ".csv"))]
        tried = addresses if order == names else again
        for _ in range(2):  # the second time, both caches are warm
            for (address, accept), reader in itertools.product(tried, order):
                answer = shared.get(address, {**accept, **people[reader]})
                check(answer, reader, names, address)


def test_row_91_what_is_hidden_stays_hidden_after_who_may_see_it_has_looked(
    app: Flask, commune: Commune, people: dict[str, Headers], hidden: tuple[str, str]
) -> None:
    shared = SharedCache(Client(Visitor(app, commune).door, Response, use_cookies=False))
    page = f"/discussions/{hidden[0]}"
    assert SECRET in shared.get(page, {**HTML, **people["Admine Unique"]}).text, "who moderates may read it again"
    for _ in range(2):
        assert SECRET not in shared.get(page, HTML).text
        assert SECRET not in shared.get(page, {**HTML, **people["Résidente Première"]}).text


def test_row_91_a_feed_that_a_shared_cache_holds_loses_what_is_hidden_at_once(
    app: Flask, commune: Commune, signed_in: Callable[..., Browser]
) -> None:
    author, moderator = signed_in("resident", "Autrice R."), signed_in("moderator", "Modératrice M.")
    opened = author.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Le car", text="Complet.", reach="shared")
    page = opened.headers["Location"]
    key = author.send(f"{page}/repondre", page, text=SECRET).headers["Location"].rpartition("#m-")[2]
    shared = SharedCache(Client(Visitor(app, commune).door, Response, use_cookies=False))
    feeds = (f"{page}/flux.atom", "/quotidien/flux.atom", "/flux.atom")
    assert [SECRET in shared.get(feed, HTML).text for feed in feeds] == [True, False, False]
    assert shared.stored.keys() == set(feeds)
    judged = f"/moderation/messages/{key}"
    decision = {"decision": "hide", "reason": "vie-privee", "sentence": "Une adresse."}
    assert moderator.send(judged, judged, **decision).status_code == 303
    for feed in feeds:
        answer = shared.get(feed, HTML)
        assert answer.status_code == 200 and SECRET not in answer.text, feed
        assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate", feed
    opening = f"/moderation/messages/{page.rsplit('/', 1)[1]}"
    assert moderator.send(opening, opening, **decision).status_code == 303
    assert [shared.get(feed, HTML).status_code for feed in feeds] == [404, 200, 200]
    assert not any("Complet." in shared.get(feed, HTML).text for feed in feeds)


def test_row_91_a_picture_that_a_shared_cache_holds_is_gone_with_its_message(
    app: Flask, commune: Commune, signed_in: Callable[..., Browser]
) -> None:
    author, moderator = signed_in("resident", "Autrice R."), signed_in("moderator", "Modératrice M.")
    page = open_thread(author)
    form = {"text": "Voyez.", "image-1": (BytesIO(photo()), "photo.jpg"), "alt-1": "Le car"}
    key = author.send(f"{page}/repondre", page, **form).headers["Location"].rpartition("#m-")[2]
    shared = SharedCache(Client(Visitor(app, commune).door, Response, use_cookies=False))
    found = LOOK.search(shared.get(page, HTML).text)
    assert found is not None
    assert [shared.get(found[1], {}).status_code for _ in range(2)] == [200, 200] and found[1] in shared.stored
    hide(moderator, key)
    assert shared.get(found[1], {}).status_code == 404


def test_what_a_person_gets_through_the_caches_is_what_the_app_would_give(
    app: Flask, commune: Commune, people: dict[str, Headers], addresses: list[tuple[str, Headers]]
) -> None:
    shared = SharedCache(Client(Visitor(app, commune).door, Response, use_cookies=False))
    origin = Client(app, Response, use_cookies=False)
    for _ in range(2):
        for (address, accept), (reader, cookie) in itertools.product(addresses, people.items()):
            headers = {**accept, **cookie}
            got, fresh = shared.get(address, headers), origin.open(address, base_url=BASE, headers=headers)
            where = f"{address} for {reader or 'a visitor'}"
            assert got.status_code == fresh.status_code, where
            assert TOKEN.sub("", words_of(got)) == TOKEN.sub("", words_of(fresh)), where


def test_an_answer_that_sets_a_cookie_is_stored_by_nobody(app: Flask, commune: Commune) -> None:
    visitor = Visitor(app, commune)
    shared = SharedCache(Client(visitor.door, Response, use_cookies=False))
    first, second = (shared.get("/connexion", HTML).headers["Set-Cookie"] for _ in range(2))
    assert first != second, "two visitors share no session"
    assert not shared.stored
    assert len(visitor.pages) == 0


def test_what_one_is_told_once_reaches_nobody_else(
    app: Flask, commune: Commune, signed_in: Callable[..., Browser]
) -> None:
    """A sentence after an act waits in one's session; it is shown on the next page one opens, whichever that is."""
    author = signed_in("resident")
    opened = author.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Le car", text="Complet.", reach="local")
    page = opened.headers["Location"]
    form = f"/messages/{page.rsplit('/', 1)[1]}/modifier"
    author.send(form, form, title="Le car", text="Vraiment complet.")
    shared = SharedCache(Client(Visitor(app, commune).door, Response, use_cookies=False))
    assert "est modifié" in shared.get(page, {**HTML, **cookie_of(author)}).text
    assert "est modifié" not in shared.get(page, HTML).text


def test_who_signs_out_sees_the_page_of_visitors(
    app: Flask, commune: Commune, signed_in: Callable[..., Browser], hidden: tuple[str, str]
) -> None:
    browser = signed_in("resident", "Passante P.")
    shared = SharedCache(Client(Visitor(app, commune).door, Response, use_cookies=False))
    page = f"/discussions/{hidden[0]}"
    before = cookie_of(browser)
    assert "Passante P." in shared.get(page, {**HTML, **before}).text
    browser.send("/deconnexion")
    after = shared.get(page, {**HTML, **cookie_of(browser)})
    assert "Passante P." not in after.text
    assert "Passante P." not in shared.get(page, {**HTML, **before}).text, "the token has ended, its cookie was kept"


def test_a_display_is_seen_by_who_chose_it(app: Flask, commune: Commune) -> None:
    visitor = Visitor(app, commune)
    shared = SharedCache(Client(visitor.door, Response, use_cookies=False))
    for _ in range(2):
        assert 'data-theme="dark"' in shared.get("/", {**HTML, "Cookie": "affichage=dark.en"}).text
        assert 'lang="fr"' in shared.get("/", {**HTML, "Cookie": "affichage=dark"}).text
        assert 'data-theme="dark"' not in shared.get("/", HTML).text
    assert len(visitor.pages) == 3


@pytest.mark.parametrize(
    "cookies",
    [
        "affichage=dark; session=x",
        "affichage=dark; affichage=light",
        "affichage=dark.dark",
        "affichage=en.dark",
        "affichage=",
        "affichage=x",
        "Affichage=dark",
        "affichage=" + "dark." * 100,
    ],
)
def test_any_other_spelling_of_a_display_fills_nothing(app: Flask, commune: Commune, cookies: str) -> None:
    visitor = Visitor(app, commune)
    assert visitor.get("/", Cookie=cookies).headers["Cache-Control"] == "private, no-cache"
    assert len(visitor.pages) == 0


def test_a_browser_may_keep_what_all_may_see_and_no_one_but_it_the_rest(
    app: Flask, commune: Commune, people: dict[str, Headers]
) -> None:
    door = Client(Visitor(app, commune).door, Response, use_cookies=False)
    anybody = door.open("/", base_url=BASE).headers
    somebody = door.open("/", base_url=BASE, headers=dict(people["Résidente Première"])).headers
    assert anybody["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert somebody["Cache-Control"] == "private, no-cache"
    for headers in (anybody, somebody):
        assert {"Cookie", "Accept-Language", "Accept"} <= {name.strip() for name in headers["Vary"].split(",")}
