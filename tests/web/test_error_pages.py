"""Each refusal is a page of the site that says what happened, what to do next, and where to go."""

import re
from typing import Any

import pytest
from flask import Flask, abort

STATUSES = (400, 401, 403, 404, 405, 409, 410, 413, 429, 500, 503)
HEADING = re.compile(r"<h1>([^<]+)</h1>")
MAIN = re.compile(r"<main.*?</main>", re.DOTALL)
WORDS = re.compile(r"<[^>]*>")


@pytest.fixture
def failing(app: Flask) -> Any:
    """A browser on a site with a page for each refusal."""

    def fail(version: str) -> None:
        if version == "500":
            raise RuntimeError("a mistake of ours")
        abort(int(version))

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["pages.consent"] = fail
    return app.test_client()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("status", STATUSES)
def test_each_refusal_says_what_to_do_and_where_to_go(failing: Any, status: int, language: str) -> None:
    answer = failing.get(f"/consentement/{status}", headers={"Accept-Language": language})
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    [main] = MAIN.findall(answer.text)
    assert len(HEADING.findall(main)) == 1
    assert 'href="/' in main, "a way on"
    sentences = re.findall(r"[^.!?]+[.!?]", WORDS.sub(" ", main))
    assert len(sentences) >= 2, "what happened, and what to do"
    assert "no-store" in answer.headers["Cache-Control"]
    assert str(status) not in HEADING.findall(main)[0], "a sentence, not a number"


def test_no_two_refusals_read_alike(failing: Any) -> None:
    read = {WORDS.sub("", MAIN.findall(failing.get(f"/consentement/{status}").text)[0]) for status in STATUSES}
    assert len(read) == len(STATUSES)


def test_the_address_of_a_form_opened_by_hand_says_so(client: Any) -> None:
    answer = client.get("/deconnexion")
    assert answer.status_code == 405 and "Elle reçoit un formulaire." in answer.text
    assert "POST" in answer.headers["Allow"]


def test_a_missing_page_leads_back_to_the_lists(client: Any) -> None:
    [main] = MAIN.findall(client.get("/nulle-part").text)
    for address in re.findall(r'href="(/[^"]*)"', main):
        assert client.get(address).status_code == 200
    assert {"/", "/programme", "/quotidien"} <= set(re.findall(r'href="(/[^"]*)"', main))
