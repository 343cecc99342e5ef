"""The processes of one demonstration host: broker, web, worker."""

from pop_forum.adapters.processes import Child
from pop_forum.adapters.queue import Wakeups
from pop_forum.adapters.remote import Remote
from pop_forum.cli.demo_places import Place
from pop_forum.cli.processes import web_arguments, worker_arguments
from pop_forum.errors import ForumError
from pop_forum.settings.shapes import address

BROKER, WEB, WORKER = "broker", "web", "worker"
WORKER_THREADS = 4
LISTEN = "127.0.0.1"
PATIENCE_SECONDS = 5.0  # a first page builds a commune's app


def broker_child(place: Place) -> Child:
    """The broker, which starts first and stops last."""
    broker = place.broker
    return Child(f"{place.name}-{BROKER}", broker.command(), stage=0, ready=broker.is_ready)


def web_and_worker(place: Place, web_processes: int = 1) -> list[Child]:
    """The web server, with one process unless told otherwise, and the worker of all the host's communes."""
    environment = place.environment()
    web, worker = web_arguments(LISTEN, place.port, web_processes), worker_arguments(WORKER_THREADS)
    wakeups = Wakeups(place.broker.url)
    return [
        Child(f"{place.name}-{WEB}", tuple(web), 1, environment, ready=Pages(place).answer),
        Child(f"{place.name}-{WORKER}", tuple(worker), 1, environment, ready=wakeups.is_attended),
    ]


class Pages:
    """The front pages of a host's communes."""

    def __init__(self, place: Place) -> None:
        pairs = (address(place.network[slug]) for slug in place.slugs)
        self._remote = Remote(frozenset(pair for pair in pairs if pair), PATIENCE_SECONDS)
        self._left = [f"http://{place.network[slug]}/" for slug in place.slugs]

    def answer(self) -> bool:
        """Whether each has answered once since this was made."""
        while self._left:
            try:
                if self._remote.get(self._left[0], {}, accept=()).status != 200:
                    return False
            except ForumError:
                return False
            self._left.pop(0)
        self._remote.close()
        return True
