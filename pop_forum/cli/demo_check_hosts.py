"""The three separate hosts of the check: each its own folder, port, web process, worker and broker."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.processes import ChildFailed, Supervisor
from pop_forum.cli import demo_network
from pop_forum.cli.demo_places import SLUGS, Place, free_ports, network_on
from pop_forum.cli.demo_processes import BROKER, WEB, WORKER, broker_child, web_and_worker
from pop_forum.cli.demo_seeding import load_programme_into
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role
from pop_forum.services import accounts
from pop_forum.services.passwords import Passwords

PASSWORD = "demonstration-2026"
RESIDENTS = 4
LIMITS = {"messages": 1000, "messages_minutes": 1}  # four people write what a commune writes in a year
WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Killed:
    """A process that was ended with `kill -9`."""

    name: str
    pid: int


@dataclass(frozen=True, slots=True)
class Hosts:
    """Three hosts with one commune each, under one supervisor."""

    places: dict[str, Place]
    communes: dict[str, Commune]
    supervisor: Supervisor

    def authority(self, slug: str) -> str:
        """Where a commune's site answers."""
        return self.places[slug].network[slug]

    def start(self, slugs: tuple[str, ...]) -> None:
        """Nothing, once the hosts of these communes answer."""
        self.launch(slugs)
        self.supervisor.wait_ready()

    def launch(self, slugs: tuple[str, ...]) -> None:
        """Nothing; their brokers answer, their other processes are on their way."""
        self.supervisor.start([broker_child(self.places[slug]) for slug in slugs])
        self.supervisor.launch([child for slug in slugs for child in web_and_worker(self.places[slug])])

    def stop(self, slug: str) -> None:
        """Nothing, once the whole host is down."""
        self.supervisor.stop({f"{slug}-{part}" for part in (BROKER, WEB, WORKER)})

    def kill(self, slug: str, part: str) -> Killed:
        """The process that `kill -9` ended, with what it had started; the supervisor will start another."""
        name = f"{slug}-{part}"
        killed = Killed(name, self.supervisor.pid(name))
        self.supervisor.kill(name)
        return killed

    def successor(self, killed: Killed) -> int:
        """The id of the process that is ready in its place. Raises ChildFailed when none is, or the old one lives."""
        name, old = killed.name, killed.pid
        self.wait(
            lambda: self.supervisor.pid(name) != old and self.supervisor.is_ready(name) and not exists(old),
            f"un autre processus remplace « {name} » ({old}), tué",
        )
        return self.supervisor.pid(name)

    def wait(self, until: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Nothing, once `until` holds; ChildFailed naming what did not happen in time."""
        clock = SystemClock()
        end = clock.monotonic() + seconds
        self.supervisor.watch(until=lambda: until() or clock.monotonic() > end)
        if not until():
            raise ChildFailed(f"En {seconds:.0f} secondes, ceci n’est pas arrivé : {what}.")

    def befriend(self) -> None:
        """Nothing, once every two communes have invited and accepted each other, through their workers."""
        for inviter, invited in combinations(self.communes.values(), 2):
            demo_network.befriend(inviter, invited, self.wait)

    def in_step(self) -> bool:
        """Whether the three hold the same."""
        return demo_network.in_step(self.communes.values())


def exists(pid: int) -> bool:
    """Whether a process of ours has this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def make_hosts(folder: Path) -> Hosts:
    """Three hosts on free ports, with databases, programme and accounts, not started yet."""
    network = network_on(ports := free_ports(len(SLUGS)))
    places = {}
    communes: dict[str, Commune] = {}
    for slug, port in zip(SLUGS, ports, strict=True):
        places[slug] = Place(slug, folder / slug, port, (slug,), network)
        places[slug].write_instances(LIMITS)
        communes |= places[slug].open_communes()
    kept = Passwords().hash(PASSWORD)
    for commune in communes.values():
        commune.migrate()
        _open_accounts(commune, kept)
    load_programme_into(communes.values())
    return Hosts(places, communes, Supervisor(folder / "logs"))


def mail(slug: str, number: int) -> str:
    """The address of a commune's resident."""
    return f"habitante-{number}@{slug}.example"


def _open_accounts(commune: Commune, kept: str) -> None:
    slug = commune.settings.slug
    with commune.transaction() as site:
        accounts.create_account(site, "Administration", f"administration@{slug}.example", kept, Role.ADMIN)
        for number in range(RESIDENTS):
            accounts.create_account(site, f"Habitante {number}", mail(slug, number), kept, Role.RESIDENT)
