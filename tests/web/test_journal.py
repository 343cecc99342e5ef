"""The door between communes: what is signed, by whom, and what every other request hears. Rows are reliability.md's."""

import base64
import hmac
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from pop_forum.app import create_app
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.federation import http_signatures, pages, revisions
from pop_forum.federation.activities import RevisionPublished
from pop_forum.federation.identifiers import Host, ObjectId, commune_id, site_actor_id
from pop_forum.federation.keys import SiteKeys, rsa_key_id
from pop_forum.models import Entry, Envelope, Journal, Link, Peer, Post, Thread
from pop_forum.services import deliveries, journal, peers, threads, translation, unapplied
from pop_forum.services.deliveries import Push
from pop_forum.sim.sites import SimPairs
from tests.web.neighbour import (
    ACTIVITY,
    HERE,
    HOST,
    answer,
    befriend,
    neighbour,
    neighbour_data,
    open_neighbour,
    page,
    position,
    signed,
    write,
)

__all__ = ["neighbour", "neighbour_data"]

FORUM = f"{HERE}/journal/forum"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@pytest.fixture
def friends(commune: Commune, neighbour: Commune) -> Commune:
    """Pont-Hervel, an active peer on both sides."""
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    return neighbour


def get(client: Any, signer: Commune, address: str, **headers: str) -> Any:
    """A signed reading."""
    return client.get(address, headers={**signed(signer, "GET", HERE + address), **headers})


def push(client: Any, signer: Commune, body: bytes, **options: Any) -> Any:
    """A signed push of a page of the journal `forum`."""
    return client.post("/journal/forum", data=body, headers=signed(signer, "POST", FORUM, body, **options))


def held(commune: Commune) -> tuple[int, int]:
    """How many entries of Pont-Hervel and how many threads are here."""
    with commune.reading() as site:
        row = site.session.query(Journal).filter_by(host=HOST, name="forum").one_or_none()
        return (row.n if row else 0), site.session.query(Thread).count()


# reading


def test_a_peer_reads_a_page_with_its_etag(client: Any, commune: Commune, friends: Commune) -> None:
    write(commune, "Pour tous")
    found = get(client, friends, "/journal/forum?since=0")
    assert (found.status_code, found.mimetype) == (200, ACTIVITY)
    assert found.headers["Cache-Control"] == "no-cache"
    read = pages.parse_page(found.data, host=commune.settings.host, journal="forum")
    assert [entry.n for entry in read.entries] == [1, 2, 3]  # the key register, the person, the thread
    again = get(client, friends, "/journal/forum?since=0", **{"If-None-Match": found.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    write(commune, "Encore")
    assert get(client, friends, "/journal/forum?since=0", **{"If-None-Match": found.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"), [("?since=99", 404), ("?since=0&epoch=7", 404), ("?since=x", 400), ("?since=0&epoch=1", 304)]
)
def test_a_known_etag_hides_no_error(client: Any, commune: Commune, friends: Commune, query: str, status: int) -> None:
    write(commune, "Pour tous")
    etag = get(client, friends, "/journal/forum?since=0").headers["ETag"]
    asked = get(client, friends, f"/journal/forum{query}", **{"If-None-Match": etag})
    assert asked.status_code == status


def test_a_past_epoch_has_an_etag_of_its_own(client: Any, commune: Commune, friends: Commune) -> None:
    write(commune, "Pour tous")
    before = get(client, friends, "/journal/forum?since=0&epoch=1").headers["ETag"]
    with commune.transaction() as site:
        journal.open_epoch(site, "forum")
    known = {"If-None-Match": before}
    assert get(client, friends, "/journal/forum?since=0&epoch=1", **known).status_code == 304
    assert get(client, friends, "/journal/forum?since=0", **known).status_code == 200


def test_a_call_writes_only_when_it_ends_a_silence(
    client: Any, commune: Commune, friends: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[str] = []
    really, in_passing = commune.transaction, commune.in_passing
    monkeypatch.setattr(commune, "transaction", lambda: began.append("writing") or really())
    monkeypatch.setattr(commune, "in_passing", lambda work: began.append("writing") or in_passing(work))

    def note(silent_for: timedelta) -> None:
        with really() as site:
            peer = site.session.query(Peer).one()
            peer.error, peer.error_at = "Il ne répond pas.", site.clock.now() - silent_for

    assert get(client, friends, "/journal").status_code == 200
    note(timedelta(0))
    assert get(client, friends, "/journal").status_code == 200
    assert began == []
    note(peers.HASTE_PAUSE)
    assert get(client, friends, "/journal").status_code == 200
    assert began == ["writing"]
    with commune.reading() as site:
        assert site.session.query(Peer).one().error is None


@pytest.mark.parametrize("state", ["contacting", "invited", "suspended", "withdrawn"])
def test_a_peer_that_is_not_active_or_limited_reads_nothing(
    client: Any, commune: Commune, neighbour: Commune, state: str
) -> None:
    befriend(commune, neighbour, state)
    assert get(client, neighbour, "/journal/forum?since=0").status_code == 403
    assert push(client, neighbour, page(neighbour)).status_code == 403


def test_a_limited_peer_still_reads(client: Any, commune: Commune, neighbour: Commune) -> None:
    befriend(commune, neighbour, "limited")
    assert get(client, neighbour, "/journal/forum?since=0").status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("?since=99", 404),
        ("?since=-1", 400),
        ("?since=1%20OR%201=1", 400),  # row 74
        ("?since=%D9%A3", 400),
        ("?since=99999999999999999999", 400),
        ("?since=0&epoch=7", 404),
        ("?since=0&epoch=x", 400),
        ("?since=0&epoch=1", 200),
        ("?since=0&epoch=0", 400),
        ("?since=0&epoch=", 400),
        ("?since=0&since=1", 400),
        ("?since=0&epoch=1&epoch=1", 400),
        ("?since=0&whole=2", 400),
        ("?since=0&whole=oui", 400),
        ("?since=0&whole=1", 200),
    ],
)
def test_a_question_is_read_strictly(client: Any, friends: Commune, query: str, status: int) -> None:
    assert get(client, friends, f"/journal/forum{query}").status_code == status


def test_an_unknown_journal_is_told_to_peers_only(client: Any, friends: Commune) -> None:
    assert get(client, friends, "/journal/secrets?since=0").status_code == 403
    assert client.get("/journal/secrets?since=0").status_code == 401


def test_a_peer_reads_where_we_stand(client: Any, friends: Commune) -> None:
    push(client, friends, page(friends))
    found = get(client, friends, "/journal")
    assert found.status_code == 200
    assert HOST in found.text
    assert client.get("/journal").status_code == 401


# pushing


def test_a_pushed_page_is_kept_shown_and_confirmed(client: Any, commune: Commune, friends: Commune) -> None:
    write(friends, "Fermeture du pont")
    said = push(client, friends, page(friends))
    assert said.status_code == 200
    assert position(said.data).n == 3
    assert held(commune) == (3, 1)
    assert "Fermeture du pont" in client.get("/reseau").text


def test_row_7_the_same_push_again_changes_nothing(client: Any, commune: Commune, friends: Commune) -> None:
    write(friends, "Fermeture du pont")
    body = page(friends)
    headers = signed(friends, "POST", FORUM, body)
    for _ in range(3):
        assert client.post("/journal/forum", data=body, headers=headers).status_code == 200
    assert held(commune) == (3, 1)


def test_a_page_that_leaves_a_gap_is_answered_with_our_position(
    client: Any, commune: Commune, friends: Commune
) -> None:
    push(client, friends, page(friends))
    write(friends, "Fermeture du pont")
    said = push(client, friends, page(friends, since=2))
    assert said.status_code == 409
    assert position(said.data).n == 1
    assert push(client, friends, page(friends, since=1)).status_code == 200
    assert held(commune) == (3, 1)


def _contradicted(body: bytes, what: str) -> bytes:
    """The same page with one thing that does not fit the others any more."""
    document = json.loads(body)
    if what == "hashes":
        document["hashes"][-1] = "00" * 32
    elif what == "previous":
        document["previous"] = "11" * 32
    elif what == "epoch":
        document["epoch"]["id"] = "ab" * 16
    else:
        document["orderedItems"][-1]["salt"] = "22" * 32
    return json.dumps(document).encode()


@pytest.mark.parametrize("what", ["hashes", "previous", "epoch", "salt"])
@pytest.mark.parametrize("since", [1, 3])
def test_a_page_that_contradicts_itself_proves_nothing_against_its_journal(
    client: Any, commune: Commune, friends: Commune, what: str, since: int
) -> None:
    write(friends, "Fermeture du pont")
    if since == 1:  # what we hold and what is new, in one page
        assert push(client, friends, page(friends)).status_code == 200
    else:
        assert push(client, friends, page(friends)).status_code == 200
        write(friends, "Réouverture du pont")
    assert push(client, friends, _contradicted(page(friends, since=since), what)).status_code in (200, 400, 409)
    with commune.reading() as site:
        assert site.session.query(Journal).filter_by(host=HOST, name="forum").one().quarantined is None
    write(friends, "La suite")
    assert push(client, friends, page(friends)).status_code == 200
    assert "La suite" in client.get("/reseau").text


def test_two_histories_that_the_origin_signed_end_in_quarantine(
    client: Any, commune: Commune, friends: Commune, tmp_path: Path
) -> None:
    write(friends, "Fermeture du pont")
    shutil.copytree(tmp_path / "neighbour", tmp_path / "older")
    older = open_neighbour(tmp_path / "older")
    write(friends, "Une histoire")
    assert push(client, friends, page(friends)).status_code == 200
    write(older, "Une autre histoire")
    assert push(client, older, page(older)).status_code == 409
    older.close()
    with commune.reading() as site:
        assert "fork" in site.session.query(Journal).filter_by(host=HOST, name="forum").one().quarantined


@pytest.mark.parametrize("known", [True, False])
def test_a_gap_is_pulled_at_once_and_not_by_the_schedule(
    client: Any, commune: Commune, friends: Commune, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if known:
        push(client, friends, page(friends))
    with commune.transaction() as site:
        site.session.query(Peer).one().sync_due_at = site.clock.now() + timedelta(days=1)
    woken: list[str] = []
    monkeypatch.setattr(commune.wakeups, "wake", lambda slug, kind: woken.append(kind))
    write(friends, "Fermeture du pont")
    assert push(client, friends, page(friends, since=2)).status_code == 409
    with commune.reading() as site:
        assert site.session.query(Peer).one().sync_due_at <= site.clock.now()
    assert peers.SYNC in woken


def test_a_page_that_follows_asks_for_nothing(client: Any, commune: Commune, friends: Commune) -> None:
    with commune.transaction() as site:
        later = site.session.query(Peer).one().sync_due_at = site.clock.now() + timedelta(days=1)
    write(friends, "Fermeture du pont")
    assert push(client, friends, page(friends)).status_code == 200
    with commune.reading() as site:
        assert site.session.query(Peer).one().sync_due_at == later


def test_a_first_page_that_does_not_begin_at_the_beginning_is_answered_with_nothing(
    client: Any, commune: Commune, friends: Commune
) -> None:
    write(friends, "Fermeture du pont")
    said = push(client, friends, page(friends, since=1))
    assert (said.status_code, position(said.data)) == (409, None)
    assert held(commune) == (0, 0)


def test_a_reply_crosses_and_a_page_of_another_site_does_not(client: Any, commune: Commune, friends: Commune) -> None:
    thread = write(commune, "Notre discussion")
    body = page(commune)
    assert push(client, friends, body).status_code == 400  # Pont-Hervel signs a page of our own journal (row 19)
    befriended = open_client(friends)
    headers = signed(commune, "POST", f"http://{HOST}/journal/forum", body)
    assert befriended.post("/journal/forum", data=body, headers=headers, base_url=f"http://{HOST}").status_code == 200
    answer(friends, thread, "Nous aussi.")
    assert push(client, friends, page(friends)).status_code == 200
    assert "Nous aussi." in client.get(f"/discussions/{thread.rsplit('/', 1)[1]}").text


def open_client(commune: Commune) -> Any:
    """A client of another commune's app."""
    return create_app(commune, RATES_ENABLED=False).test_client()


# signatures


def test_row_1_without_a_signature_nothing_is_read_or_taken(client: Any, commune: Commune, friends: Commune) -> None:
    body = page(friends)
    for headers in ({}, {"Signature": "n’importe quoi".encode().decode("latin-1")}, {"Authorization": "Bearer x"}):
        assert client.get("/journal/forum?since=0", headers=headers).status_code == 401
        said = client.post("/journal/forum", data=body, headers={**headers, "Content-Type": ACTIVITY})
        assert said.status_code == 401
        assert client.post("/boite", data=body, headers={**headers, "Content-Type": ACTIVITY}).status_code == 401
    assert held(commune) == (0, 0)


def test_row_2_a_signature_of_another_actor_of_the_same_site_is_refused(client: Any, friends: Commune) -> None:
    body = page(friends)
    for actor in (f"http://{HOST}/commune", f"http://{HOST}/p/aaaaaaaaaaaa"):
        assert push(client, friends, body, key_id=f"{actor}#main-key").status_code == 401


def test_a_stranger_with_good_keys_of_its_own_is_refused(client: Any, commune: Commune, neighbour: Commune) -> None:
    assert push(client, neighbour, page(neighbour)).status_code == 401
    assert held(commune) == (0, 0)


@pytest.mark.parametrize(
    "other", [f"evil-{HOST}", f"evil.{HOST}", "pont-hervel.localhost.evil.example", HOST.partition("-")[2]]
)
def test_row_99_a_host_whose_name_holds_that_of_a_peer_is_another(
    client: Any, commune: Commune, friends: Commune, other: str
) -> None:
    key = rsa_key_id(site_actor_id(Host(other)))
    address = f"{FORUM}?since=0"
    assert client.get("/journal/forum?since=0", headers=signed(friends, "GET", address)).status_code == 200
    refused = client.get("/journal/forum?since=0", headers=signed(friends, "GET", address, key_id=key))
    assert refused.status_code == 401


def test_a_stranger_in_the_name_of_a_peer_is_refused(client: Any, commune: Commune, friends: Commune) -> None:
    body = page(friends)
    ours = friends.keystore
    friends.keystore = SimPairs(SiteKeys.generate(), friends.secret)
    said = push(client, friends, body)
    friends.keystore = ours
    assert said.status_code == 401
    assert held(commune) == (0, 0)


def test_row_3_a_signature_that_covers_only_the_date_is_refused(client: Any, friends: Commune) -> None:
    body = page(friends)
    headers = signed(friends, "POST", FORUM, body)
    for covered in ("date", "(request-target) host date", "(request-target) date digest", "host date digest"):
        headers["Signature"] = _signature(friends, headers, covered)
        assert client.post("/journal/forum", data=body, headers=headers).status_code == 401


def test_row_5_a_body_altered_by_one_space_is_refused(client: Any, commune: Commune, friends: Commune) -> None:
    body = page(friends)
    headers = signed(friends, "POST", FORUM, body)
    assert client.post("/journal/forum", data=body + b" ", headers=headers).status_code == 401
    headers["Digest"] = http_signatures.digest_header(body + b" ")
    assert client.post("/journal/forum", data=body + b" ", headers=headers).status_code == 401
    assert held(commune) == (0, 0)


def test_row_8_a_request_for_another_commune_or_path_is_refused(client: Any, friends: Commune) -> None:
    body = page(friends)
    elsewhere = signed(friends, "POST", "http://sainte-aure.localhost:8080/journal/forum", body)
    assert client.post("/journal/forum", data=body, headers=elsewhere).status_code in (400, 401)
    other_path = signed(friends, "POST", f"{HERE}/journal/programme", body)
    assert client.post("/journal/forum", data=body, headers=other_path).status_code == 401
    other_method = signed(friends, "GET", FORUM, body)
    assert client.post("/journal/forum", data=body, headers=other_method).status_code == 401
    other_query = signed(friends, "GET", f"{FORUM}?since=1")
    assert client.get("/journal/forum?since=0", headers=other_query).status_code == 401


@pytest.mark.parametrize("hours", [-25, 25])
def test_row_9_a_date_of_another_day_is_refused(client: Any, friends: Commune, hours: int) -> None:
    said = push(client, friends, page(friends), late=timedelta(hours=hours))
    assert (said.status_code, said.json["code"]) == (401, "horloge-decalee")
    assert "horloge" in said.json["error"]


def test_row_9_an_expired_signature_is_refused(client: Any, friends: Commune) -> None:
    body = page(friends)
    headers = signed(friends, "POST", FORUM, body)
    headers["Signature"] += ",expires=1000000000"
    said = client.post("/journal/forum", data=body, headers=headers)
    assert (said.status_code, said.json["code"]) == (401, "horloge-decalee")


HOURS_APART, OTHER_KEY = "Nos deux horloges ne disent pas la même heure", "Son site refuse notre signature"


def test_row_9_what_the_other_site_says_of_our_signature_is_on_the_page_of_our_network(
    signed_in: Any, client: Any, commune: Commune, friends: Commune
) -> None:
    body, browser = page(friends), signed_in("admin")
    late = push(client, friends, body, late=timedelta(hours=25))
    forged = client.post("/journal/forum", data=body, headers=signed(commune, "POST", FORUM, body))
    for refusal, said, in_english in (
        (late, HOURS_APART, "Our two clocks"),
        (forged, OTHER_KEY, "Its site refuses our signature"),
    ):
        with commune.transaction() as site:
            link = site.session.query(Link).filter_by(journal="forum").one()
            deliveries.record_answer(site, Push(link.id, FORUM, body, {}, 1, 0), refusal.status_code, refusal.data)
        assert said in browser.get("/administration/reseau").text
        assert in_english in browser.get("/administration/reseau", headers={"Accept-Language": "en"}).text


def test_software_hears_why_its_signature_is_refused(client: Any, commune: Commune, friends: Commune) -> None:
    body = page(friends)
    good = signed(friends, "POST", FORUM, body)
    uncovered = _signature(friends, good, "(request-target) host date")
    heard = {}
    for name, headers, sent in (
        ("no signature", {"Content-Type": ACTIVITY}, body),
        ("unreadable", {**good, "Signature": "keyId"}, body),
        ("uncovered", {**good, "Signature": uncovered}, body),
        ("other body", good, body + b" "),
        ("other key", signed(commune, "POST", FORUM, body), body),
    ):
        said = client.post("/journal/forum", data=sent, headers=headers)
        assert (said.status_code, said.json["code"]) == (401, "signature-refusee")
        heard[name] = said.json["error"]
    assert len(set(heard.values())) == len(heard)
    assert not any("Connectez-vous" in sentence for sentence in heard.values())
    assert "horloge" not in "".join(heard.values())


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "none", "ed25519"])
def test_row_10_the_key_decides_the_algorithm(client: Any, friends: Commune, algorithm: str) -> None:
    body = page(friends)
    headers = signed(friends, "POST", FORUM, body)
    secret = friends.keys.public().rsa_pem.encode()
    forged = base64.b64encode(hmac.new(secret, body, "sha256").digest()).decode()
    covered = "(request-target) host date digest"
    key = rsa_key_id(site_actor_id(HOST))
    headers["Signature"] = f'keyId="{key}",algorithm="{algorithm}",headers="{covered}",signature="{forged}"'
    assert client.post("/journal/forum", data=body, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "key_id",
    ["http://127.0.0.1:6379/#main-key", "http://169.254.169.254/acteur#main-key", "file:///etc/passwd#x", "x", "é"],
)
def test_row_12_a_key_at_an_internal_address_is_refused_without_a_look(
    client: Any, friends: Commune, key_id: str
) -> None:
    headers = signed(friends, "GET", f"{FORUM}?since=0", key_id=key_id.encode().decode("latin-1"))
    assert client.get("/journal/forum?since=0", headers=headers).status_code == 401


# identity


def test_row_17_a_create_of_an_object_of_ours_is_refused_and_stops_nothing(
    client: Any, commune: Commune, friends: Commune
) -> None:
    victim = write(commune, "Le vrai message")
    forged = write(friends, "Un fil à eux")
    with friends.transaction() as site:  # Pont-Hervel claims our id for a thread of its own, and signs it
        _forge(site, forged, uri=ObjectId(victim), title="Le faux message")
    write(friends, "La suite")
    assert push(client, friends, page(friends)).status_code == 200
    with commune.reading() as site:
        outcomes = [row.outcome for row in site.session.query(Entry).filter(Entry.received_from == HOST)]
        assert outcomes.count("refused") == 1
        assert site.session.query(Post).filter_by(uri=victim).one().thread.title == "Le vrai message"
    assert "La suite" in client.get("/reseau").text
    assert "Le faux message" not in client.get("/reseau").text


def test_row_20_nobody_changes_the_words_of_another_site(client: Any, commune: Commune, friends: Commune) -> None:
    victim = write(commune, "Le vrai message", "Mes mots.")
    own = write(friends, "Le mien")
    with friends.transaction() as site:
        post = site.session.query(Post).filter_by(uri=own).one()
        edited = replace(translation.post_edited(post), uri=ObjectId(victim), source="Pas mes mots.", html="")
        journal.append(site, "forum", translation.said_by(site, post.author.uri, edited))
    assert push(client, friends, page(friends)).status_code == 200
    text = client.get(f"/discussions/{victim.rsplit('/', 1)[1]}").text
    assert "Mes mots." in text and "Pas mes mots." not in text


def test_row_33_a_version_with_an_unknown_parent_waits_and_is_not_shown(
    client: Any, commune: Commune, friends: Commune
) -> None:
    with friends.transaction() as site:
        _revise(site, parents=("Qm" + "x" * 44,))
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == ["waiting"]
    assert "Navette de Pont-Hervel" not in client.get("/programme/navette-a-la-demande/communes").text


def test_row_33_what_is_beyond_the_limit_is_kept_postponed_and_counted(
    signed_in: Any, client: Any, commune: Commune, friends: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unapplied, "MOST_WAITING", 0)
    with friends.transaction() as site:
        _revise(site, parents=("Qm" + "x" * 44,))
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == ["postponed"]
    assert "1 entrée attend une autre" in signed_in("admin").get("/administration/reseau").text


def test_row_34_a_version_whose_words_do_not_fit_its_digest_is_refused(
    client: Any, commune: Commune, friends: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    with friends.transaction() as site, monkeypatch.context() as patch:
        patch.setattr(revisions, "digest", lambda revision: "Qm" + "y" * 44)
        _revise(site)
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == ["refused"]


def _with(**members: Any) -> Any:
    """What writes a revision with these members beside its own, hashed with them as it travels."""
    really = revisions.to_document
    return lambda revision: {**really(revision), **members}


@pytest.mark.parametrize(
    "members",
    [
        {"note": "Un mot de plus."},
        {"budget": {"total": True}},
        {"budget": {"aids": [1]}},
        {"budget": {"total": None}},
        {"blocks": [{"id": "b", "type": "paragraph", "text": "Le vendredi.", "lang": "fr"}]},
        {"blocks": [{"id": "b", "type": "tableau", "text": "Le vendredi."}]},
        {"schema": 2},
    ],
)
def test_a_version_with_more_than_we_know_is_kept_as_it_is_and_not_shown(
    client: Any, commune: Commune, friends: Commune, members: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with friends.transaction() as site, monkeypatch.context() as patch:
        patch.setattr(revisions, "to_document", _with(**members))
        patch.setattr(revisions, "validated", lambda revision: revision)
        _revise(site)
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == ["unsupported"]
    assert "Navette de Pont-Hervel" not in client.get("/programme/navette-a-la-demande/communes").text


def test_a_version_with_amounts_and_texts_in_its_budget_is_shown(
    client: Any, commune: Commune, friends: Commune
) -> None:
    with friends.transaction() as site:
        _revise(site, budget={"low": 12_000, "source": "Devis"})
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == ["applied"]


@pytest.mark.parametrize("count", [3, 40])
def test_row_37_a_version_with_too_many_parents_is_refused(
    client: Any, commune: Commune, friends: Commune, count: int
) -> None:
    with friends.transaction() as site:
        _revise(site, parents=tuple("Qm" + letter * 44 for letter in ALPHABET[:count]))
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == ["refused"]


def test_a_version_in_the_name_of_another_commune_is_refused(client: Any, commune: Commune, friends: Commune) -> None:
    with friends.transaction() as site:
        _revise(site, author=commune_id(Host(commune.settings.host)))
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == ["refused"]


def test_row_39_a_create_replayed_after_its_deletion_stays_deleted(
    client: Any, commune: Commune, friends: Commune
) -> None:
    uri = write(friends, "À oublier")
    early = page(friends)
    push(client, friends, early)
    with friends.transaction() as site:
        post = site.session.query(Post).filter_by(uri=uri).one()
        threads.delete(site, Viewer(post.author_id, Role.RESIDENT), post)
    assert push(client, friends, page(friends)).status_code == 200
    assert push(client, friends, early).status_code == 200
    assert "À oublier" not in client.get("/reseau").text


def test_row_70_html_made_elsewhere_is_never_shown(client: Any, commune: Commune, friends: Commune) -> None:
    own = write(friends, "Un fil")
    with friends.transaction() as site:
        post = site.session.query(Post).filter_by(uri=own).one()
        sanitised = "<p>Déjà nettoyé <img src=x onerror=alert(1)><script>alert(2)</script></p>"
        edited = replace(translation.post_edited(post), source="Les **mots** <b onclick=x>sûrs</b>.", html=sanitised)
        journal.append(site, "forum", translation.said_by(site, post.author.uri, edited))
    assert push(client, friends, page(friends)).status_code == 200
    with commune.reading() as site:
        key = site.session.query(Thread).one().key
    text = client.get(f"/discussions/{key}").text
    assert "Les <strong>mots</strong>" in text
    for part in ("Déjà nettoyé", "onerror", "alert(", "<b onclick"):
        assert part not in text


@pytest.mark.parametrize(("ahead", "uncertain"), [(timedelta(minutes=9), False), (timedelta(minutes=11), True)])
def test_row_36_a_date_well_ahead_is_shown_as_uncertain(
    client: Any, commune: Commune, friends: Commune, ahead: timedelta, uncertain: bool
) -> None:
    write(friends, "Un fil")
    with friends.transaction() as site:
        post = site.session.query(Post).one()
        post.thread.published = post.published = site.clock.now() + ahead
        _forge(site, post.uri, uri=ObjectId(site.url("/o/demaindemain")), published=site.clock.now() + ahead)
    assert push(client, friends, page(friends)).status_code == 200
    with commune.reading() as site:
        thread = site.session.query(Thread).filter(Thread.published > site.clock.now() + timedelta(minutes=5)).one()
        key = thread.key
    for address in (f"/discussions/{key}", "/quotidien"):
        assert ("(date incertaine)" in client.get(address).text) == uncertain


# size and shape


def test_row_51_a_body_above_one_mebibyte_is_refused(client: Any, friends: Commune) -> None:
    body = b" " * (1024 * 1024 + 1)
    assert push(client, friends, body).status_code == 413
    assert client.post("/boite", data=body, headers={"Content-Type": ACTIVITY}).status_code == 413


def test_row_52_a_compressed_body_is_not_opened(client: Any, friends: Commune) -> None:
    body = b"\x1f\x8b" + bytes(200)
    headers = {**signed(friends, "POST", FORUM, body), "Content-Encoding": "gzip"}
    assert client.post("/journal/forum", data=body, headers=headers).status_code == 415


@pytest.mark.parametrize("type_", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_another_type_of_body_is_not_read(client: Any, friends: Commune, type_: str) -> None:
    body = page(friends)
    headers = {**signed(friends, "POST", FORUM, body), "Content-Type": type_}
    assert client.post("/journal/forum", data=body, headers=headers).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' + b"9" * 5_000 + b"}",
        b'{"a":1e999}',
        b'{"a":NaN}',
        b'{"a":1,"a":2}',
        b"{",
        b"\xff\xfe",
        b"null",
        b"{}",
        b'{"type":"OrderedCollectionPage"}',
        b'{"type":["OrderedCollectionPage"]}',
    ],
)
def test_row_53_malformed_json_is_a_clean_refusal(client: Any, commune: Commune, friends: Commune, body: bytes) -> None:
    for address in ("/journal/forum", "/boite"):
        headers = signed(friends, "POST", HERE + address, body)
        assert client.post(address, data=body, headers=headers).status_code == 400
    assert held(commune) == (0, 0)


# the inbox


def test_a_letter_is_kept_once_and_answered_202(client: Any, commune: Commune, neighbour: Commune) -> None:
    body = b'{"id":"http://%b/a/aaaaaaaaaaaaaaaa","actor":"http://%b/acteur","type":"Invite"}' % ((HOST.encode(),) * 2)
    headers = signed(neighbour, "POST", f"{HERE}/boite", body)
    for _ in range(2):
        assert client.post("/boite", data=body, headers=headers).status_code == 202
    with commune.reading() as site:
        assert [row.state for row in site.session.query(Envelope)] == ["received"]
        assert site.session.query(Peer).count() == 0


def test_a_letter_from_a_known_key_with_a_wrong_signature_is_refused_now(
    client: Any, commune: Commune, friends: Commune
) -> None:
    body = b'{"id":"http://%b/a/aaaaaaaaaaaaaaaa","actor":"http://%b/acteur","type":"Invite"}' % ((HOST.encode(),) * 2)
    headers = signed(friends, "POST", f"{HERE}/boite", body)
    headers["Date"] = "Mon, 23 Nov 2026 00:00:00 GMT"
    assert client.post("/boite", data=body, headers=headers).status_code == 401
    with commune.reading() as site:
        assert site.session.query(Envelope).count() == 0


@pytest.mark.parametrize("attributed", [1, "1", [], {}, ["http://a.example/x", "http://b.example/x"]])
def test_row_18_an_actor_is_one_url(client: Any, neighbour: Commune, attributed: object) -> None:
    body = json.dumps({"id": f"http://{HOST}/a/aaaaaaaaaaaaaaaa", "actor": attributed, "type": "Invite"}).encode()
    assert client.post("/boite", data=body, headers=signed(neighbour, "POST", f"{HERE}/boite", body)).status_code == 400


def _signature(commune: Commune, headers: dict[str, str], covered: str) -> str:
    """A genuine signature of Pont-Hervel's key over these parts only."""
    lower = {name.lower(): value for name, value in headers.items()}
    lines = [
        "(request-target): post /journal/forum" if name == "(request-target)" else f"{name}: {lower[name]}"
        for name in covered.split()
    ]
    made = commune.keys.rsa.sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
    key = rsa_key_id(site_actor_id(HOST))
    encoded = base64.b64encode(made).decode()
    return f'keyId="{key}",algorithm="rsa-sha256",headers="{covered}",signature="{encoded}"'


def _forge(site: Any, own: str, **changes: Any) -> None:
    """One more entry in Pont-Hervel's journal, well signed: its own thread again, with these changes."""
    post = site.session.query(Post).filter_by(uri=own).one()
    content = replace(translation.thread_opened(post.thread, post), **changes)
    journal.append(site, "forum", translation.said_by(site, str(content.author), content))


def _revise(site: Any, **changes: Any) -> None:
    """An adaptation by Pont-Hervel in its journal `programme`, with these changes and no check of ours."""
    revision = revisions.Revision(
        measure=f"{revisions.PROGRAMME}:navette-a-la-demande",
        parents=(),
        title="Navette de Pont-Hervel",
        blocks=(revisions.Block("navette-a-la-demande-1", "paragraph", "Le vendredi."),),
        budget=None,
        author=commune_id(Host(HOST)),
        created="2026-11-23T10:00:00Z",
    )
    content = RevisionPublished(replace(revision, **changes), "adaptation", "Une raison.")
    journal.append(site, "programme", translation.said_by_commune(site, content))


def _outcomes(commune: Commune) -> list[str]:
    """What became of Pont-Hervel's entries of `programme`, after its key register."""
    with commune.reading() as site:
        rows = site.session.query(Entry).filter(Entry.received_from == HOST, Entry.n > 1).order_by(Entry.n)
        return [row.outcome for row in rows]


def push_programme(client: Any, signer: Commune) -> Any:
    """A signed push of all of the journal `programme`."""
    body = page(signer, "programme")
    return client.post(
        "/journal/programme", data=body, headers=signed(signer, "POST", f"{HERE}/journal/programme", body)
    )
