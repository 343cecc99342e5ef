"""A commune on a temporary SQLite, prepared once and copied for each test, and browsers to visit it with."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from pop_forum import paths
from pop_forum.app import create_app
from pop_forum.commune import Commune, open_commune
from pop_forum.domain.permissions import Role
from pop_forum.domain.programme import load_programme
from pop_forum.services import accounts, measures, sign_ins
from pop_forum.services.passwords import Passwords
from pop_forum.settings import Host, Mode, load_instance
from pop_forum.web import sessions

REPOSITORY = Path(__file__).parents[2]
AUTHORITY = ("valombre.localhost", 8080)
FAST = Passwords(time_cost=1, memory_kib=8, lanes=1)
PASSWORD = "quatre mots sans rapport"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class NoQueue:
    """A queue that is told, and nobody listens."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.up = True

    def wake(self, slug: str, kind: str) -> None:
        self.told.append((slug, kind))

    def answers(self) -> bool:
        return self.up


class Browser(FlaskClient):
    """A test client at the commune's own address that fills in forms as a browser does."""

    def open(self, *args: Any, **options: Any) -> Any:
        options.setdefault("base_url", "http://{}:{}".format(*AUTHORITY))
        return super().open(*args, **options)

    def keep(self, session: Mapping[str, Any]) -> None:
        """Nothing; the browser has this session."""
        with self.session_transaction(base_url="http://{}:{}".format(*AUTHORITY)) as own:
            own.update(session)

    def csrf(self, page: str) -> str:
        """The token in a form of this page."""
        found = TOKEN.search(self.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def any_csrf(self) -> str:
        """The token of any form, without opening one: a session has one for all, and keeps it."""
        with self.session_transaction(base_url="http://{}:{}".format(*AUTHORITY)) as session:
            kept = session.setdefault("csrf_token", "0" * 40)
        key = self.application.secret_key
        return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(kept))

    def send(self, address: str, page: str | None = None, **fields: Any) -> Any:
        """The answer to a form of `page`, or of no page in particular, sent to `address`."""
        here = {"Origin": "http://{}:{}".format(*AUTHORITY)}
        token = self.any_csrf() if page is None else self.csrf(page)
        return self.post(address, data={"csrf_token": token, **fields}, headers=here)


def open_test_commune(data: Path, patience: float | None = None) -> Commune:
    """Valombre with its data in this folder."""
    host = Host(
        mode=Mode.TEST,
        instances=REPOSITORY / "instances",
        data=data,
        broker="redis://127.0.0.1:1/0",
        loopback=frozenset({AUTHORITY, ("pont-hervel.localhost", 8080), ("sainte-aure.localhost", 8080)}),
    )
    settings = load_instance(host.instances / "valombre", environment=host)
    return open_commune(settings, host, wakeups=NoQueue(), patience=patience)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with keys, schema and programme; only ever copied."""
    data = tmp_path_factory.mktemp("prepared")
    commune = open_test_commune(data)
    commune.migrate()
    with commune.transaction() as site:
        measures.load_programme(site, load_programme((paths.data_files() / "programme.yaml").read_bytes()))
    commune.close()
    return data


@pytest.fixture
def commune(prepared: Path, tmp_path: Path) -> Iterator[Commune]:
    """A commune of its own for one test."""
    shutil.copytree(prepared, tmp_path / "data")
    opened = open_test_commune(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def app(commune: Commune) -> Flask:
    """The commune's app, with cheap password hashes and no request rates; a code without words is an error."""
    app = create_app(commune, PASSWORDS=FAST, RATES_ENABLED=False, STRICT_WORDS=True)
    app.test_client_class = Browser
    return app


@pytest.fixture
def client(app: Flask) -> Browser:
    """A visitor's browser."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def add_person(commune: Commune) -> Callable[..., int]:
    """Makes an account and gives its number: `add_person("Jeanne M.", "resident")`."""

    def add(name: str, role: str = "resident", mail: str | None = None) -> int:
        with commune.transaction() as site:
            address = mail or f"{role}.{len(name)}.{crc32(name.encode())}@exemple.fr"
            return accounts.create_account(site, name, address, FAST.hash(PASSWORD), Role(role)).person_id

    return add


@pytest.fixture
def signed_in(app: Flask, commune: Commune) -> Callable[..., Browser]:
    """A browser signed in as a new person: `signed_in("admin")`, `signed_in("resident", "Karim B.")`.

    It has the session that the form of /connexion gives: test_accounts.py goes through the form.
    """

    def enter(role: str, name: str | None = None) -> Browser:
        name = name or f"Personne {role}"
        mail = f"{''.join(c for c in name.lower() if c.isascii() and c.isalnum())}@exemple.fr"
        with commune.transaction() as site:
            made = accounts.create_account(site, name, mail, FAST.hash(PASSWORD), Role(role))
            token = sign_ins.new_token(site, made.person_id)
            account = sign_ins.account_for_token(site, token)
        browser = app.test_client()
        assert isinstance(browser, Browser) and account is not None
        with app.test_request_context(base_url="http://{}:{}".format(*AUTHORITY)):
            sessions.welcome(token, account)
            browser.keep(dict(session))
        return browser

    return enter
