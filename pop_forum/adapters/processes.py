"""A small supervisor: named children in sessions of their own, restarted when they crash, stopped in order.

It runs in the main thread and starts children from there only: on Linux a child is told to end when the *thread*
that started it dies (PR_SET_PDEATHSIG), so that even `kill -9` of the supervisor leaves nothing running.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pop_forum.adapters.clock import SystemClock
from pop_forum.errors import SettingsError

POLL_SECONDS = 0.05
STOP_SECONDS = 10.0  # for a worker that ends its task and a broker that writes its file
FIRST_PAUSE = 0.25  # doubled after each crash in a row …
LONGEST_PAUSE = 10.0  # … up to this
STEADY_SECONDS = 30.0  # after which a crash counts as the first again
MAX_EARLY_CRASHES = 4  # before it was ever ready: a port taken, a wrong setting
MAX_LOG_BYTES = 5_000_000
TAIL_LINES = 5

# Runs the command after asking the kernel for a SIGTERM at the death of the parent, unless it is dead already.
_GUARD = (
    "import ctypes,os,sys;ctypes.CDLL(None).prctl(1,15,0,0,0);"
    "os.getppid()==int(sys.argv[1]) or sys.exit(1);os.execvp(sys.argv[2],sys.argv[2:])"
)


class ChildFailed(SettingsError):
    """A child does not start; the message is one sentence with the end of its log."""

    code = "processus"


class Interrupted(Exception):
    """SIGINT or SIGTERM was received: stop everything and end."""


@dataclass(frozen=True)
class Child:
    """What to run; `stage` orders the start (ascending, each stage ready before the next) and the stop (reverse)."""

    name: str
    command: tuple[str, ...]
    stage: int
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True


class _Running:
    """One child and what became of it."""

    def __init__(self, child: Child, process: subprocess.Popen[bytes], started: float) -> None:
        self.child = child
        self.process = process
        self.started = started
        self.was_ready = False
        self.crashes = 0
        self.restart_at: float | None = None


class Supervisor:
    """Children of one host; their output goes to files in `logs`."""

    def __init__(self, logs: Path, clock: SystemClock | None = None) -> None:
        self._logs = logs
        self._clock = clock or SystemClock()
        self._running: dict[str, _Running] = {}

    def start(self, children: list[Child], seconds: float = 60.0) -> None:
        """Nothing, once every child is ready, stage after stage; ChildFailed when one is not in time."""
        for stage in sorted({child.stage for child in children}):
            self.launch([child for child in children if child.stage == stage])
            self.wait_ready(seconds)

    def launch(self, children: list[Child]) -> None:
        """Nothing; they run, ready or not."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for child in children:
            self._running[child.name] = _Running(child, self._spawn(child), self._clock.monotonic())

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Nothing, once every child says that it is ready; crashed ones are restarted meanwhile."""
        end = self._clock.monotonic() + seconds
        while waiting := [one for one in self._running.values() if not self._is_ready(one)]:
            self.tend()
            if self._clock.monotonic() > end:
                raise ChildFailed(self._sentence(waiting[0], "ne répond pas"))
            self._clock.sleep(POLL_SECONDS)

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Nothing, once `until` says so; restarts what crashes. Raises Interrupted on SIGINT or SIGTERM."""
        while not until():
            self.tend()
            self._clock.sleep(POLL_SECONDS)

    def tend(self) -> None:
        """Nothing; dead children are noticed, and started again when their pause is over."""
        now = self._clock.monotonic()
        for running in self._running.values():
            if running.restart_at is None and running.process.poll() is not None:
                self._note_crash(running, now)
            if running.restart_at is not None and now >= running.restart_at:
                running.process = self._spawn(running.child)
                running.started, running.restart_at = now, None

    def pid(self, name: str) -> int:
        """The process id of a child's first process."""
        return self._running[name].process.pid

    def is_ready(self, name: str) -> bool:
        """Whether this child runs and says that it is ready."""
        return self._is_ready(self._running[name])

    def kill(self, name: str) -> None:
        """Nothing, after `kill -9` of the child and of all it started; it will be restarted when tended."""
        running = self._running[name]
        _signal_group(running.process, signal.SIGKILL)
        running.process.wait()

    def stop(self, names: set[str] | None = None) -> None:
        """Nothing, once these children (all by default) have ended, the last stage first; it may be called twice."""
        chosen = [one for one in self._running.values() if names is None or one.child.name in names]
        for stage in sorted({one.child.stage for one in chosen}, reverse=True):
            leaving = [one for one in chosen if one.child.stage == stage]
            for one in leaving:
                _signal_group(one.process, signal.SIGTERM)
            self._await_end(leaving)
            for one in leaving:
                del self._running[one.child.name]

    def _await_end(self, leaving: list[_Running]) -> None:
        """Nothing, once they have ended by themselves or, after STOP_SECONDS, by force; their descendants too."""
        end = self._clock.monotonic() + STOP_SECONDS
        while any(one.process.poll() is None for one in leaving) and self._clock.monotonic() < end:
            self._clock.sleep(POLL_SECONDS)
        for one in leaving:
            _signal_group(one.process, signal.SIGKILL)
            one.process.wait()

    def _is_ready(self, running: _Running) -> bool:
        if running.process.poll() is None and running.child.ready():
            running.was_ready = True
            return True
        return False

    def _note_crash(self, running: _Running, now: float) -> None:
        _signal_group(running.process, signal.SIGKILL)  # a leader that crashed may leave workers with the port
        running.crashes = 1 if now - running.started > STEADY_SECONDS else running.crashes + 1
        if not running.was_ready and running.crashes >= MAX_EARLY_CRASHES:
            raise ChildFailed(self._sentence(running, "s’arrête dès le démarrage"))
        running.restart_at = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (running.crashes - 1))

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        path = self._log_path(child.name)
        if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            return subprocess.Popen(
                _guarded(child.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **child.environment},
                start_new_session=True,
            )

    def _log_path(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _sentence(self, running: _Running, what: str) -> str:
        path = self._log_path(running.child.name)
        tail = path.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:]
        lines = "".join(f"\n  {line}" for line in tail)
        return f"Le processus « {running.child.name} » {what}. Fin de {path} :{lines}"


@contextmanager
def interruptible() -> Iterator[None]:
    """A block in which SIGINT and SIGTERM raise Interrupted once; further ones do not disturb the orderly stop."""

    def interrupt(number: int, _frame: object) -> None:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise Interrupted(signal.Signals(number).name)

    before = {one: signal.signal(one, interrupt) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _guarded(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command, which on Linux ends with its parent."""
    if sys.platform != "linux":
        return command
    return (sys.executable, "-I", "-S", "-c", _GUARD, str(os.getpid()), *command)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Nothing; every process of the child's session that still exists has received the signal."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
    except PermissionError:  # macOS says so of a group of zombies
        return
