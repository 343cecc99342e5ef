"""Search among 100,000 messages, how late its index is, and the memory of the process that writes it."""

import http.client
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from sqlalchemy import select

from pop_forum.adapters.clock import SystemClock
from pop_forum.bench import data, machine, results
from pop_forum.bench.client import Browser
from pop_forum.bench.language import Dice, Language
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import Stage, stage
from pop_forum.cli.demo_processes import WORKER
from pop_forum.commune import Commune
from pop_forum.domain.search_words import MAX_TERMS, MIN_PREFIX, read_query
from pop_forum.domain.searching import Lookup
from pop_forum.errors import Unavailable
from pop_forum.models import Person, Thread
from pop_forum.services import indexing, threads
from pop_forum.services.search import MAX_PAGES

COMMUNE = "valombre"
PER_SECOND = 5
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 300.0
TIMES = 3  # that each of the worst questions is asked
MANY = 50  # words of the longest questions
LONG = 1_000  # characters of the longest
LATE = "zygomorphe"  # a word that nobody has written


def measure(sizes: Sizes) -> list[Result]:
    """How long a search takes, how late a message is found, how long a catch-up takes, how much memory it needs."""
    language, clock = Language(), SystemClock()
    with stage((COMMUNE,)) as prepared:
        commune = prepared.communes[COMMUNE]
        for _ in data.write(commune, language, sizes.posts):
            pass
        made, seconds = _rebuilt(prepared)
        prepared.start()
        with _watched(lambda: _writer_of(prepared)) as grown:
            times = _seconds(prepared, [_two_words(language, Dice(number)) for number in range(sizes.searches)])
            worst = max(_seconds(prepared, worst_questions(language) * TIMES))
            lags = _lags(commune, language, sizes)
            behind = _caught_up(prepared, language, sizes, clock)
    return [
        _quantile("search_ms_p50", times, 0.5, None, f"deux mots, {sizes.posts} messages, page entière par HTTP"),
        _quantile("search_ms_p99", times, 0.99, results.at_most(100), f"{sizes.searches} recherches"),
        Result("search_worst_ms", 1000 * worst, "ms", results.at_most(1_000), (), "la plus lente"),
        _quantile(
            "index_lag_ms_p99", lags, 0.99, results.at_most(3_000), f"{sizes.late_posts} messages, 5 par seconde"
        ),
        Result("index_catch_up_s", behind, "s", results.at_most(120), (), f"{sizes.missed_posts} messages d’un coup"),
        Result("indexing_memory_mb", max(made, *grown), "MB", results.at_most(300), (), "la PSS la plus haute"),
        Result("index_rebuild_posts_per_s", sizes.posts / seconds, "messages/s"),
    ]


def _quantile(name: str, samples: list[float], share: float, target: results.Target | None, note: str) -> Result:
    return Result(name, 1000 * results.quantile(samples, share), "ms", target, (), note)


def _rebuilt(prepared: Stage) -> tuple[float, float]:
    """Megabytes at most and seconds of `pop_forum index rebuild`."""
    clock = SystemClock()
    start = clock.monotonic()
    command = [sys.executable, "-m", "pop_forum", "index", "rebuild"]
    environment = {**os.environ, **prepared.host.environment()}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: SIM117
        with _watched(lambda: process.pid) as grown:
            status = process.wait()
    if status != 0:
        raise Unavailable(f"index rebuild: {status}")
    return max(grown), clock.monotonic() - start


@contextmanager
def _watched(pid: Callable[[], int | None]) -> Iterator[list[float]]:
    """The megabytes of this process, looked at all the time; 0 is the first value."""
    grown, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(10 * LOOK_SECONDS):
            number = pid()
            if number is not None:
                grown.append(machine.process_memory_mb(number))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield grown
    finally:
        ended.set()
        thread.join()


def _writer_of(prepared: Stage) -> int | None:
    return machine.process_of_session(prepared.pid(WORKER), ("index", "run"))


def worst_questions(language: Language) -> list[dict[str, str]]:
    """Questions that would take long: what everybody says, many words, many beginnings, words that nobody says."""
    common = language.words[:MANY]
    beginnings = list(dict.fromkeys(word[:MIN_PREFIX] for word in common))
    texts = (
        common[0],
        " ".join(common[:MAX_TERMS]),
        " ".join(common),
        " ".join([common[0], *(f"-{word}" for word in common[1:])]),
        " ".join(f"{word}*" for word in beginnings),
        f'"{common[0]} {common[1]}" "{common[2]} {common[3]}"',
        " ".join(f"{word[1::-1]}{word[:1:-1]}" for word in common if len(word) > MIN_PREFIX),
        " ".join(language.message(number) for number in range(3))[:LONG],
        "?! … -- *** « » ' \" ",
    )
    filtered = {"q": common[0], "quoi": "reponse", "lieu": "ici", "depuis": "annee", "page": str(MAX_PAGES)}
    return [*({"q": text} for text in texts), filtered]


def _two_words(language: Language, dice: Dice) -> dict[str, str]:
    return {"q": f"{language.word(dice)} {language.word(dice)}"}


def _seconds(prepared: Stage, questions: list[dict[str, str]]) -> list[float]:
    """The seconds of each search, by a page asked for over HTTP."""
    clock, browser = SystemClock(), Browser(prepared.host.port, prepared.host.network[COMMUNE])
    browser.get("/recherche?q=commune")  # opens the index
    times = []
    for question in questions:
        start = clock.monotonic()
        status = browser.get(f"/recherche?{urlencode(question)}")[0]
        if status != http.client.OK:
            raise Unavailable(f"search {question}: {status}")
        times.append(clock.monotonic() - start)
    browser.close()
    return times


def _lags(commune: Commune, language: Language, sizes: Sizes) -> list[float]:
    """The seconds from each message's commit to its being found, at five in a second."""
    clock = SystemClock()
    written: dict[str, float] = {}
    found: dict[str, float] = {}
    begin = clock.monotonic()
    while len(found) < sizes.late_posts:
        now = clock.monotonic()
        if now - begin > PATIENCE_SECONDS:
            raise Unavailable(f"{len(found)} of {sizes.late_posts} messages are found")
        if len(written) < sizes.late_posts and now - begin >= len(written) / PER_SECOND:
            number = sizes.posts + len(written)
            word = f"{LATE}{number}"
            _write_one(commune, f"{language.message(number)} {word}")
            written[word] = clock.monotonic()
        oldest = next((word for word in written if word not in found), None)
        if oldest is not None and _is_found(commune, oldest):
            found[oldest] = clock.monotonic()
            continue
        clock.sleep(LOOK_SECONDS)
    return [found[word] - written[word] for word in found]


def _write_one(commune: Commune, text: str) -> None:
    with commune.transaction() as site:
        thread = site.session.scalars(select(Thread).order_by(Thread.id).limit(1)).one()
        author = site.session.get_one(Person, thread.author_id)
        threads.reply(site, author, thread, text)


def _is_found(commune: Commune, word: str) -> bool:
    matches = commune.index.find(Lookup(read_query(word), (commune.settings.host,)))
    return bool(matches and matches.refs)


def _caught_up(prepared: Stage, language: Language, sizes: Sizes, clock: SystemClock) -> float:
    """The seconds until the index knows a journal that came all at once."""
    commune = prepared.communes[COMMUNE]
    for _ in data.write(commune, language, sizes.missed_posts, first=2 * sizes.posts):
        pass
    start = clock.monotonic()

    def known() -> bool:
        with commune.reading() as site:
            return not indexing.is_owed(site)

    prepared.wait(known, "the index knows everything", PATIENCE_SECONDS)
    return clock.monotonic() - start
