"""The title of a discussion whose opening message is hidden stands nowhere (row 91): its standing words do."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from pop_forum import paths
from pop_forum.services.titles import WITHDRAWN
from pop_forum.tasks import notify
from tests.web.test_discussions import hide, open_thread
from tests.web.test_undo import reply

TITLE = "Le maire Dupont est un escroc"


@pytest.fixture
def author(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def moderator(signed_in: Callable[..., Any]) -> Any:
    return signed_in("moderator", "Nadège R.")


@pytest.fixture
def address(author: Any) -> str:
    return open_thread(author, title=TITLE)


def pages_of(address: str, answer: str) -> list[str]:
    """Every page of a discussion and of a reply in it that may say its title."""
    key = address.rsplit("/", 1)[1]
    about = [f"/messages/{each}/{what}" for each in (key, answer) for what in ("signaler", "historique", "supprimer")]
    own = [f"/messages/{answer}/modifier", f"{address}/ranger", f"{address}/repondre", f"{address}/repondre?a={answer}"]
    lists = [
        "/",
        "/quotidien",
        "/moderation/journal",
        "/moderation",
        "/suivi",
        "/notifications",
        "/mon-compte/moderation",
    ]
    open_data = [f"{address}.json", f"{address}/flux.atom", "/flux.atom", "/quotidien/flux.atom", "/recherche?q=escroc"]
    return [address, *about, *own, *lists, *open_data, f"/moderation/messages/{answer}"]


@pytest.mark.parametrize("who", ["moderation", "author"])
def test_row_91_a_hidden_opening_takes_its_title_with_it_on_every_page(
    signed_in: Callable[..., Any], author: Any, moderator: Any, client: Any, address: str, who: str
) -> None:
    other = signed_in("resident", "Karim B.")
    answer = reply(other, address, "Une réponse qui reste.")
    client.send(f"/messages/{answer}/signaler", reason="injure", details="")
    assert TITLE in client.get(address).text and TITLE in moderator.get("/moderation").text
    key = address.rsplit("/", 1)[1]
    if who == "moderation":
        hide(moderator, key)
    else:
        author.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    for browser in (client, other, moderator):
        judged = {f"/messages/{key}/historique"} if browser is moderator else set()  # who may restore reads it all
        for page in set(pages_of(address, answer)) - judged:
            assert TITLE not in browser.get(page).text.replace("\u00a0", " "), page
    shown = client.get(address).text
    assert f"<h1>{WITHDRAWN}</h1>" in shown and f"<title>{WITHDRAWN}" in shown
    if who == "moderation":
        assert WITHDRAWN in client.get("/moderation/journal").text


def test_a_title_comes_back_with_its_opening(author: Any, moderator: Any, client: Any, address: str) -> None:
    key = address.rsplit("/", 1)[1]
    hide(moderator, key)
    assert TITLE in moderator.get(f"/moderation/messages/{key}").text  # who may judge reads what there is to judge
    moderator.send(f"/messages/{key}/retablir")
    assert f"<h1>{TITLE}</h1>" in client.get(address).text
    assert TITLE in client.get("/moderation/journal").text


def test_the_words_are_those_of_the_reader_s_language(author: Any, client: Any, address: str) -> None:
    key = address.rsplit("/", 1)[1]
    author.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    assert "<h1>Discussion removed</h1>" in client.get(address, headers={"Accept-Language": "en"}).text


def test_a_notice_says_the_title_of_a_hidden_discussion_to_its_author_only(
    signed_in: Callable[..., Any], author: Any, moderator: Any, commune: Any, address: str
) -> None:
    follower = signed_in("resident", "Karim B.")
    follower.send(f"{address}/suivre", address)
    reply(author, address, "Encore un mot.")
    notify.run(commune)
    hide(moderator, address.rsplit("/", 1)[1])
    assert TITLE in author.get("/notifications").text
    page = follower.get("/notifications").text
    assert TITLE not in page and "Dans une discussion que vous suiviez, ouverte le" in page


def test_the_form_of_a_poll_shows_the_title_in_its_path_and_its_own(author: Any, address: str) -> None:
    page = author.get(f"{address}/sondage").text
    assert f"Ajouter un sondage · {TITLE}" in page and f'">{TITLE}</a>' in page


def test_no_template_shows_a_title_as_the_table_holds_it() -> None:
    folder = paths.templates()
    allowed = {"moderation/case.html"}  # beside the words to judge
    found = {
        str(file.relative_to(folder))
        for file in folder.rglob("*.html")
        if re.search(r"thread\.title|page\.title *}}", file.read_text())
    }
    assert found <= allowed
