"""A decision is taken once, whoever clicks twice, comes back to an old page, or decides at the same instant."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pop_forum.models import Decision, Report
from tests.web.test_discussions import open_thread, rows
from tests.web.test_moderation import JUDGEMENT, report

SEEN = re.compile(r'name="seen" value="(\d*)"')
ENVOI = re.compile(r'name="envoi" value="([^"]+)"')
PENALTY = {**JUDGEMENT, "warn": "y", "suspend": "y"}


@pytest.fixture
def author(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def moderator(signed_in: Callable[..., Any]) -> Any:
    return signed_in("moderator", "Nadège R.")


@pytest.fixture
def key(author: Any) -> str:
    """A message to decide on."""
    return open_thread(author, text="Bougre d’andouille.").rsplit("/", 1)[1]


def form_of(browser: Any, key: str) -> dict[str, str]:
    """What the form carries of what was decided before it was made."""
    page = browser.get(f"/moderation/messages/{key}").text
    found = SEEN.search(page)
    assert found, page
    return {"seen": found[1]}


def judge(browser: Any, key: str, **fields: str) -> Any:
    return browser.send(f"/moderation/messages/{key}", f"/moderation/messages/{key}", **fields)


def acts(commune: Any) -> list[str]:
    return [row.act for row in rows(commune, Decision)]


@pytest.mark.parametrize("decision", ["hide", "keep"])
def test_the_same_form_sent_twice_decides_once(moderator: Any, commune: Any, key: str, decision: str) -> None:
    fields = {**JUDGEMENT, "decision": decision, **form_of(moderator, key)}
    assert [judge(moderator, key, **fields).status_code for _ in range(2)] == [303, 303]
    assert acts(commune) == [decision]


def test_two_clicks_at_the_same_instant_decide_once(
    signed_in: Callable[..., Any], app: Any, commune: Any, key: str
) -> None:
    moderator = signed_in("moderator", "Nadège R.")
    fields = {**PENALTY, **form_of(moderator, key), "csrf_token": moderator.csrf(f"/moderation/messages/{key}")}
    cookies = moderator.get_cookie("session", domain="valombre.localhost")

    def click(_: int) -> int:
        browser = app.test_client()
        browser.set_cookie("session", cookies.value, domain="valombre.localhost")
        return int(browser.post(f"/moderation/messages/{key}", data=fields).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(click, range(2))) == [303, 303]
    assert acts(commune) == ["hide", "warn", "suspend"]


def test_a_page_left_open_does_not_decide_a_second_time(moderator: Any, commune: Any, key: str) -> None:
    before = form_of(moderator, key)
    judge(moderator, key, **PENALTY, **before)
    again = judge(moderator, key, **{**PENALTY, "sentence": "Une autre phrase."}, **before)
    assert again.status_code == 409 and "Une décision a été prise sur ce message depuis" in again.text
    assert "Une autre phrase." in again.text and JUDGEMENT["sentence"] in again.text
    assert acts(commune) == ["hide", "warn", "suspend"]


@pytest.mark.parametrize("first", [{"decision": "keep"}, {"warn": "y"}, {"warn": "y", "suspend": "y"}])
def test_another_decision_in_the_same_words_is_not_taken_for_the_first(
    moderator: Any, commune: Any, key: str, first: dict[str, str]
) -> None:
    before = form_of(moderator, key)
    judge(moderator, key, **{**JUDGEMENT, **first}, **before)
    made = acts(commune)
    answer = judge(moderator, key, **JUDGEMENT, suspend="y", **before)
    assert answer.status_code == 409 and "La vôtre n’est pas enregistrée" in answer.text
    assert acts(commune) == made


def test_a_penalty_on_a_hidden_message_is_decided_once(moderator: Any, commune: Any, key: str) -> None:
    judge(moderator, key, **JUDGEMENT, **form_of(moderator, key))
    fields = {**JUDGEMENT, "warn": "y", **form_of(moderator, key)}
    assert [judge(moderator, key, **fields).status_code for _ in range(2)] == [303, 303]
    assert acts(commune) == ["hide", "warn"]


def test_of_two_moderators_the_second_reads_what_the_first_decided(
    signed_in: Callable[..., Any], moderator: Any, commune: Any, key: str
) -> None:
    other = signed_in("admin", "Paul G.")
    before = form_of(other, key)
    judge(moderator, key, **{**JUDGEMENT, "decision": "keep"}, **form_of(moderator, key))
    answer = judge(other, key, **JUDGEMENT, **before)
    assert answer.status_code == 409
    assert judge(other, key, **JUDGEMENT, **form_of(other, key)).status_code == 303
    assert acts(commune) == ["keep", "hide"]


def test_a_message_that_is_hidden_is_not_hidden_again_but_a_penalty_may_follow(
    moderator: Any, commune: Any, key: str
) -> None:
    judge(moderator, key, **JUDGEMENT, **form_of(moderator, key))
    page = moderator.get(f"/moderation/messages/{key}").text
    assert "Laisser le message en place" not in page and "Vous pouvez encore avertir la personne" in page
    answer = judge(moderator, key, **{**JUDGEMENT, "sentence": "Encore."}, **form_of(moderator, key))
    assert answer.status_code == 409 and "a déjà retiré ce message" in answer.text
    judge(moderator, key, **{**JUDGEMENT, "sentence": "Encore.", "warn": "y"}, **form_of(moderator, key))
    assert acts(commune) == ["hide", "warn"]


@pytest.mark.parametrize("seen", ["", "-1", "x", "9" * 400, "²"])
def test_a_number_that_is_none_counts_as_none(moderator: Any, commune: Any, key: str, seen: str) -> None:
    assert judge(moderator, key, **JUDGEMENT, seen=seen).status_code == 303
    assert acts(commune) == ["hide"]


def test_one_form_makes_one_report(client: Any, commune: Any, key: str) -> None:
    page = client.get(f"/messages/{key}/signaler").text
    found = ENVOI.search(page)
    assert found
    receipts = {report(client, key, envoi=found[1]).headers["Location"] for _ in range(3)}
    assert len(receipts) == 1 and len(rows(commune, Report)) == 1
    page = client.get(f"/messages/{key}/signaler").text
    found = ENVOI.search(page)
    assert found
    assert report(client, key, envoi=found[1]).headers["Location"] not in receipts


def test_a_report_that_was_refused_is_made_once_it_is_mended(client: Any, commune: Any, key: str) -> None:
    envoi = ENVOI.search(client.get(f"/messages/{key}/signaler").text)
    assert envoi
    refused = report(client, key, reason="autre", envoi=envoi[1])
    assert refused.status_code == 400 and f'value="{envoi[1]}"' in refused.text
    assert report(client, key, reason="autre", details="Ceci.", envoi=envoi[1]).status_code == 303
    assert len(rows(commune, Report)) == 1


def test_the_report_of_another_form_is_given_to_nobody(client: Any, commune: Any, author: Any, key: str) -> None:
    other = open_thread(author, text="Un autre message.").rsplit("/", 1)[1]
    envoi = ENVOI.search(client.get(f"/messages/{key}/signaler").text)
    assert envoi
    report(client, key, envoi=envoi[1])
    report(client, other, envoi=envoi[1])
    assert len(rows(commune, Report)) == 2
