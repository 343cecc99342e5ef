"""A simulated site: a real Commune over a database in memory, which can be killed at any commit or request."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pop_forum.adapters.marker import Marker as FileMarker
from pop_forum.adapters.queue import Wakeups
from pop_forum.adapters.remote import Answer, Headers, Remote, Signer
from pop_forum.commune import Commune
from pop_forum.db import Reached
from pop_forum.domain.searching import INDEX
from pop_forum.errors import SettingsError
from pop_forum.federation.keys import SiteKeys
from pop_forum.services.site import Site
from pop_forum.settings import Host, Instance
from pop_forum.sim.chance import Chance
from pop_forum.sim.clocks import SiteClock, WorldClock

Result = TypeVar("Result")
BEFORE, AFTER = "before", "after"


class Crashed(BaseException):
    """The process of a simulated site ends here. No `except` of the program may see it."""


class Wires(Protocol):
    """What carries a request between sites."""

    def carry(self, sender: "SimSite", method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer. Raises RemoteFailure when none comes."""


class SimRemote(Remote):
    """HTTP without sockets: requests go to the simulated network."""

    def __init__(self) -> None:
        self.site: SimSite | None = None
        self.wires: Wires | None = None

    def get(
        self,
        url: str,
        headers: Headers | Signer,
        *,
        accept: tuple[str, ...] = (),
        max_body: int | None = None,
    ) -> Answer:
        return self._carry("GET", url, headers(url) if callable(headers) else headers, b"")

    def post(self, url: str, body: bytes, headers: Headers) -> Answer:
        return self._carry("POST", url, headers, body)

    def _carry(self, method: str, url: str, headers: Headers, body: bytes) -> Answer:
        assert self.site is not None
        assert self.wires is not None
        return self.site.ask(self.wires, method, url, headers, body)


class Bell(Wakeups):
    """The wake-ups of one site, at most one outstanding of each kind, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.outstanding: dict[str, None] = {}

    def wake(self, slug: str, kind: str) -> bool:
        if kind != INDEX:  # no process of its own writes an index here
            self.outstanding[kind] = None
        return True

    def taken(self, slug: str, kind: str) -> None:
        self.outstanding.pop(kind, None)


class Marker(FileMarker):
    """How far the site's journals have ever come: beside its database, and spared or lost with a restored one."""

    def __init__(self) -> None:
        self.reached: dict[str, tuple[int, int]] = {}
        self.gone: list[str] = []

    def read(self) -> dict[str, tuple[int, int]]:
        return dict(self.reached)

    def raise_to(self, reached: Reached) -> None:
        for name, place in reached.items():
            self.reached[name] = max(place, self.reached.get(name, place))

    def erased(self) -> list[str]:
        return list(self.gone)

    def keep_erased(self, ids: Iterable[str]) -> None:
        self.gone += ids


class InTurn(Executor):
    """Requests « side by side », one after the other: their order is then that of the seed."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        future: Future[Result] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class SimPairs:
    """The one pair of a simulated site, and its secret."""

    def __init__(self, keys: SiteKeys, secret: bytes) -> None:
        self.keys, self.secret = keys, secret

    def pair(self, number: int) -> SiteKeys:
        """The pair of this number. Raises SettingsError for another than the first."""
        if number != self.keys.number:
            raise SettingsError(f"a simulated site has no pair {number}")
        return self.keys

    def has(self, number: int) -> bool:
        """Whether this pair is there."""
        return number == self.keys.number

    def check(self) -> None:
        """Nothing: it is there."""


class SimSite(Commune):
    """One commune of the simulated network, and what may go wrong with it."""

    def __init__(self, settings: Instance, host: Host, keys: SiteKeys, secret: bytes) -> None:
        remote, self.bell = SimRemote(), Bell()
        self.sim_clock = SiteClock(WorldClock())
        super().__init__(
            settings, host, remote, self.bell, clock=self.sim_clock, entropy=Chance(settings.slug), lanes=InTurn
        )
        self._wire, self._pairs = remote, SimPairs(keys, secret)
        self.marker = self.sim_marker = Marker()
        remote.site = self
        self.memory = self._connection()  # the one there is: a second one would be another, empty database
        self.begin(self.sim_clock.world, Chance(settings.slug), None)

    def begin(self, world: WorldClock, entropy: Chance, wires: Wires | None) -> None:
        """Nothing; the site is up, sound and idle."""
        self.sim_clock = self.clock = SiteClock(world)
        self.entropy, self._wire.wires = entropy, wires
        self.bell.outstanding.clear()
        self.up, self.life, self.open_units = True, 0, 0
        self.commits = self.requests = 0
        self.crash_at_commit: tuple[int, str] | None = None
        self.crash_at_request: tuple[int, str] | None = None
        self.on_crash: Callable[[str], None] = lambda what: None

    @property
    def keystore(self) -> "SimPairs":  # type: ignore[override]
        """The pairs in memory."""
        return self._pairs

    @property
    def number(self) -> int:
        """Which of the sites this is."""
        return int(self.settings.slug.rpartition("-")[2])

    @contextmanager
    def transaction(self) -> Iterator[Site]:
        """A unit of work; its commit is where the process may end, just before or just after."""
        assert not self.open_units, "a transaction inside another one"
        self.open_units += 1
        try:
            with super().transaction() as site:
                yield site
                self.commits += 1
                self._die_if(self.crash_at_commit, self.commits, BEFORE, "commit")
        finally:
            self.open_units -= 1
        self._die_if(self.crash_at_commit, self.commits, AFTER, "commit")

    @contextmanager
    def reading(self) -> Iterator[Site]:
        """A snapshot, which no request to another site may outlast."""
        self.open_units += 1
        try:
            with super().reading() as site:
                yield site
        finally:
            self.open_units -= 1

    def ask(self, wires: Wires, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer of another site; this process may end around the request, or be ended meanwhile."""
        assert not self.open_units, "a request inside a transaction"
        self.requests += 1
        life, number = self.life, self.requests
        self._die_if(self.crash_at_request, number, BEFORE, "request")
        answer = wires.carry(self, method, url, headers, body)
        if self.life != life:
            raise Crashed(self.settings.slug)
        self._die_if(self.crash_at_request, number, AFTER, "request")
        return answer

    def own_places(self) -> dict[str, tuple[int, int]]:
        """Where the site's own journals end, as its database tells."""
        rows = self.memory.execute("SELECT name, epoch, n FROM journals WHERE host = ?", (self.settings.host,))
        return {name: (epoch, n) for name, epoch, n in rows}

    def cut_power(self) -> None:
        """Nothing; every process of the site has ended, and its broker has forgotten everything."""
        self.up, self.life = False, self.life + 1
        self.bell.outstanding.clear()
        self.crash_at_commit = self.crash_at_request = None

    def _connection(self) -> sqlite3.Connection:
        raw = self.database.engine.raw_connection()
        connection = raw.driver_connection
        raw.close()
        assert isinstance(connection, sqlite3.Connection)
        return connection

    def _die_if(self, armed: tuple[int, str] | None, count: int, when: str, where: str) -> None:
        if armed is None or armed[0] > count or armed[1] != when:
            return
        self.crash_at_commit = self.crash_at_request = None
        self.on_crash(f"{when} {where}")
        raise Crashed(f"{self.settings.slug}: {when} {where} {count}")


def folder_of(root: Path, slug: str) -> Path:
    """Where a simulated site keeps what is no database."""
    folder = root / slug
    folder.mkdir(exist_ok=True)
    return folder
