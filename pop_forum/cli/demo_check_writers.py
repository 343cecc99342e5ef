"""People who write for the check: one at rest, whose every message is timed; eight at once, while things break."""

import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import cycle

from sqlalchemy import select

from pop_forum.adapters.clock import SystemClock
from pop_forum.cli.demo_check_hosts import PASSWORD, Hosts, mail
from pop_forum.cli.demo_check_report import Ledger
from pop_forum.cli.demo_check_visitor import Visitor
from pop_forum.commune import Commune
from pop_forum.errors import RemoteFailure
from pop_forum.models import Post, Thread

POLL_SECONDS = 0.01
PAUSE_SECONDS = 0.05  # between two timed messages, so that the network is at rest
LATEST_SECONDS = 10.0
THREAD_EVERY = 12  # one message in so many opens a discussion


def visitor(hosts: Hosts, slug: str, number: int) -> Visitor:
    """A resident of this commune, signed in."""
    found = Visitor(hosts.authority(slug))
    found.sign_in(mail(slug, number), PASSWORD)
    return found


def timed_messages(hosts: Hosts, slug: str, count: int, ledger: Ledger) -> list[float]:
    """Milliseconds from sending each message to seeing it in the other communes, one value per message and reader.

    The clock starts before the form is sent: a little before the commit, never after it.
    """
    clock = SystemClock()
    readers = [commune for other, commune in hosts.communes.items() if other != slug]
    writer = visitor(hosts, slug, 0)
    thread_key = writer.open_thread("À quelle heure passe le car ?", opening := ledger.text())
    if thread_key is None:
        raise RemoteFailure(f"{slug} did not accept the first discussion")
    ledger.note(opening)
    hosts.wait(hosts.in_step, "la première discussion arrive partout")
    found: list[float] = []
    for _ in range(count):
        text = ledger.text()
        started = clock.monotonic()
        if writer.reply(thread_key, text) is not None:
            ledger.note(text)
            found += [1000 * (moment - started) for moment in _arrivals(clock, readers, text)]
        clock.sleep(PAUSE_SECONDS)
    writer.close()
    return found


def _arrivals(clock: SystemClock, readers: Iterable[Commune], text: str) -> list[float]:
    """When each reader showed the text; those that never did count as LATEST_SECONDS."""
    waiting = list(readers)
    moments: list[float] = []
    end = clock.monotonic() + LATEST_SECONDS
    while waiting and clock.monotonic() < end:
        for reader in [one for one in waiting if _shows(one, text)]:
            waiting.remove(reader)
            moments.append(clock.monotonic())
        clock.sleep(POLL_SECONDS)
    return moments + [end] * len(waiting)


def _shows(commune: Commune, text: str) -> bool:
    with commune.reading() as site:
        newest = select(Post.source).order_by(Post.id.desc()).limit(20)
        return text in site.session.scalars(newest).all()


class Crowd:
    """Several residents writing at once until `count` messages were accepted; what fails is not counted."""

    def __init__(self, hosts: Hosts, slugs: Iterable[str], per_commune: int, count: int, ledger: Ledger) -> None:
        self._ledger = ledger
        self._target = len(ledger.acknowledged()) + count
        self._start = len(ledger.acknowledged())
        self.failures: list[str] = []
        self._threads = [
            threading.Thread(target=self._write, args=(hosts, slug, number), name=f"{slug} {number}", daemon=True)
            for slug in slugs
            for number in range(per_commune)
        ]

    def begin(self) -> None:
        """Nothing; everybody writes."""
        for thread in self._threads:
            thread.start()

    @property
    def written(self) -> int:
        """How many messages were accepted since the beginning."""
        return len(self._ledger.acknowledged()) - self._start

    def is_done(self) -> bool:
        """Whether everybody has stopped."""
        return not any(thread.is_alive() for thread in self._threads)

    def _write(self, hosts: Hosts, slug: str, number: int) -> None:
        try:
            with closing(visitor(hosts, slug, number)) as writer:
                self._write_messages(writer, thread_keys(hosts.communes[slug]))
        except RemoteFailure as error:
            self.failures.append(str(error))

    def _write_messages(self, writer: Visitor, keys: list[str]) -> None:
        """Replies to every discussion known here, from any commune, and now and then a new one."""
        for turn, key in enumerate(cycle(keys)):
            if len(self._ledger.acknowledged()) >= self._target:
                return
            text = self._ledger.text()
            if turn % THREAD_EVERY == THREAD_EVERY - 1:
                accepted: Callable[[], str | None] = lambda: writer.open_thread(f"Question {text}", text)  # noqa: B023, E731
            else:
                accepted = lambda: writer.reply(key, text)  # noqa: B023, E731
            if accepted() is not None:
                self._ledger.note(text)


def thread_keys(commune: Commune) -> list[str]:
    """The keys of the discussions that this commune shows, from here and elsewhere."""
    with commune.reading() as site:
        return list(site.session.scalars(select(Thread.key)))
