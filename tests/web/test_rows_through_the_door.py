"""Attacks on identity and order, as a peer can really try them: signed pages through the door, by row."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pop_forum.app import create_app
from pop_forum.commune import Commune
from pop_forum.federation.activities import Content, PersonDeclared, PostDeleted, SupportGiven, SupportWithdrawn
from pop_forum.federation.identifiers import Host, ObjectId, commune_id, site_actor_id
from pop_forum.federation.keys import rsa_key_id
from pop_forum.models import Entry, Envelope, Peer, Post, Support, Thread
from pop_forum.services import journal, translation
from tests.web.neighbour import (
    HERE,
    HOST,
    befriend,
    neighbour,
    neighbour_data,
    open_neighbour,
    page,
    signed,
    write,
)
from tests.web.test_journal import friends, push

__all__ = ["friends", "neighbour", "neighbour_data"]

TOKEN = "ab" * 32
COMMUNE = commune_id(Host(HOST))


@pytest.fixture
def third(commune: Commune, tmp_path: Path) -> Iterator[Commune]:
    """Sainte-Aure, another active peer, with keys of its own."""
    opened = open_neighbour(tmp_path / "third", "sainte-aure")
    opened.migrate()
    befriend(commune, opened)
    yield opened
    opened.close()


def say(commune: Commune, actor: ObjectId, content: Content) -> None:
    """One more entry in this commune's journal `forum`, well signed."""
    with commune.transaction() as site:
        journal.append(site, "forum", translation.said_by(site, actor, content))


def last(commune: Commune, count: int = 1) -> list[str]:
    """What became of the last entries that Pont-Hervel brought."""
    with commune.reading() as site:
        rows = site.session.query(Entry).filter(Entry.received_from == HOST).order_by(Entry.id.desc()).limit(count)
        return [row.outcome for row in rows][::-1]


def author(commune: Commune, uri: str) -> ObjectId:
    """Who wrote this message."""
    with commune.reading() as site:
        return ObjectId(site.session.query(Post).filter_by(uri=uri).one().author.uri)


def shown(client: Any, commune: Commune, uri: str) -> str:
    """The page of the discussion that this message opened, as a visitor sees it."""
    with commune.reading() as site:
        key = site.session.query(Thread).filter_by(uri=uri).one().key
    return client.get(f"/discussions/{key}").text


def test_row_13_a_key_of_another_site_s_actor_signs_nothing_here(
    client: Any, commune: Commune, friends: Commune
) -> None:
    """The key is our peer's own, named as that of a site that never listed it."""
    body = page(friends)
    stolen = rsa_key_id(site_actor_id(Host("sainte-aure.localhost:8080")))
    assert push(client, friends, body, key_id=stolen).status_code == 401
    letter = json.dumps(
        {"id": f"http://{HOST}/a/{'a' * 16}", "actor": f"http://{HOST}/acteur", "type": "Invite"}
    ).encode()
    headers = signed(friends, "POST", f"{HERE}/boite", letter, key_id=stolen)
    assert client.post("/boite", data=letter, headers=headers).status_code == 401
    with commune.reading() as site:
        assert site.session.query(Envelope).count() == 0


def test_row_19_a_peer_speaks_in_no_name_of_ours(client: Any, commune: Commune, friends: Commune) -> None:
    own = write(friends, "Un fil")
    ours = ObjectId(f"{HERE}/p/aaaabbbbcccc")
    with friends.reading() as site:
        post = site.session.query(Post).filter_by(uri=own).one()
        opened = translation.thread_opened(post.thread, post)
    forged = replace(opened, uri=ObjectId(f"{HERE}/o/aaaabbbbcccc"), author=ours, title="En notre nom")
    say(friends, ours, forged)
    say(friends, ours, PersonDeclared(ours, "Une des nôtres", "admin"))
    assert push(client, friends, page(friends)).status_code == 200
    assert last(commune, 2) == ["refused", "refused"]
    assert "En notre nom" not in client.get("/quotidien").text


def test_row_21_nobody_removes_or_supports_in_the_name_of_another(
    client: Any, commune: Commune, friends: Commune
) -> None:
    victim, own = write(commune, "Notre discussion", "Nos mots."), write(friends, "Un fil", "Leurs mots.")
    stranger, now = ObjectId(f"http://{HOST}/p/zzzzzzzzzzzz"), friends.clock.now()
    say(friends, stranger, PersonDeclared(stranger, "Une autre", "resident"))
    say(friends, stranger, PostDeleted(ObjectId(own), stranger, now))
    say(friends, stranger, PostDeleted(ObjectId(victim), stranger, now))
    say(friends, stranger, SupportGiven(ObjectId(victim), TOKEN))
    assert push(client, friends, page(friends)).status_code == 200
    assert "Leurs mots." in shown(client, commune, own) and "Nos mots." in shown(client, commune, victim)
    say(friends, COMMUNE, SupportGiven(ObjectId(victim), TOKEN))
    say(friends, COMMUNE, SupportWithdrawn(ObjectId(victim), "cd" * 32))
    assert push(client, friends, page(friends)).status_code == 200
    with commune.reading() as site:
        assert [row.token for row in site.session.query(Support).filter_by(active=True)] == [TOKEN]


def test_row_22_an_answer_to_an_invitation_that_was_never_sent_makes_no_peer(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    for kind in ("Accept", "Reject"):
        letter = {"id": f"http://{HOST}/a/{kind.lower():a<16}", "type": kind, "actor": f"http://{HOST}/acteur"}
        letter["object"] = f"{HERE}/a/aaaaaaaaaaaaaaaa"
        body = json.dumps(letter).encode()
        headers = signed(neighbour, "POST", f"{HERE}/boite", body)
        assert client.post("/boite", data=body, headers=headers).status_code == 202
    with commune.reading() as site:
        assert site.session.query(Peer).count() == 0
    assert push(client, neighbour, page(neighbour)).status_code == 401


@pytest.mark.parametrize("spelling", ["PONT-HERVEL.localhost:8080", "pont-hervel.localhost.:8080"])
def test_row_29_a_peer_has_one_name_and_another_spelling_of_it_is_nobody_new(
    client: Any, commune: Commune, friends: Commune, spelling: str
) -> None:
    body = page(friends)
    other = f"http://{spelling}/acteur#main-key"
    assert push(client, friends, body, key_id=other).status_code in (200, 401)
    with commune.transaction() as site:
        assert site.session.query(Peer).count() == 1
        site.session.query(Peer).one().state = "suspended"
    assert push(client, friends, body, key_id=other).status_code in (401, 403)
    assert push(client, friends, body).status_code == 403


def test_row_30_a_context_that_gives_other_names_changes_nothing(
    client: Any, commune: Commune, friends: Commune
) -> None:
    document = json.loads(page(friends))
    plain = {"@context": {"liste": "as:orderedItems"}, "liste": document.pop("orderedItems")}
    body = json.dumps({**document, **plain}).encode()
    assert push(client, friends, body).status_code == 400
    graph = json.dumps({"@graph": [json.loads(page(friends))]}).encode()
    assert push(client, friends, graph).status_code == 400
    with commune.reading() as site:
        assert site.session.query(Entry).filter(Entry.received_from == HOST).count() == 0


def test_row_32_a_commune_moderates_what_is_its_own_and_nothing_else(
    client: Any, commune: Commune, friends: Commune
) -> None:
    ours, theirs = write(commune, "Notre discussion", "Nos mots."), write(friends, "Leur fil", "Leurs mots.")
    now = friends.clock.now()
    say(friends, COMMUNE, PostDeleted(ObjectId(ours), COMMUNE, now))
    say(friends, COMMUNE, PostDeleted(ObjectId(theirs), COMMUNE, now))
    assert push(client, friends, page(friends)).status_code == 200
    assert "Nos mots." in shown(client, commune, ours)
    assert "Leurs mots." not in shown(client, commune, theirs)


def test_row_38_an_older_page_after_a_newer_one_brings_no_old_text_back(
    client: Any, commune: Commune, friends: Commune
) -> None:
    own = write(friends, "Un fil", "Le texte.")

    def edit(words: str) -> None:
        with friends.transaction() as site:
            post = site.session.query(Post).filter_by(uri=own).one()
            edited = replace(translation.post_edited(post), source=words)
            journal.append(site, "forum", translation.said_by(site, post.author.uri, edited))

    edit("Ancien texte.")
    old = page(friends)
    edit("Nouveau texte.")
    for body in (page(friends), old):
        assert push(client, friends, body).status_code == 200
        assert "Nouveau texte." in shown(client, commune, own)
        assert "Ancien texte." not in shown(client, commune, own)


def test_row_40_a_deletion_that_comes_before_its_message_wins(client: Any, commune: Commune, friends: Commune) -> None:
    thread = write(friends, "Un fil")
    uri, who, now = ObjectId(f"http://{HOST}/o/aaaabbbbcccc"), author(friends, thread), friends.clock.now()
    say(friends, who, PostDeleted(uri, who, now))
    assert push(client, friends, page(friends)).status_code == 200
    with friends.reading() as site:
        post = site.session.query(Post).filter_by(uri=thread).one()
        opened = translation.thread_opened(post.thread, post)
    say(friends, who, replace(opened, uri=uri, title="Trop tard", source="Trop tard."))
    assert push(client, friends, page(friends)).status_code == 200
    assert "Trop tard" not in client.get("/quotidien").text + client.get("/reseau").text


def test_row_59_a_peer_above_its_rate_waits_and_another_peer_does_not(
    commune: Commune, friends: Commune, third: Commune
) -> None:
    app = create_app(commune, RATES_ENABLED=True, PEER_REQUESTS_PER_MINUTE=2)
    browser, address = app.test_client(), f"{HERE}/journal/forum?since=0"
    answers = [browser.get(address, headers=signed(friends, "GET", address)) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    for _ in range(2):
        assert browser.get(address, headers=signed(third, "GET", address)).status_code == 200
    assert browser.get(f"{HERE}/programme").status_code == 200
