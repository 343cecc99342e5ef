"""`pop_forum demo --check`: three separate hosts, failures on purpose, and proof that nothing was lost.

The story: one posts, the others are watched (propagation); one host is stopped, the two others write on while a
worker and a broker are killed (`kill -9`); the stopped host comes back and catches up; everything is counted.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.processes import ChildFailed, Interrupted, interruptible
from pop_forum.cli.demo_check_hosts import Hosts, make_hosts
from pop_forum.cli.demo_check_report import Ledger, Result, result, shown
from pop_forum.cli.demo_check_writers import Crowd, timed_messages
from pop_forum.cli.demo_places import SLUGS
from pop_forum.cli.demo_processes import BROKER, WORKER
from pop_forum.cli.demo_terminal import step
from pop_forum.errors import ForumError

TIMED = 30
BACKLOG = 500
WRITERS_PER_COMMUNE = 4
FIRST, SECOND, ABSENT = SLUGS
FAILED = 1
INTERRUPTED = 130


def run_check() -> int:
    """The exit status: 0 when nothing was lost or doubled and the digests agree, 1 otherwise."""
    folder = Path(tempfile.mkdtemp(prefix="pop_forum-"))
    try:
        outcome = _checked(folder)
    except Interrupted:
        shutil.rmtree(folder, ignore_errors=True)
        return INTERRUPTED
    except ForumError:
        step(f"Les données et les journaux restent dans {folder}.")
        raise
    if outcome.sound:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        step(f"Écart : les données et les journaux restent dans {folder}.")
    click.echo(outcome.line())
    return 0 if outcome.sound else FAILED


def _checked(folder: Path) -> Result:
    step("Trois hôtes séparés, chacun avec son site, son travail de fond et sa file d’attente …")
    hosts = make_hosts(folder)
    with interruptible():
        try:
            return _story(hosts)
        finally:
            hosts.supervisor.stop()


def _story(hosts: Hosts) -> Result:
    ledger = Ledger()
    hosts.start(SLUGS)
    step("Invitations et acceptations …")
    hosts.befriend()
    hosts.wait(hosts.in_step, "les communes se connaissent")
    step(f"{TIMED} messages à {FIRST}, un par un : quand les autres les voient-ils ?")
    propagation = timed_messages(hosts, FIRST, TIMED, ledger)
    step(f"Arrêt de {ABSENT} ; {BACKLOG} messages ailleurs, pendant que des processus sont tués …")
    hosts.stop(ABSENT)
    _write_through_failures(hosts, ledger)
    step(f"Retour de {ABSENT} …")
    rate = _catch_up(hosts, ledger)
    _waited(hosts, hosts.in_step, "les trois communes sont d’accord")
    return result(ledger, hosts.communes.values(), propagation, rate)


def _waited(hosts: Hosts, until: Callable[[], bool], what: str) -> bool:
    """Whether it happened in time; the person is told when not, and the count goes on."""
    try:
        hosts.wait(until, what)
    except ChildFailed as failure:
        step(str(failure))
        return False
    return True


def _write_through_failures(hosts: Hosts, ledger: Ledger) -> None:
    """Nothing, once the messages are written; a worker dies after a third of them, a broker after two thirds."""
    crowd = Crowd(hosts, (FIRST, SECOND), WRITERS_PER_COMMUNE, BACKLOG, ledger)
    crowd.begin()
    hosts.wait(lambda: crowd.written >= BACKLOG // 3 or crowd.is_done(), "un tiers des messages est écrit")
    killed = [hosts.kill(FIRST, WORKER)]
    hosts.wait(lambda: crowd.written >= 2 * BACKLOG // 3 or crowd.is_done(), "deux tiers des messages sont écrits")
    killed.append(hosts.kill(SECOND, BROKER))
    hosts.wait(crowd.is_done, "les messages sont écrits")
    for one in killed:
        step(f"{one.name} : processus {one.pid} tué, {hosts.successor(one)} le remplace.")
    for failure in crowd.failures:
        step(f"Non accepté : {failure}")


def _catch_up(hosts: Hosts, ledger: Ledger) -> float:
    """Messages per second taken in by the host that comes back, from the last moment without any to the last one."""
    clock = SystemClock()
    commune = hosts.communes[ABSENT]
    before = shown(commune).total()
    missed = len(ledger.acknowledged()) - before
    quiet = [clock.monotonic()]

    def all_in() -> bool:
        held = shown(commune).total()
        if held == before:
            quiet[0] = clock.monotonic()
        return held >= before + missed

    hosts.launch((ABSENT,))
    if not _waited(hosts, all_in, f"{ABSENT} a tout rattrapé"):
        return 0.0
    return missed / max(clock.monotonic() - quiet[0], 0.001)
