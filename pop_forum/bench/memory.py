"""Memory at rest: proportional set size of web, worker and broker, for three communes and for more."""

from datetime import timedelta
from itertools import islice

from sqlalchemy import select

from pop_forum.adapters import index_folder
from pop_forum.adapters.clock import SystemClock
from pop_forum.bench import content, machine, results
from pop_forum.bench.client import Browser
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import NO_PASSWORD, PROCESSES, Stage, stage
from pop_forum.cli.demo_network import introduce_all
from pop_forum.cli.demo_places import SLUGS
from pop_forum.cli.demo_processes import BROKER
from pop_forum.commune import Commune
from pop_forum.errors import Unavailable
from pop_forum.models import Peer
from pop_forum.tasks.index import is_due

REST_SECONDS = 3.0
PAGES = ("/", "/programme", "/quotidien", "/reseau", "/connexion")


def measure(sizes: Sizes) -> list[Result]:
    """Megabytes of three communes, and of each further one."""
    three = _at_rest(0)
    more = _at_rest(sizes.further)
    each = sum(more[name] - three[name] for name in PROCESSES) / sizes.further
    note = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in three.items())
    return [
        results.Result("memory_three_communes_mb", sum(three.values()), "MB", results.at_most(220), (), note),
        results.Result(
            "memory_per_further_commune_mb",
            each,
            "MB",
            results.at_most(6),
            (),
            f"de {len(SLUGS)} à {len(SLUGS) + sizes.further} communes, web et worker",
        ),
    ]


def _at_rest(further: int) -> dict[str, float]:
    """Megabytes per process, once every commune was visited and has compared itself with its peers."""
    with stage(further=further) as prepared:
        communes = list(prepared.communes.values())
        yesterday = SystemClock().now() - timedelta(days=1)
        introduce_all([prepared.communes[slug] for slug in SLUGS], yesterday)
        for one in (commune for commune in communes if commune.settings.slug not in SLUGS):
            introduce_all((prepared.communes[SLUGS[0]], one), yesterday)
        for commune in communes:
            content.open_daily_threads(commune, content.add_writers(commune, 1, NO_PASSWORD)[0], 3)
        prepared.start()
        for commune in communes:
            visit(prepared, commune)
        prepared.wait(lambda: all(map(_has_compared, communes)), "every commune has compared positions")
        prepared.wait(lambda: all(map(_is_indexed, communes)), "every index is made and nobody writes one")
        SystemClock().sleep(REST_SECONDS)
        return {name: machine.session_memory_mb(prepared.pid(name)) for name in (*PROCESSES, BROKER)}


def visit(prepared: Stage, commune: Commune) -> None:
    """Nothing; a visitor has read some pages of this commune."""
    browser = Browser(prepared.host.port, commune.settings.host)
    with commune.reading() as site:
        keys = content.thread_keys(site)
    for path in (*PAGES, *(f"/discussions/{key}" for key in islice(keys, 3))):
        status = browser.get(path)[0]
        if status != 200:
            raise Unavailable(f"{commune.settings.host}{path}: {status}")
    browser.close()


def _is_indexed(commune: Commune) -> bool:
    """Whether the index of this commune knows everything, and the process that wrote it has ended."""
    with index_folder.written_alone(commune.settings.data.parent) as alone:
        return alone and not is_due(commune)


def _has_compared(commune: Commune) -> bool:
    with commune.reading() as site:
        return all(site.session.scalars(select(Peer.synced_at.is_not(None))))
