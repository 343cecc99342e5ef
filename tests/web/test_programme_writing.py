"""Writing a measure: who may, what the form does without a script, and what happens when two people write."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.federation.revisions import MAX_BLOCKS, MAX_TITLE_CHARS
from pop_forum.services import measures
from pop_forum.web.measure_form import AWAY, MAX_REASON_CHARS, PASSAGES_MOST

SLUG = "navette-a-la-demande"
MEASURE = f"/programme/{SLUG}"
ADAPT = f"{MEASURE}/adapter"
REVISE = f"{MEASURE}/reviser"
ADOPT = f"{MEASURE}/reprendre"

SignIn = Callable[..., Any]


def fields(browser: Any, address: str = ADAPT) -> dict[str, Any]:
    """The form of this page as a browser would send it back."""
    text = browser.get(address).text
    return {
        "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', text)[1],  # type: ignore[index]
        "base": re.search(r'name="base" value="([^"]+)"', text)[1],  # type: ignore[index]
        "title": "Navette locale à la demande",
        "block": re.findall(r'name="block" value="([^"]*)"', text),
        "text": [unescape(typed) for typed in re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", text)],
        "reason": "Parce que le marché est le jeudi.",
    }


def current(commune: Commune) -> tuple[str, list[str]]:
    """The kind of stance here and the passages of the text."""
    with commune.reading() as site:
        urn = measures.by_slug(site, SLUG).urn
        stance = measures.our_stance(site, urn)
        texts = [str(block["text"]) for block in measures.current_revision(site, urn).blocks]
        return stance.kind if stance else "", texts


@pytest.mark.parametrize("address", [ADAPT, ADOPT, REVISE])
def test_a_visitor_is_asked_to_sign_in(client: Any, address: str) -> None:
    assert client.get(address).status_code == 401
    assert client.send(address, version="x").status_code == 401


@pytest.mark.parametrize("role", ["resident", "moderator"])
@pytest.mark.parametrize("address", [ADAPT, ADOPT, REVISE])
def test_a_resident_or_a_moderator_cannot_write_a_measure(
    signed_in: SignIn, commune: Commune, role: str, address: str
) -> None:
    browser = signed_in(role)
    assert browser.get(address).status_code == 403
    typed = {"action": "publier", "title": "T", "block": "", "text": "x", "reason": "y", "base": ""}
    assert browser.send(address, **typed).status_code == 403
    assert current(commune)[0] == ""


def test_a_candidate_adapts_but_does_not_revise_the_common_text(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    form = fields(browser)
    assert browser.post(ADAPT, data={**form, "text": ["Le jeudi."], "action": "publier"}).status_code == 303
    assert current(commune) == ("adapted", ["Le jeudi."])
    assert browser.get(REVISE).status_code == 403
    assert browser.post(REVISE, data={**form, "action": "publier"}).status_code == 403


def test_an_admin_of_the_home_revises_the_common_text(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("admin")
    answer = browser.post(REVISE, data={**fields(browser, REVISE), "text": ["Pour tous."], "action": "publier"})
    assert answer.status_code == 303
    assert current(commune) == ("", ["Pour tous."])


def test_who_revises_writes_the_new_common_text(signed_in: SignIn) -> None:
    browser = signed_in("admin")
    page = browser.post(REVISE, data={**fields(browser, REVISE), "text": ["Pour tous."], "action": "relire"}).text
    assert "Nouveau texte commun" in page and "Votre texte" not in page and "Notre texte" not in page


def test_another_commune_than_the_home_revises_nothing(signed_in: SignIn, commune: Commune) -> None:
    object.__setattr__(commune.settings, "programme", type(commune.settings.programme)(home="ailleurs.example"))
    assert signed_in("admin").get(REVISE).status_code == 403


def test_a_post_without_its_token_changes_nothing(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("admin")
    form = fields(browser)
    del form["csrf_token"]
    assert browser.post(ADAPT, data={**form, "text": ["Le jeudi."], "action": "publier"}).status_code == 403  # row 88
    assert current(commune)[0] == ""


def test_adopting_takes_the_text_that_was_shown(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("admin")
    page = browser.get(ADOPT).text
    version = re.search(r'name="version" value="([^"]+)"', page)[1]  # type: ignore[index]
    assert browser.send(ADOPT, ADOPT, version=version).status_code == 303
    assert current(commune)[0] == "adopted"


def test_adopting_stops_when_the_common_text_moved_on(signed_in: SignIn, commune: Commune) -> None:
    answer = signed_in("admin").send(ADOPT, ADOPT, version="Qm" + "x" * 44)
    assert answer.status_code == 409
    assert "vient de changer" in answer.text
    assert current(commune)[0] == ""


def test_reading_again_shows_the_comparison_and_publishes_nothing(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    answer = browser.post(ADAPT, data={**fields(browser), "text": ["Le jeudi, au marché."], "action": "relire"})
    assert answer.status_code == 200
    assert "Rien n’est encore publié" in answer.text
    assert "<ins>" in answer.text
    form = answer.text.split("data-keep", 1)[1]
    assert form.count('value="publier"') == 1, "one last step"
    assert form.index("Modifier encore ce texte") < form.index("</details>\n  <p") < form.index('value="publier"')
    assert current(commune)[0] == ""


def test_passages_are_added_moved_and_removed_by_plain_buttons(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    form = fields(browser)
    first = form["block"][0]
    form |= {"block": [first, ""], "text": ["Un", "Deux"]}
    moved = browser.post(ADAPT, data={**form, "action": "monter-2"}).text
    assert re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", moved) == ["Deux", "Un"]
    assert re.findall(r'name="block" value="([^"]*)"', moved) == ["", first]
    down = browser.post(ADAPT, data={**form, "action": "descendre-1"}).text
    assert re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", down) == ["Deux", "Un"]
    removed = browser.post(ADAPT, data={**form, "action": "retirer-1"}).text
    assert re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", removed) == ["Un", "Deux"]
    assert 'value="remettre-1" autofocus' in removed and 'value="retirer-' not in removed
    added = browser.post(ADAPT, data={**form, "action": "ajouter"}).text
    assert re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", added) == ["Un", "Deux", ""]
    assert "autofocus" in added
    assert current(commune)[0] == ""


def test_a_passage_that_was_taken_out_is_put_back_as_it_was_typed_until_the_text_is_published(
    signed_in: SignIn, commune: Commune
) -> None:
    browser = signed_in("candidate")
    form = fields(browser)
    first = form["block"][0]
    form |= {"block": [first, ""], "text": ["Le nôtre,\nlongtemps cherché", "Deux"]}
    browser.post(ADAPT, data={**form, "action": "retirer-1"})
    form = {**form, **fields(browser)}  # another day: as its draft left it
    assert form["block"] == [f"{AWAY}{first}", ""] and form["text"][0] == "Le nôtre,\nlongtemps cherché"
    again = browser.post(ADAPT, data={**form, "action": "relire"}).text
    assert 'value="remettre-1"' in again and "Passages du texte commun absents" not in again
    back = browser.post(ADAPT, data={**form, "action": "remettre-1"}).text
    assert re.findall(r'name="block" value="([^"]*)"', back) == [first, ""] and "Remettre le passage" not in back
    reason = {"reason": "Plus court."}
    assert browser.post(ADAPT, data={**form, **reason, "action": "publier"}).status_code == 303
    assert current(commune) == ("adapted", ["Deux"])


def test_an_empty_passage_goes_at_once_and_a_text_keeps_one_passage(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    form = {**fields(browser), "block": ["", ""], "text": ["Un", " "]}
    gone = browser.post(ADAPT, data={**form, "action": "retirer-2"}).text
    assert re.findall(r'name="block" value="([^"]*)"', gone) == [""]
    none = {**form, "block": [AWAY, AWAY], "action": "publier"}
    assert "au moins un passage" in browser.post(ADAPT, data=none).text


def test_a_form_holds_as_many_passages_as_a_text_has_twice_and_one(signed_in: SignIn, commune: Commune) -> None:
    browser = signed_in("candidate")
    form, most = fields(browser), PASSAGES_MOST
    full = {**form, "block": [AWAY] * MAX_BLOCKS + [""] * (most - MAX_BLOCKS), "text": ["a"] * most}
    page = browser.post(ADAPT, data={**full, "action": f"retirer-{most}"}).text
    assert page.count('name="block"') == most - 1, "no more than a text's passages wait"
    more = {**full, "block": ["", *full["block"]], "text": ["a", *full["text"]], "action": "relire"}
    assert (
        browser.post(ADAPT, data=more).status_code == 400
        and "passages au plus" not in browser.post(ADAPT, data=more).text
    )


def test_a_removed_passage_of_the_common_text_can_be_taken_back(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    form = fields(browser)
    block, text = form["block"][0], form["text"][0]
    form |= {"block": [""], "text": ["Le nôtre"], "action": f"prendre-{block}"}
    answer = browser.post(ADAPT, data=form).text
    assert re.findall(r'name="block" value="([^"]*)"', answer) == [block, ""]
    assert unescape(re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", answer)[0]) == text


def test_a_passage_goes_back_to_the_common_text_by_a_plain_button(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    form = fields(browser)
    text = form["text"][0]
    form |= {"block": [*form["block"], ""], "text": ["Le nôtre", "Un ajout"]}
    page = browser.post(ADAPT, data={**form, "action": "relire"}).text
    assert page.count('value="commun-') == 1 and 'value="commun-1"' in page
    answer = browser.post(ADAPT, data={**form, "action": "commun-1"}).text
    assert [unescape(typed) for typed in re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", answer)] == [
        text,
        "Un ajout",
    ]
    for wrong in ("commun-2", "commun-0", "commun-9", "commun-x"):
        assert browser.post(ADAPT, data={**form, "action": wrong}).status_code == 400


@pytest.mark.parametrize("action", ["monter-9", "monter-0", "monter-x", "prendre-rien", "exploser", "retirer-1e3"])
def test_an_unknown_button_is_refused(signed_in: SignIn, action: str) -> None:
    browser = signed_in("candidate")
    assert browser.post(ADAPT, data={**fields(browser), "action": action}).status_code == 400


def test_ids_and_texts_that_do_not_fit_together_are_refused(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    form = {**fields(browser), "block": ["a", "b"], "text": ["un"], "action": "publier"}
    assert browser.post(ADAPT, data=form).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": " "}, "Donnez un titre"),
        ({"title": "x" * 201}, "201 caractères"),
        ({"reason": ""}, "pourquoi"),
        ({"reason": "x" * 501}, "501 caractères"),
        ({"block": ["", ""], "text": ["Un", " "]}, "passage 2 est vide"),
        ({"block": [], "text": []}, "au moins un passage"),
        ({"block": [""], "text": ["x" * 20_001]}, "Erreur|caractères|lisible|long"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    signed_in: SignIn, commune: Commune, wrong: dict[str, Any], said: str
) -> None:
    browser = signed_in("candidate")
    form = {**fields(browser), "text": ["Mon texte à garder."], **wrong, "action": "publier"}
    answer = browser.post(ADAPT, data=form)
    assert answer.status_code == 400
    assert re.search(said, answer.text)
    assert 'role="alert"' in answer.text
    assert ("Mon texte à garder." in answer.text) == ("text" not in wrong)
    assert current(commune)[0] == ""


def test_the_same_text_again_is_refused_with_a_sentence(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    answer = browser.post(ADAPT, data={**fields(browser), "action": "publier"})
    assert answer.status_code == 400
    assert "le même que la version actuelle" in answer.text


def test_two_people_at_once_overwrite_nothing(signed_in: SignIn, commune: Commune) -> None:
    first, second = signed_in("candidate", "Karim B."), signed_in("candidate", "Solène D.")
    early, late = fields(first), fields(second)
    assert first.post(ADAPT, data={**early, "text": ["Le jeudi."], "action": "publier"}).status_code == 303
    answer = second.post(ADAPT, data={**late, "text": ["Le samedi."], "action": "publier"})
    assert answer.status_code == 409
    assert "Quelqu’un a publié entre-temps" in answer.text
    assert "Le jeudi." in re.sub(r"<[^>]+>", "", answer.text)
    assert "Le samedi." in re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", answer.text)
    assert current(commune) == ("adapted", ["Le jeudi."])
    again = {**late, "base": re.search(r'name="base" value="([^"]+)"', answer.text)[1]}  # type: ignore[index]
    assert second.post(ADAPT, data={**again, "text": ["Le samedi."], "action": "publier"}).status_code == 303
    assert current(commune) == ("adapted", ["Le samedi."])


@pytest.mark.parametrize(("field", "most"), [("title", MAX_TITLE_CHARS), ("reason", MAX_REASON_CHARS)])
def test_a_field_takes_as_many_characters_as_the_form_accepts(signed_in: SignIn, field: str, most: int) -> None:
    browser = signed_in("admin")
    assert re.search(rf'<input id="{field}"[^>]* maxlength="{most}"', browser.get(ADAPT).text)
    for count, word in ((most, "Rien n’est encore publié"), (most + 1, f"caractères, {most} au plus")):
        page = browser.post(ADAPT, data={**fields(browser), "action": "relire", field: "é" * count})
        assert word in page.text
