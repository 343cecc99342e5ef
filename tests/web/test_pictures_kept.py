"""A picture and its description are typed words too: they come back with the form, and with its draft."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from pop_forum.models import Draft, PostPicture
from pop_forum.services import pictures
from pop_forum.web import writing
from pop_forum.web.pictures import UPLOAD_BYTES
from tests.web.test_discussions import open_thread, rows
from tests.web.test_pictures import photo, send

GONE = "Cette image n’est plus ici."
HERE = re.compile(r'name="gardee-1" value="([0-9a-f]{64})"')
ALT = "Le car à l’arrêt"


@pytest.fixture
def browser(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


def picture() -> tuple[BytesIO, str]:
    return BytesIO(photo()), "a.jpg"


@pytest.mark.parametrize("text", ["", "x" * 20_001], ids=["empty", "too long"])
def test_a_reply_that_cannot_go_keeps_its_picture(browser: Any, text: str) -> None:
    form = f"{open_thread(browser)}/repondre"
    answer = browser.send(form, form, text=text, **{"image-1": picture(), "alt-1": ALT})
    assert answer.status_code == 400 and HERE.search(answer.text) and f'value="{ALT}"' in answer.text


@pytest.mark.parametrize("form", ["/quotidien/ouvrir", "/programme/navette-a-la-demande/ouvrir"])
def test_a_discussion_that_cannot_open_keeps_its_picture(browser: Any, form: str) -> None:
    answer = browser.send(form, form, title="", text="x", reach="local", **{"image-1": picture(), "alt-1": ALT})
    assert answer.status_code == 400 and HERE.search(answer.text) and f'value="{ALT}"' in answer.text


def test_a_refusal_on_another_page_keeps_the_picture(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    form = f"{open_thread(browser)}/repondre"
    with monkeypatch.context() as patched:
        patched.setattr(writing.attempts, "count_act", _too_many)
        answer = browser.send(form, form, text="Regardez", **{"image-1": picture(), "alt-1": ALT})
    kept = HERE.search(answer.text)
    assert answer.status_code == 429 and kept and f'name="alt-1" value="{ALT}"' in answer.text
    assert browser.send(form, form, text="Regardez", **{"gardee-1": kept[1], "alt-1": ALT}).status_code == 303


def _too_many(*_: Any) -> None:
    raise writing.TooMany("messages", retry_after=60)


def test_the_draft_of_a_reply_holds_its_pictures(browser: Any, commune: Any) -> None:
    address = open_thread(browser)
    form = f"{address}/repondre"
    kept = HERE.search(send(browser, address, photo()).text)[1]
    typed = {"text": "Regardez", "gardee-1": kept, "alt-1": ALT, "alt-2": "Et la place", "deco-3": "1"}
    assert browser.send("/brouillons", form, place=form, **typed).status_code == 204
    page = browser.get(form).text
    assert HERE.search(page)[1] == kept and f'value="{ALT}"' in page and 'value="Et la place"' in page
    assert re.search(r'name="deco-3" value="1" checked', page) and '<details class="prose pictures" open' in page
    assert ALT in browser.get("/mon-compte/donnees").text
    assert browser.send(form, form, text="Regardez", **{"gardee-1": kept, "alt-1": ALT}).status_code == 303
    assert rows(commune, Draft) == [] and ALT not in browser.get(form).text


def test_a_description_alone_is_a_draft(browser: Any, commune: Any) -> None:
    form = "/quotidien/ouvrir"
    browser.send("/brouillons", form, place=form, **{"alt-1": ALT, "deco-2": "1", "reach": "local"})
    assert f'value="{ALT}"' in browser.get(form).text
    browser.send("/brouillons", form, place=form, **{"alt-1": " ", "deco-2": "1", "reach": "local"})
    assert rows(commune, Draft) == []


def test_the_draft_of_a_change_holds_its_pictures(browser: Any, commune: Any) -> None:
    address = open_thread(browser)
    key = send(browser, address, photo(), **{"alt-1": ALT}).headers["Location"].rsplit("#m-", 1)[1]
    form = f"/messages/{key}/modifier"
    digest = HERE.search(browser.get(form).text)[1]
    typed = {"text": "Regardez mieux", "gardee-1": digest, "alt-1": "Le car, vide"}
    browser.send("/brouillons", form, place=form, **typed)
    page = browser.get(form).text
    assert 'value="Le car, vide"' in page and HERE.search(page)[1] == digest
    browser.send("/brouillons", form, place=form, text="Seul le texte")
    assert f'value="{ALT}"' in browser.get(form).text, "the pictures of the message, where the draft has none"


def test_a_picture_that_waited_too_long_is_asked_for_again(browser: Any, commune: Any) -> None:
    address = open_thread(browser)
    form = f"{address}/repondre"
    kept = HERE.search(send(browser, address, photo()).text)[1]
    browser.send("/brouillons", form, place=form, **{"text": "Regardez", "gardee-1": kept, "alt-1": ALT})
    with commune.transaction() as site:
        site.session.query(pictures.Picture).delete()
    page = browser.get(form).text
    assert GONE in page and not HERE.search(page) and f'value="{ALT}"' in page
    answer = browser.send(form, form, text="Regardez", **{"gardee-1": kept, "alt-1": ALT})
    assert answer.status_code == 400 and GONE in answer.text and not HERE.search(answer.text)
    assert rows_of_pictures(commune) == 0


def rows_of_pictures(commune: Any) -> int:
    with commune.reading() as site:
        return int(site.session.query(PostPicture).count())


@pytest.mark.parametrize("name", ["alt-0", "alt-10", "gardee-x", "choix-1", "envoi"])
def test_row_74_a_draft_keeps_no_field_that_is_not_ours(browser: Any, commune: Any, name: str) -> None:
    form = "/quotidien/ouvrir"
    browser.send("/brouillons", form, place=form, text="x", **{name: "y"})
    assert rows(commune, Draft)[0].more is None


def test_row_92_the_pictures_of_a_draft_are_nobody_elses(browser: Any, client: Any) -> None:
    form = f"{open_thread(browser)}/repondre"
    browser.send("/brouillons", form, place=form, text="x", **{"alt-1": "Entre nous"})
    assert "Entre nous" not in client.get(form).text


def test_pictures_too_heavy_together_are_said_to_be_so(browser: Any) -> None:
    form = f"{open_thread(browser)}/repondre"
    answer = browser.post(
        form,
        data=b"--x",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(UPLOAD_BYTES + 1)},
    )
    assert answer.status_code == 413 and "Envoi trop lourd" in answer.text and "8\u00a0Mo au plus" in answer.text
    assert "votre texte y est encore" in answer.text and "Raccourcissez" not in answer.text
