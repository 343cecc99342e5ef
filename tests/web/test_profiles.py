"""The page of a person: what it shows of them, to whom, and what it never tells."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.domain.badges import DEPARTED, badge_of
from pop_forum.domain.permissions import VISITOR
from pop_forum.models import Person, Post
from pop_forum.services import profiles, threads
from tests.network import Network, acting, befriended, person
from tests.web.neighbour import ACTIVITY, HERE, answer, write

BROWSER_ACCEPT = "text/html,*/*;q=0.8"
NOWHERE = "aaaaaaaaaaaa"


def key_in(commune: Any, name: str) -> str:
    with commune.reading() as site:
        uri = site.session.scalars(select(Person.uri).where(Person.name == name)).one()
        return str(uri.rsplit("/", 1)[1])


def test_a_profile_names_the_person_and_what_they_wrote(client: Any, commune: Any) -> None:
    thread = write(commune, "La navette du mardi", "Elle **passe** ?")
    answer(commune, thread, "Je l’ai attendue.", name="Mireille A.")
    page = client.get(f"/personnes/{key_in(commune, 'Mireille A.')}").text
    assert "<h1>Mireille A.</h1>" in page and "<title>Mireille A. · Valombre-sur-Lys</title>" in page
    assert "1 discussion ouverte" in page and "1 réponse" in page
    assert "La navette du mardi" in page and "Elle passe ?" in page and "Je l’ai attendue." in page


def test_a_visitor_meets_no_form_and_no_relative_date_there(client: Any, commune: Any) -> None:
    write(commune, "La navette du mardi")
    answer_ = client.get(f"/personnes/{key_in(commune, 'Mireille A.')}")
    assert "<form" not in answer_.text and "Set-Cookie" not in answer_.headers
    assert not re.search(r"il y a|aujourd’hui|hier", answer_.text.split("<main", 1)[1].split("</main>")[0])


def test_an_unknown_person_is_not_found(client: Any) -> None:
    for key in (NOWHERE, "x" * 300, "..%2fp", "%00", "' OR 1=1 --", "{{7*7}}"):
        found = client.get(f"/personnes/{key}")
        assert found.status_code == 404 and "49" not in found.text, key


def test_somebody_who_wrote_nothing_has_a_page_that_says_so(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    page = browser.get(f"/personnes/{key_in(commune, 'Huguette P.')}").text
    assert "n’a encore rien écrit" in page and "exemple.fr" not in page


def test_every_name_on_a_discussion_leads_to_its_person(client: Any, commune: Any) -> None:
    thread = write(commune, "La navette du mardi")
    answer(commune, thread, "Oui.", name="Karim B.")
    links = {f'href="/personnes/{key_in(commune, name)}"' for name in ("Mireille A.", "Karim B.")}
    page = client.get(f"/discussions/{thread.rsplit('/', 1)[1]}").text
    assert all(link in page for link in links)
    assert f'href="/personnes/{key_in(commune, "Mireille A.")}"' in client.get("/quotidien").text


def test_what_was_deleted_is_on_no_profile_nor_is_what_hangs_from_it(client: Any, commune: Any) -> None:
    thread = write(commune, "Un secret", "Le mot de trop.")
    answer(commune, thread, "Ma réponse.", name="Karim B.")
    with commune.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.uri == thread)).one()
        post.deleted_at, post.deleted_by = site.clock.now(), "author"
    for name in ("Mireille A.", "Karim B."):
        page = client.get(f"/personnes/{key_in(commune, name)}").text
        assert "secret" not in page and "mot de trop" not in page and "Ma réponse" not in page


def test_writings_come_in_pages(client: Any, commune: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "WRITINGS_PER_PAGE", 2)
    for number in range(3):
        write(commune, f"Discussion numéro {number}")
    address = f"/personnes/{key_in(commune, 'Mireille A.')}"
    first, second = client.get(address).text, client.get(f"{address}?page=2").text
    assert "numéro 2" in first and "numéro 1" in first and "numéro 0" not in first
    assert "numéro 0" in second
    assert client.get(f"{address}?page=3").status_code == 404


def test_row_91_the_page_asked_for_by_software_answers_for_those_known_outside_only(client: Any, commune: Any) -> None:
    write(commune, "Local", shared=False)
    key = key_in(commune, "Mireille A.")
    here, nowhere = (client.get(f"/personnes/{one}", headers={"Accept": ACTIVITY}) for one in (key, NOWHERE))
    assert (here.status_code, here.data) == (nowhere.status_code, nowhere.data) == (404, nowhere.data)
    write(commune, "Pour tous")
    found = client.get(f"/personnes/{key}", headers={"Accept": ACTIVITY})
    assert (found.status_code, found.location) == (303, f"{HERE}/p/{key}")
    assert client.get(f"/p/{key}", headers={"Accept": BROWSER_ACCEPT}).location == f"/personnes/{key}"


def test_row_68_a_name_is_printed_and_never_run(client: Any, commune: Any) -> None:
    write(commune, "Bonjour")
    with commune.transaction() as site:
        site.session.scalars(select(Person)).one().name = "<img src=x onerror=alert(1)> {{7*7}}"
        key = site.session.scalars(select(Person.uri)).one().rsplit("/", 1)[1]
    page = client.get(f"/personnes/{key}").text
    assert "<img" not in page and "&lt;img" in page and "{{7*7}}" in page


def test_who_has_left_has_no_page_and_no_link(client: Any, commune: Any) -> None:
    thread = write(commune, "La navette du mardi")
    with commune.transaction() as site:
        site.session.scalars(select(Person)).one().name = DEPARTED
        key = site.session.scalars(select(Person.uri)).one().rsplit("/", 1)[1]
    assert client.get(f"/personnes/{key}").status_code == 410
    page = client.get(f"/discussions/{thread.rsplit('/', 1)[1]}").text
    assert "Compte supprimé" in page and "/personnes/" not in page


def test_only_roles_we_know_make_a_badge() -> None:
    assert [badge_of(role) for role in ("candidate", "elected", "admin", "Maire", "")] == [
        "candidate",
        "elected",
        "",
        "",
        "",
    ]
    assert badge_of("candidate", "f") == "candidate-f"
    assert badge_of("candidate", "<b>") == "candidate"


def test_people_of_the_network_have_a_page_here_with_where_they_are_from(tmp_path: Any) -> None:
    network: Network = befriended(tmp_path)
    home, neighbour = network.communes["valombre"], network.communes["pont-hervel"]
    with acting(neighbour, person(neighbour, "Yann L.")) as (site, yann):
        threads.open_thread(site, yann, threads.ThreadDraft("Le pont", "Il ferme.", None, True))
        key = yann.uri.rsplit("/", 1)[1]
    network.settle()
    with home.reading() as site:
        page = profiles.profile(site, VISITOR, key, 1)
    assert (page.name, page.place, page.discussions) == ("Yann L.", "Pont-Hervel", 1)
    assert [each.title for each in page.writings] == ["Le pont"]
    network.close()
