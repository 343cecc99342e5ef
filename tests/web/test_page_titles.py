"""The titles of pages, by which windows, bookmarks and screen readers tell them apart: each names its discussion."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from tests.web.test_discussions import open_thread

TITLE = "L’abri de la place"
FORMS = ("discussions/{}/repondre", "discussions/{}/ranger", "messages/{}/signaler", "messages/{}/historique")
OWN = ("messages/{}/modifier", "messages/{}/supprimer")


def title_of(page: str) -> str:
    return unescape(re.search(r"<title>([^<]*)</title>", page)[1])  # type: ignore[index]


@pytest.mark.parametrize("form", (*FORMS, *OWN))
def test_a_form_about_a_discussion_names_it_in_its_title(signed_in: Callable[..., Any], form: str) -> None:
    author, moderator = signed_in("resident", "Huguette P."), signed_in("moderator", "Nadège R.")
    key = open_thread(author, title=TITLE).rsplit("/", 1)[1]
    page = (author if form in OWN else moderator).get("/" + form.format(key)).text
    heading, named, _ = title_of(page).split(" · ")
    assert named == TITLE and heading == unescape(re.search(r"<h1>([^<]*)</h1>", page)[1])  # type: ignore[index]


def test_a_form_that_comes_back_says_the_error_first(signed_in: Callable[..., Any]) -> None:
    address = open_thread(signed_in("resident", "Huguette P."), title=TITLE)
    page = signed_in("resident", "Karim B.").send(f"{address}/repondre", text=" ")
    assert page.status_code == 400 and title_of(page.text).startswith(f"Erreur\u00a0: Votre réponse · {TITLE} · ")
