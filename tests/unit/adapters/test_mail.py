"""Letters handed to a real mail server on loopback, and everything it may answer."""

import email
import email.policy
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pop_forum.adapters import mail
from pop_forum.domain.letters import Letter, Posted, Trouble, one_line
from tests.unit.adapters.servers import write_certificate
from tests.unit.adapters.smtp_server import DISCONNECT, SILENCE, Script, smtp_server

LETTER = Letter(
    mail_id=7,
    sender_name="Sainte-Aure-en-Bocage, « le forum »",
    sender="forum@valombre.example",
    recipient="jeanne@exemple.fr",
    subject="Votre code : 123 456",
    text="Bonjour,\n\nvoici votre code : 123 456. Il est valable un quart d’heure.\n.\nAprès le point.\n",
    message_id="<7.1700000000000@valombre.example>",
    language="fr",
    date=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
)


@pytest.fixture(autouse=True)
def another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """« courrier.localhost » is a name of this machine that mail does not take for its own."""
    resolve = socket.getaddrinfo

    def find(host: str, *rest: object, **options: object) -> object:
        return resolve("127.0.0.1" if host == "courrier.localhost" else host, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", find)


def test_a_letter_arrives_with_its_headers_and_its_text() -> None:
    with smtp_server() as server:
        assert mail.send(server.settings(), [LETTER]) == [Posted(7)]
    read = email.message_from_string(server.letters[0], policy=email.policy.default)
    assert read["From"].addresses[0].display_name == LETTER.sender_name
    assert read["From"].addresses[0].addr_spec == LETTER.sender
    assert (read["To"], read["Subject"]) == (LETTER.recipient, LETTER.subject)
    assert (read["Message-ID"], read["Auto-Submitted"]) == (LETTER.message_id, "auto-generated")
    assert read["Date"].datetime == LETTER.date and read["Content-Language"] == "fr"
    assert "Il est valable un quart d’heure." in read.get_content()
    assert any(line.lower().startswith("mail from:<forum@valombre.example>") for line in server.said)


def test_a_batch_goes_over_one_connection() -> None:
    letters = [replace(LETTER, mail_id=number) for number in range(5)]
    with smtp_server() as server:
        assert mail.send(server.settings(), letters) == [Posted(number) for number in range(5)]
    assert server.connections == 1 and len(server.letters) == 5


@pytest.mark.parametrize("field", ["subject", "sender_name", "recipient", "message_id"])
def test_row_77_a_line_end_never_begins_another_header(field: str) -> None:
    letter = replace(LETTER, **{field: "x@exemple.fr\r\nBcc: victime@exemple.fr"})
    with smtp_server() as server:
        [outcome] = mail.send(server.settings(), [letter])
    assert outcome.trouble is Trouble.REFUSED and server.letters == []


def test_row_77_a_value_is_cut_to_one_line() -> None:
    assert one_line("a\r\nBcc: b\x00\u2028c  d\u202f!") == "a  Bcc: b  c  d\u202f!"
    assert len(one_line("x" * 301)) == 300 and len(one_line("x" * 300)) == 300


@pytest.mark.parametrize(
    ("answers", "trouble", "words"),
    [
        ({"RCPT": "550 5.1.1 no such person"}, Trouble.REFUSED, "550 5.1.1 no such person"),
        ({"RCPT": "450 4.2.0 greylisted"}, Trouble.LATER, "450 4.2.0 greylisted"),
        ({"TAKEN": "554 5.7.1 spam"}, Trouble.REFUSED, "554 5.7.1 spam"),
        ({"TAKEN": "452 4.3.1 full"}, Trouble.LATER, "452 4.3.1 full"),
        ({"DATA": "421 4.3.2 going down"}, Trouble.LATER, "421 4.3.2 going down"),
        ({"MAIL": "553 5.7.1 not your address"}, Trouble.SENDER, "553 5.7.1 not your address"),
        ({"MAIL": "451 4.3.0 later"}, Trouble.LATER, "451 4.3.0 later"),
        ({"CONNECT": "421 too busy"}, Trouble.LATER, "421 too busy"),
        ({"CONNECT": "554 no"}, Trouble.LATER, "554 no"),
        ({"TAKEN": DISCONNECT}, Trouble.UNREACHABLE, "closed"),
        ({"CONNECT": DISCONNECT}, Trouble.UNREACHABLE, "closed"),
        ({"EHLO": DISCONNECT}, Trouble.UNREACHABLE, "closed"),
    ],
)
def test_each_refusal_is_told_apart(answers: dict[str, str], trouble: Trouble, words: str) -> None:
    with smtp_server(Script(answers)) as server:
        [outcome] = mail.send(server.settings(), [LETTER])
    assert outcome.trouble is trouble and words in outcome.answer
    assert outcome.final is (trouble is Trouble.REFUSED)


def test_a_refused_letter_does_not_hold_back_the_next() -> None:
    other = replace(LETTER, mail_id=8, recipient="karim@exemple.fr")
    with smtp_server(Script({"RCPT TO:<jeanne": "550 unknown"})) as server:
        first, second = mail.send(server.settings(), [LETTER, other])
    assert first.trouble is Trouble.REFUSED and second == Posted(8)


def test_a_cut_line_leaves_the_rest_for_the_next_batch() -> None:
    letters = [replace(LETTER, mail_id=number, recipient=f"p{number}@exemple.fr") for number in range(4)]
    with smtp_server(Script({"RCPT TO:<p2": DISCONNECT})) as server:
        outcomes = mail.send(server.settings(), letters)
    assert [one.mail_id for one in outcomes] == [0, 1, 2]
    assert [one.trouble for one in outcomes] == [None, None, Trouble.UNREACHABLE]


@pytest.mark.parametrize("moment", ["CONNECT", "EHLO", "RCPT", "TAKEN"])
def test_a_silent_server_is_not_waited_for(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "SILENCE_SECONDS", 0.2)
    with smtp_server(Script({moment: SILENCE})) as server:
        [outcome] = mail.send(server.settings(), [LETTER])
    assert outcome.trouble is Trouble.UNREACHABLE and "timed out" in outcome.answer


def test_no_letter_is_begun_after_the_time_of_a_batch() -> None:
    class Slow:
        seconds = 0.0

        def monotonic(self) -> float:
            self.seconds += mail.BATCH_SECONDS * 0.4
            return self.seconds

    letters = [replace(LETTER, mail_id=number) for number in range(9)]
    with smtp_server() as server:
        outcomes = mail.send(server.settings(), letters, clock=Slow())  # type: ignore[arg-type]
    assert 1 <= len(outcomes) < len(letters)


def test_nobody_listening_is_said() -> None:
    with smtp_server() as server:
        settings = server.settings()
    [outcome] = mail.send(settings, [LETTER])
    assert outcome.trouble is Trouble.UNREACHABLE


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What the server shows, and what a client that trusts it checks."""
    certificate, key = write_certificate(folder, "courrier.localhost")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    client = ssl.create_default_context(cafile=str(certificate))
    return server, client


@pytest.mark.parametrize("tls_first", [False, True])
def test_another_machine_is_spoken_to_encrypted_and_signed_in(tmp_path: Path, tls_first: bool) -> None:
    shown, trusted = contexts(tmp_path)
    script = Script(extensions=("STARTTLS", "AUTH PLAIN"), tls=shown, tls_first=tls_first)
    with smtp_server(script) as server:
        settings = server.settings("courrier.localhost", user="forum", password="secret", tls_first=tls_first)
        assert mail.send(settings, [LETTER], trusted) == [Posted(7)]
    assert ("STARTTLS" in server.said) is not tls_first
    secure = server.said.index("STARTTLS") if not tls_first else -1
    assert all(server.said.index(line) > secure for line in server.said if line.startswith("AUTH"))


def test_without_encryption_another_machine_learns_neither_password_nor_letter() -> None:
    with smtp_server(Script(extensions=("AUTH PLAIN",))) as server:
        settings = server.settings("courrier.localhost", user="forum", password="secret")
        [outcome] = mail.send(settings, [LETTER])
    assert outcome.trouble is Trouble.PLAIN and not outcome.final
    assert server.letters == [] and not [line for line in server.said if line.startswith(("AUTH", "MAIL"))]


def test_a_certificate_of_somebody_else_is_refused(tmp_path: Path) -> None:
    shown, _ = contexts(tmp_path)
    with smtp_server(Script(extensions=("STARTTLS",), tls=shown)) as server:
        [outcome] = mail.send(server.settings("courrier.localhost"), [LETTER])
    assert outcome.trouble is Trouble.UNREACHABLE and "certificate" in outcome.answer.lower()


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        (Script({"AUTH": "535 5.7.8 wrong"}, ("AUTH PLAIN",)), Trouble.LOGIN),
        (Script({"AUTH": "454 4.7.0 later"}, ("AUTH PLAIN",)), Trouble.LATER),
        (Script(), Trouble.LOGIN),
    ],
)
def test_a_refused_login_is_told_without_the_password(script: Script, trouble: Trouble) -> None:
    with smtp_server(script) as server:
        [outcome] = mail.send(server.settings(user="forum", password="s3cret-words"), [LETTER])
    assert outcome.trouble is trouble and not outcome.final
    assert "s3cret" not in outcome.answer and "s3cret" not in repr(server.settings(user="a", password="s3cret-words"))
