"""A thread on a slow line: until a browser that was slowed down shows it, with its styles and the way to answer."""

import shutil
from http.client import OK

from pop_forum.adapters.clock import SystemClock
from pop_forum.bench import content, results
from pop_forum.bench.client import Browser
from pop_forum.bench.pages import COMMUNE, REPLIES
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import NO_PASSWORD, stage
from pop_forum.errors import Unavailable

NAME = "thread_usable_slow_s"
TARGET = results.at_most(6)
BITS_PER_SECOND = 400_000
LATENCY_MS = 400
VIEWS = 3
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the lightest first
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP *.localhost 127.0.0.1")
USABLE = "() => document.styleSheets.length > 1 && document.querySelector('#repondre a, #repondre button') !== null"


def measure(sizes: Sizes) -> list[Result]:
    """Seconds until the thread can be read and answered; no value where there is no browser to ask."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None or not _has_driver():
        return [Result(NAME, None, "s", TARGET, (), "Chromium ou son pilote (playwright) n’est pas installé.")]
    with stage((COMMUNE,)) as prepared:
        commune = prepared.communes[COMMUNE]
        writers = content.add_writers(commune, 8, NO_PASSWORD)
        uri = content.open_daily_threads(commune, writers[0], 1)[0]
        content.reply_in(commune, writers, uri, REPLIES)
        prepared.start()
        host, path = prepared.host.network[COMMUNE], f"/discussions/{uri.rsplit('/', 1)[1]}"
        if Browser(prepared.host.port, host).get(path)[0] != OK:
            raise Unavailable(f"no thread at {path}")
        seconds = [_view(found, f"http://{host}{path}") for _ in range(min(VIEWS, sizes.pairs))]
    note = f"{REPLIES} réponses, première vue, {BITS_PER_SECOND // 1000} kbit/s, {LATENCY_MS} ms par requête"
    return [results.of_repeats(NAME, seconds, "s", TARGET, note)]


def _has_driver() -> bool:
    try:
        import playwright.sync_api  # noqa: F401  # only asked whether it is there
    except ImportError:
        return False
    return True


def _view(browser: str, address: str) -> float:
    """Seconds of one first view, by a browser that has never been here."""
    from playwright.sync_api import sync_playwright

    clock, bytes_per_second = SystemClock(), BITS_PER_SECOND // 8
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=browser, args=list(FLAGS))
        page = running.new_page()
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        limits = {"downloadThroughput": bytes_per_second, "uploadThroughput": bytes_per_second}
        line.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **limits})
        start = clock.monotonic()
        page.goto(address, wait_until="domcontentloaded")
        page.wait_for_function(USABLE)
        taken = clock.monotonic() - start
        running.close()
    return taken
