"""Compressed answers, and tokens that look different in each of them."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from pop_forum.web import compression, fragments
from pop_forum.web.compression import mask, unmask
from pop_forum.web.fragments import Fragments
from tests.web.conftest import TOKEN

ZIPPED = {"Accept-Encoding": "gzip"}


def test_a_masked_token_is_never_twice_the_same_and_comes_back() -> None:
    token = "IjEyMyI.aBc-_xyz"
    masked = {mask(token) for _ in range(20)}
    assert len(masked) == 20
    assert not any(token in one for one in masked)
    assert {unmask(one) for one in masked} == {token}


@pytest.mark.parametrize("sent", ["", "x", "é", "a.b.c", "AAAA", "A" * 9_999, "=" * 8])
def test_what_is_no_mask_stays_a_wrong_token(client: Any, sent: str) -> None:
    client.get("/connexion")
    answer = client.post("/connexion/code", data={"csrf_token": sent, "mail": "a@exemple.fr"})
    assert answer.status_code == 403


def test_every_form_of_a_page_holds_the_token_of_its_session(signed_in: Callable[..., Any]) -> None:
    author, other = signed_in("resident", "Une A."), signed_in("resident", "Deux B.")
    form = "/quotidien/ouvrir"
    page = author.send(form, form, title="Le car", text="Complet.", reach="local").headers["Location"]
    for number in range(3):
        author.send(f"{page}/repondre", page, text=f"n° {number}")
    for browser in (author, other, author):
        tokens = set(TOKEN.findall(browser.get(page).text))
        assert len(tokens) == 1, "one per answer"
        assert fragments._TOKEN not in tokens
        assert browser.post(f"{page}/suivre", data={"csrf_token": tokens.pop()}).status_code == 303
    stolen = TOKEN.search(author.get(page).text)[1]  # type: ignore[index]
    assert other.post(f"{page}/repondre", data={"csrf_token": stolen, "text": "Volé"}).status_code == 403  # row 88


def test_a_page_for_one_person_is_compressed_when_it_is_worth_it(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident")
    plain, zipped = browser.get("/"), browser.get("/", headers=ZIPPED)
    assert len(plain.data) > compression.FROM_BYTES
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert int(zipped.headers["Content-Length"]) == len(zipped.data) < len(plain.data) / 2
    assert gzip.decompress(zipped.data).startswith(b"<!doctype html>")
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in browser.get("/", headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_styles_and_scripts_are_compressed_under_an_etag_of_their_own(client: Any) -> None:
    plain, zipped = client.get("/static/pop.css"), client.get("/static/pop.css", headers=ZIPPED)
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    again = client.get("/static/pop.css", headers={**ZIPPED, "If-None-Match": zipped.headers["ETag"]})
    assert again.status_code == 304


def test_a_piece_is_rendered_once_for_the_same_values_and_anew_for_others(app: Any) -> None:
    made: list[int] = []

    def macro(value: int) -> Any:
        made.append(value)
        return fragments.Markup(f"<p>{value}</p>")

    pieces = Fragments()
    with app.test_request_context("/"):
        assert [pieces.render("m", macro, value) for value in (1, 1, 2, 2, 1)] == [
            f"<p>{n}</p>" for n in (1, 1, 2, 2, 1)
        ]
    assert made == [1, 2, 1]


def test_pieces_are_kept_up_to_their_limit_and_not_one_more(app: Any) -> None:
    weight = 10 + fragments.OVERHEAD_CHARS
    pieces = Fragments(max_chars=2 * weight)
    with app.test_request_context("/"):
        for number in range(2):
            pieces.render(number, lambda: fragments.Markup("x" * 10))
        assert len(pieces) == 2
        pieces.render(2, lambda: fragments.Markup("x" * 10))
        assert len(pieces) == 2
        pieces.clear()
    assert len(pieces) == 0
