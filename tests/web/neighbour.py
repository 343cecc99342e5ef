"""Pont-Hervel, a second commune beside the one under test, which signs what it sends with keys of its own."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pop_forum.commune import Commune, open_commune
from pop_forum.domain.permissions import Role
from pop_forum.federation import http_signatures, pages
from pop_forum.federation.identifiers import site_actor_id
from pop_forum.federation.keys import rsa_key_id
from pop_forum.models import Peer, Person, Post
from pop_forum.services import accounts, identity, journal, peers, threads
from pop_forum.services.site import Site
from pop_forum.services.threads import ThreadDraft
from pop_forum.settings import Host, Mode, load_instance

REPOSITORY = Path(__file__).parents[2]
ACTIVITY = "application/activity+json"
HOST = "pont-hervel.localhost:8080"
HERE = "http://valombre.localhost:8080"


class NoQueue:
    """A queue that nobody listens to."""

    def wake(self, slug: str, kind: str) -> None:
        """Nothing."""


def open_neighbour(data: Path, slug: str = "pont-hervel") -> Commune:
    """A commune of the same host, its data in this folder."""
    host = Host(
        mode=Mode.TEST,
        instances=REPOSITORY / "instances",
        data=data,
        broker="redis://127.0.0.1:1/0",
        loopback=frozenset((f"{name}.localhost", 8080) for name in ("valombre", "pont-hervel", "sainte-aure")),
    )
    settings = load_instance(host.instances / slug, environment=host)
    return open_commune(settings, host, wakeups=NoQueue())  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def neighbour_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Pont-Hervel's keys and schema; only ever copied."""
    data = tmp_path_factory.mktemp("neighbour")
    commune = open_neighbour(data)
    commune.migrate()
    commune.close()
    return data


@pytest.fixture
def neighbour(neighbour_data: Path, tmp_path: Path) -> Iterator[Commune]:
    """Pont-Hervel for one test."""
    shutil.copytree(neighbour_data, tmp_path / "neighbour")
    opened = open_neighbour(tmp_path / "neighbour")
    yield opened
    opened.close()


def befriend(here: Commune, there: Commune, state: str = "active") -> None:
    """The other commune noted as a peer in this state, its fingerprint compared."""
    with there.reading() as site:
        actor = identity.own_actor(site)
    with here.transaction() as site:
        now = site.clock.now()
        peer = Peer(host=actor.host, base_url=there.settings.base_url, state="invited", invited_by="us", created_at=now)
        site.session.add(peer)
        site.session.flush()
        peers.learn(peer, actor)
        peers.activate(site, peer)
        peer.state, peer.contact_at = state, now


def write(
    commune: Commune, title: str, text: str = "Le texte.", *, shared: bool = True, name: str = "Mireille A."
) -> str:
    """A new discussion of daily life; returns its id."""
    _register(commune, name)
    with commune.transaction() as site:
        return threads.open_thread(site, _person(site, name), ThreadDraft(title, text, None, shared)).uri


def answer(commune: Commune, thread_uri: str, text: str, name: str = "Mireille A.") -> str:
    """A reply to a thread known here; returns its id."""
    _register(commune, name)
    with commune.transaction() as site:
        opening = site.session.query(Post).filter_by(uri=thread_uri).one()
        return threads.reply(site, _person(site, name), opening.thread, text).uri


def page(commune: Commune, name: str = "forum", since: int = 0) -> bytes:
    """A page of this commune's own journal, as it would push it."""
    with commune.reading() as site:
        return journal.page(site, name, since)


def position(data: bytes) -> Any:
    """The position that an answer to a push tells."""
    return pages.read_answer(data)


def signed(
    commune: Commune,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    key_id: str | None = None,
    late: timedelta | None = None,
) -> dict[str, str]:
    """The headers of a request that this commune signs."""
    key = key_id or rsa_key_id(site_actor_id(commune.settings.host))
    date = commune.clock.now() + (late or timedelta())
    headers = http_signatures.sign(method, url, body, key, commune.keys.rsa, date)
    return {**headers, "Content-Type": ACTIVITY} if body else headers


def _person(site: Site, name: str) -> Person:
    return site.session.query(Person).filter_by(name=name, host=site.settings.host).one()


def _register(commune: Commune, name: str) -> None:
    with commune.transaction() as site:
        if not site.session.query(Person).filter_by(name=name, host=site.settings.host).count():
            mail = f"{sum(map(ord, name))}@exemple.fr"
            accounts.create_account(site, name, mail, "no password", Role.RESIDENT)
