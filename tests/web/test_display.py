"""Reading preferences: kept on the device in a cookie that names nobody, and only ever a word of our list."""

import re
from typing import Any

import pytest

from pop_forum.web.display import CHOICES, COOKIE, COOKIE_CHARS, LANGUAGES, Display, parse

ALL = {"theme": "dark", "size": "largest", "spacing": "airy", "contrast": "strong"}


def html(client: Any, **options: Any) -> str:
    """The opening tag of the front page."""
    found = re.search(r"<html[^>]*>", client.get("/", **options).text)
    assert found
    return found[0]


def chosen(client: Any) -> str | None:
    """What the browser keeps."""
    cookie = client.get_cookie(COOKIE, domain="valombre.localhost")
    return None if cookie is None else cookie.value


def test_a_visitor_chooses_without_an_account(client: Any) -> None:
    assert client.send("/affichage", **ALL, language="fr").status_code == 303
    assert html(client) == (
        '<html lang="fr" data-theme="dark" data-size="largest" data-spacing="airy" data-contrast="strong">'
    )
    assert chosen(client) == "dark.largest.airy.strong.fr"


def test_the_form_comes_back_as_it_was_filled_in(client: Any) -> None:
    client.send("/affichage", **ALL, language="fr")
    page = client.get("/affichage").text
    ticked = re.findall(r"<input checked [^>]*value=\"(\w+)\"", page)
    assert set(ticked) >= set(ALL.values())


def test_the_cookie_is_for_this_site_only_and_no_script_reads_it(client: Any) -> None:
    headers = client.send("/affichage", **ALL, language="fr").headers.getlist("Set-Cookie")
    [cookie] = [line for line in headers if line.startswith(f"{COOKIE}=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie


@pytest.mark.parametrize("name", CHOICES)
def test_each_word_of_a_choice_is_accepted_and_no_other(client: Any, name: str) -> None:
    usual = {choice: words[0] for choice, words in CHOICES.items()}
    for word in CHOICES[name]:
        assert client.send("/affichage", **{**usual, name: word}, language="fr").status_code == 303
    assert client.send("/affichage", **{**usual, name: "neon"}, language="fr").status_code == 400


@pytest.mark.parametrize(
    "value",
    [
        "neon", "dark\"><script>x</script>", "..", "dark;largest", "DARK", "a" * 5_000, "é",
        "pseudonyme-7f3a", "auto.normal.usual.soft",
    ],
)  # fmt: skip
def test_a_cookie_of_other_words_changes_nothing(client: Any, value: str) -> None:
    assert html(client, headers={"Cookie": f'{COOKIE}="{value}"'}) == '<html lang="fr">'


def test_there_is_one_spelling_for_one_display() -> None:
    assert parse("airy.dark.neon.dark.en").key == "dark.airy.en"
    assert parse("").key == "" == Display().key
    assert parse("light.dark").key in ("light", "dark")


def test_the_longest_display_fits_in_what_is_read() -> None:
    longest = Display(*(max(words, key=len) for words in CHOICES.values()), language=LANGUAGES[0])
    assert len(longest.key) <= COOKIE_CHARS
    assert parse(longest.key) == longest
    assert parse("x" * (COOKIE_CHARS - 4) + ".airy") == Display()


def test_few_displays_exist_so_that_a_cookie_singles_nobody_out() -> None:
    count = len(LANGUAGES) + 1
    for words in CHOICES.values():
        count *= len(words)
    assert count < 150
