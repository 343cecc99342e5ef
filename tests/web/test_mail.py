"""The mail page of admins, the letters of a demonstration, and the command that tries a mail server."""

import ast
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from pop_forum.cli import mail as command
from pop_forum.domain.letters import Posted, Trouble
from pop_forum.domain.permissions import Role
from pop_forum.models import Mail
from pop_forum.services import accounts, alarms, codes, mail, new_address, reports_waiting
from pop_forum.settings import Mode
from tests.unit.adapters.smtp_server import Script, smtp_server
from tests.web.conftest import FAST, PASSWORD, REPOSITORY
from tests.web.letterbox import link_in

PAGE = "/administration/courrier"
SECRET = "le code est 123456"


def post(commune: Any, **options: Any) -> int:
    with commune.transaction() as site:
        return int(mail.post(site, "kind", "jeanne@exemple.fr", "Un objet", SECRET, **options).id)


def letters(commune: Any) -> list[Any]:
    with commune.reading() as site:
        return list(site.session.scalars(select(Mail).order_by(Mail.id)))


def test_an_admin_sees_what_waits_without_reading_it(signed_in: Callable[..., Any], commune: Any) -> None:
    post(commune)
    page = signed_in("admin").get(PAGE).text
    assert "jeanne@exemple.fr" in page and "Un objet" in page and "1 courriel attend" in page
    assert "Aucun serveur de courrier" in page and "POP_FORUM_SMTP" in page
    assert SECRET not in page


def test_nobody_reads_the_code_of_somebody_else(signed_in: Callable[..., Any], commune: Any) -> None:
    """An admin who could would come in under any name: the subject of such a letter holds the code too."""
    with commune.transaction() as site:
        mail.post(site, "code", "jeanne@exemple.fr", "Votre code : 123 456", SECRET, useful_for=timedelta(minutes=15))
    page = signed_in("admin").get(PAGE).text
    assert "jeanne@exemple.fr" in page and "123 456" not in page and SECRET not in page


def test_a_failure_shows_its_reason_and_the_servers_answer(signed_in: Callable[..., Any], commune: Any) -> None:
    number, admin = post(commune), signed_in("admin")
    for trouble in Trouble:
        with commune.transaction() as site:
            site.session.get_one(Mail, number).sent_at = None
            mail.record(site, [Posted(number, trouble, "550 5.1.1 <script>alert(1)</script>")])
        page = admin.get(PAGE).text
        assert "550 5.1.1 &lt;script&gt;" in page and "<script>alert" not in page
        assert "Pas encore essayé" not in page
    with commune.transaction() as site:
        mail.record(site, [Posted(number, Trouble.REFUSED, "550")])
    assert admin.send(f"{PAGE}/{number}/reessayer", PAGE).status_code == 303
    assert letters(commune)[0].next_at is not None
    assert admin.send(f"{PAGE}/999/reessayer", PAGE).status_code == 404


def test_a_test_letter_is_owed(signed_in: Callable[..., Any], commune: Any) -> None:
    admin = signed_in("admin")
    assert admin.send(f"{PAGE}/essai", PAGE, mail="moi@exemple.fr").status_code == 303
    assert letters(commune)[-1].recipient == "moi@exemple.fr"
    answer = admin.send(f"{PAGE}/essai", PAGE, mail="pas une adresse")
    assert answer.status_code == 400 and "forme attendue" in answer.text
    assert admin.send(f"{PAGE}/essai", PAGE, mail="").status_code == 400
    assert admin.send(f"{PAGE}/essai", PAGE, mail="a@b.fr\r\nBcc: c@d.fr").status_code == 400
    assert len(letters(commune)) == 1


@pytest.mark.parametrize("role", ["resident", "candidate", "moderator"])
def test_nobody_else_sees_or_sends_the_mail(signed_in: Callable[..., Any], commune: Any, role: str) -> None:
    browser, number = signed_in(role), post(commune)
    assert browser.get(PAGE).status_code == 403
    assert browser.send(f"{PAGE}/essai", mail="a@exemple.fr").status_code == 403
    assert browser.send(f"{PAGE}/{number}/reessayer").status_code == 403
    assert len(letters(commune)) == 1


def test_a_visitor_is_asked_to_sign_in(client: Any) -> None:
    assert client.get(PAGE).status_code == 401
    assert client.send(f"{PAGE}/essai", mail="a@exemple.fr").status_code == 401


def test_letters_are_read_in_a_demonstration_only(client: Any, commune: Any) -> None:
    post(commune)
    for mode in (Mode.TEST, Mode.PRODUCTION):
        commune.mode = mode
        assert client.get("/demonstration/courrier").status_code == 404
        assert "/demonstration/courrier" not in client.get("/").text
    commune.mode = Mode.DEMO
    answer = client.get("/demonstration/courrier")
    assert SECRET in answer.text and answer.headers["Cache-Control"] == "no-store"
    assert "/demonstration/courrier" in client.get("/").text


def test_a_demonstration_counts_no_letter_as_waiting(signed_in: Callable[..., Any], commune: Any) -> None:
    post(commune)
    admin = signed_in("admin")
    assert "1 courriel attend" in admin.get(PAGE).text
    commune.mode = Mode.DEMO
    page = admin.get(PAGE).text
    assert "rien n’attend" in page and "Lire le courriel" in page and "courriel attend" not in page


def test_the_command_says_what_the_server_answered(commune: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "one", lambda slug: commune)
    run = CliRunner().invoke
    assert run(command.group, ["test", "valombre", "moi@exemple.fr"]).exit_code != 0
    with smtp_server() as server:
        commune.mail_server = server.settings()
        result = run(command.group, ["test", "valombre", "moi@exemple.fr"])
        assert result.exit_code == 0 and "moi@exemple.fr" in result.output and len(server.letters) == 1
    with smtp_server(Script({"RCPT": "550 5.1.1 unknown"})) as server:
        commune.mail_server = server.settings()
        result = run(command.group, ["test", "valombre", "moi@exemple.fr"])
        assert result.exit_code != 0 and "550 5.1.1 unknown" in str(result.exception) + result.output
    assert letters(commune) == []


HOSTILE = "<script>alert(1)</script>{{7*7}}"


def test_row_68_markup_in_a_letter_is_inert_where_a_demonstration_shows_it(
    app: Flask, commune: Any, client: Any
) -> None:
    commune.mode = Mode.DEMO
    with commune.transaction() as site:
        mail.post(site, mail.TEST, "karim@exemple.fr", HOSTILE, f"Bonjour,\n\n{HOSTILE}\n")
    page = client.get("/demonstration/courrier").text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page and "{{7*7}}" in page


def tampered(link: str) -> list[str]:
    """Addresses that differ from this one in one letter, in its length, or in its case."""
    other = "a" if link[-1] != "a" else "b"
    return [link[:-1] + other, link[:-1], link + "a", link.rsplit("/", 1)[0] + "/", link.swapcase().lower() + "%00"]


def test_row_97_a_token_of_a_letter_that_was_tampered_with_is_rejected(app: Flask, commune: Any, client: Any) -> None:
    with commune.transaction() as site:
        accounts.create_account(site, "Karim B.", "karim@exemple.fr", FAST.hash(PASSWORD), Role.RESIDENT)
    client.send("/connexion/code", mail="karim@exemple.fr")
    link = link_in(letters(commune)[-1])
    other = app.test_client()
    for address in tampered(link):
        assert other.get(address).status_code in (401, 404), address
        assert other.send(address).status_code in (401, 404, 405), address
    assert other.get("/mon-compte").status_code == 401
    assert other.send(link, link).status_code == 303 and other.get("/mon-compte").status_code == 200


def test_row_97_a_token_of_another_person_gives_only_what_was_theirs(
    app: Flask, commune: Any, signed_in: Callable[..., Any]
) -> None:
    huguette, karim = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    wish = {"mail": "huguette@nouveau.exemple.fr", "current": PASSWORD}
    huguette.send("/mon-compte/adresse", "/mon-compte/adresse", **wish)
    link = link_in(letters(commune)[-1])
    karim.send(link, link)  # somebody else's browser proves whose mail it is, and changes nothing of its own account
    assert "karimb@exemple.fr" in karim.get("/mon-compte").text


def test_row_97_nobody_gets_a_letter_that_they_would_have_to_unsubscribe_from() -> None:
    """Each kind of letter answers one's own act, or tells who runs the site that it fails or what waits: none is news.

    Whoever adds a letter that does owes it a token of its reader, `List-Unsubscribe` with One-Click, and tests of both.
    """
    kinds = {codes.LETTER, new_address.NOTICE, mail.TEST, alarms.ALARM, reports_waiting.REPORTS}
    posted = {
        node.args[1].id if isinstance(node.args[1], ast.Name) else ast.unparse(node.args[1])
        for path in (REPOSITORY / "pop_forum" / "services").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("mail.post", "letters.post", "post")
    }
    assert posted == {"LETTER", "NOTICE", "TEST", "ALARM", "REPORTS"} and len(kinds) == len(posted)
    assert "List-Unsubscribe" not in (REPOSITORY / "pop_forum" / "adapters" / "mail.py").read_text("utf-8")
