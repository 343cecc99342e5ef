"""Hosts to measure: their folders, communes and processes, all thrown away at the end."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.processes import Child, Supervisor
from pop_forum.bench.client import LISTEN, Browser
from pop_forum.bench.floor import FOLDER
from pop_forum.cli.demo_places import SLUGS, Place, free_ports
from pop_forum.cli.demo_processes import WEB, WORKER, broker_child, web_and_worker
from pop_forum.cli.demo_seeding import load_programme_into
from pop_forum.cli.processes import web_arguments
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role
from pop_forum.errors import Unavailable
from pop_forum.services import accounts

NAME = "bench"
FLOOR = "floor"
ADMIN_MAIL = "administration@commune.example"
NO_PASSWORD = "!"  # the hash of none: nobody signs in with it
MOST_MESSAGES = 1_000  # per person and minute: the most the settings allow
PAUSE_SECONDS = 0.02
PROCESSES = (WEB, WORKER)
_IDENTITY = re.compile(r'(?m)^(name|insee|host) = ".*"$')


@dataclass(frozen=True, slots=True)
class Host(Place):
    """A place whose processes get more variables than the demonstration's."""

    more: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The POP_FORUM_* variables of its processes."""
        return {**Place.environment(self), **self.more}


class Stage:
    """One host with its communes open in this process; `start` adds broker, web and worker."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.communes: dict[str, Commune] = host.open_communes()
        self._supervisor = Supervisor(host.logs)
        self._clock = SystemClock()

    def prepare(self) -> None:
        """Nothing; every commune has its schema, its journals, the programme and an admin."""
        for commune in self.communes.values():
            commune.migrate()
            with commune.transaction() as site:
                accounts.create_account(site, "Administration", ADMIN_MAIL, NO_PASSWORD, Role.ADMIN)
        load_programme_into(self.communes.values())

    def start(self, web_processes: int = 1) -> None:
        """Nothing, once broker, web and worker are ready and every front page has answered."""
        self._supervisor.start([broker_child(self.host), *web_and_worker(self.host, web_processes)])

    def start_floor(self, pages: Mapping[str, bytes], web_processes: int = 1) -> int:
        """The port of the floor: the same server with the same workers, and a view that returns these pages."""
        folder, port = self.host.folder / "floor", free_ports(1)[0]
        folder.mkdir()
        for name, page in pages.items():
            (folder / name).write_bytes(page)
        command = [
            *web_arguments(LISTEN, port, web_processes)[:-1],
            "--factory",
            "pop_forum.bench.floor:door_from_environment",
        ]
        self._supervisor.start([Child(FLOOR, tuple(command), 1, {FOLDER: str(folder)}, ready=lambda: _answers(port))])
        return port

    def pid(self, process: str) -> int:
        """The process id of the web process, the worker or the broker."""
        return self._supervisor.pid(f"{self.host.name}-{process}")

    def wait(self, until: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Nothing, once `until` says so; Unavailable when it does not in time."""
        end = self._clock.monotonic() + seconds
        while not until():
            if self._clock.monotonic() > end:
                raise Unavailable(f"not in {seconds:g} s: {what}")
            self._supervisor.tend()
            self._clock.sleep(PAUSE_SECONDS)

    def close(self) -> None:
        """Nothing, with every process ended and every file closed."""
        self._supervisor.stop()
        for commune in self.communes.values():
            commune.close()


@contextmanager
def stage(
    slugs: tuple[str, ...] = SLUGS,
    *,
    further: int = 0,
    more: Mapping[str, str] | None = None,
    elsewhere: Mapping[str, int] | None = None,
) -> Iterator[Stage]:
    """A prepared host with these communes and `further` invented ones; `elsewhere` gives other ports to some."""
    port = free_ports(1)[0]
    folder = Path(tempfile.mkdtemp(prefix="pop_forum_bench_"))
    ports = {**dict.fromkeys(SLUGS, port), **(elsewhere or {})}
    network = {slug: f"{slug}.localhost:{number}" for slug, number in ports.items()}
    opened = None
    try:
        host = Host(NAME, folder, port, slugs, network, more or {})
        host.write_instances({"messages": MOST_MESSAGES, "messages_minutes": 1})
        opened = Stage(_with_further(host, further))
        opened.prepare()
        yield opened
    finally:
        if opened is not None:
            opened.close()
        shutil.rmtree(folder, ignore_errors=True)


def _with_further(host: Host, count: int) -> Host:
    """The same host with that many communes more, each a copy of its last one under another name."""
    slugs = tuple(f"commune-{number:03}" for number in range(4, 4 + count))
    authorities = {slug: f"{slug}.localhost:{host.port}" for slug in slugs}
    for slug in slugs:
        target = host.folder / "instances" / slug
        shutil.copytree(host.folder / "instances" / host.slugs[-1], target)
        identity = {"name": slug.title(), "insee": f"00{slug[-3:]}", "host": authorities[slug]}
        _rename(target / "instance.toml", identity)
    return replace(host, slugs=(*host.slugs, *slugs), network={**host.network, **authorities})


def _rename(file: Path, identity: Mapping[str, str]) -> None:
    text = _IDENTITY.sub(lambda found: f'{found[1]} = "{identity[found[1]]}"', file.read_text("utf-8"))
    file.write_text(text, "utf-8")


def _answers(port: int) -> bool:
    try:
        return Browser(port, LISTEN).get("/")[0] == 200
    except OSError:
        return False
