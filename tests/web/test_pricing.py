"""Pricing a measure: who may, what the form keeps and refuses, and what the pages then say."""

import csv
import io
import re
from collections.abc import Callable
from fractions import Fraction
from html import unescape
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.budget import amounts, typed, wire
from pop_forum.domain.budget.sheet import AIDS_MOST
from pop_forum.models import Draft, Peer, Revision, Stance
from pop_forum.services import measures
from pop_forum.web import budget_words
from pop_forum.web.measure_form import MAX_REASON_CHARS
from tests.web.test_discussions import rows
from tests.web.test_drafts import end_every_session, enter
from tests.web.test_programme_writing import ADAPT, fields

SLUG = "navette-a-la-demande"
MEASURE = f"/programme/{SLUG}"
BUDGET = f"{MEASURE}/budget"
OURS = f"{BUDGET}/chiffrer"
COMMON = f"{BUDGET}/chiffrer-texte-commun"
KEPT = "Brouillon du "
SHUTTLE = {
    "b-known": "amounts",
    "b-investment_low": "0",
    "b-investment_high": "1 800 €",
    "b-running_low": "11 400",
    "b-running_high": "15 900",
    "b-revenue_low": "2 000",
    "b-revenue_high": "2 300",
    "b-use_years": "8",
    "b-launch_year": "2027",
    "b-aid_1_name": "Région",
    "b-aid_1_amount": "2 000",
    "b-aid_1_term": "yearly",
    "b-aid_1_state": "requested",
    "b-aid_1_public": "1",
    "b-method": "calculation",
    "b-confidence": "estimate",
    "b-hypotheses": "Deux demi-journées.",
    "b-date": "2026-01-12",
    "reason": "Pour le débat de mars.",
}

SignIn = Callable[..., Any]


def base(browser: Any, address: str = OURS) -> str:
    return re.search(r'name="base" value="([^"]+)"', browser.get(address).text)[1]  # type: ignore[index]


def send(browser: Any, address: str = OURS, action: str = "publier", **change: str) -> Any:
    """The answer to the form of a shuttle's budget, with a few fields changed."""
    names = {name.replace("b_", "b-", 1): text for name, text in change.items()}
    return browser.send(address, address, **{"base": base(browser, address), **SHUTTLE, **names, "action": action})


def current(commune: Commune) -> Revision:
    with commune.reading() as site:
        return measures.current_revision(site, measures.by_slug(site, SLUG).urn)


def plain(text: str) -> str:
    """The words of a page, with ordinary spaces."""
    return re.sub(r"[\s\u202f\u00a0]+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.parametrize("address", [OURS, COMMON])
def test_a_visitor_is_asked_to_sign_in(client: Any, address: str) -> None:
    assert client.get(address).status_code == 401
    assert client.send(address, action="publier", base="x").status_code == 401


@pytest.mark.parametrize("role", ["resident", "moderator"])
@pytest.mark.parametrize("address", [OURS, COMMON])
def test_a_resident_or_a_moderator_prices_nothing(signed_in: SignIn, commune: Commune, role: str, address: str) -> None:
    browser = signed_in(role)
    assert browser.get(address).status_code == 403
    assert browser.send(address, "/mon-compte", **SHUTTLE, base="x", action="publier").status_code == 403
    assert current(commune).budget is None


def test_a_candidate_prices_our_measure_in_a_new_version(signed_in: SignIn, client: Any, commune: Commune) -> None:
    before, browser = current(commune), signed_in("candidate")
    assert "Pas encore chiffré" in client.get(BUDGET).text and OURS not in client.get(BUDGET).text
    assert OURS in browser.get(BUDGET).text
    answer = send(browser)
    assert answer.status_code == 303 and answer.headers["Location"] == BUDGET
    now = current(commune)
    assert (now.parents, now.title, now.blocks) == ([before.digest], before.title, before.blocks)
    sheet = wire.read(now.budget)
    assert sheet is not None and sheet.others == () and sheet.population == 1140
    text = plain(client.get(BUDGET).text)
    assert "7 100 € à 13 900 €" in text, "11 400 − 2 300 − 2 000; 15 900 − 2 000"
    assert "6 € à 12 €" in text, "7 100 ÷ 1 140; (13 900 + 1 800 ÷ 8) ÷ 1 140"
    assert "Région 2 000 € chaque année demandée" in text and "12 janvier 2026" in text
    assert "Deux demi-journées." in text and "Région (aide demandée)" in text
    assert "Pas encore chiffré" not in text
    assert browser.get(COMMON).status_code == 403


def test_an_admin_of_the_home_prices_the_common_text_for_no_commune(
    signed_in: SignIn, commune: Commune, client: Any
) -> None:
    assert send(signed_in("admin"), COMMON).status_code == 303
    sheet = wire.read(current(commune).budget)
    assert sheet is not None and sheet.population is None and current(commune).role == "common"
    assert "qui n’est d’aucune commune" in client.get(BUDGET).text


def test_what_is_read_again_is_not_yet_published(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    page = send(browser, action="relire")
    assert page.status_code == 200 and "Publier ce budget" in page.text
    assert "7 100 € à 13 900 €" in plain(page.text) and "pas encore chiffré" in page.text
    assert current(commune).budget is None
    assert KEPT in browser.get(OURS).text and 'value="1 800 €"' in browser.get(OURS).text


def test_the_totals_alone_answer_the_script(signed_in: SignIn, commune: Commune) -> None:
    page = send(signed_in("candidate"), action="totaux")
    assert "<html" not in page.text and "7 100 € à 13 900 €" in plain(page.text)
    assert rows(commune, Draft) == []


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"b_running_low": "12k"}, "b-running_low", amounts.SHORTENED),
        ({"b_running_high": ""}, "b-running_high", typed.OTHER_END),
        ({"b_method": ""}, "b-method", typed.NO_METHOD),
        ({"b_known": "unknown"}, "b-known", typed.BOTH_ANSWERS),
        ({"b_aid_1_amount": "beaucoup"}, "b-aid_1_amount", amounts.UNREADABLE),
        ({"reason": ""}, "reason", "Dites en une phrase pourquoi"),
    ],
)
def test_a_wrong_field_says_so_and_keeps_everything(
    signed_in: SignIn, commune: Commune, change: dict[str, str], field: str, sentence: str
) -> None:
    answer = send(signed_in("candidate"), **change)
    page = unescape(answer.text)
    assert answer.status_code == 400 and sentence in page and f'href="#{field}"' in page
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page)
    assert ("Aide 1 : " in plain(page)) is field.startswith("b-aid") and "known : " not in page
    assert 'value="1 800 €"' in page and "Deux demi-journées." in page and current(commune).budget is None


def test_a_reason_is_taken_at_its_limit_and_refused_past_it(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    assert send(browser, reason="x" * (MAX_REASON_CHARS + 1)).status_code == 400
    assert send(browser, reason="x" * MAX_REASON_CHARS).status_code == 303


def test_what_a_budget_does_to_the_standing_of_a_measure_is_said_before(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    assert "une adaptation de notre commune" in browser.get(OURS).text
    browser.send(f"{MEASURE}/ecarter", f"{MEASURE}/ecarter", reason="Trop cher.")
    assert "la remet dans notre programme" in browser.get(OURS).text
    assert send(browser).status_code == 303
    assert "la remet" not in browser.get(OURS).text and "une adaptation de notre commune" not in browser.get(OURS).text


def test_i_do_not_know_is_published_and_counted_as_unpriced(signed_in: SignIn, client: Any) -> None:
    empty = {name.replace("-", "_", 1): "" for name in SHUTTLE if name.startswith("b-")}
    answer = send(signed_in("candidate"), **{**empty, "b_known": "unknown", "b_date": "2026-01-12"})
    assert answer.status_code == 303
    assert "Nous ne savons pas encore" in client.get(BUDGET).text
    assert "40 mesures pas encore chiffrées" in plain(client.get("/budget").text)


def test_aids_are_added_one_by_one_up_to_eight(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    page = send(browser, action="aide").text
    assert "Aide 2" in page and "Aide 4" not in page
    full = {f"b_aid_{place}_name": "Région" for place in range(1, AIDS_MOST + 1)}
    page = send(browser, action="aide", **full).text
    assert f"Aide {AIDS_MOST}" in page and "Ajouter une aide" not in page


def test_two_who_price_at_once_lose_nothing(signed_in: SignIn, commune: Commune) -> None:
    browser, other = signed_in("candidate"), signed_in("admin")
    began = base(browser)
    assert send(other, b_running_high="17 000").status_code == 303
    answer = browser.send(OURS, OURS, **{**SHUTTLE, "base": began, "action": "publier"})
    text = plain(answer.text)
    assert answer.status_code == 409 and "entre-temps" in text
    assert "11 400 € à 17 000 €" in text and "11 400 € à 15 900 €" in text
    again = browser.send(OURS, OURS, **{**SHUTTLE, "base": current(commune).digest, "action": "publier"})
    assert again.status_code == 303
    sheet = wire.read(current(commune).budget)
    assert sheet is not None and sheet.running == amounts.Range(11_400, 15_900)


def test_the_same_sheet_again_is_no_version(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    send(browser)
    digest = current(commune).digest
    assert send(browser).status_code == 400 and current(commune).digest == digest


def test_a_line_of_a_newer_site_is_shown_and_carried_on(signed_in: SignIn, client: Any, commune: Commune) -> None:
    with commune.transaction() as site:
        row = site.session.get_one(Revision, measures.common_revision(site, measures.by_slug(site, SLUG).urn).digest)
        row.budget = {"sheet": 1, "running_low": 1, "running_high": 2, "zone": "<rurale>"}
    assert "&lt;rurale&gt;" in client.get(BUDGET).text
    send(signed_in("candidate"))
    assert (current(commune).budget or {})["zone"] == "<rurale>"


def test_a_sheet_of_another_form_is_shown_as_it_is(client: Any, commune: Commune) -> None:
    with commune.transaction() as site:
        row = site.session.get_one(Revision, measures.common_revision(site, measures.by_slug(site, SLUG).urn).digest)
        row.budget = {"sheet": 2, "cost": 5}
    text = client.get(BUDGET).text
    assert "ne sait pas lire" in text and "cost" in text


def test_a_comparison_names_the_lines_of_the_budget_that_differ(
    signed_in: SignIn, client: Any, commune: Commune
) -> None:
    first = current(commune).digest
    browser = signed_in("candidate")
    send(browser)
    second = current(commune).digest
    send(browser, b_running_high="17 000")
    page = plain(client.get(f"{MEASURE}/comparaison?de={second}&a={current(commune).digest}").text)
    assert "Fonctionnement, chaque année 11 400 € à 15 900 € 11 400 € à 17 000 €" in page
    assert "Investissement, une fois" not in page and "mot pour mot" not in page
    assert "pas encore chiffré" in plain(client.get(f"{MEASURE}/comparaison?de={first}&a={second}").text)


def test_a_measure_of_which_only_the_budget_is_ours_says_so(signed_in: SignIn, client: Any) -> None:
    send(signed_in("candidate"))
    for address in ("/programme", f"/programme/{SLUG}", f"/programme/{SLUG}/communes"):
        page = client.get(address).text
        bare = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)  # the legend says it too
        assert "budget adapté" in bare and "sans différence" not in page, address


def test_adapting_the_text_keeps_the_budget(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    send(browser)
    priced = current(commune).budget
    form = {**fields(browser), "action": "publier", "text": ["Le jeudi."]}
    form["block"] = form["block"][:1]
    assert browser.post(ADAPT, data=form).status_code == 303
    assert current(commune).budget == priced and priced is not None


def test_who_adapts_while_another_prices_keeps_the_budget(signed_in: SignIn, commune: Commune) -> None:
    browser, other = signed_in("candidate"), signed_in("admin")
    form = {**fields(browser), "action": "publier", "text": ["Le jeudi."]}
    form["block"] = form["block"][:1]
    send(other)
    priced = current(commune)
    assert browser.post(ADAPT, data=form).status_code == 409 and current(commune).digest == priced.digest
    assert browser.post(ADAPT, data={**form, "base": priced.digest}).status_code == 303
    assert current(commune).budget == priced.budget and current(commune).blocks != priced.blocks


def test_the_programme_by_year_counts_the_year_of_launch(signed_in: SignIn, client: Any) -> None:
    send(signed_in("candidate"))
    page = plain(client.get("/budget").text)
    assert "1 mesure chiffrée" in page and "39 mesures pas encore chiffrées" in page
    assert "2026 0 € 0 € oui 2027 7 100 € 15 700 € oui 2028 7 100 € 13 900 € oui" in page
    assert "60 000 € par an" in page and "épargne nette" in page


def test_a_draft_of_a_budget_is_kept_by_the_script_too(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    began = base(browser)
    typed_so_far = {**SHUTTLE, "place": OURS, "base": began, "b-by": "l’équipe"}
    assert browser.send("/brouillons", OURS, **typed_so_far).status_code == 204
    page = browser.get(OURS).text
    assert KEPT in page and 'value="l’équipe"' in page and 'value="11 400"' in page
    assert send(browser).status_code == 303
    assert KEPT not in browser.get(OURS).text


def test_what_was_typed_after_the_session_ended_waits_for_its_author(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate", "Solène D.")
    form = {**SHUTTLE, "base": base(browser), "action": "publier", "csrf_token": browser.csrf(OURS)}
    end_every_session(commune)
    answer = browser.post(OURS, data=form)
    assert answer.status_code == 303 and "Votre texte est gardé" in browser.get(OURS).text
    enter(browser, "Solène D.")
    page = browser.get(OURS).text
    assert 'value="11 400"' in page and 'value="Région"' in page and "Deux demi-journées.</textarea>" in page


def test_amounts_alone_are_given_back_with_a_refusal(signed_in: SignIn) -> None:
    answer = signed_in("resident").send(OURS, "/mon-compte", **{"b-running_low": "11 400", "b-method": "quote"})
    assert answer.status_code == 403 and 'type="hidden" name="b-running_low" value="11 400"' in answer.text


def test_the_sheets_are_data_and_no_cell_is_a_formula(signed_in: SignIn, client: Any, commune: Commune) -> None:
    send(signed_in("candidate"), b_hypotheses="=HYPERLINK(1)")
    lines = list(csv.DictReader(io.StringIO(client.get("/budget.csv").text.removeprefix("\ufeff"))))
    [row] = [line for line in lines if line["mesure"] == SLUG]
    assert (row["methode"], row["confiance"], row["population"]) == ("calcul", "estimation", "1140")
    assert row["estimation_de"] == commune.settings.host
    assert (row["fonctionnement_bas"], row["net_par_an_haut"], row["par_personne_haut"]) == ("11400", "13900", "12")
    assert row["hypotheses"] == "'=HYPERLINK(1)" and row["aides"] == "Région: 2000 (chaque année, demandée)"
    assert {line["reponse"] for line in lines if line != row} == {"pas encore chiffré"} and len(lines) == 40
    whole = client.get("/budget.json").json
    assert whole["years"][1] == {"year": 2027, "low": 7_100, "high": 15_700}
    assert (whole["priced"], whole["unpriced"], whole["fctva"]["percent"]) == (1, 39, "16.404")
    [measure] = [one for one in whole["measures"] if one["answer"]]
    assert measure["sheet"] == current(commune).budget == client.get(f"{MEASURE}.json").json["budget"]


def test_a_gain_is_a_number_in_the_table(signed_in: SignIn, client: Any) -> None:
    send(signed_in("candidate"), b_savings_low="20 000", b_savings_high="30 000")
    lines = csv.DictReader(io.StringIO(client.get("/budget.csv").text.removeprefix("\ufeff")))
    assert [line["net_par_an_bas"] for line in lines if line["mesure"] == SLUG] == ["-22900"]


def test_a_version_shows_its_own_budget(signed_in: SignIn, client: Any, commune: Commune) -> None:
    browser = signed_in("candidate")
    send(browser)
    first = current(commune).digest
    send(browser, b_running_high="17 000")
    page = plain(client.get(f"{MEASURE}/versions/{first}").text)
    assert "Fonctionnement, chaque année 11 400 € à 15 900 €" in page and "12 janvier 2026" in page


@pytest.mark.parametrize(("count", "shown"), [(2, False), (3, True)])
def test_the_median_of_the_other_communes_is_shown_from_three_up(
    client: Any, commune: Commune, count: int, shown: bool
) -> None:
    for place, (low, high) in enumerate(((8, 12), (10, 14), (9, 17))[:count]):
        estimated(commune, f"commune-{place}.example", {"running_low": 100 * low, "running_high": 100 * high})
    page = plain(client.get(BUDGET).text)
    assert ("12 € au milieu, de 8 € à 17 €, d’après 3 communes" in page) is shown
    assert ("à partir de trois communes" in page) is not shown and "8 € à 12 €" in page
    assert ("d’après 3 communes" in plain(client.get(f"{MEASURE}/communes").text)) is shown


def test_a_sheet_that_was_only_carried_on_is_no_estimate_of_a_commune(client: Any, commune: Commune) -> None:
    estimated(commune, "commune-0.example", {"running_low": 800, "running_high": 900}, population=0)
    assert "commune-0.example" not in client.get(BUDGET).text


def estimated(commune: Commune, host: str, members: dict[str, int], population: int = 100) -> None:
    """Another commune of the network with a sheet of its own for the shuttle, of a hundred inhabitants."""
    with commune.transaction() as site:
        now, common = site.clock.now(), measures.common_revision(site, measures.by_slug(site, SLUG).urn)
        digest = "Qm" + host.replace("-", "").replace(".", "").ljust(44, "a")[:44]
        budget = {"sheet": 1, "investment_low": 0, "investment_high": 0, **members}
        site.session.add(Peer(host=host, base_url=f"https://{host}", state="active", invited_by="us", created_at=now))
        site.session.add(
            Revision(
                digest=digest, measure=common.measure, host=host, role="adaptation", title=common.title,
                blocks=common.blocks, budget=budget | ({"population": population} if population else {}),
                parents=[common.digest], author=f"https://{host}/commune", created="2026-11-01T10:00:00Z", summary="",
                received_at=now,
            )
        )  # fmt: skip
        site.session.add(Stance(host=host, measure=common.measure, kind="adapted", digest=digest, at=now))


UNREADABLE = {
    "b_aid_1_amount": "cinq mille",
    "b_start_low": "1 500",
    "b_start_high": "900",
    "b_method": "",
    "reason": "",
}


def test_recalculating_names_what_the_totals_cannot_count_and_nothing_that_is_still_to_be_written(
    signed_in: SignIn,
) -> None:
    browser = signed_in("candidate")
    page = send(browser, action="calculer", **UNREADABLE).text
    assert 'href="#b-start_high"' in page and 'id="b-start_high-e"' in page and 'id="b-aid_1_amount-e"' in page
    assert typed.UPSIDE_DOWN in plain(page) and "2 points à corriger" in plain(page)
    assert "il manque le coût de chaque année" not in send(browser, action="calculer", b_running_high="neuf cents").text
    assert 'id="reason-e"' not in page and 'id="b-method-e"' not in page


def test_recalculating_leads_to_the_totals(signed_in: SignIn) -> None:
    page = send(signed_in("candidate"), action="calculer").text
    assert f'formaction="{OURS}#totaux"' in page and '<h2 id="totaux" tabindex="-1">' in page
    assert "à corriger" not in page


def test_the_totals_that_follow_typing_name_only_what_is_written_wrong(signed_in: SignIn) -> None:
    found = send(signed_in("candidate"), action="totaux", **UNREADABLE, b_revenue_high="").text
    assert typed.UPSIDE_DOWN in plain(found) and "#b-aid_1_amount" in found and "#b-revenue_high" not in found


def test_the_reason_of_a_budget_is_read_with_the_budget_and_that_of_a_text_with_the_text(
    signed_in: SignIn, client: Any
) -> None:
    browser = signed_in("candidate")
    words = {**fields(browser), "text": ["Le jeudi."], "reason": "Le marché a bougé.", "action": "publier"}
    assert browser.post(ADAPT, data=words).status_code == 303
    assert send(browser).status_code == 303
    text, budget = plain(client.get(MEASURE).text), plain(client.get(BUDGET).text)
    assert "Le marché a bougé." in text and SHUTTLE["reason"] not in text
    assert SHUTTLE["reason"] in budget and "Le marché a bougé." not in budget


@pytest.mark.parametrize(
    ("share", "said"), [(Fraction(2, 3), "66,7"), (Fraction(1_999, 10_000), "19,9"), (Fraction(1, 5), "20")]
)
def test_a_share_is_rounded_and_never_up_to_the_least_one_asked_for(app: Any, share: Fraction, said: str) -> None:
    with app.test_request_context():
        assert plain(budget_words.percent(share)) == f"{said} %"
