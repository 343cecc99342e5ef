"""The mail server of a host and the sender of a commune: what is accepted, and how the rest is refused."""

from pathlib import Path

import pytest

from pop_forum.errors import SettingsError
from pop_forum.settings import Host, MailServer, Mode, load_instance

INSTANCES = Path(__file__).parents[3] / "instances"
LOOPBACK = "valombre.localhost:8080,pont-hervel.localhost:8080,sainte-aure.localhost:8080"


def smtp(url: str) -> MailServer | None:
    return Host.from_environment({"POP_FORUM_SMTP": url}).smtp


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("", None),
        ("smtp://courrier.exemple.fr", MailServer("courrier.exemple.fr", 587)),
        ("smtps://courrier.exemple.fr", MailServer("courrier.exemple.fr", 465, tls_first=True)),
        ("smtp://localhost:25", MailServer("localhost", 25)),
        ("smtp://127.0.0.1:1025/", MailServer("127.0.0.1", 1025)),
        ("smtp://a%40b.fr:p%3A%2F@h.fr:2525", MailServer("h.fr", 2525, "a@b.fr", "p:/")),
    ],
)
def test_a_server_is_named_by_its_address(url: str, server: MailServer | None) -> None:
    assert smtp(url) == server
    assert server is None or server.must_encrypt is (server.host not in ("localhost", "127.0.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        "courrier.exemple.fr",
        "http://courrier.exemple.fr",
        "smtp://",
        "smtp://h.fr:0",
        "smtp://h.fr:99999",
        "smtp://nom@h.fr",
        "smtp://:secret@h.fr",
        "smtp://nom:secret%0d%0a@h.fr",
        "smtp://h.fr/chemin",
        "smtp://h.fr?x=1",
        "smtp://192.0.2.1",
        "smtp://[::1",
    ],
)
def test_row_102_a_malformed_server_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        smtp(url)
    assert "POP_FORUM_SMTP" in str(caught.value) and "secret" not in str(caught.value)


def write_commune(folder: Path, mail: str) -> Path:
    made = folder / "valombre"
    made.mkdir()
    for file in (INSTANCES / "valombre").iterdir():
        if file.is_file():
            (made / file.name).write_bytes(file.read_bytes())
    settings = made / "instance.toml"
    settings.write_text(f"{settings.read_text('utf-8')}\n{mail}\n", "utf-8")
    return made


def load(folder: Path) -> str:
    host = Host(Mode.TEST, INSTANCES, folder, "redis://h", loopback=_loopback())
    return load_instance(folder, environment=host).mail.sender


def _loopback() -> frozenset[tuple[str, int]]:
    return Host.from_environment({"POP_FORUM_MODE": "test", "POP_FORUM_LOOPBACK": LOOPBACK}).loopback


def test_the_sender_is_the_contact_unless_it_is_named(tmp_path: Path) -> None:
    assert load(INSTANCES / "valombre").count("@") == 1
    assert load(write_commune(tmp_path, '[mail]\nsender = "forum@valombre.example"')) == "forum@valombre.example"


@pytest.mark.parametrize(
    ("mail", "named"),
    [
        ('[mail]\nsender = "forum"', "mail.sender"),
        ('[mail]\nsender = "a@b.fr\\r\\nBcc: c@d.fr"', "mail.sender"),
        ('[mail]\nsendr = "a@b.fr"', "mail.sendr"),
        ('mail = "a@b.fr"', "mail"),
    ],
)
def test_a_malformed_sender_is_refused(tmp_path: Path, mail: str, named: str) -> None:
    folder = write_commune(tmp_path, "")
    text = (folder / "instance.toml").read_text("utf-8")
    whole = f"{mail}\n{text}" if mail.startswith("mail =") else f"{text}\n{mail}\n"
    (folder / "instance.toml").write_text(whole, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(folder)
    assert named in str(caught.value)
