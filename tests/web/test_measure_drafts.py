"""The text of a measure is half an hour of work: its form is kept, whole, until it is published."""

from typing import Any

from pop_forum.models import Draft
from pop_forum.services import measures
from tests.web.test_discussions import rows
from tests.web.test_programme_writing import ADAPT, REVISE, SLUG, SignIn, current, fields

KEPT = "Brouillon du "


def test_what_is_typed_in_a_measure_comes_back(signed_in: SignIn, client: Any) -> None:
    browser = signed_in("candidate")
    form = fields(browser)
    typed = {**form, "place": ADAPT, "text": ["Le jeudi.", *form["text"][1:]]}
    assert browser.post("/brouillons", data=typed).status_code == 204
    page = browser.get(ADAPT).text
    assert KEPT in page and "Le jeudi.</textarea>" in page and 'value="Parce que le marché est le jeudi."' in page
    assert form["base"] in page and 'value="Navette locale à la demande"' in page
    assert "Le jeudi." in browser.get("/mon-compte/donnees").text
    assert "Le jeudi." not in signed_in("admin", "Nadège R.").get(ADAPT).text, "row 92"


def test_each_button_of_the_form_keeps_it_without_a_script(signed_in: SignIn, commune: Any) -> None:
    browser = signed_in("candidate")
    form = fields(browser)
    first = form["block"][0]
    form |= {"block": [first, ""], "text": ["Un", "Deux"]}
    browser.post(ADAPT, data={**form, "action": "descendre-1"})
    page = browser.get(ADAPT).text
    assert page.index("Deux</textarea>") < page.index("Un</textarea>") and KEPT in page
    browser.post(ADAPT, data={**form, "action": "relire"})
    page = browser.get(ADAPT).text
    assert page.index("Un</textarea>") < page.index("Deux</textarea>")
    assert browser.post(ADAPT, data={**form, "action": "publier"}).status_code == 303
    assert current(commune) == ("adapted", ["Un", "Deux"]) and rows(commune, Draft) == []
    assert KEPT not in browser.get(ADAPT).text


def test_a_form_without_a_change_is_no_draft(signed_in: SignIn, commune: Any) -> None:
    browser = signed_in("admin")
    form = {**fields(browser, REVISE), "reason": ""}
    with commune.reading() as site:
        form["title"] = measures.current_revision(site, measures.by_slug(site, SLUG).urn).title
    browser.post(REVISE, data={**form, "action": "relire"})
    assert rows(commune, Draft) == []
    browser.post(REVISE, data={**form, "reason": "Pour tous.", "action": "relire"})
    assert [row.place for row in rows(commune, Draft)] == [REVISE]


def test_a_draft_over_a_text_that_moved_on_shows_both(signed_in: SignIn, commune: Any) -> None:
    browser, other = signed_in("candidate"), signed_in("admin")
    form = {**fields(browser), "text": ["À moi."], "block": [fields(browser)["block"][0]]}
    browser.post("/brouillons", data={**form, "place": ADAPT})
    theirs = {**fields(other), "text": ["À eux."], "block": form["block"]}
    assert other.post(ADAPT, data={**theirs, "action": "publier"}).status_code == 303
    again = fields(browser)
    assert again["text"] == ["À moi."] and again["base"] == form["base"], "the version it was written from"
    answer = browser.post(ADAPT, data={**again, "action": "publier"})
    assert answer.status_code == 409 and "À moi.</textarea>" in answer.text and "entre-temps" in answer.text
    assert current(commune)[1] == ["À eux."]


def test_the_draft_of_a_measure_can_be_erased(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    form = {**fields(browser), "text": ["À moi."], "block": [""]}
    browser.post("/brouillons", data={**form, "place": ADAPT})
    assert browser.send("/brouillons/effacer", ADAPT, place=ADAPT).status_code == 303
    assert "À moi." not in browser.get(ADAPT).text


def test_a_text_too_long_for_a_draft_stays_in_its_form(signed_in: SignIn, commune: Any) -> None:
    browser = signed_in("candidate")
    form = {**fields(browser), "text": ["x" * 130_000], "block": [""]}
    answer = browser.post(ADAPT, data={**form, "action": "relire"})
    assert answer.status_code == 400 and "x" * 130_000 in answer.text and rows(commune, Draft) == []
