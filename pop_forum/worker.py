"""The Celery app of a host, `pop_forum.worker:celery`: every task names its commune and a kind of work.

No beat process: a timer in the worker sweeps, so that work whose wake-up was lost with the broker is found.

`python -m pop_forum.worker --threads 8` is the worker process. It does what `celery worker` does without Celery's
command line, which loads a shell, its colours and its completion: a small town's server would hold them for nothing.
"""

import argparse
import logging
import os
import sys
from typing import Any

from celery import bootsteps
from celery.signals import worker_ready

from pop_forum import tasks
from pop_forum.adapters.indexer import Indexer
from pop_forum.adapters.queue import TASK_NAME, InFrench, celery_app
from pop_forum.commune import Communes
from pop_forum.errors import ForumError
from pop_forum.settings import Host, load_all

SWEEP_SECONDS = 5.0

_host = Host.from_environment(os.environ)
celery = celery_app(_host.broker)
_communes = Communes(_host, load_all(_host.instances, environment=_host), Indexer())


@celery.task(name=TASK_NAME)  # type: ignore[untyped-decorator]
def work(slug: str, kind: str) -> None:
    """Do what this commune owes of this kind, from its rows."""
    commune = _communes.commune(slug)
    if commune is not None:
        tasks.run(commune, kind)


def _sweep() -> None:
    for settings in _communes.instances:
        commune = _communes.commune(settings.slug)
        if commune is not None:
            commune.wakeups.wake(settings.slug, tasks.SWEEP)


class Sweeper(bootsteps.StartStopStep):  # type: ignore[misc]
    """Wakes each commune's sweep every few seconds, from the worker's own timer."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        self._timer = parent.timer.call_repeatedly(SWEEP_SECONDS, _sweep)

    def stop(self, parent: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()


celery.steps["worker"].add(Sweeper)


logging.getLogger("celery.worker.consumer.consumer").addFilter(InFrench())


@worker_ready.connect  # type: ignore[untyped-decorator]
def _start(**_: object) -> None:
    """Pull from every peer once at start: what was missed while we were away (federation.md)."""
    for settings in _communes.instances:
        commune = _communes.commune(settings.slug)
        if commune is None:
            continue
        try:
            tasks.start(commune)
        except ForumError:  # its sweep does the same later; the other communes do not wait for it
            logging.getLogger(__name__).exception("%s cannot begin", settings.slug)


def main() -> int:
    """The exit status of the worker, once a signal has ended it. Threads: its work is waiting for other sites."""
    parser = argparse.ArgumentParser(prog="pop_forum worker")
    parser.add_argument("--threads", type=int, required=True)
    threads = parser.parse_args().threads
    worker = celery.Worker(
        pool_cls="threads",
        concurrency=threads,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return worker.exitcode or 0


if __name__ == "__main__":
    sys.exit(main())
