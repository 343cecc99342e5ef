"""The network as visitors and admins see it, and the handshake by its buttons."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain import french
from pop_forum.federation import pages
from pop_forum.federation.identifiers import Host
from pop_forum.models import Delivery, Link, Peer
from pop_forum.services import contacts, deliveries, identity, invitations, journal, peers
from pop_forum.services.deliveries import Push
from tests.web.neighbour import HOST, befriend, neighbour, neighbour_data, write
from tests.web.test_discussions import open_thread

__all__ = ["neighbour", "neighbour_data"]

ADMIN = "/administration/reseau"
SignIn = Callable[..., Any]
DEEDS = ["/inviter", "/1/confirmer", "/1/decliner", "/1/relancer", "/1/oublier"]


def invited(commune: Commune, neighbour: Commune, by: str = "them") -> int:
    """The number of Pont-Hervel, whose fingerprint waits to be compared."""
    befriend(commune, neighbour, "invited")
    with commune.transaction() as site:
        peer = site.session.query(Peer).one()
        peer.invited_by, peer.confirmed_by, peer.active_at = by, None, None
        peer.invitation_id = f"http://{HOST}/a/aaaaaaaaaaaaaaaa" if by == "them" else None
        site.session.query(Link).delete()
        return peer.id


def post(browser: Any, url: str, page: str = ADMIN, **fields: str) -> Any:
    """The answer to a form of `page`; one of its fields is called address."""
    return browser.post(url, data={"csrf_token": browser.csrf(page), **fields})


def state(commune: Commune) -> str:
    """What Pont-Hervel is here."""
    with commune.reading() as site:
        return site.session.query(Peer).one().state


def test_without_peers_the_page_says_so_and_shows_our_fingerprint(client: Any, commune: Commune) -> None:
    text = client.get("/reseau").text
    with commune.reading() as site:
        own = identity.own_fingerprint(site)
    assert "encore relié à aucune autre commune" in text
    assert "Aucune discussion partagée" in text
    assert " ".join(own[start : start + 4] for start in range(0, 16, 4)) in text


def test_the_directory_names_active_communes_and_their_kind(client: Any, commune: Commune, neighbour: Commune) -> None:
    befriend(commune, neighbour)
    text = client.get("/reseau").text
    assert "Pont-Hervel" in text and "site partisan" in text


def test_a_form_counts_the_same_communes_to_open_and_to_answer(
    signed_in: SignIn, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    browser = signed_in("resident")
    address = open_thread(browser)
    assert "ici et dans 1 autre commune du réseau." in browser.get("/quotidien/ouvrir").text.replace("\u00a0", " ")
    for page in (address, f"{address}/repondre"):
        assert "ici et dans 1 autre commune du réseau, car" in browser.get(page).text.replace("\u00a0", " ")


@pytest.mark.parametrize("hidden", ["contacting", "invited", "suspended", "withdrawn"])
def test_other_communes_are_not_named_in_public(client: Any, commune: Commune, neighbour: Commune, hidden: str) -> None:
    befriend(commune, neighbour, hidden)
    assert "Pont-Hervel" not in client.get("/reseau").text


def test_our_own_discussions_are_not_among_those_of_the_others(client: Any, commune: Commune) -> None:
    write(commune, "La nôtre")
    assert "La nôtre" not in client.get("/reseau").text


def test_a_visitor_is_asked_to_sign_in(client: Any) -> None:
    assert client.get(ADMIN).status_code == 401
    for deed in DEEDS:
        assert client.send(ADMIN + deed).status_code == 401


@pytest.mark.parametrize("role", ["resident", "candidate", "moderator"])
def test_only_admins_see_the_console_and_act(
    signed_in: SignIn, commune: Commune, neighbour: Commune, role: str
) -> None:
    number = invited(commune, neighbour)
    browser = signed_in(role)
    answer = browser.get(ADMIN)
    assert answer.status_code == 403
    assert "Seules les personnes qui administrent" in answer.text
    for deed in DEEDS:
        address = ADMIN + deed.replace("1", str(number))
        assert post(browser, address, "/affichage", compared="1", address="pont-hervel.example").status_code == 403
    assert state(commune) == "invited"


def test_the_deeds_need_a_post_with_its_token(signed_in: SignIn, commune: Commune, neighbour: Commune) -> None:
    number = invited(commune, neighbour)
    browser = signed_in("admin")
    for deed in DEEDS:
        address = ADMIN + deed.replace("1", str(number))
        assert browser.get(address).status_code == 405  # row 88
        assert browser.post(address, data={"compared": "1"}).status_code == 403
    assert state(commune) == "invited"


def test_an_invitation_looks_the_commune_up_first(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("admin")
    answer = post(browser, f"{ADMIN}/inviter", address="https://brevaux.example/", fingerprint="")
    assert answer.status_code == 303
    assert state(commune) == "contacting"
    assert "la réponse de son site" in browser.get(ADMIN).text


def test_row_65_the_table_of_peers_is_bounded(
    signed_in: SignIn, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invitations.MAX_PEERS == 2_000
    monkeypatch.setattr(invitations, "MAX_PEERS", 3)
    browser = signed_in("admin")
    for number in range(3):
        assert post(browser, f"{ADMIN}/inviter", address=f"commune-{number}.example").status_code == 303
    answer = post(browser, f"{ADMIN}/inviter", address="commune-de-trop.example")
    assert answer.status_code == 409
    assert "sa taille maximale" in answer.text and "commune-de-trop.example" in answer.text
    with commune.reading() as site:
        assert site.session.query(Peer).count() == 3


@pytest.mark.parametrize(
    ("address", "fingerprint", "said"),
    [
        ("", "", "adresse"),
        ("pas une adresse", "", "adresse"),
        ("valombre.localhost:8080", "", "votre propre site"),
        ("brevaux.example", "abcd", "16 lettres"),
        ("brevaux.example", "é" * 16, "16 lettres"),
        ("x" * 5_000, "", "adresse"),
        ("<script>alert(1)</script>", "", "adresse"),
    ],
)
def test_what_cannot_be_invited_is_said_and_the_text_kept(
    signed_in: SignIn, commune: Commune, address: str, fingerprint: str, said: str
) -> None:
    answer = post(signed_in("admin"), f"{ADMIN}/inviter", address=address, fingerprint=fingerprint)
    assert answer.status_code in (400, 409)
    assert said in answer.text
    assert "<title>Erreur\u00a0:" in answer.text
    field = "fingerprint" if "16" in said else "address"
    assert f'<a href="#{field}">' in answer.text and f'id="{field}-e"' in answer.text
    assert "<script>alert" not in answer.text
    with commune.reading() as site:
        assert site.session.query(Peer).count() == 0


def test_confirming_needs_the_tick_and_the_fingerprint_that_was_shown(
    signed_in: SignIn, commune: Commune, neighbour: Commune
) -> None:
    number = invited(commune, neighbour)
    browser = signed_in("admin")
    page = browser.get(ADMIN).text
    shown = re.search(r'name="fingerprint" value="([a-z2-7]{52})"', page)[1]  # type: ignore[index]
    assert " ".join(shown[start : start + 4] for start in range(0, 16, 4)) in page
    address = f"{ADMIN}/{number}/confirmer"
    unticked = browser.send(address, ADMIN, fingerprint=shown)
    assert unticked.status_code == 400 and f'<a href="#compare-{number}">Comparez' in unticked.text
    assert browser.send(address, ADMIN, fingerprint="a" * 52, compared="1").status_code == 409
    assert state(commune) == "invited"
    assert browser.send(address, ADMIN, fingerprint=shown, compared="1").status_code == 303
    assert state(commune) == "active"
    assert browser.send(address, ADMIN, fingerprint=shown, compared="1").status_code == 409


def test_our_own_invitation_leaves_after_the_comparison(
    signed_in: SignIn, commune: Commune, neighbour: Commune
) -> None:
    number = invited(commune, neighbour, by="us")
    browser = signed_in("admin")
    shown = re.search(r'name="fingerprint" value="([a-z2-7]{52})"', browser.get(ADMIN).text)[1]  # type: ignore[index]
    assert browser.send(f"{ADMIN}/{number}/confirmer", ADMIN, fingerprint=shown, compared="1").status_code == 303
    assert state(commune) == "invited"
    with commune.reading() as site:
        assert site.session.query(Delivery).one().inbox == f"http://{HOST}/boite"
    assert "leur acceptation" in browser.get(ADMIN).text


def test_an_invitation_can_be_declined(signed_in: SignIn, commune: Commune, neighbour: Commune) -> None:
    number = invited(commune, neighbour)
    browser = signed_in("admin")
    assert browser.send(f"{ADMIN}/{number}/decliner", ADMIN).status_code == 303
    assert state(commune) == "withdrawn"
    assert browser.send(f"{ADMIN}/{number}/decliner", ADMIN).status_code == 409


def test_the_console_says_what_waits_and_why_and_can_try_again(
    signed_in: SignIn, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    with commune.transaction() as site:
        peer = site.session.query(Peer).one()
        peers.note_error(site, peer, "Son site ne répond pas.")
        number = peer.id
    write(commune, "Pour tous")
    browser = signed_in("admin")
    page = browser.get(ADMIN).text
    assert "Son site ne répond pas." in page and "injoignable" in page
    assert "confirmé 0\u00a0sur\u00a03" in page
    assert browser.send(f"{ADMIN}/{number}/relancer", ADMIN).status_code == 303
    assert "Son site ne répond pas." not in browser.get(ADMIN).text


def test_a_commune_that_cannot_be_found_is_said_to_be_so_and_leaves_the_list(
    signed_in: SignIn, commune: Commune
) -> None:
    browser = signed_in("admin")
    post(browser, f"{ADMIN}/inviter", address="brevaux.example")
    with commune.transaction() as site:
        number = site.session.query(Peer).one().id
        for _ in range(contacts.MAX_FAILURES):
            contacts.record_failure(site, Host("brevaux.example"), peers.UNEXPLAINED)
    page = browser.get(ADMIN).text
    assert "introuvable" in page and "nous ne le cherchons plus" in page and "Enlever de la liste" not in page
    assert browser.send(f"{ADMIN}/{number}/oublier", ADMIN).status_code == 409
    assert browser.send(f"{ADMIN}/{number}/decliner", ADMIN).status_code == 303
    page = browser.get(ADMIN).text
    assert "retirée" in page and "réessayons" not in page and "Chercher de nouveau" in page
    assert browser.send(f"{ADMIN}/{number}/oublier", ADMIN).status_code == 303
    assert "brevaux.example" not in browser.get(ADMIN).text


def test_a_commune_that_exchanged_with_us_stays_in_the_list(
    signed_in: SignIn, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour, "withdrawn")
    browser = signed_in("admin")
    assert "Enlever de la liste" not in browser.get(ADMIN).text
    with commune.reading() as site:
        number = site.session.query(Peer).one().id
    assert browser.send(f"{ADMIN}/{number}/oublier", ADMIN).status_code == 409
    assert state(commune) == "withdrawn"


@pytest.mark.parametrize("deed", ["confirmer", "decliner", "relancer", "oublier"])
def test_an_unknown_commune_is_not_found(signed_in: SignIn, deed: str) -> None:
    assert signed_in("admin").send(f"{ADMIN}/999/{deed}", ADMIN, compared="1").status_code == 404


def test_an_invitation_is_called_to_confirm_until_our_comparison_and_sent_after_it(
    signed_in: SignIn, commune: Commune, neighbour: Commune
) -> None:
    browser = signed_in("admin")
    peer_id = invited(commune, neighbour, by="us")
    assert "1 commune à confirmer" in browser.get(ADMIN).text
    with commune.transaction() as site:
        peer = site.session.get_one(Peer, peer_id)
        peer.confirmed_by = "1"
    assert "1 commune invitée" in browser.get(ADMIN).text


def test_the_console_tells_when_a_push_was_last_confirmed(
    signed_in: SignIn, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    write(commune, "À envoyer")
    browser = signed_in("admin")
    assert "dernier envoi confirmé" not in browser.get(ADMIN).text
    with commune.transaction() as site:
        link = site.session.query(Link).filter_by(journal="forum").one()
        own = journal.find(site, site.settings.host, "forum")
        assert own is not None
        said = pages.answer(journal.position_of(own))
        assert deliveries.record_answer(site, Push(link.id, "", b"", {}, 1, 0), 200, said)
        day = f"{french.in_paris(site.clock.now()).day} "
    assert f"dernier envoi confirmé le {day}" in browser.get(ADMIN).text.replace("\u00a0", " ")
