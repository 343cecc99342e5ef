"""Handing letters to a mail server: SMTP with TLS, one connection for a batch, and no silence longer than a limit."""

import smtplib
import ssl
from collections.abc import Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from pop_forum.adapters.clock import SystemClock
from pop_forum.domain.letters import Letter, Posted, Trouble, one_line
from pop_forum.settings import MailServer

SILENCE_SECONDS = 10.0  # for one answer of the server
BATCH_SECONDS = 30.0  # no letter is begun after this: the rest goes with the next batch
PERMANENT = 500  # RFC 5321 §4.2.1: a reply that begins with 5 will not change


class Refused(Exception):
    """The server took no letter at all."""

    def __init__(self, trouble: Trouble, answer: str) -> None:
        super().__init__(answer)
        self.trouble = trouble


def send(
    server: MailServer, letters: Sequence[Letter], tls: ssl.SSLContext | None = None, clock: SystemClock | None = None
) -> list[Posted]:
    """What the server said to each letter, in their order; those it had no time for are missing at the end."""
    try:
        line = _open(server, tls or ssl.create_default_context())
    except Refused as refusal:
        return [Posted(letter.mail_id, refusal.trouble, str(refusal)) for letter in letters]
    try:
        return _hand_over(line, letters, clock or SystemClock())
    finally:
        _leave(line)


def message(letter: Letter) -> EmailMessage:
    """The letter with its headers; a value with a line end in it raises ValueError (row 77)."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(letter.sender_name, addr_spec=letter.sender)
    made["To"] = Address(addr_spec=letter.recipient)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(letter.date)
    made["Message-ID"] = letter.message_id
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notice answers it
    made.set_content(letter.text, cte="quoted-printable")
    made["Content-Language"] = letter.language
    return made


def _open(server: MailServer, tls: ssl.SSLContext) -> smtplib.SMTP:
    """A line that may be spoken on: encrypted, unless the server is this machine; signed in when we have a name."""
    try:
        line = _dial(server, tls)
    except OSError as error:
        raise _refused(error) from error
    try:
        _secure(line, server, tls)
    except (Refused, OSError) as error:
        _leave(line)
        raise error if isinstance(error, Refused) else _refused(error) from error
    return line


def _refused(error: OSError) -> Refused:
    """Why nothing can be handed over; every exception of smtplib is an OSError."""
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= PERMANENT:
        return Refused(Trouble.LOGIN, _words(error))
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused(Trouble.LOGIN, _words(error))
    known = isinstance(error, smtplib.SMTPResponseException)
    return Refused(Trouble.LATER if known else Trouble.UNREACHABLE, _words(error))


def _dial(server: MailServer, tls: ssl.SSLContext) -> smtplib.SMTP:
    if server.tls_first:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SILENCE_SECONDS, context=tls)
    return smtplib.SMTP(server.host, server.port, timeout=SILENCE_SECONDS)


def _secure(line: smtplib.SMTP, server: MailServer, tls: ssl.SSLContext) -> None:
    line.ehlo_or_helo_if_needed()
    if not server.tls_first and server.must_encrypt:
        if not line.has_extn("starttls"):
            raise Refused(Trouble.PLAIN, "STARTTLS")
        line.starttls(context=tls)
        line.ehlo()
    if server.user:
        line.login(server.user, server.password)


def _hand_over(line: smtplib.SMTP, letters: Sequence[Letter], clock: SystemClock) -> list[Posted]:
    outcomes: list[Posted] = []
    end = clock.monotonic() + BATCH_SECONDS
    for letter in letters:
        if outcomes and clock.monotonic() > end:
            break
        try:
            outcomes.append(_hand_over_one(line, letter))
        except OSError as error:
            # What was said to the others stands; this one and the rest go over a new line.
            outcomes.append(Posted(letter.mail_id, Trouble.UNREACHABLE, _words(error)))
            break
    return outcomes


def _hand_over_one(line: smtplib.SMTP, letter: Letter) -> Posted:
    try:
        line.send_message(message(letter), letter.sender, [letter.recipient])
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = error.recipients[letter.recipient]
        return _answered(letter, code, answer)
    except smtplib.SMTPSenderRefused as error:
        trouble = Trouble.SENDER if error.smtp_code >= PERMANENT else Trouble.LATER
        return Posted(letter.mail_id, trouble, _words(error))
    except smtplib.SMTPResponseException as error:
        return _answered(letter, error.smtp_code, error.smtp_error)
    except (ValueError, MessageError) as error:
        return Posted(letter.mail_id, Trouble.REFUSED, str(error))
    return Posted(letter.mail_id)


def _answered(letter: Letter, code: int, answer: bytes | str) -> Posted:
    trouble = Trouble.REFUSED if code >= PERMANENT else Trouble.LATER
    return Posted(letter.mail_id, trouble, f"{code} {_text(answer)}")


def _words(error: Exception) -> str:
    """What the server said, or what the system did, without secrets: smtplib never repeats the password."""
    if isinstance(error, smtplib.SMTPResponseException):
        return one_line(f"{error.smtp_code} {_text(error.smtp_error)}")
    return one_line(str(error) or type(error).__name__)


def _text(answer: bytes | str) -> str:
    return one_line(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)


def _leave(line: smtplib.SMTP) -> None:
    """Nothing; the line is closed, politely when the server still listens."""
    try:
        line.quit()
    except OSError:
        line.close()
