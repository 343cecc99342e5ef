"""Reading preferences: kept on the device in a cookie that names nobody, and only ever a word of our list."""

import re
from typing import Any

import pytest

from pop_forum.web.display import CHOICES, COOKIE, COOKIE_CHARS, LANGUAGES, Display, parse

ALL = {"theme": "dark", "size": "largest", "spacing": "airy", "contrast": "strong", "pictures": "offered"}


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
        '<html lang="fr" data-theme="dark" data-size="largest" data-spacing="airy" data-contrast="strong"'
        ' data-pictures="offered">'
    )
    assert chosen(client) == "dark.largest.airy.strong.offered.fr"


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
    assert count < 350


HERE = "http://valombre.localhost:8080"
CHOICE = {**ALL, "language": "fr"}


def test_neither_the_form_nor_the_choice_gives_a_visitor_a_session(client: Any) -> None:
    assert "Set-Cookie" not in client.get("/affichage").headers
    answer = client.post("/affichage", data=CHOICE, headers={"Origin": HERE})
    assert [line.split("=")[0] for line in answer.headers.getlist("Set-Cookie")] == [COOKIE]
    after = client.get(answer.headers["Location"])
    assert "Votre choix est gardé sur cet appareil." in after.text and "Set-Cookie" not in after.headers
    assert client.get_cookie("session", domain="valombre.localhost") is None


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": HERE},
     {"Referer": f"{HERE}/affichage"}],
)  # fmt: skip
def test_a_browser_that_names_our_page_is_believed(client: Any, headers: dict[str, str]) -> None:
    assert client.post("/affichage", data=CHOICE, headers=headers).status_code == 303
    assert chosen(client)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "null"}, {"Origin": "http://evil.example"}, {"Origin": f"{HERE}.evil.example"}, {"Origin": ""},
     {"Referer": "http://evil.example/"}, {"Referer": f"{HERE}.evil.example/"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site", "Origin": HERE}, {"Sec-Fetch-Site": "none"},
     {"Origin": "http://evil.example", "Referer": f"{HERE}/affichage"}],
)  # fmt: skip
def test_row_88_another_site_chooses_nothing_for_a_reader(client: Any, headers: dict[str, str]) -> None:
    answer = client.post("/affichage", data=CHOICE, headers=headers)
    assert answer.status_code == 403 and chosen(client) is None


def test_row_88_who_is_signed_in_proves_it_with_the_token_here_too(signed_in: Any) -> None:
    browser = signed_in("resident")
    assert browser.post("/affichage", data=CHOICE, headers={"Origin": HERE}).status_code == 403
    assert browser.send("/affichage", "/affichage", **CHOICE).status_code == 303
