"""What one process of the writers' test does: replies like a web process, or pages and deliveries like a worker."""

import json
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.queues import Queue
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from pop_forum import tasks
from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.remote import Answer
from pop_forum.commune import Commune, open_commune
from pop_forum.errors import ForumError
from pop_forum.federation import pages
from pop_forum.federation.identifiers import Host
from pop_forum.federation.journal import Position
from pop_forum.models import Person, Thread
from pop_forum.services import catchup, journal, threads
from pop_forum.settings import load_instance
from tests.network import INSTANCES, SLUGS, Silent, Wire, host_in
from tests.unit.services.scribe import Scribe

REPLIES = 25  # of each web process
PAGES = 25  # of each worker process, of one entry each

Report = tuple[str, list[str], list[str]]  # who, what was acknowledged, which errors


class Taking(Wire):
    """A network on which every page that is pushed is taken, and confirmed as a peer does."""

    def _answer(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if method != "POST" or urlsplit(url).netloc in self.down:
            return super()._answer(method, url, body, headers)
        page = json.loads(body)
        epoch, hashes = page["epoch"], [page["previous"], *page["hashes"]]
        n, last = page["startIndex"] + len(page["hashes"]), bytes.fromhex(hashes[-1])
        return Answer(200, {}, pages.answer(Position(epoch["number"], epoch["id"], n, last)), url)


def open_valombre(folder: Path, url: str | None) -> Commune:
    """Valombre in this process, with its data in this folder, one peer that takes every page, and one that is away."""
    host = host_in(folder)
    settings = load_instance(INSTANCES / SLUGS[0], environment=host)
    if url is not None:
        settings = replace(settings, database_url=url)
    wire = Taking()
    wire.down.add("sainte-aure.localhost:8080")
    return open_commune(settings, host, wire, Silent(), SystemClock())  # type: ignore[arg-type]


def run(
    work: Callable[[Commune, int], list[str]], number: int, folder: Path, url: str | None, told: "Queue[Report]"
) -> None:
    """Do the work, and tell what was acknowledged and what failed."""
    commune = open_valombre(folder, url)
    try:
        told.put((f"{work.__name__} {number}", work(commune, number), []))
    except (ForumError, SQLAlchemyError, AssertionError) as error:
        told.put((f"{work.__name__} {number}", [], [f"{type(error).__name__}: {error}"]))
    finally:
        commune.close()


def web(commune: Commune, number: int) -> list[str]:
    """The addresses of replies, each written in its own transaction as a form does."""
    acknowledged = []
    for turn in range(REPLIES):
        with commune.transaction() as site:
            author = site.session.scalars(select(Person).where(Person.name == f"Autrice {number}")).one()
            thread = site.session.scalars(select(Thread).where(Thread.host == site.settings.host)).one()
            uri = threads.reply(site, author, thread, f"Réponse {turn} du processus {number}.").uri
        acknowledged.append(uri)
    return acknowledged


def worker(commune: Commune, number: int) -> list[str]:
    """The addresses of replies that came in pages of a neighbour, between attempts to deliver our own."""
    with commune.reading() as site:
        thread = site.session.scalars(select(Thread).where(Thread.host == site.settings.host)).one().uri
    scribe = neighbour(number)
    acknowledged = []
    for turn in range(PAGES):
        acknowledged.append(scribe.replies(thread, f"w{number}n{turn}"))
        with commune.transaction() as site:
            since = len(scribe.entries) - 1 if turn else 0
            taken = catchup.receive_page(site, scribe.host, scribe.root, "forum", scribe.page(since), scribe.host)
            if not taken.accepted:
                raise AssertionError(f"{taken}")
        if turn % 5 == 0:
            tasks.run(commune, journal.DELIVER)
            tasks.run(commune, tasks.SWEEP)
    return acknowledged


def neighbour(number: int) -> Scribe:
    """The commune on paper whose pages worker `number` takes."""
    return Scribe(Host(f"voisine-{number}.localhost:8080"))
