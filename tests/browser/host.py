"""A host of three federated communes with a little of the demonstration's content, as processes of their own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.processes import Supervisor
from pop_forum.cli import demo_content, demo_places
from pop_forum.cli.demo_content import Content
from pop_forum.cli.demo_places import SLUGS, Place
from pop_forum.cli.demo_processes import broker_child, web_and_worker
from pop_forum.cli.demo_seeding import PASSWORD, ROLE_MAILS, Seeding
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role

VALOMBRE, PONT_HERVEL, SAINTE_AURE = SLUGS
DISCUSSIONS = ("navette-marche", "tanneurs-volets", "boite-a-livres")  # shared here, shared elsewhere, daily and local
ADOPTIONS = 6
ROOMY = {"sign_in_attempts": 100, "messages": 1_000}  # one machine plays everybody here
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class RunningHost:
    """The host, its communes opened in this process too, and how to reach them."""

    place: Place
    communes: dict[str, Commune]
    supervisor: Supervisor

    def url(self, slug: str, path: str = "/") -> str:
        """The address of a page of a commune."""
        return f"http://{self.place.network[slug]}{path}"

    def name(self, slug: str) -> str:
        """The name on the plate of a commune."""
        return self.communes[slug].settings.name

    def stop(self) -> None:
        """Nothing, once every process has ended."""
        self.supervisor.stop()
        for commune in self.communes.values():
            commune.close()


def start(folder: Path) -> RunningHost:
    """A host that answers, whose communes hold the same."""
    [port] = demo_places.free_ports(1)
    place = Place("test", folder, port, SLUGS, demo_places.network_on([port] * len(SLUGS)))
    place.write_instances(ROOMY)
    supervisor = Supervisor(place.logs)
    supervisor.start([broker_child(place)])
    communes = place.open_communes()
    for commune in communes.values():
        commune.migrate()
    Seeding(communes, some_content(), SystemClock().now()).run(lambda done, total: None)
    supervisor.start(web_and_worker(place))
    return RunningHost(place, communes, supervisor)


def some_content() -> Content:
    """Everybody, and enough discussions, adaptations and adoptions for each kind of page."""
    whole = demo_content.load()
    chosen = tuple(one for one in whole.discussions if one.key in DISCUSSIONS)
    return replace(whole, discussions=chosen, adoptions=whole.adoptions[:ADOPTIONS])


def mail(slug: str, role: Role) -> str:
    """The address with which the first person of this role signs in; the password is PASSWORD."""
    return f"{ROLE_MAILS[role]}@{slug}.example"


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Nothing, once it is true; an AssertionError that says what never came."""
    clock = SystemClock()
    end = clock.monotonic() + PATIENCE_SECONDS
    while not true():
        assert clock.monotonic() < end, f"never: {what}"
        clock.sleep(PAUSE_SECONDS)


__all__ = ["PASSWORD", "PONT_HERVEL", "SAINTE_AURE", "VALOMBRE", "RunningHost", "mail", "start", "wait_until"]
