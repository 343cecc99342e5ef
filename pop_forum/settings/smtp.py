"""The mail server of a host, from POP_FORUM_SMTP."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from pop_forum.settings.shapes import is_host_name, is_one_line

SUBMISSION, SUBMISSIONS = 587, 465  # RFC 8314 §3.3: STARTTLS, and TLS from the first byte
THIS_MACHINE = ("localhost", "127.0.0.1")
RULE = "doit s’écrire « smtp://nom:motdepasse@hôte:587 » ou « smtps://nom:motdepasse@hôte:465 »"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, encrypted unless the server is this machine."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls_first: bool = False

    @property
    def must_encrypt(self) -> bool:
        """Whether nothing may be said before the line is encrypted: RFC 8314 §4.1 asks it of every other machine."""
        return self.host not in THIS_MACHINE


def mail_server(text: str) -> MailServer | None:
    """The server that an address names; None when it is malformed. A password's special characters are %-encoded."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    host, tls_first = parts.hostname or "", parts.scheme == "smtps"
    sound = (
        parts.scheme in ("smtp", "smtps")
        and (is_host_name(host) or host in THIS_MACHINE)
        and parts.path in ("", "/")
        and not (parts.query or parts.fragment)
        and port != 0
        and bool(user) == bool(password)
        and is_one_line(user + password)
        and text.isprintable()
    )
    if not sound:
        return None
    return MailServer(host, port or (SUBMISSIONS if tls_first else SUBMISSION), user, password, tls_first)
