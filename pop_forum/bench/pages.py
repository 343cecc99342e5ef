"""Pages as visitors and residents get them, each beside the floor: the same bytes from a plain Flask view."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import SEE_OTHER, HTTPException
from multiprocessing import get_context
from statistics import median

from pop_forum.bench import content, lineages, results, visits
from pop_forum.bench.client import PROCESSES, WRITERS, Browser
from pop_forum.bench.results import Result, Target
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import Stage, stage
from pop_forum.bench.visits import Visit
from pop_forum.errors import Unavailable
from pop_forum.services.passwords import Passwords

WEB_PROCESSES = 2
COMMUNE = "valombre"
PASSWORD = "mesure-de-huit-plumes"
REPLIES = 100
MEASURE = "navette-a-la-demande"
SECONDS_BETWEEN_REPLIES = 1.0
WARM = results.at_least(1.5)


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the table: what is asked for, its share of the floor, and how often each connection asks."""

    name: str
    visit: Visit
    floor: Visit
    target: Target
    count: int
    note: str = ""
    replied: bool = False  # while its thread gets a reply each second


@dataclass(frozen=True, slots=True)
class Scene:
    """A running host with a thread of a hundred replies, a floor beside it, and somebody who is signed in."""

    pool: ProcessPoolExecutor
    pages: list[Page]
    reply: Callable[[int], None]


def measure(sizes: Sizes) -> tuple[list[Result], list[float]]:
    """Each page as a share of the floor, and the floor's rates for the thread page."""
    floors: list[float] = []
    found: list[Result] = []
    with scene(sizes) as here:
        for page in here.pages:
            pairs = [_pair(here, page, sizes) for _ in range(sizes.pairs)]
            rates = [rate for _, rate in pairs]
            note = f"{median(rates):,.0f} par seconde, {PROCESSES * visits.CONNECTIONS} connexions. {page.note}"
            shares = [rate / floor for floor, rate in pairs]
            found.append(results.of_repeats(f"{page.name}_ratio", shares, "× floor", page.target, note.strip()))
            if page.name == "thread_page_anonymous":
                floors += [floor for floor, _ in pairs]
                found.append(results.of_repeats(f"{page.name}_per_s", rates, "pages/s"))
    return found, floors


def _pair(here: Scene, page: Page, sizes: Sizes) -> tuple[float, float]:
    """The floor's rate, then the page's."""
    floor = visits.rate(here.pool, page.floor, sizes.floor_visits)
    if not page.replied:
        return floor, visits.rate(here.pool, page.visit, page.count)
    with _replies(here.reply):
        return floor, visits.rate(here.pool, page.visit, page.count)


@contextmanager
def _replies(reply: Callable[[int], None]) -> Iterator[None]:
    """A reply at once and one each second, until the block ends; what went wrong with one is raised then."""
    over, refused = threading.Event(), []

    def write() -> None:
        number = 0
        while number == 0 or not over.wait(SECONDS_BETWEEN_REPLIES):
            try:
                reply(number)
            except (OSError, HTTPException, Unavailable) as error:
                refused.append(error)
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if refused:
        raise Unavailable(f"{len(refused)} replies were not taken") from refused[0]


@contextmanager
def scene(sizes: Sizes) -> Iterator[Scene]:
    """The host with its processes running and everything asked for once."""
    with stage((COMMUNE,)) as prepared, ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        commune = prepared.communes[COMMUNE]
        writers = content.add_writers(commune, WRITERS, Passwords().hash(PASSWORD))
        thread = content.open_daily_threads(commune, writers[0], 1)[0]
        content.reply_in(commune, writers, thread, REPLIES)
        lineages.write_history(commune, MEASURE, writers[0].person_id)
        lineages.adopt_the_rest(commune, writers[0].person_id)
        prepared.start(WEB_PROCESSES)
        address = f"/discussions/{thread.rsplit('/', 1)[1]}"
        browser = Browser(prepared.host.port, prepared.host.network[COMMUNE])
        browser.sign_in(writers[0].mail, PASSWORD)
        token = browser.token(address)

        def reply(number: int) -> None:
            browser.close()  # a connection of its own: the server may have closed the last one
            fields = {"csrf_token": token, "text": f"Réponse {number}, pendant que tout le monde lit."}
            if browser.post(f"{address}/repondre", fields) != SEE_OTHER:
                raise Unavailable("a reply was refused")

        here = Scene(pool, pages_of(prepared, address, browser.cookie, sizes), reply)
        for page in here.pages:
            visits.rate(pool, page.visit, 2)
            visits.rate(pool, page.floor, 2)
        yield here
        browser.close()


def pages_of(prepared: Stage, thread: str, cookie: str, sizes: Sizes) -> list[Page]:
    """The lines of the table, with a floor that holds the bytes of each."""
    seen = Visit(prepared.host.port, prepared.host.network[COMMUNE], thread)
    front, measure = replace(seen, path="/"), replace(seen, path=f"/programme/{MEASURE}")
    programme, cookies = replace(seen, path="/programme/notre-programme"), (*seen.headers, ("Cookie", cookie))
    signed, signed_measure = replace(seen, headers=cookies), replace(measure, headers=cookies)
    headers, _ = visits.answer_of(seen)
    known = replace(seen, headers=(*seen.headers, ("If-None-Match", headers["etag"])), status=304)
    bodies = {name: visits.answer_of(visit)[1] for name, visit in
              (("thread", seen), ("front", front), ("measure", measure), ("signed", signed),
               ("programme", programme), ("signed_measure", signed_measure))}  # fmt: skip
    port = prepared.start_floor(bodies, WEB_PROCESSES)
    floor = {name: Visit(port, "localhost", f"/{name}") for name in bodies}
    unchanged = Visit(port, "localhost", "/304/thread", status=304)
    kb = f"{len(bodies['thread']) / 1000:.1f} Ko compressés"
    replies = f"{REPLIES} réponses, {kb}"
    history = f"{lineages.VERSIONS} versions, {lineages.ADAPTATIONS} adaptations"
    often, signed_note = sizes.visits, f"{REPLIES} réponses, {len(bodies['signed']) / 1000:.1f} Ko compressés"
    return [
        Page("thread_page_anonymous", seen, floor["thread"], WARM, often, replies),
        Page("front_page", front, floor["front"], WARM, often),
        Page("measure_page", measure, floor["measure"], WARM, often, history),
        Page("our_programme_page", programme, floor["programme"], WARM, often, "40 mesures"),
        Page("measure_page_signed_in", signed_measure, floor["signed_measure"], results.at_least(0.1),
             sizes.signed_visits, history),
        Page("not_modified", known, unchanged, WARM, often, "304 d’une discussion"),
        Page("thread_page_signed_in", signed, floor["signed"], results.at_least(0.1), sizes.signed_visits, signed_note),
        Page("thread_page_while_replied", seen, floor["thread"], results.at_least(1.0), 4 * often,
             "une réponse par seconde dans la discussion lue", replied=True),
    ]  # fmt: skip
