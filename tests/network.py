"""A small network of communes in one process, for tests: real services and databases, and a transport that we steer.

`Commune` objects of `pop_forum.commune` are used as they are; only HTTP is replaced, by a function call that hands
the same bytes to the receiver's service, in the receiver's own transaction.
"""

import atexit
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from pop_forum import migrations, paths, tasks
from pop_forum.adapters.pictures import PictureFiles
from pop_forum.adapters.remote import Answer
from pop_forum.commune import Commune, open_commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.domain.programme import Programme, load_programme
from pop_forum.errors import ForumError, RemoteFailure
from pop_forum.federation import handshake, pages
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Fingerprint
from pop_forum.models import Peer, Person
from pop_forum.services import (
    authentication,
    catchup,
    envelopes,
    identity,
    invitations,
    journal,
    measures,
    nightly,
    peers,
    pictures,
    sync,
)
from pop_forum.services.site import Site
from pop_forum.settings import Host, load_instance

ADMIN = Viewer(0, Role.ADMIN)
SINCE = timedelta(minutes=55)  # the heads that were signed while they became peers are still of this hour
SLOWEST = 60.0  # seconds that a slow peer takes at most
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
INSTANCES = Path(__file__).parent.parent / "instances"
SLUGS = ("valombre", "pont-hervel", "sainte-aure")
Pairs = tuple[tuple[str, str], ...]
UrlOf = Callable[[str], str | None]
EVERY_PAIR: Pairs = tuple(combinations(SLUGS, 2))
LOOPBACK = frozenset((f"{slug}.localhost", 8080) for slug in SLUGS)


def on_sqlite(slug: str) -> str | None:
    """No address: the commune keeps its own file."""
    return None


@dataclass
class TestClock:
    """A clock that moves when a test says so, and by a millisecond at each reading."""

    __test__ = False
    moment: datetime = START

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def advance(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


class Silent:
    """Wake-ups that nobody hears: tests run the tasks themselves."""

    def wake(self, slug: str, kind: str) -> bool:
        return True

    def taken(self, slug: str, kind: str) -> None:
        return None


@dataclass
class Wire:
    """The HTTP between test communes: requests by function call, with switches for what may go wrong."""

    communes: dict[str, Commune] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    slow: dict[str, threading.Event] = field(default_factory=dict)  # a host answers once its event is set
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)  # (method, URL): answered instead
    requests: list[tuple[str, str]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        return self._answer("POST", url, body, headers)

    def get(self, url: str, headers: dict[str, str], **limits: object) -> Answer:
        return self._answer("GET", url, b"", headers)

    def _answer(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        parts = urlsplit(url)
        self.requests.append((method, url))
        if parts.netloc in self.down or parts.netloc not in self.communes:
            raise RemoteFailure(f"{parts.netloc} is down")
        if (method, url) in self.answers:
            return self.answers[method, url]
        if parts.netloc in self.slow:
            self.slow[parts.netloc].wait(SLOWEST)
        commune = self.communes[parts.netloc]
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            status, answer = ROUTES[method, route_of(parts.path)](commune, target, headers, body)
        except ForumError as error:
            if isinstance(error, authentication.UnknownKey):
                with commune.transaction() as site:
                    sync.ask_key(site, error.host)
            status, answer = error.status, jcs({"code": error.code, "error": error.public})
        return Answer(status, {}, answer, url)


def route_of(path: str) -> str:
    """The kind of door a path leads to."""
    return next((door for door in ("/journal/", "/images/") if path.startswith(door)), path)


def _push(commune: Commune, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    name = target.rsplit("/", 1)[1]
    with commune.transaction() as site:
        peer = authentication.exchanging_peer(site, "POST", target, headers, body)
        taken = catchup.receive_page(site, peer.host, Fingerprint(peer.fingerprint or ""), name, body, peer.host)
        peers.note_call(site, peer)
        return (200 if taken.accepted else 409), pages.answer(taken.position)


def _page(commune: Commune, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    parts = urlsplit(target)
    with commune.reading() as site:
        authentication.exchanging_peer(site, "GET", target, headers, body)
        asked = {name: int(value) for name, [value] in parse_qs(parts.query).items()}
        _, _, *host, name = parts.path.split("/")
        return 200, journal.page(site, name, asked["since"], asked.get("epoch"), *host, whole="whole" in asked)


def _vector(commune: Commune, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    with commune.reading() as site:
        peer = authentication.exchanging_peer(site, "GET", target, headers, body)
        return 200, sync.vector(site, peer.host)


def _digests(commune: Commune, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    with commune.reading() as site:
        authentication.exchanging_peer(site, "GET", target, headers, body)
        return 200, nightly.document(site)


def _inbox(commune: Commune, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    with commune.transaction() as site:
        envelopes.keep(site, "POST", target, headers, body)
    return 202, b""


def _actor(commune: Commune, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    with commune.reading() as site:
        return 200, jcs(handshake.site_actor(identity.own_actor(site)))


def _image(commune: Commune, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    name = target.rsplit("/", 1)[1].removesuffix(".webp")
    with commune.reading() as site:
        pictures.check_shown(site, name)
    found = PictureFiles(commune.settings.data).read(name)
    return (404, b"") if found is None else (200, found)


ROUTES: dict[tuple[str, str], Callable[[Commune, str, dict[str, str], bytes], tuple[int, bytes]]] = {
    ("POST", "/journal/"): _push,
    ("GET", "/journal/"): _page,
    ("GET", "/journal"): _vector,
    ("GET", "/empreintes"): _digests,
    ("POST", "/boite"): _inbox,
    ("GET", "/acteur"): _actor,
    ("GET", "/images/"): _image,
}


@dataclass
class Network:
    """Test communes by slug, their wire and their common clock."""

    folder: Path
    database_url: UrlOf = on_sqlite
    clock: TestClock = field(default_factory=TestClock)
    wire: Wire = field(default_factory=Wire)
    communes: dict[str, Commune] = field(default_factory=dict)

    def add(self, slug: str) -> Commune:
        """A commune of instances/ with an empty, migrated database and the programme loaded."""
        host = host_in(self.folder)
        settings = load_instance(INSTANCES / slug, environment=host)
        if not settings.data.exists():
            shutil.copytree(prepared(slug, host), settings.data)
        url = self.database_url(slug)
        if url is not None:
            settings = replace(settings, database_url=url)
        commune = open_commune(settings, host, self.wire, Silent(), self.clock)  # type: ignore[arg-type]
        if migrations.state(commune.database.engine) is not migrations.State.CURRENT:
            prepare(commune)
        self.communes[slug] = self.wire.communes[settings.host] = commune
        return commune

    def befriend(self, first: str, second: str) -> None:
        """Two communes made peers as their admins would: invite, compare fingerprints, accept."""
        one, other = self.communes[first], self.communes[second]
        with one.transaction() as site:
            invitations.invite(site, ADMIN, other.settings.host)
        self.settle()
        confirm(one, other.settings.host)
        self.settle()
        confirm(other, one.settings.host)
        self.settle()

    def befriend_all(self) -> None:
        """Every commune made a peer of every other."""
        for first, second in combinations(self.communes, 2):
            self.befriend(first, second)

    def settle(self, rounds: int = 4) -> None:
        """Every kind of work of every commune that is up done, until a round asks nobody for anything."""
        for _ in range(rounds):
            asked = len(self.wire.requests)
            for commune in self.communes.values():
                if commune.settings.host not in self.wire.down:
                    self.work(commune)
            if len(self.wire.requests) == asked:
                return

    def work(self, commune: Commune) -> None:
        """Every kind of work of one commune done once."""
        for kind in tasks.KINDS:
            tasks.run(commune, kind)

    def close(self) -> None:
        for commune in self.communes.values():
            commune.close()


def host_in(folder: Path) -> Host:
    """A host for tests whose communes keep their data in this folder."""
    return Host.from_environment(
        {
            "POP_FORUM_MODE": "test",
            "POP_FORUM_INSTANCES": str(INSTANCES),
            "POP_FORUM_DATA": str(folder),
            "POP_FORUM_LOOPBACK": ",".join(f"{name}:{port}" for name, port in sorted(LOOPBACK)),
        }
    )


def befriended(folder: Path, pairs: Pairs = EVERY_PAIR, since: timedelta = SINCE) -> Network:
    """The communes of instances/ some time after these pairs became peers; made once for all tests and then copied."""
    if pairs not in _BEFRIENDED:
        _BEFRIENDED[pairs] = made_peers(pairs, on_sqlite)
    return copied(_BEFRIENDED[pairs], folder, since, on_sqlite)


def made_peers(pairs: Pairs, url_of: UrlOf) -> Network:
    """The communes of instances/, of which these pairs have become peers; closed, to be copied."""
    network = Network(_temporary_folder(), url_of)
    for slug in SLUGS:
        network.add(slug)
    for first, second in pairs:
        network.befriend(first, second)
    network.close()
    return network


def copied(made: Network, folder: Path, since: timedelta, url_of: UrlOf) -> Network:
    """The same network some time later, its data in this folder and its databases at these addresses."""
    shutil.copytree(made.folder, folder, dirs_exist_ok=True)
    network = Network(folder, url_of, TestClock(made.clock.moment + since))
    for slug in SLUGS:
        network.add(slug)
    return network


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pop_forum_prepared_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def prepared(slug: str, host: Host) -> Path:
    """The data folder of a commune with keys, schema and programme, made once for all tests and then copied."""
    if slug not in _PREPARED:
        folder = _temporary_folder()
        settings = load_instance(INSTANCES / slug, environment=replace(host, data=folder))
        commune = open_commune(settings, host, Wire(), Silent(), TestClock())  # type: ignore[arg-type]
        prepare(commune)
        commune.close()
        _PREPARED[slug] = settings.data
    return _PREPARED[slug]


@cache
def programme() -> Programme:
    """The common programme, read once: its file takes a third of a second."""
    return load_programme((paths.data_files() / "programme.yaml").read_bytes())


def prepare(commune: Commune) -> None:
    """The schema, the journals and the programme of a new commune."""
    commune.migrate()
    with commune.transaction() as site:
        measures.load_programme(site, programme())


_PREPARED: dict[str, Path] = {}
_BEFRIENDED: dict[Pairs, Network] = {}


def confirm(commune: Commune, host: str) -> None:
    """The admin of a commune has compared a peer's fingerprint."""
    with commune.transaction() as site:
        invitations.confirm(site, ADMIN, peer_of(site, host))


def peer_of(site: Site, host: str) -> Peer:
    """The peer at this host."""
    return site.session.scalars(select(Peer).where(Peer.host == host)).one()


def person(commune: Commune, name: str, role: Role = Role.RESIDENT) -> int:
    """The number of a new person of a commune, without an account."""
    with commune.transaction() as site:
        row = Person(
            uri=site.url("/p/" + site.entropy.token(12)),
            host=commune.settings.host,
            name=name,
            role=role.value,
            created_at=site.clock.now(),
        )
        site.session.add(row)
        site.session.flush()
        return row.id


@contextmanager
def acting(commune: Commune, person_id: int) -> Iterator[tuple[Site, Person]]:
    """One transaction of a person."""
    with commune.transaction() as site:
        yield site, site.session.get_one(Person, person_id)
