"""Catching up: the journals of one commune verified and applied at another, page by page, on a file SQLite."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pop_forum.adapters.clock import SystemClock
from pop_forum.bench import content, results
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import NO_PASSWORD, Stage, stage
from pop_forum.commune import Commune, open_commune
from pop_forum.errors import Unavailable
from pop_forum.federation import pages as wire
from pop_forum.federation.identifiers import Fingerprint
from pop_forum.federation.journal import JOURNALS
from pop_forum.services import catchup, identity, journal
from pop_forum.settings import Host

ORIGIN, READER = "valombre", "pont-hervel"

Pages = list[tuple[str, bytes]]


def measure(sizes: Sizes) -> list[Result]:
    """Entries per second of wall time, one process, one transaction per page of up to 500 entries."""
    with stage((ORIGIN, READER)) as prepared:
        origin = prepared.communes[ORIGIN]
        content.fill(origin, content.add_writers(origin, content.PEOPLE, NO_PASSWORD), sizes.threads)
        pages, total = read_pages(origin)
        rates = [total / _catch_up(prepared, pages, number) for number in range(sizes.pairs)]
    note = (
        f"{total} entrées en {len(pages)} pages (fils, réponses, soutiens, modifications, retraits, textes de mesures)"
    )
    return [results.of_repeats("catch_up_entries_per_s", rates, "entries/s", results.at_least(1_500), note)]


def read_pages(origin: Commune) -> tuple[Pages, int]:
    """Every page of the origin's journals as it would send them, and the number of entries."""
    pages: Pages = []
    total = 0
    for name in JOURNALS:
        with origin.reading() as site:
            held, n = journal.find(site, site.settings.host, name), 0
            total += held.n if held else 0
            while held is not None and n < held.n:
                data = journal.page(site, name, n)
                pages.append((name, data))
                n += len(wire.parse_page(data, host=site.settings.host, journal=name).entries)
    return pages, total


def take(reader: Commune, origin: Commune, pages: Pages) -> None:
    """Nothing; the reader holds and has applied every page."""
    with origin.reading() as site:
        root, host = Fingerprint(identity.own_fingerprint(site)), site.settings.host
    for name, data in pages:
        with reader.transaction() as site:
            taken = catchup.receive_page(site, host, root, name, data, sender=host)
        if not taken.accepted:
            raise Unavailable(f"page of {host}/{name} refused: {taken}")


@contextmanager
def fresh_reader(prepared: Stage, number: int) -> Iterator[Commune]:
    """The reader as it was before any page, in a folder of its own."""
    before = prepared.communes[READER]
    before.close()  # its files are whole then, and can be copied
    data = prepared.host.folder / f"reader-{number}"
    shutil.copytree(before.settings.data, data)
    settings = replace(before.settings, data=data, database_url=_sqlite(data))
    reader = open_commune(settings, Host.from_environment(prepared.host.environment()))
    try:
        yield reader
    finally:
        reader.close()
        shutil.rmtree(data)


def _catch_up(prepared: Stage, pages: Pages, number: int) -> float:
    """The seconds it took a fresh reader."""
    clock = SystemClock()
    with fresh_reader(prepared, number) as reader:
        start = clock.monotonic()
        take(reader, prepared.communes[ORIGIN], pages)
        return clock.monotonic() - start


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder}/forum.sqlite"
