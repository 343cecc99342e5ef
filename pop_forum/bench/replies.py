"""New replies through the real form, beside the floor."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median

from pop_forum.bench import content, postgresql, results
from pop_forum.bench.client import WRITERS, Browser, Load, Task, load
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import Stage, stage
from pop_forum.services.passwords import Passwords

WEB_PROCESSES = 1  # as `pop_forum serve` starts, and as memory is measured
COMMUNE = "valombre"
PASSWORD = "mesure-de-huit-plumes"
THREADS_PER_WRITER = 6  # in turn, so that no thread grows beyond what a village writes
FIRST_REPLIES = 20  # on the page that is read and that the floor returns
STANDING = "worker et file d’attente en marche, aucune commune voisine"


@dataclass(frozen=True, slots=True)
class Scene:
    """A running host with writers who are signed in."""

    load: Load
    writing: list[Task]
    floor: list[Task]


def measure_replies(sizes: Sizes) -> tuple[list[Result], list[float]]:
    """Replies per second on SQLite, then on PostgreSQL where it is installed; and the floor's rates."""
    found, floor = _replies(sizes, "replies_per_s", "replies/s", {}, results.at_least(250))
    if not sizes.postgresql:
        return [found], floor
    with postgresql.server() as database:
        if database is None:
            return [found], floor
        more = {f"POP_FORUM_DATABASE_{COMMUNE.upper()}": database}
        beside, again = _replies(sizes, "replies_per_s_postgresql", "replies/s (PostgreSQL)", more, None)
    return [found, beside], [*floor, *again]


@contextmanager
def scene(sizes: Sizes, more: dict[str, str]) -> Iterator[Scene]:
    """A host with one commune, its processes running, everything warm."""
    with stage((COMMUNE,), more=more) as prepared, load() as clients:
        commune = prepared.communes[COMMUNE]
        writers = content.add_writers(commune, WRITERS, Passwords().hash(PASSWORD))
        threads = content.open_daily_threads(commune, writers[0], 1 + WRITERS * THREADS_PER_WRITER)
        content.reply_in(commune, writers, threads[0], FIRST_REPLIES)
        prepared.start(WEB_PROCESSES)
        reading = task(prepared, threads[0], 1)
        page = Browser(reading.port, reading.host).get(reading.path)[1]
        port = prepared.start_floor({"thread": page}, WEB_PROCESSES)
        floor = Task(port, "localhost", "/thread", sizes.floor_visits)
        own = [threads[1 + place :: WRITERS] for place in range(WRITERS)]
        writing = [signed_in(prepared, writer.mail, mine) for writer, mine in zip(writers, own, strict=True)]
        here = Scene(clients, writing, [floor] * WRITERS)
        for tasks in (here.floor, here.writing):
            clients.warm(tasks)
        yield here


def _replies(
    sizes: Sizes, name: str, unit: str, more: dict[str, str], target: results.Target | None
) -> tuple[Result, list[float]]:
    with scene(sizes, more) as here:
        pairs = [
            (here.load.rate(here.floor), here.load.rate(_numbered(here.writing, number, sizes.replies)))
            for number in range(sizes.pairs)
        ]
    share = median(rate / floor for floor, rate in pairs)
    note = f"{WRITERS} connexions, {WEB_PROCESSES} processus web, {STANDING} ; {share:.3f} × le plancher"
    return results.of_repeats(name, [rate for _, rate in pairs], unit, target, note), [floor for floor, _ in pairs]


def _numbered(tasks: Sequence[Task], lap: int, count: int) -> list[Task]:
    return [replace(task, count=count, label=f"{lap}-{writer}") for writer, task in enumerate(tasks)]


def task(prepared: Stage, thread: str, count: int) -> Task:
    host = prepared.host.network[COMMUNE]
    return Task(prepared.host.port, host, f"/discussions/{thread.rsplit('/', 1)[1]}", count)


def signed_in(prepared: Stage, mail: str, threads: list[str]) -> Task:
    """What this writer repeats, with a cookie and a token that the real forms gave."""
    tasks = [task(prepared, thread, 1) for thread in threads]
    browser = Browser(tasks[0].port, tasks[0].host)
    browser.sign_in(mail, PASSWORD)
    token = browser.token(tasks[0].path)
    browser.close()
    paths = tuple(f"{task.path}/repondre" for task in tasks)
    return replace(tasks[0], paths=paths, cookie=browser.cookie, token=token)
