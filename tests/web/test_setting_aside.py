"""A measure set aside: who may, a public reason, the way back, and the same at the neighbours."""

from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.models import Stance
from pop_forum.services import lineage, measures
from pop_forum.services.messages import Stamp
from pop_forum.web.measure_form import MAX_REASON_CHARS
from tests.web.neighbour import HOST, befriend, neighbour, neighbour_data
from tests.web.test_programme_writing import MEASURE, SLUG, SignIn, current
from tests.web.test_taking import BASE, OURS, lines, write

__all__ = ["neighbour", "neighbour_data"]

ASIDE = f"{MEASURE}/ecarter"
WHY = "Un car passe déjà deux fois par jour."


def stances(commune: Commune) -> list[tuple[str, str | None]]:
    """What communes hold here for the measure."""
    with commune.reading() as site:
        return [(row.kind, row.reason) for row in site.session.query(Stance).filter(Stance.measure.endswith(SLUG))]


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("resident", 403), ("moderator", 403)])
def test_only_who_holds_our_text_sets_a_measure_aside(
    client: Any, signed_in: SignIn, commune: Commune, role: str | None, status: int
) -> None:
    browser = signed_in(role) if role else client
    page = "/affichage" if role else "/connexion"
    assert browser.get(ASIDE).status_code == status
    answer = browser.send(ASIDE, page, reason=WHY)
    assert answer.status_code == (status if role else 303), "a visitor's words wait for them to sign in"
    assert stances(commune) == [] and "Écarter" not in browser.get(MEASURE).text


def test_everybody_reads_why_and_the_way_back_leads_to_what_was_held(
    signed_in: SignIn, client: Any, commune: Commune
) -> None:
    for blocks, common in ((BASE, True), (OURS, False)):
        write(commune, blocks, common)
    browser, before = signed_in("candidate"), current(commune)
    assert "Écarter cette mesure" in browser.get(MEASURE).text
    assert browser.send(ASIDE, ASIDE, reason=WHY).status_code == 303
    page = client.get(MEASURE).text
    assert "Notre commune a écarté cette mesure" in page and WHY in page and BASE[1][1] in page
    assert "<form method" not in page[page.index("<aside") : page.index("</aside")]
    assert "1 écartée" in lines(client.get("/programme").text) and ">écartée</span>" in client.get("/programme").text
    assert browser.send(ASIDE, ASIDE, reason=WHY).status_code == 400, "once is enough"
    assert browser.send(ASIDE, MEASURE, action="revenir").status_code == 303
    assert current(commune) == before and stances(commune) == [("adapted", None)]
    assert "écarté cette" not in client.get(MEASURE).text


def test_the_costs_of_the_programme_leave_out_what_is_set_aside(signed_in: SignIn, client: Any) -> None:
    browser = signed_in("candidate")
    assert "40 mesures pas encore chiffrées" in lines(client.get("/budget").text)
    browser.send(ASIDE, ASIDE, reason=WHY)
    assert "39 mesures pas encore chiffrées" in lines(client.get("/budget").text)


def test_what_was_undecided_is_undecided_again_and_can_be_adapted_at_once(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    browser.send(ASIDE, ASIDE, reason=WHY)
    assert browser.send(ASIDE, MEASURE, action="revenir").status_code == 303
    assert "n’a encore rien décidé" in browser.get(MEASURE).text
    assert browser.send(ASIDE, MEASURE, action="revenir").status_code == 400
    browser.send(ASIDE, ASIDE, reason=WHY)
    write(commune, BASE, False)
    assert stances(commune) == [("adapted", None)] and "écarté cette" not in browser.get(MEASURE).text


@pytest.mark.parametrize(
    ("reason", "status"), [(" ", 400), ("x" * (MAX_REASON_CHARS + 1), 400), ("x" * MAX_REASON_CHARS, 303)]
)
def test_a_reason_is_asked_for_and_kept_in_the_form(
    signed_in: SignIn, commune: Commune, reason: str, status: int
) -> None:
    answer = signed_in("candidate").send(ASIDE, ASIDE, reason=reason)
    assert answer.status_code == status
    assert status == 303 or ('href="#reason"' in answer.text and f'value="{reason}"' in answer.text)


def test_what_a_neighbour_set_aside_is_shown_among_the_other_communes(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    with commune.transaction() as site:
        urn = measures.by_slug(site, SLUG).urn
        lineage.put_stance(site, HOST, urn, lineage.Word("aside", "", WHY), Stamp(1, 2), site.clock.now())
    page = client.get(f"{MEASURE}/communes").text
    assert WHY in page and ">écartée</span>" in page and "0 sur 1" in lines(page)
