"""What is sent after a session has ended waits for its author, and its form opens again once she is back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.models import Draft, Post, Report
from pop_forum.services import drafts
from tests.web.test_discussions import open_thread, rows
from tests.web.test_drafts import end_every_session, enter, typed
from tests.web.test_polls import ask
from tests.web.test_programme_writing import ADAPT, current, fields

WAITS = "Votre texte est gardé. Il reste à dire qui vous êtes."


def test_a_change_waits_for_its_author(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    form = f"/messages/{open_thread(browser).rsplit('/', 1)[1]}/modifier"
    token = browser.csrf(form)
    end_every_session(commune)
    answer = browser.post(form, data={"csrf_token": token, "title": "Corrigé", "text": "Corrigé aussi", "alt-1": "x"})
    assert answer.status_code == 303 and answer.headers["Location"] == form
    page = browser.get(form)
    assert page.status_code == 401 and WAITS in page.text and f"/connexion?next={form}" in page.text
    enter(browser, "Huguette P.")
    filled = browser.get(form).text
    assert typed(filled) == "Corrigé aussi" and 'value="Corrigé"' in filled
    assert browser.send(form, form, title="Corrigé", text="Corrigé aussi").status_code == 303
    assert rows(commune, Post)[0].source == "Corrigé aussi" and rows(commune, Draft) == []


def test_a_measure_waits_for_its_author(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("candidate", "Solène D.")
    form = {**fields(browser), "text": ["Le jeudi."], "block": [""]}
    end_every_session(commune)
    answer = browser.post(ADAPT, data={**form, "action": "publier"})
    assert answer.status_code == 303 and WAITS in browser.get(ADAPT).text
    enter(browser, "Solène D.")
    again = fields(browser)
    assert again["text"] == ["Le jeudi."]
    assert browser.post(ADAPT, data={**again, "action": "publier"}).status_code == 303
    assert current(commune) == ("adapted", ["Le jeudi."]) and rows(commune, Draft) == []


def test_row_92_who_signs_in_instead_reads_no_change_of_another(
    signed_in: Callable[..., Any], client: Any, commune: Any
) -> None:
    form = f"/messages/{open_thread(signed_in('resident', 'Huguette P.')).rsplit('/', 1)[1]}/modifier"
    signed_in("resident", "Karim B.")
    assert client.send(form, title="T", text="Entre nous").status_code == 303
    enter(client, "Karim B.")
    answer = client.get(form)
    assert answer.status_code == 403 and "Entre nous" not in answer.text


def test_a_judgement_waits_for_its_moderator_and_one_press_is_enough_afterwards(
    signed_in: Callable[..., Any], commune: Any
) -> None:
    key = open_thread(signed_in("resident", "Huguette P.")).rsplit("/", 1)[1]
    browser = signed_in("moderator", "Nadège R.")
    case = f"/moderation/messages/{key}"
    fields = {"decision": "hide", "warn": "y", "reason": "injure", "sentence": "Une insulte."}
    token = browser.csrf(case)
    end_every_session(commune)
    answer = browser.post(case, data={"csrf_token": token, **fields})
    assert answer.status_code == 303 and answer.headers["Location"] == case
    page = browser.get(case)
    assert page.status_code == 401 and WAITS in page.text and f"/connexion?next={case}" in page.text
    enter(browser, "Nadège R.")
    filled = browser.get(case).text
    assert typed(filled) == "Une insulte." and "restauré" in filled
    assert re.search(r'<input checked[^>]*value="hide"', filled) and re.search(r"<input checked[^>]*warn", filled)
    assert '<option selected value="injure">' in filled
    assert browser.send(case, case, **fields).status_code == 303
    with commune.reading() as site:
        assert site.session.scalars(select(Post)).one().deleted_by == "moderation"
    assert rows(commune, Draft) == []


def test_a_judgement_on_a_poll_waits_on_the_page_of_its_message(signed_in: Callable[..., Any], commune: Any) -> None:
    author = signed_in("resident", "Huguette P.")
    address = open_thread(author)
    assert ask(author, address).status_code == 303
    browser, case = signed_in("moderator", "Nadège R."), f"/moderation/messages/{address.rsplit('/', 1)[1]}"
    fields = {"sondage-decision": "close", "sondage-reason": "injure", "sondage-sentence": "Il suffit."}
    token = browser.csrf(case)
    end_every_session(commune)
    answer = browser.post(f"{case}/sondage", data={"csrf_token": token, **fields})
    assert answer.status_code == 303 and answer.headers["Location"] == case
    enter(browser, "Nadège R.")
    filled = browser.get(case).text
    assert "Il suffit.</textarea>" in filled and re.search(r'<input checked[^>]*value="close"', filled)
    assert browser.send(f"{case}/sondage", case, **fields).status_code == 303 and rows(commune, Draft) == []


def test_a_report_needs_no_session_and_goes_at_once(signed_in: Callable[..., Any], commune: Any) -> None:
    key = open_thread(signed_in("resident", "Huguette P.")).rsplit("/", 1)[1]
    browser = signed_in("resident", "Karim B.")
    form = f"/messages/{key}/signaler"
    token = browser.csrf(form)
    end_every_session(commune)
    answer = browser.post(form, data={"csrf_token": token, "reason": "injure", "details": "Il insulte."})
    assert answer.status_code == 303 and rows(commune, Report)[0].details == "Il insulte."


def test_a_report_from_before_signing_in_goes_with_one_more_press(
    signed_in: Callable[..., Any], client: Any, commune: Any
) -> None:
    key = open_thread(signed_in("resident", "Huguette P.")).rsplit("/", 1)[1]
    signed_in("resident", "Karim B.")
    form, fields = f"/messages/{key}/signaler", {"reason": "injure", "details": "Il insulte."}
    token = client.csrf(form)
    enter(client, "Karim B.")
    answer = client.post(form, data={"csrf_token": token, **fields})
    again = re.search(r'name="csrf_token" value="([^"]+)"', answer.text.split('data-draft="off"')[1])
    assert answer.status_code == 403 and again
    assert client.post(form, data={"csrf_token": again[1], **fields}).status_code == 303
    assert len(rows(commune, Report)) == 1


def test_an_act_without_words_only_asks_who_it_is(client: Any, commune: Any) -> None:
    answer = client.send("/messages/aaaaaaaaaaaa/modifier", x="y")
    assert answer.status_code == 401 and rows(commune, Draft) == []


@pytest.mark.parametrize("entered", [True, False])
def test_a_form_from_before_signing_in_is_given_back_with_the_true_reason(
    client: Any, signed_in: Callable[..., Any], entered: bool
) -> None:
    form = f"{open_thread(signed_in('resident', 'Huguette P.'))}/repondre"
    token = client.csrf(form)
    if entered:
        enter(client, "Huguette P.")
    answer = client.post(form, data={"csrf_token": token if entered else "x", "text": "Écrit avant"})
    assert answer.status_code == 403 and "Écrit avant</textarea>" in answer.text
    assert "depuis que ce formulaire est ouvert" in answer.text and "envoyez-le de nouveau" in answer.text


@pytest.mark.parametrize(
    ("typed_text", "room", "status", "words"),
    [("Mes mots.", 1, 429, "Trop de demandes"), ("x" * (drafts.DRAFT_BYTES + 1), 9, 401, "Connectez-vous")],
)
def test_what_cannot_wait_here_is_given_back_at_once(
    client: Any,
    signed_in: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    typed_text: str,
    room: int,
    status: int,
    words: str,
) -> None:
    form = f"/messages/{open_thread(signed_in('resident')).rsplit('/', 1)[1]}/modifier"
    monkeypatch.setattr(drafts, "PENDING_PER_NETWORK", room)
    client.send(form, title="Titre", text=typed_text)
    answer = client.send(form, title="Titre", text=typed_text)
    assert answer.status_code == status and words in answer.text and f"{typed_text}</textarea>" in answer.text
