"""The budgets that come with other texts: common ones, those of a neighbour, and whatever else a site may write."""

from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.budget import wire
from pop_forum.federation import revisions
from pop_forum.federation.activities import RevisionPublished
from pop_forum.federation.identifiers import Host, commune_id
from pop_forum.models import Revision
from pop_forum.services import budgets, journal, measures, translation
from pop_forum.services.budgets import Estimate
from tests.web.neighbour import HOST, neighbour, neighbour_data
from tests.web.test_journal import _outcomes, friends, push_programme
from tests.web.test_local_measures import ours as local_measure
from tests.web.test_pricing import BUDGET, MEASURE, OURS, SLUG, SignIn, current, plain, send
from tests.web.test_taking import EDITOR, FIRST, TAKE, aside, fields, write

__all__ = ["friends", "neighbour", "neighbour_data"]

TEXTS = ((FIRST, "Une navette relie les hameaux à la gare."),)
SHEET = {"sheet": 1, "running_low": 9_000, "running_high": 12_000, "method": "comparison"}
MOST = 2**53 - 1  # the greatest integer that JCS may write
STRANGE: list[dict[str, Any]] = [
    {"sheet": 1, "running_low": -MOST, "running_high": MOST, "population": 0, "use_years": 0},
    {"sheet": 1, "running_low": 999_999_999, "running_high": 1, "aid_9_name": "Région"},
    {"sheet": 1, "running_low": 0, "running_high": 0, "population": 1, "use_years": 1, "launch_year": 2026},
    {"sheet": 1, "unknown": 1, "running_low": 5, "running_high": 6, "by": "<b>l’équipe</b>"},
    {"sheet": 1, "running_low": 1, "running_high": 2, "hypotheses": "x" * 16_000},
    {"sheet": 1, "<script>": "</dd><script>alert(1)</script>", "": "", "date": "0000-00-00"},
    {"sheet": MOST, "running_low": 1},
    {"sheet": "1", "running_low": "12 000 €"},
    {"sheet": 1, "running_low": 1, "running_high": 2, "aid_1_name": "\u202eRégion\u0007", "aid_1_amount": 1,
     "aid_1_term": "yearly", "aid_1_state": "granted", "aid_1_public": 1},
    {},
]  # fmt: skip


def price_common(commune: Commune, **members: Any) -> None:
    """The common text says this budget from now on, and nothing else."""
    with commune.transaction() as site:
        measure = measures.by_slug(site, SLUG)
        sheet = wire.read(SHEET | members)
        assert sheet is not None
        estimate = Estimate(sheet, "Une comparaison.", measures.common_revision(site, measure.urn).digest)
        budgets.price_common(site, EDITOR, measure, estimate)


def arrives(client: Any, there: Commune, budget: dict[str, Any]) -> str:
    """The digest of a version with this budget, pushed by Pont-Hervel."""
    block = revisions.Block(f"{SLUG}-1", "paragraph", "Le vendredi.")
    urn, author = revisions.measure_urn(SLUG), commune_id(Host(HOST))
    revision = revisions.Revision(urn, (), "La navette", (block,), budget, author, "2026-11-23T10:00:00Z")
    with there.transaction() as site:
        content = RevisionPublished(revision, "adaptation", "Une raison.")
        journal.append(site, "programme", translation.said_by_commune(site, content))
    assert push_programme(client, there).status_code == 200
    return revisions.digest(revision)


def test_the_text_of_a_measure_ends_with_its_cost(signed_in: SignIn, client: Any) -> None:
    assert "Coût : pas encore chiffré." in plain(client.get(MEASURE).text)
    send(signed_in("candidate"))
    page = plain(client.get(MEASURE).text)
    assert "7 100 € à 13 900 € chaque année, 0 € à 1 800 € une fois" in page and BUDGET in client.get(MEASURE).text


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"running_low": 1, "running_high": 2}, "1 € à 2 € chaque année ; une fois, nous ne savons pas encore"),
        ({"investment_low": 0, "investment_high": 5}, "0 € à 5 € une fois ; chaque année, nous ne savons pas encore"),
        ({"unknown": 1}, "Coût : nous ne savons pas encore."),
    ],
)
def test_what_nobody_knows_of_a_cost_is_said_beside_what_is_known(
    client: Any, commune: Commune, members: dict[str, int], said: str
) -> None:
    with commune.transaction() as site:
        head = measures.common_revision(site, measures.by_slug(site, SLUG).urn)
        site.session.get_one(Revision, head.digest).budget = {"sheet": 1, **members}
    assert said in plain(client.get(MEASURE).text)


def test_a_common_text_of_which_only_the_budget_changed_says_so(signed_in: SignIn, commune: Commune) -> None:
    write(commune, TEXTS, False)
    price_common(commune)
    browser = signed_in("candidate")
    assert "modifie le budget." in plain(aside(browser))
    write(commune, (*TEXTS, (None, "Le samedi.")), True, "Navette")
    assert "modifie 2 passages, le titre et le budget." in plain(aside(browser))


def test_the_budget_of_the_common_text_alone_is_taken_in(signed_in: SignIn, commune: Commune) -> None:
    write(commune, TEXTS, False)
    price_common(commune)
    browser = signed_in("candidate")
    page = browser.get(TAKE).text
    assert plain(page).count("pas encore chiffré") == 3, (
        "of where both come from, of ours, and struck out of the common one"
    )
    assert "Rester sans budget" in page and "Prendre le budget du texte commun" in page
    again = browser.post(TAKE, data={**fields(page), "choix-budget": "theirs", "action": "relire"})
    assert "Seul le budget change." in plain(again.text) and "9 000 € à 12 000 €" in plain(again.text)
    assert 'value="publier"' in again.text
    answer = browser.post(TAKE, data={**fields(again.text), "action": "publier"})
    assert answer.status_code == 303 and (current(commune).budget or {})["running_low"] == 9_000
    assert "qui n’est d’aucune commune" in browser.get(BUDGET).text, "our text, but not our estimate"
    assert "remplies avec l’estimation du texte commun" in browser.get(OURS).text


def test_a_local_measure_is_priced_like_any_other_and_has_no_common_sheet(
    signed_in: SignIn, client: Any, commune: Commune
) -> None:
    place = f"/programme/{local_measure(commune)}/budget"
    admin = signed_in("admin")
    assert admin.get(f"{place}/chiffrer-texte-commun").status_code == 400
    assert send(admin, f"{place}/chiffrer").status_code == 303
    page = client.get(place).text
    assert ">locale</span>" in page and "7 100 € à 13 900 €" in plain(page) and "C’est l’estimation" not in page
    assert "1 mesure chiffrée" in plain(client.get("/budget").text)


def test_our_budget_is_kept_against_the_common_one(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    send(browser)
    ours = current(commune).budget
    price_common(commune)
    page = browser.get(TAKE).text
    assert "Garder notre budget" in page
    again = browser.post(TAKE, data={**fields(page), "choix-budget": "ours", "action": "relire"})
    assert "Vos choix laissent notre texte tel quel" in again.text and current(commune).budget == ours


def test_going_back_to_the_common_text_says_that_our_budget_goes(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    send(browser)
    page = plain(browser.get(f"{MEASURE}/reprendre").text)
    assert "celui de notre commune ne compterait plus" in page and "11 400 € à 15 900 €" in page


def test_a_comparison_says_what_becomes_of_the_net_costs(signed_in: SignIn, client: Any, commune: Commune) -> None:
    browser = signed_in("candidate")
    send(browser)
    first = current(commune).digest
    send(browser, b_running_high="17 000")
    page = plain(client.get(f"{MEASURE}/comparaison?de={first}&a={current(commune).digest}").text)
    assert "Coût net, chaque année 7 100 € à 13 900 € 7 100 € à 15 000 €" in page
    assert "Par personne et par an 6 € à 12 € 6 € à 13 €" in page and "Coût net, une fois" not in page


def test_a_neighbours_budget_is_shown_beside_ours(client: Any, commune: Commune, friends: Commune) -> None:
    arrives(client, friends, {**SHEET, "investment_low": 0, "investment_high": 0, "population": 100})
    assert _outcomes(commune) == ["applied"]
    page = plain(client.get(BUDGET).text)
    assert "Pont-Hervel 9 000 € à 12 000 € 0 € 90 € à 120 €" in page and "à partir de trois communes" in page
    assert "90 € à 120 €" in plain(client.get(f"{MEASURE}/communes").text)


@pytest.mark.parametrize("budget", STRANGE)
def test_whatever_a_neighbour_writes_in_a_budget_every_page_still_answers(
    client: Any, signed_in: SignIn, commune: Commune, friends: Commune, budget: dict[str, Any]
) -> None:
    digest = arrives(client, friends, budget)
    assert _outcomes(commune) == ["applied"]
    base = current(commune).digest
    with commune.transaction() as site:  # as if it were ours, too
        site.session.get_one(Revision, base).budget = budget
    versions = f"{MEASURE}/versions/{digest}", f"{MEASURE}/comparaison?de={base}&a={digest}"
    for address in (BUDGET, MEASURE, f"{MEASURE}/communes", *versions, "/budget", "/budget.json", "/budget.csv"):
        page = client.get(address)
        assert page.status_code == 200, address
        assert page.mimetype != "text/html" or "<script>alert" not in page.text, address
    form = signed_in("candidate").get(f"{BUDGET}/chiffrer")
    assert form.status_code == 200 and 'name="b-running_low" value="-' not in form.text


@pytest.mark.parametrize(
    ("budget", "outcome"),
    [
        ({"a": "x" * 16_376}, "applied"),
        ({"a": "x" * 16_377}, "refused"),
        ({"sheet": 1, "running_low": True}, "unsupported"),
        ({"sheet": 1, "aids": [1]}, "unsupported"),
    ],
)
def test_a_budget_that_no_revision_may_carry_is_not_shown(
    client: Any, commune: Commune, friends: Commune, monkeypatch: pytest.MonkeyPatch, budget: Any, outcome: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(revisions, "validated", lambda revision: revision)
        block = revisions.Block(f"{SLUG}-1", "paragraph", "Le vendredi.")
        urn, author = revisions.measure_urn(SLUG), commune_id(Host(HOST))
        revision = revisions.Revision(urn, (), "La navette", (block,), budget, author, "2026-11-23T10:00:00Z")
        with friends.transaction() as site:
            content = RevisionPublished(revision, "adaptation", "Une raison.")
            journal.append(site, "programme", translation.said_by_commune(site, content))
    assert push_programme(client, friends).status_code == 200
    assert _outcomes(commune) == [outcome]
    assert client.get(BUDGET).status_code == 200
    assert ("La navette" in client.get(f"{MEASURE}/communes").text) is False
