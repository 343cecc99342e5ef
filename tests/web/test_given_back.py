"""An error page gives back what was written, and promises nothing where nothing was."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from pop_forum.app import MAX_BODY_BYTES
from pop_forum.web.bodies import WRITTEN_BYTES
from pop_forum.web.errors import FILES
from pop_forum.web.given_back import DESCRIPTION, WORDS
from tests.web.test_discussions import LOST_NOT, hide, open_thread

Enter = Callable[..., Any]
NAMED = re.compile(r'name="envoi"[^>]*value="([^"]+)"')
REPOSITORY = Path(__file__).parents[2]


def body_of(fields: dict[str, str], kind: str) -> bytes:
    """A form of these fields, as a browser sends it."""
    if kind != FILES:
        return urlencode(fields).encode()
    head = '--limite\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return "".join([*(head.format(name, value) for name, value in fields.items()), "--limite--\r\n"]).encode()


def retry_form(page: str) -> str:
    """The form of an error page."""
    return re.search(r'<form class="form" method="post".*?</form>', page, re.DOTALL)[0]  # type: ignore[index]


def test_an_act_without_words_is_promised_no_text(signed_in: Enter) -> None:
    admin = signed_in("admin")
    key = open_thread(admin).rsplit("/", 1)[1]
    for address, fields in (
        ("/administration/personnes/1/roles/999/fin", {"x": "1"}),
        (f"/messages/{key}/annuler", {"acte": "n’importe quoi"}),
        (f"/discussions/{key}/epingler", {"jusqua": "2026-02-31", "raison": ""}),
    ):
        answer = admin.send(address, "/mon-compte", **fields)
        assert answer.status_code >= 400, address
        assert LOST_NOT not in answer.text and "toujours là" not in answer.text, address


def test_a_code_that_was_chosen_is_no_text(signed_in: Enter) -> None:
    browser = signed_in("resident")
    answer = browser.send("/messages/aaaaaaaaaaaa/signaler", "/mon-compte", reason="injure", details="")
    assert answer.status_code == 404 and LOST_NOT not in answer.text
    answer = browser.send("/messages/aaaaaaaaaaaa/signaler", "/mon-compte", reason="injure", details="Il insulte.")
    form = retry_form(answer.text)
    assert "copiez-le" in answer.text and 'value="Il insulte."' in form
    assert '<input type="hidden" name="reason" value="injure">' in form


def test_a_wrong_date_can_be_mended_beside_the_words(signed_in: Enter) -> None:
    moderator = signed_in("moderator")
    address = open_thread(moderator)
    answer = moderator.send(f"{address}/epingler", "/mon-compte", jusqua="2026-02-31", raison="Pour la fête")
    form = retry_form(answer.text)
    assert answer.status_code == 400 and 'value="Pour la fête"' in form
    assert 'type="date" name="jusqua" value="2026-02-31"' in form and "Jusqu’au" in form
    assert moderator.send(f"{address}/epingler", "/mon-compte", jusqua="", raison="Pour la fête").status_code == 303


def test_a_short_reason_of_the_moderation_is_given_back(signed_in: Enter) -> None:
    moderator, key = signed_in("moderator"), "aaaaaaaaaaaa"
    answer = moderator.send(
        f"/moderation/messages/{key}", "/mon-compte", decision="hide", reason="injure", sentence="Une insulte."
    )
    assert answer.status_code == 404 and 'value="Une insulte."' in retry_form(answer.text)
    assert hide(moderator, key).status_code >= 400


@pytest.mark.parametrize("secret", ["password", "current"])
def test_row_83_nothing_is_given_back_beside_a_password(signed_in: Enter, secret: str) -> None:
    answer = signed_in("resident").post("/quotidien/ouvrir", data={"text": "Mes mots", secret: "quatre mots"})
    assert answer.status_code == 403 and "quatre mots" not in answer.text and LOST_NOT not in answer.text


def test_every_field_that_one_writes_in_is_given_back() -> None:
    sources = [*(REPOSITORY / "pop_forum" / "web").glob("*.py"), *(REPOSITORY / "templates").rglob("*.html")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    tall = re.findall(r"^    (\w+) = TextAreaField", text, re.MULTILINE) + re.findall(
        r'<textarea[^>]* name="(\w+)"', text
    )
    assert {"text", "details", "sentence"} <= set(tall) <= set(WORDS)
    assert f'name="{DESCRIPTION}{{{{' in text


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", FILES])
def test_a_text_that_is_far_too_long_is_given_back_in_its_field(signed_in: Enter, kind: str) -> None:
    browser = signed_in("resident")
    form = f"{open_thread(browser)}/repondre"
    fields = {"csrf_token": browser.csrf(form), "text": "é" * 500_000}
    answer = browser.post(form, data=body_of(fields, kind), content_type=f"{kind}; boundary=limite")
    assert answer.status_code == 400 and "é" * 500_000 + "</textarea>" in answer.text
    assert re.search(r"Votre texte compte 500\s000\scaractères", answer.text)


def test_a_form_is_read_up_to_its_limit_and_one_byte_past_it_the_page_says_to_go_back(signed_in: Enter) -> None:
    browser = signed_in("resident")
    form = f"{open_thread(browser)}/repondre"
    head = urlencode({"csrf_token": browser.csrf(form), "text": ""})
    for more, status in ((0, 400), (1, 413)):
        body = head + "x" * (WRITTEN_BYTES - len(head) + more)
        answer = browser.post(form, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == status
    assert "C’est trop long" in answer.text and "votre texte y est encore" in answer.text


def test_row_51_who_is_not_known_sends_no_longer_form_than_before(signed_in: Enter, client: Any) -> None:
    form = f"{open_thread(signed_in('resident'))}/repondre"
    for size, status in ((MAX_BODY_BYTES, 403), (MAX_BODY_BYTES + 1, 413)):
        body = "text=" + "x" * (size - 5)
        answer = client.post(form, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == status


def test_a_text_too_long_beside_pictures_is_not_called_heavy_pictures(signed_in: Enter) -> None:
    browser = signed_in("resident")
    form = f"{open_thread(browser)}/repondre"
    fields = {"csrf_token": browser.csrf(form), "text": "x" * (WRITTEN_BYTES + 1)}
    answer = browser.post(form, data=body_of(fields, FILES), content_type=f"{FILES}; boundary=limite")
    assert answer.status_code == 413 and "Texte trop long" in answer.text and "images" not in answer.text


def test_a_reply_to_a_discussion_closed_meanwhile_is_kept_for_the_day_it_opens_again(signed_in: Enter) -> None:
    writer, moderator = signed_in("resident"), signed_in("moderator")
    address = open_thread(moderator)
    token = NAMED.search(writer.get(f"{address}/repondre").text)
    assert token
    moderator.send(f"{address}/clore", f"{address}/ranger", raison="La fête est passée.")
    answer = writer.send(f"{address}/repondre", "/mon-compte", text="J’apporte des chaises.", envoi=token[1])
    assert answer.status_code == 409 and "est close" in answer.text
    assert "J’apporte des chaises.</textarea>" in answer.text and "reviendra dans son formulaire" in answer.text
    moderator.send(f"{address}/clore", f"{address}/ranger", raison="Encore une.", rouvrir="1")
    assert "J’apporte des chaises.</textarea>" in writer.get(f"{address}/repondre").text


def test_what_was_written_for_something_gone_is_shown_and_not_to_be_sent_again(signed_in: Enter) -> None:
    answer = signed_in("resident").send(
        "/messages/aaaaaaaaaaaa/signaler", "/mon-compte", reason="injure", details="Il insulte."
    )
    assert answer.status_code == 404 and 'value="Il insulte."' in answer.text
    assert "copiez-le" in answer.text and "Réessayer" not in answer.text and "gardé" not in answer.text
