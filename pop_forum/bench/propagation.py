"""Propagation: from the transaction that keeps a reply at one commune to the neighbour's page that shows it."""

from datetime import timedelta

from sqlalchemy import select

from pop_forum.adapters.clock import SystemClock
from pop_forum.bench import content, results
from pop_forum.bench.client import Browser
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import Stage, stage
from pop_forum.cli.demo_network import in_step, introduce_all
from pop_forum.cli.demo_places import SLUGS
from pop_forum.errors import Unavailable
from pop_forum.federation.identifiers import Host
from pop_forum.models import Post
from pop_forum.services.messages import page_key
from pop_forum.services.passwords import Passwords

HOME, *NEIGHBOURS = SLUGS
PASSWORD = "mesure-de-bouche-a-oreille"
THREADS = 6
REST_SECONDS = 0.4  # between samples: communes at rest
LOOK_SECONDS = 0.01  # between two looks at the neighbour's page
PATIENCE_SECONDS = 20.0


def measure(sizes: Sizes) -> list[Result]:
    """Milliseconds, the middle one and the ninety-ninth of a hundred."""
    with stage() as prepared:
        home = prepared.communes[HOME]
        introduce_all(prepared.communes.values(), SystemClock().now() - timedelta(days=1))
        writer = content.add_writers(home, 1, Passwords().hash(PASSWORD))[0]
        threads = content.open_daily_threads(home, writer, THREADS)
        prepared.start()
        prepared.wait(lambda: in_step(prepared.communes.values()), "the communes are in step")
        browser = Browser(prepared.host.port, prepared.host.network[HOME])
        browser.sign_in(writer.mail, PASSWORD)
        samples = [_sample(prepared, browser, threads, number) for number in range(sizes.samples)]
    note = f"{len(samples)} réponses espacées, trois communes au repos sur un hôte (web, worker, file d’attente)"
    return [
        results.Result(
            "propagation_ms_p50", results.quantile(samples, 0.5), "ms", results.at_most(300), tuple(samples), note
        ),
        results.Result("propagation_ms_p99", results.quantile(samples, 0.99), "ms", results.at_most(2_000)),
    ]


def _sample(prepared: Stage, browser: Browser, threads: list[str], number: int) -> float:
    """Milliseconds from the transaction that kept the reply, just before its commit, until a neighbour shows it."""
    clock, uri = SystemClock(), threads[number % len(threads)]
    clock.sleep(REST_SECONDS)
    host = Host(prepared.host.network[NEIGHBOURS[number % len(NEIGHBOURS)]])
    neighbour = Browser(prepared.host.port, host)
    words = f"nouvelle numéro {number} de la mesure"
    key = uri.rsplit("/", 1)[1]
    fields = {"csrf_token": browser.token(f"/discussions/{key}"), "text": words}
    page = f"/discussions/{page_key(uri, host)}"
    neighbour.get(page)
    if browser.post(f"/discussions/{key}/repondre", fields) != 303:
        raise Unavailable("a reply was refused")
    start = clock.monotonic()
    while words.encode() not in neighbour.get(page)[1]:
        if clock.monotonic() - start > PATIENCE_SECONDS:
            raise Unavailable(f"{host} does not show « {words} »")
        clock.sleep(LOOK_SECONDS)
    seen = clock.now()
    neighbour.close()
    with prepared.communes[HOME].reading() as site:
        kept = site.session.scalars(select(Post.received_at).where(Post.source == words)).one()
    return (seen - kept).total_seconds() * 1000
