"""Atom feeds: valid for any reader, the same for everybody, and never with what may not leave the site."""

from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Post, Revision, Thread
from pop_forum.services import arranging, measures, threads
from pop_forum.services.feeds import ENTRIES
from pop_forum.services.programme_pages import find_measure
from pop_forum.services.threads import ThreadDraft
from tests.web.neighbour import HERE, answer, befriend, neighbour, neighbour_data, page, signed, write

__all__ = ["neighbour", "neighbour_data"]

ATOM = "{http://www.w3.org/2005/Atom}"
SECRET = "entre-nous-seulement"
MEASURE = "navette-a-la-demande"
CATEGORY = "/quotidien/entraide"
SITE_FEEDS = (
    "/flux.atom",
    "/quotidien/flux.atom",
    f"{CATEGORY}/flux.atom",
    "/programme/flux.atom",
    f"/programme/{MEASURE}/flux.atom",
)
ADMIN = Viewer(1, Role.ADMIN)


def text(element: Element, path: str) -> str:
    """The text at this path of Atom names, which must be there and not be empty."""
    found = element.find("/".join(ATOM + part for part in path.split("/")))
    assert found is not None and found.text, path
    return found.text


def feed(client: Any, address: str) -> Element:
    """The feed at this address, with what RFC 4287 requires of a feed and of each entry."""
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml"), answer.text
    root = ElementTree.fromstring(answer.data)
    assert root.tag == ATOM + "feed"
    links = {link.get("rel"): link.get("href") for link in root.findall(ATOM + "link")}
    assert links["self"] == text(root, "id") == HERE + address
    assert client.get(links["alternate"].removeprefix(HERE)).status_code == 200
    for element in (root, *entries(root)):
        assert text(element, "title") and text(element, "author/name")
        assert text(element, "updated").endswith("Z") and text(element, "id").startswith(("http", "urn:"))
    ids = [text(entry, "id") for entry in entries(root)]
    assert len(ids) == len(set(ids))
    for entry in entries(root):
        content = entry.find(ATOM + "content")
        assert content is not None and content.get("type") == "html" and content.text
        links = {link.get("rel"): link.get("href") for link in entry.findall(ATOM + "link")}
        assert links["alternate"].startswith(HERE + "/")
        assert client.get(links["alternate"].removeprefix(HERE)).status_code in (200, 303)
    return root


def entries(root: Element) -> list[Element]:
    """Its entries in their order."""
    return root.findall(ATOM + "entry")


def titles(root: Element) -> list[str]:
    """What its entries are called."""
    return [text(entry, "title") for entry in entries(root)]


def feed_of(uri: str) -> str:
    """The feed of the discussion with this id, opened at this site."""
    return f"/discussions/{uri.rsplit('/', 1)[1]}/flux.atom"


def on_measure(commune: Commune, title: str) -> str:
    """A shared discussion on MEASURE; returns its id."""
    uri = write(commune, f"Avant {title}")
    with commune.transaction() as site:
        author = site.session.query(Post).filter_by(uri=uri).one().author
        urn = find_measure(site, MEASURE).urn
        return threads.open_thread(site, author, ThreadDraft(title, "Le texte.", urn, True)).uri


def into_category(commune: Commune, uri: str) -> None:
    """The discussion with this id, in CATEGORY."""
    with commune.transaction() as site:
        thread = site.session.query(Thread).filter_by(uri=uri).one()
        arranging.move_to_category(site, ADMIN, thread, CATEGORY.rsplit("/", 1)[1], "Sa place.")


def adapt(commune: Commune, text: str, title: str = "") -> None:
    """A version of MEASURE of our own, with this text."""
    with commune.transaction() as site:
        measure = find_measure(site, MEASURE)
        base = measures.current_revision(site, measure.urn)
        draft = measures.MeasureDraft(title or base.title, ((None, text),), "Parce que.", base.digest)
        measures.adapt(site, ADMIN, measure, draft)


@pytest.mark.parametrize("address", SITE_FEEDS)
def test_a_feed_without_entries_is_a_feed(client: Any, address: str) -> None:
    assert entries(feed(client, address)) == []


def test_the_commune_tells_its_discussions_and_its_versions(client: Any, commune: Commune) -> None:
    write(commune, "Un banc au lavoir")
    adapt(commune, "La navette passe aussi le vendredi.")
    found = feed(client, "/flux.atom")
    assert "Un banc au lavoir" in titles(found)
    assert any("notre nouvelle version" in title for title in titles(found))
    assert "La navette passe aussi le vendredi." in ElementTree.tostring(found, "unicode")


def test_daily_life_tells_discussions_without_a_measure(client: Any, commune: Commune) -> None:
    write(commune, "Un banc au lavoir")
    on_measure(commune, "La navette du vendredi")
    assert "La navette du vendredi" not in titles(feed(client, "/quotidien/flux.atom"))
    assert "Un banc au lavoir" in titles(feed(client, "/quotidien/flux.atom"))


def test_a_category_tells_its_own_discussions_until_they_move(client: Any, commune: Commune) -> None:
    into_category(commune, write(commune, "Un banc au lavoir"))
    write(commune, "Sans rubrique")
    found = feed(client, f"{CATEGORY}/flux.atom")
    assert titles(found) == ["Un banc au lavoir"]
    assert text(found, "title") == "Valombre-sur-Lys : la rubrique « Entraide »"
    known = client.get(f"{CATEGORY}/flux.atom").headers["ETag"]
    assert client.get(f"{CATEGORY}/flux.atom", headers={"If-None-Match": known}).status_code == 304
    into_category(commune, write(commune, "Une échelle à prêter"))
    assert client.get(f"{CATEGORY}/flux.atom", headers={"If-None-Match": known}).status_code == 200


@pytest.mark.parametrize("slug", ["rien", "a" * 300, "%00"])
def test_row_74_an_unknown_category_has_no_feed(client: Any, slug: str) -> None:
    assert client.get(f"/quotidien/{slug}/flux.atom").status_code == 404


def test_a_discussion_tells_its_opening_and_its_replies(client: Any, commune: Commune) -> None:
    uri = write(commune, "Un banc au lavoir", "Deux *lattes* manquent.")
    answer(commune, uri, "Je m’en charge.", "Karim B.")
    found = feed(client, feed_of(uri))
    assert set(titles(found)) == {"Un banc au lavoir", "Réponse de Karim B."}
    opening = next(entry for entry in entries(found) if text(entry, "title") == "Un banc au lavoir")
    assert text(opening, "content").strip() == "<p>Deux <em>lattes</em> manquent.</p>"
    assert text(opening, "id") == uri
    assert text(opening, "author/name") == "Mireille A."


def test_a_measure_tells_its_versions_and_its_discussions(client: Any, commune: Commune) -> None:
    on_measure(commune, "La navette du vendredi")
    adapt(commune, "La navette passe <b>aussi</b> le vendredi.")
    found = feed(client, f"/programme/{MEASURE}/flux.atom")
    assert "La navette du vendredi" in titles(found)
    [version] = [entry for entry in entries(found) if "version" in text(entry, "title")]
    assert text(version, "content") == "<p>La navette passe &lt;b&gt;aussi&lt;/b&gt; le vendredi.</p>"
    assert text(version, "summary") == "Parce que."
    with commune.reading() as site:
        digest = site.session.query(Revision).filter_by(role="adaptation").one().digest
    assert text(version, "id") == f"{HERE}/v/{digest}"


def test_a_feed_holds_the_newest_entries_only(client: Any, commune: Commune) -> None:
    uri = write(commune, "Un banc au lavoir")
    for number in range(ENTRIES):
        answer(commune, uri, f"Réponse {number}")
    assert len(entries(feed(client, feed_of(uri)))) == ENTRIES
    assert "Réponse 0<" not in client.get(feed_of(uri)).text.replace("&lt;", "<")


def test_a_neighbours_shared_discussion_is_told_with_its_commune(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    write(neighbour, "Le marché de Pont-Hervel")
    body = page(neighbour)
    url = f"{HERE}/journal/forum"
    assert client.post("/journal/forum", data=body, headers=signed(neighbour, "POST", url, body)).status_code == 200
    [entry] = entries(feed(client, "/quotidien/flux.atom"))
    assert text(entry, "author/name") == "Mireille A. (Pont-Hervel)"
    assert entries(feed(client, "/flux.atom")) == [], "the commune's own feed tells what is new here"


def test_the_same_feed_twice_is_the_same_bytes_for_anybody(client: Any, commune: Commune, signed_in: Any) -> None:
    uri = write(commune, "Un banc au lavoir")
    for address in (*SITE_FEEDS, feed_of(uri)):
        first = client.get(address)
        again = signed_in("resident", f"Karim {address}").get(address, headers={"Accept-Language": "en"})
        assert first.data == again.data
        assert first.headers["ETag"] == again.headers["ETag"]
        assert "Set-Cookie" not in first.headers
        assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_who_has_the_feed_is_told_so_until_it_changes(client: Any, commune: Commune) -> None:
    uri = write(commune, "Un banc au lavoir")
    known = client.get(feed_of(uri)).headers["ETag"]
    assert client.get(feed_of(uri), headers={"If-None-Match": known}).status_code == 304
    answer(commune, uri, "Je m’en charge.")
    assert client.get(feed_of(uri), headers={"If-None-Match": known}).status_code == 200


def test_row_68_markup_and_control_characters_are_inert(client: Any, commune: Commune) -> None:
    uri = write(commune, "Titre <script>x</script> & fin", "Avant\u2028après <svg onload=alert(1)> ]]> fin")
    with commune.transaction() as site:
        post = site.session.query(Post).filter_by(uri=uri).one()
        post.thread.title += "\x00\x0b\ufffe"
        post.html += "\x1f"
    found = feed(client, feed_of(uri))
    assert titles(found) == ["Titre <script>x</script> & fin"]
    [entry] = entries(found)
    assert "<svg" not in text(entry, "content") and "&lt;svg" in text(entry, "content")
    raw = client.get(feed_of(uri)).text
    assert "<script" not in raw and not {"\x00", "\x0b", "\x1f", "\ufffe"} & set(raw)


def test_row_91_what_stays_in_the_commune_is_in_no_feed(client: Any, commune: Commune) -> None:
    local = write(commune, f"Local {SECRET}", SECRET, shared=False)
    answer(commune, local, SECRET)
    into_category(commune, local)
    for address in SITE_FEEDS:
        assert SECRET not in client.get(address).text
    found, absent = client.get(feed_of(local)), client.get("/discussions/aaaaaaaaaaaa/flux.atom")
    assert found.status_code == absent.status_code == 404
    assert found.mimetype == absent.mimetype and SECRET not in found.text
    shown = client.get(f"/discussions/{local.rsplit('/', 1)[1]}")
    assert shown.status_code == 200 and feed_of(local) not in shown.text


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.MODERATOR])
def test_row_91_what_was_removed_is_in_no_feed(client: Any, commune: Commune, role: Role) -> None:
    uri = write(commune, "Un banc au lavoir")
    into_category(commune, uri)
    reply = answer(commune, uri, SECRET)
    assert SECRET in client.get(feed_of(uri)).text
    remove(commune, reply, role)
    assert SECRET not in client.get(feed_of(uri)).text
    remove(commune, uri, role)
    assert client.get(feed_of(uri)).status_code == 404
    assert all("Un banc au lavoir" not in client.get(address).text for address in SITE_FEEDS)


def test_row_98_a_suspended_commune_is_in_no_feed(client: Any, commune: Commune) -> None:
    uri = write(commune, "Un banc au lavoir")
    reply = answer(commune, uri, SECRET)
    with commune.transaction() as site:
        site.session.query(Post).filter_by(uri=reply).one().host = "suspendue.example"
    assert SECRET not in client.get(feed_of(uri)).text
    with commune.transaction() as site:
        site.session.query(Thread).filter_by(uri=uri).one().host = "suspendue.example"
    assert client.get(feed_of(uri)).status_code == 404


@pytest.mark.parametrize("address", ["/", "/quotidien", CATEGORY, "/programme", f"/programme/{MEASURE}"])
def test_a_page_names_its_feed_for_readers_of_feeds(client: Any, address: str) -> None:
    feed_address = f"{address.rstrip('/')}/flux.atom"
    shown = client.get(address).text
    assert f'<link rel="alternate" type="application/atom+xml" href="{feed_address}"' in shown


def remove(commune: Commune, uri: str, role: Role) -> None:
    """The message with this id, taken out by its author or by who keeps order."""
    with commune.transaction() as site:
        post = site.session.query(Post).filter_by(uri=uri).one()
        viewer = Viewer(post.author_id, role) if role is Role.RESIDENT else Viewer(-1, role)
        threads.delete(site, viewer, post)
