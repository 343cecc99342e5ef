"""What other software reads at our ids, and how an id and a page lead to each other."""

from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.federation import handshake, proofs, revisions
from pop_forum.federation.identifiers import Host
from pop_forum.federation.keys import ed25519_key
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Entry, Post
from pop_forum.services import measures, threads
from tests.web.neighbour import ACTIVITY, HERE, answer, write

LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SLUG = "navette-a-la-demande"


def path(uri: str) -> str:
    """The path of an id of ours."""
    return uri.removeprefix(HERE)


def read(client: Any, address: str, accept: str = ACTIVITY) -> Any:
    """The document at an address."""
    found = client.get(address, headers={"Accept": accept})
    assert found.status_code == 200, found.text
    assert found.mimetype == ACTIVITY
    return load_object(found.data)


def test_the_site_says_who_it_is_at_its_id_and_at_the_root(client: Any, commune: Commune) -> None:
    document = read(client, "/acteur")
    assert handshake.parse_site_actor(document, host=Host(commune.settings.host)).name == "Valombre-sur-Lys"
    assert read(client, "/") == document


@pytest.mark.parametrize(
    ("address", "type_"),
    [("/commune", "Organization"), (f"/m/{SLUG}", "Group"), ("/g/quotidien", "Group")],
)
def test_each_actor_owns_the_keys_under_its_own_id(client: Any, address: str, type_: str) -> None:
    document = read(client, address)
    assert document["id"] == HERE + address
    assert document["type"] == type_
    assert document["publicKey"]["owner"] == document["id"]
    assert document["publicKey"]["id"] == f"{document['id']}#main-key"
    assert document["assertionMethod"][0]["controller"] == document["id"]
    assert document["inbox"] == f"{HERE}/boite"


def test_a_person_is_known_outside_once_something_of_hers_is_shared(client: Any, commune: Commune) -> None:
    uri = write(commune, "Pour tous")
    document = read(client, path(read(client, path(uri))["attributedTo"]))
    assert (document["type"], document["name"]) == ("Person", "Mireille A.")
    assert "mail" not in str(document).lower().replace("mailto", "")
    assert "Mireille" not in document["preferredUsername"]


def test_a_thread_and_a_reply_are_a_page_and_a_note(client: Any, commune: Commune) -> None:
    thread = write(commune, "La navette du mardi", "Elle passe ?")
    reply = answer(commune, thread, "Oui.", name="Karim B.")
    page, note = read(client, path(thread)), read(client, path(reply))
    assert (page["type"], page["name"], page["id"]) == ("Page", "La navette du mardi", thread)
    assert (note["type"], note["inReplyTo"], note["context"]) == ("Note", thread, thread)
    assert page["source"] == {"content": "Elle passe ?", "mediaType": "text/markdown"}
    assert page["audience"] == f"{HERE}/g/quotidien"


def test_an_activity_is_served_as_the_very_bytes_that_were_signed(client: Any, commune: Commune) -> None:
    write(commune, "Pour tous")
    with commune.reading() as site:
        entry = site.session.query(Entry).order_by(Entry.id.desc()).first()
        assert entry is not None and entry.activity_id is not None
        served = client.get(path(entry.activity_id))
        assert served.data == entry.activity
    proofs.verify(load_object(served.data), ed25519_key(commune.keys.public().ed25519))


def test_a_version_is_an_article_whose_digest_is_its_address(client: Any, commune: Commune) -> None:
    with commune.reading() as site:
        edition = measures.common_revision(site, measures.by_slug(site, SLUG).urn)
    document = read(client, f"/v/{edition.digest}")
    assert document["type"] == "Article"
    assert document["attributedTo"] == revisions.PROGRAMME
    assert revisions.digest(revisions.from_document(document["pop:revision"])) == edition.digest


@pytest.mark.parametrize("accept", [ACTIVITY, LD, f"{ACTIVITY}, {LD}"])
def test_a_page_leads_software_to_the_id(client: Any, commune: Commune, accept: str) -> None:
    thread = write(commune, "Pour tous")
    key = thread.rsplit("/", 1)[1]
    for page, uri in (
        (f"/discussions/{key}", thread),
        (f"/programme/{SLUG}", f"{HERE}/m/{SLUG}"),
        ("/quotidien", f"{HERE}/g/quotidien"),
    ):
        found = client.get(page, headers={"Accept": accept})
        assert (found.status_code, found.location) == (303, uri)
        assert "Accept" in found.headers["Vary"]


@pytest.mark.parametrize("accept", [BROWSER, "*/*", ""])
def test_a_page_stays_a_page_for_everybody_else(client: Any, commune: Commune, accept: str) -> None:
    key = write(commune, "Pour tous").rsplit("/", 1)[1]
    found = client.get(f"/discussions/{key}", headers={"Accept": accept})
    assert (found.status_code, found.mimetype) == (200, "text/html")
    assert "Accept" in found.headers["Vary"]


def test_an_id_leads_a_browser_to_the_page(client: Any, commune: Commune) -> None:
    thread = write(commune, "Pour tous")
    found = client.get(path(thread), headers={"Accept": BROWSER})
    assert (found.status_code, found.location) == (303, f"/discussions/{thread.rsplit('/', 1)[1]}")
    found = client.get(f"/m/{SLUG}", headers={"Accept": BROWSER})
    assert (found.status_code, found.location) == (303, f"/programme/{SLUG}")


def test_an_id_asked_for_in_any_way_is_the_document(client: Any, commune: Commune) -> None:
    assert read(client, path(write(commune, "Pour tous")), "*/*")["type"] == "Page"


def test_a_document_is_revalidated_by_its_etag(client: Any, commune: Commune) -> None:
    address = path(write(commune, "Pour tous"))
    etag = client.get(address).headers["ETag"]
    again = client.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_deleted_message_is_gone_and_leaves_a_tombstone_without_words(client: Any, commune: Commune) -> None:
    thread = write(commune, "Un secret", "Le mot de trop.")
    with commune.transaction() as site:
        post = site.session.query(Post).filter_by(uri=thread).one()
        created = site.session.query(Entry).filter(Entry.activity_id.is_not(None)).order_by(Entry.id.desc()).first()
        assert created is not None and created.activity_id is not None
        threads.delete(site, Viewer(post.author_id, Role.RESIDENT), post)
    found = client.get(path(thread))
    assert (found.status_code, found.mimetype) == (410, ACTIVITY)
    document = load_object(found.data)
    assert (document["type"], document["formerType"], document["id"]) == ("Tombstone", "Page", thread)
    assert b"secret" not in found.data and b"mot de trop" not in found.data
    assert client.get(path(created.activity_id)).status_code == 404


@pytest.mark.parametrize("address", ["/o/x", "/a/x", "/p/x", "/v/x", "/m/x", "/g/x", "/o/..%2f..%2fetc", "/v/%00"])
def test_an_unknown_id_is_not_found(client: Any, address: str) -> None:
    assert client.get(address, headers={"Accept": ACTIVITY}).status_code == 404


@pytest.mark.parametrize("address", ["/acteur", "/o/x", "/v/x"])
def test_an_id_takes_no_post(client: Any, address: str) -> None:
    assert client.post(address, data=b"{}").status_code in (400, 403, 405)
