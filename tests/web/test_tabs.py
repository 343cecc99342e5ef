"""Two tabs with one form, and what a session that ended took from drafts: pictures, polls, reasons of moderators."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from pop_forum.models import Draft, Post, ThreadAct
from tests.web.test_discussions import open_thread, rows
from tests.web.test_drafts import end_every_session, enter, name_of_form, typed
from tests.web.test_pictures import photo

LONG, SHORT = "Longue réponse, tapée pendant dix minutes", "Courte réponse"
FILLED = re.compile(r'name="brouillon" value="([0-9]+)"')
LOST = "Choisissez de nouveau l’image 1 : elle n’a pas pu être gardée."
UNDESCRIBED = "Choisissez l’image que vous décrivez, ou effacez sa description."
ALT = "Un pré vert"


@pytest.fixture
def browser(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def form(browser: Any) -> str:
    """The path of a form for a reply."""
    return f"{open_thread(browser)}/repondre"


def texts(commune: Any) -> list[str]:
    return [row.text for row in rows(commune, Draft)]


def test_sending_in_one_tab_keeps_what_another_typed(browser: Any, form: str, commune: Any) -> None:
    first, second = name_of_form(browser, form), name_of_form(browser, form)
    browser.send("/brouillons", form, place=form, text=LONG, envoi=second, saisie="b.1")
    assert browser.send(form, form, text=SHORT, envoi=first, saisie="a.1").status_code == 303
    assert texts(commune) == [LONG] and typed(browser.get(form).text) == LONG
    assert browser.send(form, form, text=f"{LONG} encore", envoi=second, saisie="b.2").status_code == 303
    assert texts(commune) == []


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        ({"saisie": "a.1"}, {"text": SHORT, "saisie": "a.2"}),
        ({"envoi": "a" * 26}, {"text": SHORT, "envoi": "a" * 26}),
        ({"saisie": "a.1"}, {"text": f"{LONG}\r\n", "saisie": "b.1"}),
        ({}, {"text": SHORT}),
    ],
    ids=["its tab", "its form", "its words", "nobody knows which tab"],
)
def test_a_draft_goes_when_it_holds_what_was_sent(
    browser: Any, form: str, commune: Any, kept: dict[str, str], sent: dict[str, str]
) -> None:
    browser.send("/brouillons", form, place=form, text=LONG, **kept)
    assert texts(commune) == [LONG]
    assert browser.send(form, form, **sent).status_code == 303 and texts(commune) == []


def test_a_draft_goes_when_the_form_it_filled_is_sent_on_another_device(browser: Any, form: str, commune: Any) -> None:
    browser.send("/brouillons", form, place=form, text=LONG, saisie="a.1")
    filled = FILLED.search(browser.get(form).text)
    assert filled
    browser.send(form, form, text=SHORT, apercu="1", brouillon=filled[1])
    assert browser.send(form, form, text=SHORT, saisie="b.1", brouillon=filled[1]).status_code == 303
    assert texts(commune) == []


@pytest.mark.parametrize("moment", ["", "0", "x" * 200, "' OR 1=1 --"])
def test_row_74_a_strange_moment_names_no_draft(browser: Any, form: str, commune: Any, moment: str) -> None:
    browser.send("/brouillons", form, place=form, text=LONG, saisie="a.1")
    assert browser.send(form, form, text=SHORT, saisie="b.1", brouillon=moment).status_code == 303
    assert texts(commune) == [LONG]


def test_what_waited_for_its_author_goes_however_she_changes_it(browser: Any, form: str, commune: Any) -> None:
    token = browser.csrf(form)
    end_every_session(commune)
    assert browser.post(form, data={"csrf_token": token, "text": LONG}).status_code == 303
    enter(browser, "Huguette P.")
    assert browser.send(form, form, text=SHORT, saisie="b.1").status_code == 303 and texts(commune) == []


def test_a_picture_that_an_ended_session_lost_is_asked_for_again(browser: Any, form: str, commune: Any) -> None:
    token = browser.csrf(form)
    end_every_session(commune)
    data = {
        "csrf_token": token,
        "text": LONG,
        "alt-1": ALT,
        "image-1": (BytesIO(photo()), "a.jpg"),
        "image-2": (BytesIO(), ""),
    }
    assert browser.post(form, data=data).status_code == 303
    enter(browser, "Huguette P.")
    page = browser.get(form).text
    assert typed(page) == LONG and f'value="{ALT}"' in page and page.count(LOST) == 2 and "perdue-2" not in page
    browser.send("/brouillons", form, place=form, text=LONG, **{"alt-1": ALT, "perdue-1": "1"})
    assert LOST in browser.get(form).text, "also when it is loaded again"
    answer = browser.send(form, form, text=LONG, **{"alt-1": ALT, "perdue-1": "1"})
    assert answer.status_code == 400 and UNDESCRIBED in answer.text and typed(answer.text) == LONG
    assert len(rows(commune, Post)) == 1
    assert browser.send(form, form, text=LONG, **{"alt-1": "", "perdue-1": "1"}).status_code == 303
    assert texts(commune) == []


def test_a_description_without_a_picture_is_refused_everywhere(browser: Any, form: str, commune: Any) -> None:
    change = f"/messages/{rows(commune, Post)[0].key}/modifier"
    fields = {"title": "T", "text": LONG, "reach": "local", "alt-2": ALT}
    for page in (form, "/quotidien/ouvrir", change):
        answer = browser.send(page, page, **fields)
        assert answer.status_code == 400 and UNDESCRIBED in answer.text and LONG in answer.text, page
        assert f'value="{ALT}"' in answer.text and "Image 2" in answer.text
    assert len(rows(commune, Post)) == 1


def test_a_picture_that_is_taken_away_takes_its_description_along(browser: Any, form: str) -> None:
    answer = browser.send(form, form, text="", **{"image-1": (BytesIO(photo()), "a.jpg"), "alt-1": ALT})
    kept = re.search(r'name="gardee-1" value="([0-9a-f]{64})"', answer.text)
    assert kept
    fields = {"gardee-1": kept[1], "sans-1": "1", "alt-1": ALT}
    assert browser.send(form, form, text=LONG, **fields).status_code == 303


@pytest.mark.parametrize("ended", [False, True], ids=["saved", "sent after the session ended"])
def test_the_draft_of_a_poll_holds_its_end_and_how_many_answers(
    browser: Any, form: str, commune: Any, ended: bool
) -> None:
    poll = form.replace("/repondre", "/sondage")
    fields = {"title": "Quel soir ?", "text": "lundi\nmardi", "multiple": "plusieurs", "ends": "2026-12-24T20:15"}
    if ended:
        token = browser.csrf(poll)
        end_every_session(commune)
        assert browser.post(poll, data={"csrf_token": token, **fields}).status_code == 303
        enter(browser, "Huguette P.")
    else:
        browser.send("/brouillons", poll, place=poll, **fields)
    page = browser.get(poll).text
    assert typed(page) == "lundi\nmardi" and 'value="2026-12-24T20:15"' in page
    assert re.search(r'<input checked[^>]*value="plusieurs"', page)


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("clore", {}),
        ("epingler", {"jusqua": "2100-01-01"}),
        ("deplacer", {"ou": "quotidien:idees"}),
    ],
)
def test_the_reason_of_a_moderator_waits_and_one_press_is_enough_afterwards(
    signed_in: Callable[..., Any], commune: Any, act: str, fields: dict[str, str]
) -> None:
    browser = signed_in("moderator", "Nadège R.")
    address = open_thread(browser)
    page, reason = f"{address}/ranger", "Une raison longuement pesée"
    token = browser.csrf(page)
    end_every_session(commune)
    answer = browser.post(f"{address}/{act}", data={"csrf_token": token, "raison": reason, **fields})
    assert answer.status_code == 303 and answer.headers["Location"] == page
    waiting = browser.get(page)
    assert waiting.status_code == 401 and "Votre texte est gardé" in waiting.text and f"next={page}" in waiting.text
    enter(browser, "Nadège R.")
    filled = browser.get(page).text
    assert filled.count(f'value="{reason}"') == 1 and "restauré" in filled
    for value in fields.values():
        assert re.search(rf'value="{value}"(?: selected)?>', filled)
    assert browser.send(f"{address}/{act}", page, raison=reason, **fields).status_code == 303
    assert rows(commune, Draft) == [] and rows(commune, ThreadAct)[0].sentence == reason


def test_the_reason_of_a_moderator_is_a_draft_that_can_be_erased(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("moderator", "Nadège R.")
    address = open_thread(browser)
    page, place = f"{address}/ranger", f"{address}/clore"
    browser.send("/brouillons", page, place=place, raison="Trop vif", saisie="a.1")
    assert 'value="Trop vif"' in browser.get(page).text and "Trop vif" in browser.get("/mon-compte/donnees").text
    assert browser.send("/brouillons/effacer", page, place=place).headers["Location"] == page
    assert rows(commune, Draft) == []
