"""The pages of the drafting group: its settings, opinions, support, and several improvements taken together."""

import re
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.federation.activities import DAYS_LEAST, MAX_DAYS
from pop_forum.models import DraftingGroup, Improvement, ImprovementBacker, ImprovementOpinion, Person
from pop_forum.services import drafting
from tests.web.neighbour import HOST, befriend, neighbour, neighbour_data
from tests.web.test_improvements import LIST, adapted, propose
from tests.web.test_programme_writing import MEASURE, SignIn
from tests.web.test_taking import OURS, lines, write

__all__ = ["adapted", "neighbour", "neighbour_data"]

GROUP, TOGETHER = "/ameliorations/atelier", f"{LIST}/ensemble"


@pytest.fixture
def place(signed_in: SignIn, adapted: Commune, neighbour: Commune) -> str:
    """The page of an improvement that waits, of a commune that has a neighbour with somebody known."""
    befriend(adapted, neighbour)
    with adapted.transaction() as site:
        uri = f"http://{HOST}/p/{'k' * 12}"
        site.session.add(
            Person(uri=uri, host=HOST, name="Bob P.", role="candidate", shared=True, created_at=site.clock.now())
        )
    return str(propose(signed_in("candidate", "Ada V.")).location)


def profile(commune: Commune, name: str) -> str:
    with commune.reading() as site:
        row = site.session.query(Person).filter_by(name=name).one()
        return row.uri.replace("/p/", "/personnes/")


def settle(browser: Any, profiles: list[str], quorum: str = "2", days: str = "14") -> Any:
    return browser.send(GROUP, GROUP, profiles="\n".join(profiles), quorum=quorum, days=days)


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("resident", 403), ("candidate", 403)])
def test_only_who_keeps_the_programme_settles_the_group_and_takes_several_together(
    client: Any, signed_in: SignIn, role: str | None, status: int
) -> None:
    browser = signed_in(role) if role else client
    for address in (GROUP, TOGETHER):
        assert browser.get(address).status_code == status
        assert browser.send(address, "/affichage" if role else "/connexion").status_code == status
    assert GROUP not in browser.get("/ameliorations").text


def test_the_group_is_settled_shown_and_asked(signed_in: SignIn, client: Any, adapted: Commune, place: str) -> None:
    assert "Il n’est pas encore constitué" in lines(client.get("/ameliorations").text)
    admin = signed_in("admin")
    assert settle(admin, [profile(adapted, "Ada V."), profile(adapted, "Bob P.")]).status_code == 303
    page = lines(client.get("/ameliorations").text)
    assert "en 14 jours au plus" in page and "Ada V." in page and "Bob P. Pont-Hervel" in page
    assert 'value="14"' in admin.get(GROUP).text
    answer = admin.send(place, place, choice="refused", reason="Non.", common="", passage=[])
    assert answer.status_code == 400 and "Il manque l’accord de personnes de l’atelier" in lines(answer.text)
    candidate = signed_in("candidate", "Une autre")
    assert "Publier mon avis" not in candidate.get(place).text
    assert candidate.send(f"{place}/avis", place, choice="whole", sentence="Oui.").status_code == 403


def test_an_editor_says_what_she_thinks_and_may_change_her_mind(
    app: Any, signed_in: SignIn, client: Any, adapted: Commune, place: str
) -> None:
    editor = signed_in("resident", "Eve V.")
    settle(signed_in("admin"), [profile(adapted, "Eve V."), profile(adapted, "Bob P.")])
    assert "Publier mon avis" in editor.get(place).text
    assert editor.send(f"{place}/avis", place, choice="whole", sentence=" ").status_code == 400
    assert editor.send(f"{place}/avis", place, choice="non", sentence="Oui.").status_code == 400
    for outcome, words in (("whole", "C’est clair."), ("rework", "À préciser.")):
        assert editor.send(f"{place}/avis", place, choice=outcome, sentence=words).status_code == 303
    page = lines(client.get(place).text)
    assert "à retravailler À préciser." in page and "C’est clair." not in page and "Eve V." in page
    with adapted.reading() as site:
        assert site.session.query(ImprovementOpinion).count() == 1
    assert editor.send("/brouillons", place=f"{place}/avis", sentence="Une phrase.", choice="part").status_code == 204
    again = editor.get(place).text
    assert "Une phrase." in again and 'value="part" required checked' in again and "Brouillon du" in again


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quorum": "1"}, "quorum"),
        ({"quorum": "deux"}, "quorum"),
        ({"quorum": "3"}, "quorum"),
        ({"days": str(DAYS_LEAST - 1)}, "days"),
        ({"days": str(MAX_DAYS + 1)}, "days"),
        ({"days": "1" * 9}, "days"),
        ({"profiles": ["http://ailleurs.example/personnes/x"]}, "profiles"),
        ({"profiles": []}, None),
    ],
)
def test_what_is_wrong_with_a_group_is_said_at_its_field(
    signed_in: SignIn, adapted: Commune, place: str, wrong: dict[str, Any], field: str | None
) -> None:
    typed = {"profiles": [profile(adapted, "Ada V."), profile(adapted, "Bob P.")], **wrong}
    answer = settle(signed_in("admin"), **typed)
    assert answer.status_code == (303 if field is None else 400)
    assert field is None or f'href="#{field}"' in answer.text
    with adapted.reading() as site:
        assert site.session.query(DraftingGroup).count() == (field is None) and drafting.group(site) is None


def test_a_resident_supports_without_a_name_and_takes_it_back(
    signed_in: SignIn, client: Any, adapted: Commune, place: str
) -> None:
    assert "Se connecter pour soutenir" in lines(client.get(place).text) and "/soutien" not in client.get(place).text
    assert client.send(f"{place}/soutien", "/connexion").status_code == 401
    resident = signed_in("resident")
    for _ in range(2):
        assert resident.send(f"{place}/soutien", place).status_code == 303
    assert "1 soutien" in lines(client.get(place).text) and "1 soutien" in lines(client.get(LIST).text)
    assert resident.send(f"{place}/soutien", place, retirer="1").status_code == 303
    assert "Aucun soutien" in lines(client.get(place).text)
    assert resident.send(f"{LIST}/Qm/soutien", place).status_code == 404
    with adapted.reading() as site:
        assert site.session.query(ImprovementBacker).count() == 0


def test_what_is_changed_by_its_commune_is_replaced_and_who_supported_it_is_told(
    signed_in: SignIn, client: Any, adapted: Commune, place: str
) -> None:
    resident = signed_in("resident")
    resident.send(f"{place}/soutien", place)
    candidate = signed_in("candidate", "Une autre")
    [change] = re.findall(r'href="([^"]*remplace=[^"]*)"', candidate.get(place).text)
    assert "remplacera la précédente" in lines(candidate.get(change).text)
    write(adapted, (*OURS[:2], (None, "Deux places sont gardées.")), False)
    old = place.rpartition("/")[2]
    changed = propose(candidate, remplace=old, reason="Deux places").location
    assert "La commune l’a changée" in lines(client.get(place).text) and changed in client.get(place).text
    listed = client.get(LIST).text
    assert changed in listed and place not in listed
    assert "Ce que vous souteniez a changé" in lines(resident.get("/notifications").text)
    resident.get(place)
    assert "Tout est lu" in lines(resident.get("/notifications").text)
    admin = signed_in("admin")
    assert admin.send(place, "/affichage", choice="refused", reason="Non.").status_code == 400
    assert propose(candidate, remplace=old).status_code == 409, "only what waits is replaced"
    with adapted.reading() as site:
        assert site.session.query(Improvement).count() == 2


def test_several_are_taken_into_one_version(signed_in: SignIn, client: Any, adapted: Commune, place: str) -> None:
    admin = signed_in("admin")
    assert "Il faut au moins deux améliorations" in lines(admin.get(TOGETHER).text)
    propose(signed_in("candidate", "Une autre"), reason="La même chose")
    page = admin.get(TOGETHER).text
    assert "changé par plusieurs" in page and "passages que plusieurs améliorations changent" in lines(
        client.get(LIST).text
    )
    common = re.search(r'name="common" value="([^"]*)"', page)
    boxes = re.findall(r'name="passage" value="([^"]*)"', page)
    assert common and len(boxes) > 2
    assert admin.send("/brouillons", place=TOGETHER, passage=boxes[:1], reason="À demi écrit").status_code == 204
    kept = admin.get(TOGETHER).text
    assert kept.count(" checked") == 1 and "À demi écrit" in kept
    alone = admin.send(TOGETHER, TOGETHER, common=common[1], passage=boxes[:1], reason="Merci.")
    assert alone.status_code == 400 and "au moins deux améliorations" in lines(alone.text) and "checked" in alone.text
    assert admin.send(TOGETHER, TOGETHER, common=common[1], passage=boxes, reason=" ").status_code == 400
    assert admin.send(TOGETHER, TOGETHER, common=common[1], passage=boxes, reason="Merci.").status_code == 303
    assert "Aucune n’attend de réponse" in lines(client.get(LIST).text)
    assert "Merci." in lines(client.get(f"{MEASURE}/historique").text)
